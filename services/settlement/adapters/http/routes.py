"""HTTP of settlement: a claim's account, ledger and decisions; offers and negotiators' commands.

Whoever reads or changes anything names themselves with a token, and meets the claims of their tenant only.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.settlement.adapters.curve import picture
from services.settlement.adapters.documents.release import release_letter
from services.settlement.adapters.http.bodies import (
    Acceptance,
    Counter,
    Declining,
    TakesAcceptance,
    TakesCounter,
    TakesDeclining,
    TakesIdrOffer,
    TakesLeaving,
    TakesLineAgreement,
    TakesOfferEntry,
    TakesPlacement,
    TakesRefund,
    TakesRescission,
    TakesWaitingDecision,
    TakesWithdrawal,
    TakesWriteOff,
)
from services.settlement.adapters.http.dependencies import Acting, Serving
from services.settlement.adapters.http.desk import (
    AUTHORITY,
    BAD_CURSOR,
    NO_AGREEMENT,
    REFUSED,
    UNKNOWN_CLAIM,
    WHICH_DISPUTE,
    Desk,
    refusals,
)
from services.settlement.adapters.http.shown import AccountShown, Audit, DecisionShown, LedgerShown
from services.settlement.adapters.http.views import account_view, decision_view, ledger_view
from services.settlement.application.negotiation import Answer, EnteredOffer, Subject, agreed, valued
from services.settlement.application.read_ports import ReceivableFees, TaskPage, WaitingClaim
from services.settlement.domain.account import Account
from shared.api.answer import answer
from shared.api.declared import answers, sends
from shared.api.refusals import OTHER_TENANT
from shared.worklist import place_of

router = APIRouter(tags=["settlement"])


ClaimId = Annotated[UUID, Path(description="the claim's id")]
OfferId = Annotated[str, Path(min_length=1, max_length=200, description="the offer's id, percent-encoded")]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="its number, as the account shows it")]
Line = Annotated[int, Path(ge=0, le=999, description="the line's number; 0 where lines are not known one by one")]
CaseId = Annotated[
    str, Query(max_length=64, description="the dispute; may be left out while only one comes into question")
]
_CLAIM = (OTHER_TENANT, UNKNOWN_CLAIM)
_ACT = (*_CLAIM, AUTHORITY, WHICH_DISPUTE, REFUSED)


@router.get(
    "/v1/claims/{claim_id}",
    summary="A claim's account",
    responses=answers(AccountShown, refused=_CLAIM),
)
async def read_account(desk: Serving, actor: Acting, claim_id: ClaimId) -> Response:
    """Return the account: disputes, negotiation, offers, settlement and where the money is."""
    return await _account(desk, desk.reader.account(claim_id, actor.tenant))


@router.get(
    "/v1/claims/{claim_id}/ledger",
    summary="A claim's books",
    responses=answers(LedgerShown, refused=_CLAIM),
)
async def read_ledger(desk: Serving, actor: Acting, claim_id: ClaimId) -> Response:
    """List every entry of the claim; balances are proved against the entries first."""
    with refusals():
        found, entries = await desk.reader.ledger(claim_id, actor.tenant)
    return answer(ledger_view(found, entries))


@router.get(
    "/v1/claims/{claim_id}/decisions",
    summary="Why each decision was taken",
    responses=answers(list[DecisionShown], refused=_CLAIM, description="The decisions, oldest first."),
)
async def list_decisions(desk: Serving, actor: Acting, claim_id: ClaimId) -> Response:
    """List decisions with all their inputs, each taken again from them: `replays` must be true."""
    with refusals():
        records = await desk.reader.decisions(claim_id, actor.tenant)
    return answer([decision_view(one) for one in records])


@router.get(
    "/v1/claims/{claim_id}/release-letter",
    summary="Release letter of the agreement (PDF)",
    response_class=Response,
    responses=sends("application/pdf", description="The letter.", refused=[*_CLAIM, WHICH_DISPUTE, NO_AGREEMENT]),
)
async def read_release_letter(desk: Serving, actor: Acting, claim_id: ClaimId, case_id: CaseId = "") -> Response:
    """Return the settlement agreement for both sides to sign; the same bytes each time.

    `case_id` names the dispute if several have an agreement.
    """
    with refusals():
        found = agreed(await desk.reader.account(claim_id, actor.tenant), case_id)
    return Response(await release_letter(found), media_type="application/pdf")


@router.get(
    "/v1/worklist",
    summary="What waits for a person",
    responses=answers(list[WaitingClaim], refused=[OTHER_TENANT], description="The claims, the most money first."),
)
async def list_waiting(
    desk: Serving, actor: Acting, limit: Annotated[int, Query(ge=1, le=1000, description="most claims")] = 100
) -> Response:
    """List claims of settlement that wait for a person; `why` says for what.

    Decisions above the engine's authority, claims that could not be judged or that were reopened after money was taken
    back, payments that are chased, claims the payer has rejected or not answered in time or in all their lines.
    """
    return answer(await desk.reader.waiting(actor.tenant, limit))


@router.get(
    "/v1/tasks",
    summary="Everything that waits for people, each with its day and what to do",
    responses=answers(TaskPage, refused=[OTHER_TENANT, BAD_CURSOR]),
)
async def list_tasks(
    desk: Serving,
    actor: Acting,
    after: Annotated[str, Query(description="`next` of the page before", max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500, description="most of a page")] = 50,
) -> Response:
    """List decisions, unanswered offers, acts that can be undone, payments to chase, claims not answered or judged."""
    today = desk.today_in(actor.tenant)
    rows, total = await desk.reader.tasks(actor.tenant, today, place_of(after), limit)
    return answer(TaskPage(tuple(rows), total, rows[-1].key if len(rows) == limit else None))


@router.get(
    "/v1/fees/receivable",
    summary="Fees of IDR that come back and have not come",
    responses=answers(ReceivableFees, refused=[OTHER_TENANT]),
)
async def list_receivable_fees(
    desk: Serving,
    actor: Acting,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="most of a page")] = 100,
) -> Response:
    """List entity fees that somebody else bears, with what was paid and returned of each, and their sum in dollars."""
    return answer(await desk.reader.fees_receivable(actor.tenant, str(after or ""), limit))


@router.get(
    "/v1/ledger/audit",
    summary="Prove the books of all claims",
    responses=answers(Audit, example=Audit(True, ()), refused=[OTHER_TENANT]),
)
async def audit_books(desk: Serving, actor: Acting) -> Response:
    """List claims whose ledger does not add up to their state, of your tenant or of all; empty if all is well."""
    broken = await desk.reader.audit(actor.tenant)
    return answer(Audit(not broken, tuple(broken)))


@router.post(
    "/v1/claims/{claim_id}/offers",
    summary="Enter an offer of the payer",
    responses=answers(AccountShown, refused=_ACT),
)
async def enter_offer(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesOfferEntry) -> Response:
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


@router.post(
    "/v1/claims/{claim_id}/offers/{offer_id:path}/accept",
    summary="Accept an offer",
    responses=answers(AccountShown, refused=_ACT),
)
async def accept_offer(
    desk: Serving, actor: Acting, claim_id: ClaimId, offer_id: OfferId, body: TakesAcceptance
) -> Response:
    """Accept an offer; 409 if it expired, was withdrawn or replaced first, 403 above the person's authority.

    With `undo_seconds` the response names the act, which is carried out when they are over.
    """
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.accept(subject, _answer(offer_id, body)))


@router.post(
    "/v1/claims/{claim_id}/offers/{offer_id:path}/counter",
    summary="Counter an offer",
    responses=answers(AccountShown, refused=_ACT),
)
async def counter_offer(
    desk: Serving, actor: Acting, claim_id: ClaimId, offer_id: OfferId, body: TakesCounter
) -> Response:
    """Counter the payer's offer, which ends with it."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.counter(subject, _answer(offer_id, body), body.amount))


@router.post(
    "/v1/claims/{claim_id}/offers/{offer_id:path}/decline",
    summary="Decline an offer",
    responses=answers(AccountShown, refused=_ACT),
)
async def decline_offer(
    desk: Serving, actor: Acting, claim_id: ClaimId, offer_id: OfferId, body: TakesDeclining
) -> Response:
    """Decline an offer while negotiation continues."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.decline(subject, _answer(offer_id, body)))


@router.post(
    "/v1/claims/{claim_id}/offers/{offer_id:path}/withdraw",
    summary="Withdraw an offer",
    responses=answers(AccountShown, refused=_ACT),
)
async def withdraw_offer(
    desk: Serving, actor: Acting, claim_id: ClaimId, offer_id: OfferId, body: TakesWithdrawal
) -> Response:
    """Withdraw an offer, ours or the payer's as it told us; 409 if it was accepted or ended first."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.withdraw_offer(subject, body.side, offer_id))


@router.post(
    "/v1/claims/{claim_id}/decisions/{number}",
    summary="Decide what waits for a person",
    responses=answers(AccountShown, refused=_ACT),
)
async def decide_waiting(
    desk: Serving, actor: Acting, claim_id: ClaimId, number: Number, body: TakesWaitingDecision
) -> Response:
    """Carry the engine's proposal out, or refuse it."""
    subject = Subject(actor, str(claim_id), body.case_id)
    act = desk.negotiation.decide_waiting(
        subject, number, approve=body.approve, why=body.reason, window=timedelta(seconds=body.undo_seconds)
    )
    return await _account(desk, act)


@router.post(
    "/v1/claims/{claim_id}/acts/{number}/undo",
    summary="Undo an act",
    responses=answers(AccountShown, refused=_ACT),
)
async def undo_act(desk: Serving, actor: Acting, claim_id: ClaimId, number: Number, case_id: CaseId = "") -> Response:
    """Undo what was decided about an offer; 409 once it is carried out, 403 for a role below who decided."""
    return await _account(desk, desk.negotiation.undo(Subject(actor, str(claim_id), case_id), number))


@router.post(
    "/v1/claims/{claim_id}/lines/{line}/agree",
    summary="Agree on one line",
    responses=answers(AccountShown, refused=_ACT),
)
async def agree_line(desk: Serving, actor: Acting, claim_id: ClaimId, line: Line, body: TakesLineAgreement) -> Response:
    """Agree on one line; the others stay in dispute until they are settled or their pursuit ends."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.agree_line(subject, line, body.amount))


@router.post(
    "/v1/claims/{claim_id}/leave",
    summary="End the talks",
    responses=answers(AccountShown, refused=_ACT),
)
async def leave_talks(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesLeaving) -> Response:
    """Decline the last offer and go on to the next forum."""
    return await _account(desk, desk.negotiation.leave(Subject(actor, str(claim_id), body.case_id), body.reason))


@router.post(
    "/v1/claims/{claim_id}/idr-offer",
    summary="Name our offer in federal IDR",
    responses=answers(AccountShown, refused=_ACT),
)
async def name_idr_offer(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesIdrOffer) -> Response:
    """Overrule the offer that the public record would choose, before IDR is initiated; 409 for one that cannot be."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.name_idr_offer(subject, body.amount, body.reason))


@router.get(
    "/v1/claims/{claim_id}/idr-offer.svg",
    summary="The curve of our offer in federal IDR (SVG)",
    response_class=Response,
    responses=sends("image/svg+xml", description="The curve.", refused=[*_CLAIM, WHICH_DISPUTE, REFUSED]),
)
async def draw_idr_offer(desk: Serving, actor: Acting, claim_id: ClaimId, case_id: CaseId = "") -> Response:
    """Draw chance and value of each offer, what was chosen and the fair value; 409 where none was told."""
    with refusals():
        found = valued(await desk.reader.account(claim_id, actor.tenant), case_id)
    return Response(picture(found), media_type="image/svg+xml")


@router.post(
    "/v1/claims/{claim_id}/rescission",
    summary="Rescind a settlement",
    responses=answers(AccountShown, refused=_ACT),
)
async def rescind_settlement(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesRescission) -> Response:
    """Rescind an agreement whose money did not come; the dispute goes on. Needs a manager."""
    return await _account(desk, desk.negotiation.rescind(Subject(actor, str(claim_id), body.case_id), body.reason))


@router.post(
    "/v1/claims/{claim_id}/refund",
    summary="Paid back to the payer",
    responses=answers(AccountShown, refused=_ACT),
)
async def pay_back(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesRefund) -> Response:
    """Record that we paid back what an award below the payer's first payment leaves us to owe; 409 for more."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.pay_back(subject, body.amount, body.paid_on, body.reference))


@router.post(
    "/v1/claims/{claim_id}/write-off",
    summary="Write a claim off, or one dispute of it",
    responses=answers(AccountShown, refused=_ACT),
)
async def write_off(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesWriteOff) -> Response:
    """End the claim as it stands, with every dispute, or only the one that `case_id` names. Needs a manager."""
    subject = Subject(actor, str(claim_id), body.case_id if body else "")
    return await _account(desk, desk.negotiation.write_off(subject))


@router.post(
    "/v1/claims/{claim_id}/placements",
    summary="Say to which dispute money belongs",
    responses=answers(AccountShown, refused=_ACT),
)
async def place_payment(desk: Serving, actor: Acting, claim_id: ClaimId, body: TakesPlacement) -> Response:
    """Place money that names no line of a dispute; 409 for more than waits."""
    subject = Subject(actor, str(claim_id), body.case_id)
    return await _account(desk, desk.negotiation.place_payment(subject, body.reference, body.paid, body.patient_share))


def _answer(offer_id: str, body: Acceptance | Counter | Declining) -> Answer:
    window = timedelta(seconds=body.undo_seconds)
    return Answer(offer_id=offer_id, version=body.version, why=body.reason, window=window)


async def _account(desk: Desk, asked: Awaitable[Account]) -> Response:
    """The account that was asked for, or that an act left, as it is shown; or the problem why not."""
    with refusals():
        found = await asked
    return answer(account_view(found, desk.now()))
