"""Claims as intake tells of them: received, replaced, voided."""

from __future__ import annotations

from typing import Any

from services.settlement.domain import bargaining
from services.settlement.domain.decision import DecisionBuilder, close, days_from, reopen
from services.settlement.domain.payer_status import RejectedBy, Rejection, ReportedStatus, SentInquiry
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimReplaced, ClaimVoided
from shared.events.settlement import RemittanceOverdue
from shared.events.statuses import ClaimInquired, PayerRejectedClaim, PayerReportedStatus


def on_received(builder: DecisionBuilder, event: ClaimReceived) -> None:
    """The claim begins: its charge is billed, offers that came early are taken in.

    One loaded as history is not asked after: what of it is open is for a person to take up.
    """
    a = builder.account
    if a.phase != "expected":
        return
    builder.change(
        phase="received",
        held=(),
        received_on=builder.today,
        answer_on=None if event.claim.history else days_from(builder.today, builder.days.remittance),
        **_facts(event.claim),
    )
    builder.journal.move(event.claim.total_charge, "billed", "awaiting", "billed")
    for offer in a.held:
        bargaining.on_offer(builder, offer)


def on_answer_due(builder: DecisionBuilder) -> None:
    """The payer has not answered yet, or not every line: it is emitted, and asked after again.

    Nobody but a person gives such a claim up.
    """
    a = builder.account
    assert a.received_on is not None
    number = a.inquiries + 1
    again = days_from(builder.today, builder.days.remittance) if number < builder.days.inquiries else None
    builder.change(inquiries=number, answer_on=again)
    builder.emit(
        RemittanceOverdue(
            claim_id=a.claim_id,
            received_on=a.received_on,
            days=(builder.today - a.received_on).days,
            billed=a.open_charge if a.unanswered else a.charge,
            inquiry=number,
            lines=a.unanswered,
        )
    )


def on_refused(builder: DecisionBuilder, event: PayerRejectedClaim) -> None:
    """The payer did not take the claim: no answer will come, so none is asked after until it was sent again."""
    if builder.account.phase == "received":
        codes = tuple(dict.fromkeys(":".join(filter(None, (s.category, s.code, s.entity))) for s in event.statuses))
        who: RejectedBy = "clearinghouse" if event.by_clearinghouse else "payer"
        builder.change(refusal=Rejection(event.reported_on or event.received_on, codes[:5], who, event.file_by))
        builder.change(answer_on=None)


def on_status_reported(builder: DecisionBuilder, event: PayerReportedStatus) -> None:
    """The payer says where the claim stands. Pending, it is waited for again; decided, its remittance is missing."""
    a = builder.account
    if a.phase != "received" and not a.unanswered:
        return
    whole = next((s for s in event.statuses if not s.line), None)
    if event.kind in ("999", "TA1") or whole is None or whole.category[:1] in ("E", "D", ""):
        return  # the question was not answered: it stays due
    code = ":".join(filter(None, (whole.category, whole.code)))
    builder.change(payer_status=ReportedStatus(event.reported_on or event.received_on, code, a.inquiries))
    if whole.category[:1] in ("A", "P") and a.refusal is None and a.answer_on is None:
        builder.change(answer_on=days_from(builder.today, builder.days.remittance))


def on_inquired(builder: DecisionBuilder, event: ClaimInquired) -> None:
    """The payer was asked, or could not be: who is to act about an overdue answer hangs on it."""
    a = builder.account
    if a.phase == "received" or a.unanswered:
        why = ", ".join(event.codes) if event.status == "rejected" else event.reason
        builder.change(
            last_inquiry=SentInquiry(event.on, a.inquiries, "" if event.status == "sent" else why or event.status)
        )


def on_replaced(builder: DecisionBuilder, event: ClaimReplaced) -> None:
    """A replacement changes the charge; a closed claim is reopened by it.

    One that the payer had rejected was sent again, and its answer is waited for again.
    """
    a = builder.account
    if a.closed == "voided":
        return
    if a.refusal is not None:
        again = days_from(builder.today, builder.days.remittance)
        builder.change(
            refusal=None, payer_status=None, last_inquiry=None, inquiries=0, received_on=builder.today, answer_on=again
        )
    if a.phase == "closed":
        reopen(builder, "the claim was replaced")
    elif a.phase == "unjudged":
        builder.change(phase="adjudicated")
    more = event.claim.total_charge - builder.account.charge
    if more > 0:
        builder.journal.move(more, "billed", "awaiting", "replaced")
    else:
        lack = builder.journal.draw(-more, ("awaiting",), "billed", "replaced")
        builder.journal.move(lack, "disallowed", "billed", "replaced")
    builder.change(**_facts(event.claim))


def _facts(claim: ClaimFacts) -> dict[str, Any]:
    largest = max(claim.lines, key=lambda line: line.charge, default=None)
    return {
        "payer_id": claim.payer_id,
        "payer_name": claim.payer_name,
        "form": claim.form,
        "billing_npi": claim.billing_npi,
        "account_number": claim.patient_control_number,
        "service_from": claim.service_from,
        "code": largest.code if largest else "",
        "state": claim.service_state,
        "charge": claim.total_charge,
    }


def on_voided(builder: DecisionBuilder, _: ClaimVoided) -> None:
    """The provider withdrew the claim."""
    if builder.account.phase != "closed":
        close(builder, "voided")
