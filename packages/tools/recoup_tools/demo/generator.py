"""The demo's seeded generator: real X12 files of claims and of the payers' first answers to them.

The same seed, number of claims and day give the same bytes. Claims are written in chunks, each a day's traffic: first
the remittances that overtake their claims, then the claims (837P, 837I), replacements and voids, then the 835. Memory
is bounded by one chunk.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from recoup_tools.demo import claims837, remit835
from recoup_tools.demo.adjudication import Adjudication, adjudicate
from recoup_tools.demo.claims837 import Submission
from recoup_tools.demo.files import X12File
from recoup_tools.demo.manifest import (
    CLAIMS_NAME,
    Counts,
    Disposition,
    ExpectedClaim,
    FileEntry,
    FileKind,
    Manifest,
    Verdict,
)
from recoup_tools.demo.payments import Settlement, payments
from recoup_tools.demo.scenario import DEFAULT_MIX, REJECTED, Kind, PlannedClaim, plan
from recoup_tools.demo.x12 import INSTITUTIONAL, PROFESSIONAL, REMITTANCE, Delimiters, Route

CLAIMS_PER_CHUNK = 500
CLAIMS_PER_TRANSACTION = 60
DUPLICATE_EVERY = 4  # chunks

_TO_PAYERS = Route("RECOUPDEMO", "CLEARDEMO")
_FROM_PAYERS = Route("CLEARDEMO", "RECOUPDEMO")
_DELIMITERS = (
    Delimiters(),
    Delimiters(line_breaks=False),
    Delimiters(),
    Delimiters(element="|", component=">", repetition="!", segment="~", line_breaks=False),
)
_VERDICTS: dict[Kind, Verdict] = {"underpaid": "underpaid", "corrected": "underpaid", "denied": "denied"}


def generate(
    directory: Path, *, claims: int, seed: int, today: date, mix: tuple[tuple[Kind, int], ...] = DEFAULT_MIX
) -> Manifest:
    """Write `claims` claims with their remittances and the manifest into `directory` (created; files overwritten).

    `today` is the day of the payments; services lie 36–75 days before it and the claims were sent 31 days before it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    run = _Run(directory, seed, today)
    encoder = msgspec.json.Encoder(decimal_format="string")
    with (directory / CLAIMS_NAME).open("wb") as expectations:
        for chunk, start in enumerate(range(0, claims, CLAIMS_PER_CHUNK)):
            planned = [plan(seed, n, today, mix) for n in range(start, min(start + CLAIMS_PER_CHUNK, claims))]
            answers = run.write_chunk(chunk, planned)
            for claim in planned:
                expectations.write(encoder.encode(run.expect(claim, answers.get(claim.number))) + b"\n")
    manifest = Manifest(seed=seed, today=today, files=tuple(run.files), counts=run.counts)
    manifest.write(directory)
    return manifest


class _Run:
    """One generation under way: the files written so far and the counts."""

    def __init__(self, directory: Path, seed: int, today: date) -> None:
        self.files: list[FileEntry] = []
        self.counts = Counts()
        self._directory = directory
        self._seed = seed
        self._today = today
        self._received_on = today - timedelta(days=30)
        self._sent_at = datetime.combine(today - timedelta(days=31), time(8, 30))
        self._paid_at = datetime.combine(today, time(4, 15))
        self._control = seed % 1000 * 100_000

    def write_chunk(self, chunk: int, planned: list[PlannedClaim]) -> dict[int, Adjudication]:
        """Write the files of one chunk; returns the adjudications by claim number."""
        answers: dict[int, Adjudication] = {}
        for claim in planned:
            answer = adjudicate(self._seed, claim, self._received_on)
            if answer is not None:
                answers[claim.number] = answer
        settled = [Settlement(c, answers[c.number]) for c in planned if c.number in answers]
        self._remittances(chunk, "early", [s for s in settled if s.claim.early])
        for institutional in (False, True):
            mine = [c for c in planned if c.institutional == institutional]
            self._claims(chunk, "claims", institutional, [claims837.original(c) for c in mine])
        for institutional in (False, True):
            mine = (claims837.follow_up(c) for c in planned if c.institutional == institutional)
            self._claims(chunk, "follow-ups", institutional, [s for s in mine if s is not None])
        self._remittances(chunk, "remittances", [s for s in settled if not s.claim.early])
        if chunk % DUPLICATE_EVERY == 0:
            self._duplicate(chunk)
        return answers

    def _open(self, chunk: int, name: str, kind: FileKind, version: str, at: datetime) -> X12File:
        self._control += 1
        suffix = kind.lower()
        return X12File(
            self._directory / f"{chunk:05d}-{len(self.files):06d}-{name}.{suffix}",
            functional="HP" if kind == "835" else "HC",
            version=version,
            route=_FROM_PAYERS if kind == "835" else _TO_PAYERS,
            control=self._control,
            written_at=at,
            delimiters=_DELIMITERS[self._control % len(_DELIMITERS)],
        )

    def _claims(self, chunk: int, name: str, institutional: bool, submissions: list[Submission]) -> None:
        if not submissions:
            return
        kind: FileKind = "837I" if institutional else "837P"
        version = INSTITUTIONAL if institutional else PROFESSIONAL
        with self._open(chunk, name, kind, version, self._sent_at) as file:
            for start in range(0, len(submissions), CLAIMS_PER_TRANSACTION):
                part = submissions[start : start + CLAIMS_PER_TRANSACTION]
                reference = f"{self._seed % 10_000:04d}{self._control:09d}{start:05d}"
                file.transaction("837", claims837.transaction(part, reference=reference, written_at=self._sent_at))
        self.files.append(file.entry(kind, len(submissions)))
        self.counts.claim_submissions += len(submissions)

    def _remittances(self, chunk: int, name: str, settled: list[Settlement]) -> None:
        if not settled:
            return
        with self._open(chunk, name, "835", REMITTANCE, self._paid_at) as file:
            written = 0
            for payment in payments(self._seed, f"{self._control:09d}", settled, self._today, unmatched=chunk % 2 == 0):
                file.transaction("835", remit835.transaction(payment))
                written += len(payment.claims)
                self._count(payment)
        self.files.append(file.entry("835", written))

    def _count(self, payment: remit835.Payment) -> None:
        counts = self.counts
        counts.payments += 1
        counts.provider_adjustments += len(payment.provider_adjustments)
        for claim in payment.claims:
            if claim.control_number.startswith("UNKNOWN"):
                counts.unmatched_remittances += 1
            elif claim.status == "22":
                counts.reversals += 1
            else:
                counts.remittances += 1

    def _duplicate(self, chunk: int) -> None:
        """Send the chunk's first claim file and its last remittance file once more, byte for byte."""
        mine = [f for f in self.files if f.name.startswith(f"{chunk:05d}-")]
        for source in (next(f for f in mine if f.kind != "835"), mine[-1]):
            name = f"{chunk:05d}-{len(self.files):06d}-again.{source.kind.lower()}"
            (self._directory / name).write_bytes((self._directory / source.name).read_bytes())
            self.files.append(msgspec.structs.replace(source, name=name, duplicate_of=source.name))
            self.counts.duplicate_files += 1

    def expect(self, claim: PlannedClaim, answer: Adjudication | None) -> ExpectedClaim:
        """The claim's expectation, counted."""
        counts = self.counts
        disposition: Disposition = (
            "rejected" if claim.kind in REJECTED else "voided" if claim.kind == "voided" else "accepted"
        )
        stated = claims837.original(claim).stated if claim.kind == "unbalanced" else claim.charge
        paid = _all_paid(answer)
        counts.claims += 1
        setattr(counts, disposition, getattr(counts, disposition) + 1)
        counts.replaced += claim.kind == "replaced"
        counts.early_remittances += claim.early
        counts.billed += stated
        counts.paid_by_files += paid
        counts.kinds[claim.kind] = counts.kinds.get(claim.kind, 0) + 1
        return ExpectedClaim(
            control_number=claim.control_number,
            kind=claim.kind,
            form="institutional" if claim.institutional else "professional",
            specialty=claim.specialty,
            billing_npi=claim.practice.place.npi,
            payer_id=claim.payer.id,
            disposition=disposition,
            verdict="none" if answer is None else _VERDICTS.get(claim.kind, "paid_fairly"),
            billed=stated,
            paid_at_first=answer.first.paid if answer else paid,
            paid_by_files=paid,
            patient_share=answer.final.patient_share if answer else paid,
            remittances=0 if answer is None else 3 if answer.correction else 1,
            track=claim.track,
            early=claim.early,
            replaced=claim.kind == "replaced",
        )


def _all_paid(answer: Adjudication | None) -> Decimal:
    """Σ CLP04 over the claim's remittances in the files, reversals included."""
    if answer is None:
        return Decimal(0)
    return answer.first.paid + sum((c.paid for c in answer.correction or ()), Decimal(0))
