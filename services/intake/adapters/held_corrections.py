"""What a person says that a held claim payment should read: X12 again, by the same guide and without any doubt."""

from __future__ import annotations

from recoup_x12 import Problem, RemittanceRead, read
from recoup_x12.model import Remittance
from services.intake.application.resolutions import Doubtful

_ENVELOPE = ("GS{e}HP{e}A{e}B{e}20250101{e}0000{e}1{e}X{e}005010X221A1", "ST{e}835{e}0001")
_NO_PAYMENT = Problem(
    "claim", 1, "CLP", "no claim payment is there", "begin with CLP, and end each segment as the X12 held does", "2100"
)


def corrected(text: str, held: str) -> list[Remittance]:
    """The claim payments of `text`, under the header of the X12 that is `held` unless it brings one (BPR, TRN, …).

    Delimiters are those of `text`. Raises `Doubtful` where one of them is not certain.
    """
    text = text.strip()
    if len(text) < 4 or not text.startswith(("BPR", "CLP")):
        raise Doubtful((_NO_PAYMENT,))
    element, terminator = text[3], text[-1]
    if element.isalnum() or terminator.isalnum() or element == terminator:
        raise Doubtful((_NO_PAYMENT,))
    segments = _segments(text, terminator)
    if not text.startswith("BPR"):
        segments = [*_header(held, element), "LX" + element + "1", *segments]
    component = ":" if ":" in text or ">" not in text else ">"
    items = list(read([_enveloped(segments, element, component, terminator).encode()]))
    found = [item for item in items if isinstance(item, RemittanceRead)]
    doubts = tuple(doubt for item in found for doubt in item.doubts)
    payments = [item.remittance for item in found if item.remittance is not None]
    if doubts or not found or len(payments) < len(found):
        raise Doubtful(doubts or (_NO_PAYMENT,))
    return payments


def _segments(text: str, terminator: str) -> list[str]:
    return [row for part in text.split(terminator) if (row := part.strip())]


def _header(held: str, element: str) -> list[str]:
    """The segments before the first CLP of what is held, with another element separator."""
    held = held.strip()
    if len(held) < 4 or not held.startswith("BPR"):
        return []
    rows = _segments(held, held[-1])
    first = next((at for at, row in enumerate(rows) if row.startswith("CLP")), len(rows))
    return [row.replace(held[3], element) for row in rows[:first] if not row.startswith("LX")]


def _enveloped(segments: list[str], element: str, component: str, terminator: str) -> str:
    repetition = next(mark for mark in "^!|\x1f" if mark not in (element, component, terminator))
    isa = element.join(("ISA", "00", " " * 10, "00", " " * 10, "ZZ", " " * 15, "ZZ", " " * 15, "250101", "0000",
                        repetition, "00501", "000000001", "0", "P", component))  # fmt: skip
    group, transaction = (one.format(e=element) for one in _ENVELOPE)
    ends = (element.join(("SE", str(len(segments) + 2), "0001")), f"GE{element}1{element}1",
            f"IEA{element}1{element}000000001")  # fmt: skip
    return "".join(f"{row}{terminator}" for row in (isa, group, transaction, *segments, *ends))
