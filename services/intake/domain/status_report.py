"""What a payer or clearinghouse says of a claim beside its payment (277CA, 277), and which claim of ours it is about.

A rejection (categories A3, A4, A6, A7, A8) means that the claim never reached adjudication: no remittance will come,
the time for filing runs on, and the claim leaves again as an original. It moves a claim only where number, provider,
day, charge and patient agree; what is not certain goes to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import EMPTY_PARTY, Party
from services.intake.domain.identity import number_key, patient_keys, payer_number_under
from services.intake.domain.matching import Candidate, alteration
from services.intake.domain.outbound_ack import OutboundAck
from services.intake.domain.records_request import Found
from services.intake.domain.review.tables import FilingLimit
from shared.events.base import Event
from shared.events.claims import ClaimFacts
from shared.events.statuses import ClaimStatus, PayerRejectedClaim, PayerReportedStatus, StatusKind

_REPORTS = UUID("6d7e3f3b-52d4-5a7e-9c1b-3d0f6c2e8a15")
_MARK = "\x1f"
_CANDIDATES = 20
_REJECTING = frozenset({"A3", "A4", "A6", "A7", "A8"})
"""Returned as unprocessable, not found, rejected for missing, invalid or contradicting information (code list 507)."""
_ALREADY_THERE = frozenset({"54"})
"""Duplicate of a claim that was processed before (code source 508): the payer has the claim."""

Scope = Literal["claim", "batch"]


class StatusReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One claim's statuses of one 277CA or 277; `scope` batch: of all claims of an 837 or of a provider in it.

    `inquiry` is the number of the question that it answers. Names the patient, so it is kept sealed.
    """

    kind: StatusKind
    control_number: str
    statuses: tuple[ClaimStatus, ...]
    scope: Scope = "claim"
    action: str = ""
    reported_on: date | None = None
    charge: Decimal | None = None
    payer_claim_number: str = ""
    sender: Party = EMPTY_PARTY
    provider_id: str = ""
    patient: Party = EMPTY_PARTY
    served_from: date | None = None
    served_to: date | None = None
    inquiry: str = ""
    batch: str = ""

    @property
    def rejects(self) -> bool:
        """True if the payer does not take the claim: one status that rejects is enough, unless it has it already."""
        if self.kind in ("999", "TA1"):
            return True
        whole = [s for s in self.statuses if not s.line_number]
        rejecting = [s for s in whole if s.category in _REJECTING]
        return bool(rejecting) and not all(s.code in _ALREADY_THERE for s in rejecting)

    @property
    def contradicts_itself(self) -> bool:
        """True if it rejects by its action (STC03 U) and accepts by all its categories."""
        return self.action == "U" and not any(s.category in _REJECTING for s in self.statuses)


def report_id(report: StatusReport, tenant: str) -> str:
    """The id of a report: the same however often it is sent."""
    parts = (
        tenant, report.kind, report.sender.id.upper() or report.sender.name.upper(), report.batch, report.inquiry,
        report.control_number, str(report.reported_on), str(report.charge), report.payer_claim_number,
        *(f"{s.category}:{s.code}:{s.entity}:{s.line_number}" for s in report.statuses),
    )  # fmt: skip
    return str(uuid5(_REPORTS, _MARK.join(parts)))


def keys_of(report: StatusReport) -> list[str]:
    """The match keys under which the claim may be known; see `domain/identity.py`."""
    keys: dict[str, None] = {}
    if plain := number_key(report.control_number):
        keys[f"n:{plain}"] = None
    if report.provider_id and number_key(report.payer_claim_number):
        keys[payer_number_under(report.provider_id, report.payer_claim_number)] = None
    if report.provider_id and report.served_from is not None and report.patient.name:
        keys.update(dict.fromkeys(patient_keys(report.provider_id, report.served_from, report.patient)))
    return list(keys)


def inquiry_key(inquiry: str) -> str:
    """The key of the claim that an inquiry of ours was about."""
    return f"q:{inquiry}"


def find(report: StatusReport, candidates: Sequence[Candidate]) -> Found:
    """The claim that a report is about, among the claims found under its keys. Does not depend on their order."""
    if report.scope == "batch":
        return Found("unmatched", "it is about a whole batch of claims, which it does not name one by one")
    if report.contradicts_itself:
        shown = tuple(sorted(c.claim_id for c in candidates))[:_CANDIDATES]
        return Found("ambiguous", "it rejects the claim and accepts it in one", None, shown)
    fits: list[str] = []
    likely: list[str] = []
    for candidate in sorted(candidates, key=lambda c: c.claim_id):
        sure = _named(report, candidate) and not _contradicted(report, candidate)
        (fits if sure else likely).append(candidate.claim_id)
    if len(fits) == 1:
        return Found("matched", "number, provider, day and patient agree", fits[0])
    if fits:
        return Found("ambiguous", f"{len(fits)} claims fit alike", None, tuple(fits)[:_CANDIDATES])
    if likely:
        reason = "no claim bears its number and agrees in provider, day, charge and patient"
        return Found("ambiguous", reason, None, tuple(likely)[:_CANDIDATES])
    return Found("unmatched", "no claim is known under its numbers, patient and day")


def _named(report: StatusReport, candidate: Candidate) -> bool:
    if any(key.startswith(("f:", "q:")) for key in candidate.found_by):
        return True
    number, known = report.control_number.strip(), candidate.facts.patient_control_number.strip()
    return bool(number) and (number == known or alteration(number, known) in ("spelling", "cut short"))


def _contradicted(report: StatusReport, candidate: Candidate) -> bool:
    """True if provider, day, charge or patient speak against the claim. What is not stated contradicts nothing."""
    facts = candidate.facts
    ours = {facts.billing_npi, facts.billing_tin.replace("-", ""), facts.rendering_npi, facts.facility_npi} - {""}
    if report.provider_id and report.provider_id not in ours:
        return True
    if report.charge is not None and report.charge != facts.total_charge:
        return True
    start, end = report.served_from, report.served_to or report.served_from
    if start is not None and end is not None and (end < facts.service_from or start > facts.service_to):
        return True
    is_complete = bool(report.patient.name and report.provider_id and start == facts.service_from)
    return is_complete and not any(key.startswith(("m:", "p:")) for key in candidate.found_by)


def reported(
    report: StatusReport, name: str, claim_id: str, facts: ClaimFacts, received_on: date, reason: str,
    limits: Iterable[FilingLimit],
) -> Event:  # fmt: skip
    """The event of a matched report. Lines are named by their number in the claim."""
    lines = {line.control_number: line.line for line in facts.lines if line.control_number}
    statuses = tuple(
        msgspec.structs.replace(s, line=lines.get(s.line_number, 0), line_number="") if s.line_number else s
        for s in report.statuses
    )
    common: Mapping[str, object] = {
        "claim_id": claim_id, "report_id": name, "kind": report.kind, "statuses": statuses,
        "received_on": received_on, "reported_on": report.reported_on, "payer_claim_number": report.payer_claim_number,
        "inquiry": report.inquiry, "by_clearinghouse": report.sender.role == "AY", "match_reason": reason,
    }  # fmt: skip
    if report.rejects:
        return PayerRejectedClaim(**common, file_by=filing_day(facts, limits))  # type: ignore[arg-type]
    return PayerReportedStatus(**common)  # type: ignore[arg-type]


def of_claim(
    acknowledgment: OutboundAck,
    claim_id: str,
    key: str,
    facts: ClaimFacts,
    received_on: date,
    limits: Iterable[FilingLimit],
) -> Event:
    """What a TA1 or 999 says of an 837 of ours that holds one claim: `key` names the sending."""
    statuses = statuses_of(acknowledgment)
    kind: StatusKind = "TA1" if any(s.category == "TA1" for s in statuses) else "999"
    name = str(uuid5(_REPORTS, _MARK.join((claim_id, key, kind, str(acknowledgment.accepted)))))
    if acknowledgment.accepted:
        return PayerReportedStatus(
            claim_id=claim_id, report_id=name, kind=kind, statuses=statuses or (ClaimStatus("IK5", "A"),),
            received_on=received_on, by_clearinghouse=True, match_reason="control number of our own interchange",
        )  # fmt: skip
    return PayerRejectedClaim(
        claim_id=claim_id, report_id=name, kind=kind, statuses=statuses, received_on=received_on,
        by_clearinghouse=True, match_reason="control number of our own interchange", file_by=filing_day(facts, limits),
    )  # fmt: skip


def statuses_of(acknowledgment: OutboundAck) -> tuple[ClaimStatus, ...]:
    """Segment and code of each thing that a TA1 or 999 says."""
    codes = [code.partition(" ") for code in acknowledgment.codes]
    return tuple(ClaimStatus(segment, what) for segment, _, what in codes)


def filing_day(facts: ClaimFacts, limits: Iterable[FilingLimit]) -> date | None:
    """The last day on which the payer takes the claim, by the table in force on the day of service.

    None where no limit is known. A rejection does not stop the time, which runs from the service or the end of the
    stay.
    """
    served = facts.service_to if facts.form == "institutional" else facts.service_from
    general: FilingLimit | None = None
    for limit in limits:
        if limit.valid_from <= served <= limit.valid_to:
            if limit.payer_id and limit.payer_id == facts.payer_id:
                return limit.last_day(served)
            if not limit.payer_id and limit.filing_indicator == facts.filing_indicator:
                general = limit
    return general.last_day(served) if general is not None else None
