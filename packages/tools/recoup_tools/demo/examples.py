"""The hand-written examples as part of a demo run: what is sent, in which order, and what must become of each claim.

What is expected was read from `examples/README.md`, not from the system.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import msgspec

from recoup_tools.demo.manifest import CLAIMS_NAME, Counts, ExpectedClaim, FileEntry, FileKind, Manifest

DIRECTORY = Path(__file__).resolve().parents[4] / "examples"

# A payment and its reversal are one delivery: the payer had taken it back before anybody could contest it.
_SENT: tuple[tuple[FileKind, int, tuple[str, ...]], ...] = (
    ("837P", 1, ("837p-emergency-nsa",)),
    ("837P", 1, ("837p-surgery-center",)),
    ("837I", 1, ("837i-hospital-outpatient",)),
    ("837P", 1, ("837p-cob-secondary",)),
    ("837P", 2, ("837p-urgent-care",)),
    ("837P", 3, ("837p-broken",)),
    ("837P", 1, ("837p-replacement",)),
    ("837P", 1, ("837p-void",)),
    ("835", 3, ("835-underpaid-nsa", "835-reversal-correction")),
    ("835", 1, ("835-denied",)),
    ("835", 1, ("835-paid-fairly",)),
    ("835", 1, ("835-secondary",)),
    ("835", 1, ("835-underpaid-commercial",)),
    ("835", 1, ("835-deductible",)),
)


def _claim(number: str, specialty: str, npi: str, payer: str, billed: str, **more: object) -> ExpectedClaim:
    fixed: dict[str, object] = {
        "control_number": number,
        "kind": "example",
        "form": "professional",
        "specialty": specialty,
        "billing_npi": npi,
        "payer_id": payer,
        "disposition": "accepted",
        "verdict": "none",
        "billed": Decimal(billed),
    }
    return msgspec.convert(fixed | more, ExpectedClaim)


def _paid(first: str, share: str, verdict: str, *, in_all: str = "", remittances: int = 1) -> dict[str, object]:
    return {
        "verdict": verdict,
        "paid_at_first": Decimal(first),
        "paid_by_files": Decimal(in_all or first),
        "patient_share": Decimal(share),
        "remittances": remittances,
    }


CLAIMS: tuple[ExpectedClaim, ...] = (
    _claim(
        "EXED0001", "emergency", "1001000011", "99101", "1110", track="federal",
        **_paid("185.60", "46.40", "underpaid", in_all="573.60", remittances=3),
    ),
    _claim("EXSC0001", "surgery_center", "1001000045", "99104", "2650", **_paid("0", "0", "denied")),
    _claim(
        "EXHO0001", "general", "1001000086", "99102", "2205", form="institutional",
        **_paid("1663.90", "172.10", "paid_fairly"),
    ),
    _claim("EXCB0001", "cardiology", "1001000102", "99102", "420", **_paid("28", "0", "paid_fairly")),
    _claim(
        "EXUC0001", "urgent_care", "1001000136", "99106", "680", replaced=True, **_paid("130.50", "14.50", "underpaid")
    ),
    _claim("EXUC0002", "urgent_care", "1001000136", "99101", "380", disposition="voided"),
    _claim("EXOK0001", "emergency", "1001000011", "99101", "700", **_paid("0", "520", "paid_fairly")),
    _claim("EXBAD0001", "emergency", "1001000011", "99101", "700", disposition="rejected"),
    _claim("EXBAD0002", "emergency", "1001000011", "99101", "750", disposition="rejected"),
)  # fmt: skip


def add_examples(directory: Path, manifest: Manifest) -> Manifest:
    """Put the examples behind the files of a generated run in `directory`; the manifest that tells of both.

    An installation without the `examples` directory has none to add.
    """
    if not DIRECTORY.is_dir():
        return manifest
    entries: list[FileEntry] = []
    for n, (kind, claims, names) in enumerate(_SENT):
        content = b"".join((DIRECTORY / f"{name}.edi").read_bytes() for name in names)
        name = f"example-{n:02}-{names[0]}.{kind.lower()}"
        (directory / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        entries.append(FileEntry(name=name, kind=kind, claims=claims, bytes=len(content), sha256=digest))
    encoder = msgspec.json.Encoder(decimal_format="string")
    with (directory / CLAIMS_NAME).open("ab") as lines:
        lines.writelines(encoder.encode(claim) + b"\n" for claim in CLAIMS)
    both = msgspec.structs.replace(
        manifest, files=(*manifest.files, *entries), counts=_counted(manifest.counts, entries)
    )
    both.write(directory)
    return both


def _counted(counts: Counts, entries: list[FileEntry]) -> Counts:
    """The counts of the run with those of the examples."""
    ends = [claim.disposition for claim in CLAIMS]
    return msgspec.structs.replace(
        counts,
        claims=counts.claims + len(CLAIMS),
        claim_submissions=counts.claim_submissions + sum(e.claims for e in entries if e.kind != "835"),
        accepted=counts.accepted + ends.count("accepted"),
        rejected=counts.rejected + ends.count("rejected"),
        voided=counts.voided + ends.count("voided"),
        replaced=counts.replaced + sum(claim.replaced for claim in CLAIMS),
        remittances=counts.remittances + sum(e.claims for e in entries if e.kind == "835") - 1,
        reversals=counts.reversals + 1,
        payments=counts.payments + 7,
        provider_adjustments=counts.provider_adjustments + 1,
        billed=counts.billed + sum((claim.billed for claim in CLAIMS), Decimal(0)),
        paid_by_files=counts.paid_by_files + sum((claim.paid_by_files for claim in CLAIMS), Decimal(0)),
        kinds=counts.kinds | {"example": len(CLAIMS)},
    )
