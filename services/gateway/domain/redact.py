"""An event as the timeline, the live stream and webhooks show it: without account numbers and diagnoses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from shared.events.base import Event
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RemittanceFacts,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.records import RecordsRequested
from shared.events.statuses import PayerRejectedClaim, PayerReportedStatus


def redact(event: Event) -> Event:
    """The same event with patient control numbers, payer claim numbers, line control numbers and diagnoses left out."""
    redacted = _REDACTED.get(type(event))
    return event if redacted is None else redacted(event)


def names_accounts(event: Event) -> bool:
    """Return True if `redact` changes events of this kind."""
    return type(event) in _REDACTED


def _received(event: ClaimReceived) -> Event:
    return replace(event, claim=_claim(event.claim))


def _replaced(event: ClaimReplaced) -> Event:
    return replace(event, claim=_claim(event.claim), replaces_payer_claim_number="")


def _numbered(event: ClaimVoided | RemittanceRecouped | PayerRejectedClaim | PayerReportedStatus) -> Event:
    return replace(event, payer_claim_number="")


def _records_requested(event: RecordsRequested) -> Event:
    questions = tuple(replace(question, line_number="") for question in event.questions)
    return replace(event, trace_number="", payer_claim_number="", questions=questions)


def _rejected(event: ClaimRejected) -> Event:
    return replace(event, patient_control_number="")


def _remitted(event: RemittanceReceived | RemittanceReversed) -> Event:
    return replace(event, remittance=_remittance(event.remittance))


def _claim(claim: ClaimFacts) -> ClaimFacts:
    lines = tuple(replace(line, control_number="", diagnoses=()) for line in claim.lines)
    return replace(claim, patient_control_number="", diagnoses=(), lines=lines)


def _remittance(remittance: RemittanceFacts) -> RemittanceFacts:
    lines = tuple(replace(line, control_number="") for line in remittance.lines)
    return replace(remittance, payer_claim_number="", lines=lines)


_REDACTED: dict[type[Event], Callable[[Any], Event]] = {
    ClaimReceived: _received,
    ClaimReplaced: _replaced,
    ClaimVoided: _numbered,
    ClaimRejected: _rejected,
    RemittanceReceived: _remitted,
    RemittanceReversed: _remitted,
    RemittanceRecouped: _numbered,
    RecordsRequested: _records_requested,
    PayerRejectedClaim: _numbered,
    PayerReportedStatus: _numbered,
}
"""What is left out of each event that names accounts or diagnoses; all others are shown as they are."""
