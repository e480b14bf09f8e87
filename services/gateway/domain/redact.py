"""An event as the timeline, the live stream and webhooks show it: without account numbers and diagnoses."""

from __future__ import annotations

from msgspec.structs import replace

from shared.events.base import Event
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RecordsRequested,
    RemittanceFacts,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.statuses import PayerRejectedClaim, PayerReportedStatus


def redact(event: Event) -> Event:
    """The same event with patient control numbers, payer claim numbers, line control numbers and diagnoses left out."""
    if isinstance(event, ClaimReceived):
        return replace(event, claim=_claim(event.claim))
    if isinstance(event, ClaimReplaced):
        return replace(event, claim=_claim(event.claim), replaces_payer_claim_number="")
    if isinstance(event, ClaimVoided | RemittanceRecouped | PayerRejectedClaim | PayerReportedStatus):
        return replace(event, payer_claim_number="")
    if isinstance(event, RecordsRequested):
        questions = tuple(replace(question, line_number="") for question in event.questions)
        return replace(event, trace_number="", payer_claim_number="", questions=questions)
    if isinstance(event, ClaimRejected):
        return replace(event, patient_control_number="")
    if isinstance(event, RemittanceReceived | RemittanceReversed):
        return replace(event, remittance=_remittance(event.remittance))
    return event


def names_accounts(event: Event) -> bool:
    """Return True if `redact` changes events of this kind."""
    return isinstance(
        event,
        ClaimReceived
        | ClaimReplaced
        | ClaimVoided
        | ClaimRejected
        | RemittanceReceived
        | RemittanceReversed
        | RemittanceRecouped
        | RecordsRequested
        | PayerRejectedClaim
        | PayerReportedStatus,
    )


def _claim(claim: ClaimFacts) -> ClaimFacts:
    lines = tuple(replace(line, control_number="", diagnoses=()) for line in claim.lines)
    return replace(claim, patient_control_number="", diagnoses=(), lines=lines)


def _remittance(remittance: RemittanceFacts) -> RemittanceFacts:
    lines = tuple(replace(line, control_number="") for line in remittance.lines)
    return replace(remittance, payer_claim_number="", lines=lines)
