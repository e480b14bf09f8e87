"""What a generated run contains and what is expected of each claim, on disk beside the X12 files.

`manifest.json` holds the files in the order they are to be sent, and the counts; `claims.ndjson` one claim a line, so
that a run of any size is written and read in bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

Disposition = Literal["accepted", "rejected", "voided"]
Verdict = Literal["underpaid", "paid_fairly", "denied", "none"]
FileKind = Literal["837P", "837I", "835"]

MANIFEST_NAME = "manifest.json"
CLAIMS_NAME = "claims.ndjson"


class FileEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One X12 file. `duplicate_of` names the file whose bytes it repeats."""

    name: str
    kind: FileKind
    claims: int
    bytes: int
    sha256: str
    duplicate_of: str = ""


class ExpectedClaim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What must become of one claim. Amounts in dollars.

    `verdict` is what the generator built the first remittance to be, an intention: where the line between fair and
    underpaid lies is the benchmark's policy. `paid_at_first` is CLP04 of the first remittance, `paid_by_files` the sum
    over all remittances in the files, reversals included.
    """

    control_number: str
    kind: str
    form: Literal["professional", "institutional"]
    specialty: str
    billing_npi: str
    payer_id: str
    disposition: Disposition
    verdict: Verdict
    billed: Decimal
    paid_at_first: Decimal = Decimal(0)
    paid_by_files: Decimal = Decimal(0)
    patient_share: Decimal = Decimal(0)
    remittances: int = 0
    track: Literal["federal", "state", "none"] = "none"
    early: bool = False
    replaced: bool = False


class Counts(msgspec.Struct, kw_only=True):
    """Totals over a run; amounts in dollars.

    `claim_submissions` counts CLM segments, duplicates of files excluded; `remittances` CLP segments without reversals
    and without unmatched ones.
    """

    claims: int = 0
    claim_submissions: int = 0
    accepted: int = 0
    rejected: int = 0
    voided: int = 0
    replaced: int = 0
    remittances: int = 0
    reversals: int = 0
    unmatched_remittances: int = 0
    early_remittances: int = 0
    duplicate_files: int = 0
    payments: int = 0
    provider_adjustments: int = 0
    billed: Decimal = Decimal(0)
    paid_by_files: Decimal = Decimal(0)
    kinds: dict[str, int] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A generated run. `files` are in the order in which they are to be sent."""

    seed: int
    today: date
    files: tuple[FileEntry, ...]
    counts: Counts

    def write(self, directory: Path) -> None:
        """Write `manifest.json`."""
        text = msgspec.json.format(msgspec.json.encode(self), indent=1)
        (directory / MANIFEST_NAME).write_bytes(text + b"\n")

    @staticmethod
    def read(directory: Path) -> Manifest:
        """The manifest in `directory`; `FileNotFoundError` where nothing was generated."""
        return msgspec.json.decode((directory / MANIFEST_NAME).read_bytes(), type=Manifest)


def expected_claims(directory: Path) -> Iterator[ExpectedClaim]:
    """Every claim's expectation, in the order of generation, one at a time."""
    decoder = msgspec.json.Decoder(ExpectedClaim)
    with (directory / CLAIMS_NAME).open("rb") as lines:
        for line in lines:
            yield decoder.decode(line)
