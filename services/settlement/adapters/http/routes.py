"""HTTP of settlement: a claim's account, ledger and decisions; offers and negotiators' commands.

Whoever reads or changes anything names themselves with a token, and meets the claims of their tenant only.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.settlement.adapters.curve import picture
from services.settlement.adapters.documents.release import release_letter
from services.settlement.adapters.http import bodies
from services.settlement.adapters.http.desk import Desk, refusals
from services.settlement.adapters.http.staff import Acting
from services.settlement.adapters.http.views import account_view, answer, decision_view, ledger_view
from services.settlement.application.negotiation import Answer, EnteredOffer, Subject, agreed, valued
from services.settlement.domain.account import Account
from shared.worklist import place_of

router = APIRouter(tags=["settlement"])


def desk_of(request: Request) -> Desk:
    """The desk that serves this process."""
    return request.app.state.desk


Serving = Annotated[Desk, Depends(desk_of)]


@router.get("/v1/claims/{claim_id}", summary="A claim's account")
async def account(desk: Serving, actor: Acting, claim_id: UUID) -> Response:
    """Return the account: disputes, negotiation, offers, settlement and where the money is."""
    return await _account(desk, desk.reader.account(claim_id, actor.tenant))


@router.get("/v1/claims/{claim_id}/ledger", summary="A claim's books")
async def ledger(desk: Serving, actor: Acting, claim_id: UUID) -> Response:
    """List every entry of the claim; balances are proved against the entries first."""
    with refusals():
        found, entries = await desk.reader.ledger(claim_id, actor.tenant)
    return answer(ledger_view(found, entries))


@router.get("/v1/claims/{claim_id}/decisions", summary="Why each decision was taken")
async def decisions(desk: Serving, actor: Acting, claim_id: UUID) -> Response:
    """List decisions with all their inputs, each taken again from them: `replays` must be true."""
    with refusals():
        records = await desk.reader.decisions(claim_id, actor.tenant)
    return answer([decision_view(one) for one in records])


@router.get("/v1/claims/{claim_id}/release-letter", summary="Release letter of the agreement (PDF)")
async def letter(
    desk: Serving, actor: Acting, claim_id: UUID, case_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Return the settlement agreement for both sides to sign; the same bytes each time.

    `case_id` names the dispute if several have an agreement.
    """
    with refusals():
        found = agreed(await desk.reader.account(claim_id, actor.tenant), case_id)
    return Response(await release_letter(found), media_type="application/pdf")


@router.get("/v1/worklist", summary="What waits for a person")
async def worklist(desk: Serving, actor: Acting, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """List claims of settlement that wait for a person; `why` says for what.

    Decisions above the engine's authority, claims that could not be judged or that were reopened after money was taken
    back, payments that are chased, claims the payer has rejected or not answered in time or in all their lines.
    """
    return answer(await desk.reader.waiting(actor.tenant, limit))


@router.get("/v1/tasks", summary="Everything that waits for people, each with its day and what to do")
async def task_page(
    desk: Serving,
    actor: Acting,
    after: Annotated[str, Query(description="`next` of the page before", max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """List decisions, unanswered offers, acts that can be undone, payments to chase, claims not answered or judged."""
    today = desk.today_in(actor.tenant)
    rows, total = await desk.reader.tasks(actor.tenant, today, place_of(after), limit)
    return answer({"tasks": rows, "total": total, "next": rows[-1]["key"] if len(rows) == limit else None})


@router.get("/v1/fees/receivable", summary="Fees of IDR that come back and have not come")
async def fees_receivable(
    desk: Serving,
    actor: Acting,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List entity fees that somebody else bears, with what was paid and returned of each, and their sum in dollars."""
    return answer(await desk.reader.fees_receivable(actor.tenant, str(after or ""), limit))


@router.get("/v1/ledger/audit", summary="Prove the books of all claims")
async def books_audit(desk: Serving, actor: Acting) -> Response:
    """List claims whose ledger does not add up to their state, of your tenant or of all; empty if all is well."""
    broken = await desk.reader.audit(actor.tenant)
    return answer({"holds": not broken, "broken": broken})


@router.post("/v1/claims/{claim_id}/offers", summary="Enter an offer of the payer")
async def enter_offer(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.EnteredOffer) -> Response:
    """Enter an offer; it is valued and answered at once like one that came as an event. Safe to repeat."""
    offer = EnteredOffer(
        offer_id=body.offer_id,
        amount=body.amount,
        offered_on=body.offered_on,
        expires_on=body.expires_on,
        final=body.final,
        lines=body.lines,
    )
    return await _account(desk, desk.negotiation.enter_offer(Subject(actor, str(claim_id), body.case_id), offer))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/accept", summary="Accept an offer")
async def accept(desk: Serving, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Acceptance) -> Response:
    """Accept an offer; 409 if it expired, was withdrawn or replaced first, 403 above the person's authority.

    With `undo_seconds` the response names the act, which is carried out when they are over.
    """
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.accept(subject, _answer(offer_id, body)))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/counter", summary="Counter an offer")
async def counter(desk: Serving, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Counter) -> Response:
    """Counter the payer's offer, which ends with it."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.counter(subject, _answer(offer_id, body), body.amount))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/decline", summary="Decline an offer")
async def decline(desk: Serving, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Refusal) -> Response:
    """Decline an offer while negotiation continues."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.decline(subject, _answer(offer_id, body)))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/withdraw", summary="Withdraw an offer")
async def withdraw(desk: Serving, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Withdrawal) -> Response:
    """Withdraw an offer, ours or the payer's as it told us; 409 if it was accepted or ended first."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.withdraw_offer(subject, body.side, offer_id))


@router.post("/v1/claims/{claim_id}/decisions/{number}", summary="Decide what waits for a person")
async def decide(desk: Serving, actor: Acting, claim_id: UUID, number: int, body: bodies.WaitingDecision) -> Response:
    """Carry the engine's proposal out, or refuse it."""
    subject = Subject(actor, str(claim_id), body.case_id)
    act = desk.negotiation.decide_waiting(
        subject, number, approve=body.approve, why=body.reason, window=timedelta(seconds=body.undo_seconds)
    )
    return await _account(desk, act)


@router.post("/v1/claims/{claim_id}/acts/{number}/undo", summary="Undo an act")
async def undo(
    desk: Serving, actor: Acting, claim_id: UUID, number: int, case_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Undo what was decided about an offer; 409 once it is carried out, 403 for a role below who decided."""
    return await _account(desk, desk.negotiation.undo(Subject(actor, str(claim_id), case_id), number))


@router.post("/v1/claims/{claim_id}/lines/{line}/agree", summary="Agree on one line")
async def agree_line(desk: Serving, actor: Acting, claim_id: UUID, line: int, body: bodies.LineAgreement) -> Response:
    """Agree on one line; the others stay in dispute until they are settled or their pursuit ends."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.agree_line(subject, line, body.amount))


@router.post("/v1/claims/{claim_id}/leave", summary="End the talks")
async def leave(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.Leaving) -> Response:
    """Decline the last offer and go on to the next forum."""
    return await _account(desk, desk.negotiation.leave(Subject(actor, str(claim_id), body.case_id), body.reason))


@router.post("/v1/claims/{claim_id}/idr-offer", summary="Name our offer in federal IDR")
async def name_idr_offer(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.IdrOffer) -> Response:
    """Overrule the offer that the public record would choose, before IDR is initiated; 409 for one that cannot be."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.name_idr_offer(subject, body.amount, body.reason))


@router.get("/v1/claims/{claim_id}/idr-offer.svg", summary="The curve of our offer in federal IDR (SVG)")
async def draw_idr_offer(
    desk: Serving, actor: Acting, claim_id: UUID, case_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Draw chance and value of each offer, what was chosen and the fair value; 409 where none was told."""
    with refusals():
        found = valued(await desk.reader.account(claim_id, actor.tenant), case_id)
    return Response(picture(found), media_type="image/svg+xml")


@router.post("/v1/claims/{claim_id}/rescission", summary="Rescind a settlement")
async def rescind(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.Rescission) -> Response:
    """Rescind an agreement whose money did not come; the dispute goes on. Needs a manager."""
    return await _account(desk, desk.negotiation.rescind(Subject(actor, str(claim_id), body.case_id), body.reason))


@router.post("/v1/claims/{claim_id}/refund", summary="Paid back to the payer")
async def pay_back(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.Refund) -> Response:
    """Record that we paid back what an award below the payer's first payment leaves us to owe; 409 for more."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.pay_back(subject, body.amount, body.paid_on, body.reference))


@router.post("/v1/claims/{claim_id}/write-off", summary="Write a claim off, or one dispute of it")
async def write_off(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.WriteOff | None = None) -> Response:
    """End the claim as it stands, with every dispute, or only the one that `case_id` names. Needs a manager."""
    subject = Subject(actor, str(claim_id), body.case_id if body else "")
    return await _account(desk, desk.negotiation.write_off(subject))


@router.post("/v1/claims/{claim_id}/placements", summary="Say to which dispute money belongs")
async def place(desk: Serving, actor: Acting, claim_id: UUID, body: bodies.Placement) -> Response:
    """Place money that names no line of a dispute; 409 for more than waits."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.place_payment(subject, body.reference, body.paid, body.patient_share))


def _answer(offer_id: str, body: bodies.Acceptance | bodies.Counter) -> Answer:
    window = timedelta(seconds=body.undo_seconds)
    return Answer(offer_id=offer_id, version=body.version, why=body.reason, window=window)


async def _account(desk: Desk, asked: Awaitable[Account]) -> Response:
    """The account that was asked for, or that an act left, as it is shown; or the problem why not."""
    with refusals():
        found = await asked
    return answer(account_view(found, desk.now()))
