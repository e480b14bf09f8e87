"""Claims as intake tells of them: received, replaced, voided."""

from __future__ import annotations

from typing import Any

from services.settlement.domain import bargaining
from services.settlement.domain.payer_word import Refusal, RefusedBy, Said
from services.settlement.domain.turn import Turn, close, days_from, reopen
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimReplaced, ClaimVoided
from shared.events.settlement import RemittanceOverdue
from shared.events.statuses import PayerRejectedClaim, PayerReportedStatus


def received(turn: Turn, event: ClaimReceived) -> None:
    """The claim begins: its charge is billed, offers that came early are taken in."""
    a = turn.account
    if a.phase != "expected":
        return
    turn.change(
        phase="received",
        held=(),
        received_on=turn.today,
        answer_on=days_from(turn.today, turn.days.remittance),
        **_facts(event.claim),
    )
    turn.journal.move(event.claim.total_charge, "billed", "awaiting", "billed")
    for offer in a.held:
        bargaining.on_offer(turn, offer)


def answer_overdue(turn: Turn) -> None:
    """The payer has not answered yet, or not every line: it is emitted, and asked after again.

    Nobody but a person gives such a claim up.
    """
    a = turn.account
    assert a.received_on is not None
    number = a.inquiries + 1
    again = days_from(turn.today, turn.days.remittance) if number < turn.days.inquiries else None
    turn.change(inquiries=number, answer_on=again)
    turn.emit(
        RemittanceOverdue(
            claim_id=a.claim_id,
            received_on=a.received_on,
            days=(turn.today - a.received_on).days,
            billed=a.open_charge if a.unanswered else a.charge,
            inquiry=number,
            lines=a.unanswered,
        )
    )


def refused(turn: Turn, event: PayerRejectedClaim) -> None:
    """The payer did not take the claim: no answer will come, so none is asked after until it was sent again."""
    if turn.account.phase == "received":
        codes = tuple(dict.fromkeys(":".join(filter(None, (s.category, s.code, s.entity))) for s in event.statuses))
        who: RefusedBy = "clearinghouse" if event.by_clearinghouse else "payer"
        turn.change(refusal=Refusal(event.reported_on or event.received_on, codes[:5], who, event.file_by))
        turn.change(answer_on=None)


def status_reported(turn: Turn, event: PayerReportedStatus) -> None:
    """The payer says where the claim stands. Pending, it is waited for again; decided, its remittance is missing."""
    a = turn.account
    if a.phase != "received" and not a.unanswered:
        return
    whole = next((s for s in event.statuses if not s.line), None)
    if event.kind in ("999", "TA1") or whole is None or whole.category[:1] in ("E", "D", ""):
        return  # the question was not answered: it stays due
    code = ":".join(filter(None, (whole.category, whole.code)))
    turn.change(said=Said(event.reported_on or event.received_on, code, a.inquiries))
    if whole.category[:1] in ("A", "P") and a.refusal is None and a.answer_on is None:
        turn.change(answer_on=days_from(turn.today, turn.days.remittance))


def replaced(turn: Turn, event: ClaimReplaced) -> None:
    """A replacement changes the charge; a closed claim is reopened by it.

    One that the payer had rejected was sent again, and its answer is waited for again.
    """
    a = turn.account
    if a.closed == "voided":
        return
    if a.refusal is not None:
        again = days_from(turn.today, turn.days.remittance)
        turn.change(refusal=None, said=None, inquiries=0, received_on=turn.today, answer_on=again)
    if a.phase == "closed":
        reopen(turn, "the claim was replaced")
    elif a.phase == "unjudged":
        turn.change(phase="adjudicated")
    more = event.claim.total_charge - turn.account.charge
    if more > 0:
        turn.journal.move(more, "billed", "awaiting", "replaced")
    else:
        lack = turn.journal.draw(-more, ("awaiting",), "billed", "replaced")
        turn.journal.move(lack, "disallowed", "billed", "replaced")
    turn.change(**_facts(event.claim))


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
        "charge": claim.total_charge,
    }


def voided(turn: Turn, _: ClaimVoided) -> None:
    """The provider withdrew the claim."""
    if turn.account.phase != "closed":
        close(turn, "voided")
