"""What banks send about deposits: BAI2, CAMT.053, NACHA and CSV, each read into `domain.bank.deposit`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.intake.adapters.bank.bai2 import read_bai2
from services.intake.adapters.bank.camt053 import read_camt053
from services.intake.adapters.bank.csv_file import read_csv
from services.intake.adapters.bank.nacha import read_nacha
from services.intake.domain.bank.deposit import BankFile, BankFileError, Fault

MOST_BYTES = 16 * 1024 * 1024
"""Of one bank file."""
__all__ = ["MOST_BYTES", "read_bank_file"]


def read_bank_file(body: bytes, today: date, columns: Mapping[str, str] | None = None) -> BankFile:
    """Read a bank file by what it is; raises `BankFileError`.

    `columns` maps fields to the headings of a CSV file that has others than the documented ones. `today` is the last
    day on which a deposit can have been posted, save for those that an ACH file announces.
    """
    if len(body) > MOST_BYTES:
        raise BankFileError([Fault(0, "file", f"the file is larger than {MOST_BYTES} bytes", "send it in parts")])
    start = body[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"<"):
        return read_camt053(body)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    if "\0" in text:
        raise BankFileError([Fault(0, "file", "the file is not text", "send BAI2, CAMT.053, NACHA or CSV, unpacked")])
    text = text.lstrip("\r\n")
    if text.startswith("01,"):
        return read_bai2(text)
    if text.startswith("101") or (text.startswith("5") and text[50:53] in ("CCD", "CTX")):
        return read_nacha(text)
    return read_csv(text, today, columns)
