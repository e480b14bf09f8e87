"""277CA (005010X214): what became of each claim, with category, claim status and entity codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.intake.adapters.x12.items import ClaimRead
from services.intake.adapters.x12.writing import Writer
from services.intake.domain.snip.problem import Problem

ACCEPTED = ("A2", "20", "")
"""Acknowledgement/acceptance into adjudication system: accepted for processing."""

_RULED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "duplicate": (("A3", "54", ""),),
    "control_number_reused": (("A8", "478", ""), ("A8", "535", "")),
    "replaces_voided_claim": (("A8", "464", ""), ("A8", "535", "")),
    "voids_unknown_claim": (("A8", "464", ""), ("A8", "535", "")),
}
"""What a sound claim is answered that could not be taken in, by the code of the ruling on it. 54: duplicate of a claim
processed before; 478: submitter's identifier of the claim; 535: its frequency code; 464: the payer's number of it."""
_MISSING = frozenset({"1", "2", "3", "I6", "I9"})
_UNSPECIFIC = "21"
_MAX_STATUSES = 3


def statuses_of(problems: tuple[Problem, ...]) -> tuple[tuple[str, str, str], ...]:
    """Up to three (category, claim status, entity): A6 missing, A8 in conflict, A7 invalid information."""
    found: dict[tuple[str, str, str], None] = {}
    for problem in problems:
        if problem.severity != "error":
            continue
        category = "A6" if problem.code in _MISSING else "A8" if problem.snip in (3, 4) else "A7"
        status = problem.status[1] if len(problem.status) > 1 else _UNSPECIFIC
        entity = problem.status[2] if len(problem.status) > 2 else _ENTITY.get(problem.loop, "")
        found[category, status, entity] = None
    return tuple(found)[:_MAX_STATUSES]


_ENTITY = {
    "2010AA": "85", "2010AB": "87", "2010BA": "IL", "2010BB": "PR", "2010CA": "QC", "2310B": "82", "2310C": "77",
    "2420A": "82", "1000A": "41", "1000B": "40",
}  # fmt: skip


class ClaimStatus(msgspec.Struct, frozen=True, gc=False):
    """What the 277CA needs of one claim."""

    control_number: str
    charge: Decimal
    patient: tuple[str, str, str, str, str, str]  # kind, last, first, middle, id qualifier, id
    service_from: date | None
    service_to: date | None
    statuses: tuple[tuple[str, str, str], ...]
    bill_type: str = ""
    serial: int = 0

    @property
    def accepted(self) -> bool:
        return self.statuses == (ACCEPTED,)

    def ruled(self, code: str) -> ClaimStatus:
        """The same claim with the answer to a ruling other than acceptance."""
        return msgspec.structs.replace(self, statuses=_RULED.get(code, (("A7", _UNSPECIFIC, ""),)))

    @classmethod
    def of(cls, item: ClaimRead, serial: int = 0) -> ClaimStatus:
        statuses = (ACCEPTED,) if item.accepted else statuses_of(item.problems) or (("A7", _UNSPECIFIC, ""),)
        claim = item.claim
        if claim is None:
            return cls(item.control_number, Decimal(0), ("1", "", "", "", "", ""), None, None, statuses, "", serial)
        who, member = claim.who, claim.subscriber
        patient = (who.kind or "1", who.name, who.first_name, who.middle_name, member.id_qualifier, member.id)
        return cls(
            claim.control_number, claim.charge, patient, claim.service_from, claim.service_to, statuses,
            claim.bill_type, serial,
        )  # fmt: skip


class StatusBatch(msgspec.Struct):
    """The claims of one 837, by billing provider in the order of the file."""

    transaction: str
    reference: str = ""
    submitter: tuple[str, str, str] = ("2", "", "")  # kind, name, id
    providers: dict[tuple[str, ...], list[ClaimStatus]] = {}

    def add(self, status: ClaimStatus, item: ClaimRead) -> None:
        claim = item.claim
        billing = ("2", "", "", "", "")
        if claim is not None:
            p = claim.billing
            billing = (p.kind or "2", p.name, p.first_name, p.id_qualifier, p.id)
            if not self.reference:
                self.reference = claim.batch_reference
                self.submitter = (claim.submitter.kind or "2", claim.submitter.name, claim.submitter.id)
        self.providers.setdefault(billing, []).append(status)

    def rule(self, codes: Mapping[int, str]) -> None:
        """Take over what was ruled on its claims, by their serial numbers."""
        for several in self.providers.values():
            several[:] = [c.ruled(codes[c.serial]) if c.serial in codes and c.accepted else c for c in several]

    @property
    def claims(self) -> list[ClaimStatus]:
        """All claims, in the order of the file."""
        return sorted((c for several in self.providers.values() for c in several), key=lambda c: c.serial)


def status_segments(batch: StatusBatch, name: str, now: datetime) -> list[str]:
    """The segments between ST and SE of one 277CA; `name` is the organisation that answers."""
    w = Writer()
    day = now.strftime("%Y%m%d")
    claims = [c for group in batch.providers.values() for c in group]
    good = [c for c in claims if c.accepted]
    bad = len(claims) - len(good)
    total = sum((c.charge for c in good), Decimal(0))
    refused = sum((c.charge for c in claims if not c.accepted), Decimal(0))
    w.add("BHT", "0085", "08", _fit(batch.reference or batch.transaction, 50), day, now.strftime("%H%M"), "TH")
    w.add("HL", 1, "", "20", "1")
    w.add("NM1", "AY", "2", _fit(name, 60), "", "", "", "", "46", _fit(name, 80))
    w.add("TRN", "1", _fit(batch.transaction, 50))
    w.add("DTP", "050", "D8", day)
    w.add("DTP", "009", "D8", day)
    w.add("HL", 2, 1, "21", "1")
    kind, submitter, identifier = batch.submitter
    w.add("NM1", "41", kind, _fit(submitter, 60), "", "", "", "", "46", _fit(identifier, 80))
    w.add("TRN", "2", _fit(batch.reference or batch.transaction, 50))
    # 19: entity acknowledges receipt; the batch stands when any claim of it does.
    w.add("STC", ("A1", "19", "41") if good else ("A3", "21", ""), day, "WQ" if good else "U", total + refused)
    if good:
        w.add("QTY", "90", len(good))
    if bad:
        w.add("QTY", "AA", bad)
    if good:
        w.add("AMT", "YU", total)
    if bad:
        w.add("AMT", "YY", refused)
    level = 2
    for billing, group in batch.providers.items():
        level += 1
        above = level
        kind, last, first, qualifier, npi = (_fit(v, 60) for v in billing)
        w.add("HL", above, 2, "19", "1")
        w.add("NM1", "85", kind, last, first, "", "", "", qualifier if npi else "", npi if qualifier else "")
        for claim in group:
            level += 1
            _claim(w, claim, level, above, day)
    return w.lines


def _claim(w: Writer, claim: ClaimStatus, level: int, above: int, day: str) -> None:
    w.add("HL", level, above, "PT")
    kind, last, first, middle, qualifier, identifier = (_fit(v, 60) for v in claim.patient)
    w.add("NM1", "QC", kind, last, first, middle, "", "", qualifier if identifier else "",
          identifier if qualifier else "")  # fmt: skip
    w.add("TRN", "2", _fit(claim.control_number, 38))
    action = "WQ" if claim.accepted else "U"
    head, *more = claim.statuses
    w.add("STC", head, day, action, claim.charge, "", "", "", "", "", *more)
    if claim.bill_type:
        w.add("REF", "BLT", _fit(claim.bill_type, 4))
    if claim.service_from is not None and claim.service_to is not None:
        start, end = claim.service_from.strftime("%Y%m%d"), claim.service_to.strftime("%Y%m%d")
        if start == end:
            w.add("DTP", "472", "D8", start)
        else:
            w.add("DTP", "472", "RD8", f"{start}-{end}")


def _fit(text: str, length: int) -> str:
    """Received text, safe to send back in an answer."""
    return "".join(ch for ch in text if ch.isprintable() and ch not in "*^:~")[:length]
