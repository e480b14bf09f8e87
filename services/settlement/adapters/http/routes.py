"""HTTP of settlement: a claim's account, ledger and decisions; offers and negotiators' commands.

Whoever reads or changes anything names themselves with a token, and meets the claims of their tenant only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.settlement.adapters.documents.release import release_letter
from services.settlement.adapters.http import bodies
from services.settlement.adapters.http.desk import Desk, seen
from services.settlement.adapters.http.staff import Acting
from services.settlement.adapters.http.views import account_view, answer, decision_view, ledger_view
from services.settlement.adapters.sql.journal import audit, decisions_of, entries_of, prove
from services.settlement.adapters.sql.tasks import page
from services.settlement.domain import acts, commands
from services.settlement.domain.account import Account
from shared.calendar import legal_day
from shared.problem import Problem
from shared.runtime.service import Runtime
from shared.worklist import place_of

router = APIRouter(tags=["settlement"])


@router.get("/v1/claims/{claim_id}", summary="A claim's account")
async def account(request: Request, actor: Acting, claim_id: UUID) -> Response:
    """Dispute, talks, offers, settlement and where the money is."""
    return _account(_desk(request), await _desk(request).show(actor, claim_id))


@router.get("/v1/claims/{claim_id}/ledger", summary="A claim's books")
async def ledger(request: Request, actor: Acting, claim_id: UUID) -> Response:
    """Every entry of the claim; the balances are proved against them before they are shown."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        found = await seen(conn, actor, claim_id)
        entries = await entries_of(conn, str(claim_id))
    prove(found, entries)
    return answer(ledger_view(found, entries))


@router.get("/v1/claims/{claim_id}/decisions", summary="Why each decision was taken")
async def decisions(request: Request, actor: Acting, claim_id: UUID) -> Response:
    """Each decision with all its inputs, taken again from them: `replays` must be true."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        await seen(conn, actor, claim_id)
        taken = await decisions_of(conn, str(claim_id))
    return answer([decision_view(one) for one in taken])


@router.get("/v1/claims/{claim_id}/release-letter", summary="Release letter of the agreement (PDF)")
async def letter(
    request: Request, actor: Acting, claim_id: UUID, case_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """The agreement in words for both sides to sign; the same bytes whenever it is asked for.

    `case_id` names the dispute, where several of the claim's have one.
    """
    desk = _desk(request)
    whole = await desk.show(actor, claim_id)
    found = whole.disputes[desk.which(whole, case_id, lambda one: one.settlement is not None)]
    if found.settlement is None:
        raise Problem(
            409, "no-agreement", "This claim has no agreement or award.", how_to_fix="Settle the claim first."
        )
    return Response(await release_letter(found), media_type="application/pdf")


@router.get("/v1/worklist", summary="What waits for a person")
async def worklist(request: Request, actor: Acting, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """Decisions above the engine's authority, claims nobody can judge or that live again after money was taken back,
    payments that are chased, claims the payer has not answered in time or not in all their lines; `why` says which."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            """
            SELECT claim_id::text, phase, waits_for, payer_id, charge, in_dispute, owed,
                CASE WHEN waits_for <> '' THEN 'decision waits'
                     WHEN state ->> 'unplaced' IS NOT NULL THEN 'money names no dispute'
                     WHEN phase <> 'expected' AND state ->> 'held' IS NOT NULL THEN 'offer names no dispute'
                     WHEN phase = 'settled' OR jsonb_path_exists(state, '$.beside[*].settlement.chase_until')
                     THEN 'settlement not paid'
                     WHEN phase = 'received' THEN 'no answer of the payer'
                     WHEN state ->> 'unanswered' IS NOT NULL THEN 'lines not answered yet'
                     WHEN phase = 'adjudicated' THEN 'no verdict since'
                     ELSE 'cannot be judged' END AS why
            FROM accounts
            WHERE ($2 = '' OR tenant = $2) AND (waits_for <> '' OR phase = 'unjudged'
                OR phase = 'settled' AND state #>> '{settlement,chase_until}' IS NOT NULL
                OR phase = 'received' AND state ->> 'inquiries' IS NOT NULL OR state ->> 'unanswered' IS NOT NULL
                OR phase = 'adjudicated' AND state ->> 'review_on' IS NOT NULL
                OR state ->> 'unplaced' IS NOT NULL OR phase <> 'expected' AND state ->> 'held' IS NOT NULL
                OR jsonb_path_exists(state, '$.beside[*].settlement.chase_until'))
            ORDER BY in_dispute + owed DESC, charge DESC, claim_id LIMIT $1
            """,
            limit,
            actor.tenant,
        )
    return answer([dict(row) for row in rows])


@router.get("/v1/tasks", summary="Everything that waits for people, each with its day and what to do")
async def task_page(
    request: Request,
    actor: Acting,
    after: Annotated[str, Query(description="`next` of the page before", max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Decisions, unanswered offers, acts still kept, payments to chase, claims not answered or not judged."""
    runtime: Runtime = request.app.state.runtime
    desk = _desk(request)
    today = legal_day(desk.now(), desk.fold.zones.of(actor.tenant))
    place = place_of(after)
    async with runtime.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        rows, total = await page(conn, tenant=actor.tenant, today=today, after=place, limit=limit)
    return answer({"tasks": rows, "total": total, "next": rows[-1]["key"] if len(rows) == limit else None})


@router.get("/v1/ledger/audit", summary="Prove the books of all claims")
async def books_audit(request: Request, actor: Acting) -> Response:
    """Claims whose ledger does not add up to their state; empty where all is well. Of your tenant, or of all."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        broken = await audit(conn, actor.tenant)
    return answer({"holds": not broken, "broken": broken})


@router.post("/v1/claims/{claim_id}/offers", summary="Enter an offer of the payer")
async def enter_offer(request: Request, actor: Acting, claim_id: UUID, body: bodies.EnteredOffer) -> Response:
    """The offer is valued and answered at once, like one that came as an event; repeating it changes nothing."""
    desk = _desk(request)
    rule = commands.enter_offer(
        body.offer_id, body.amount, body.offered_on, expires_on=body.expires_on, final=body.final, lines=body.lines
    )
    return _account(desk, await desk.carry_out(actor, claim_id, rule, body.case_id))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/accept", summary="Accept an offer")
async def accept(request: Request, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Acceptance) -> Response:
    """409 where the offer expired, was withdrawn or replaced first; 403 above the person's authority.

    With `undo_seconds` the answer names the act that is kept, and it is carried out when they are over.
    """
    desk = _desk(request)
    rule = acts.accept(actor, offer_id, body.version, why=body.reason, window=_window(body))
    return _account(desk, await desk.carry_out(actor, claim_id, rule, body.case_id))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/counter", summary="Counter an offer")
async def counter(request: Request, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Counter) -> Response:
    """The payer's offer ends with the counter."""
    desk = _desk(request)
    rule = acts.counter(actor, offer_id, body.version, body.amount, why=body.reason, window=_window(body))
    return _account(desk, await desk.carry_out(actor, claim_id, rule, body.case_id))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/decline", summary="Decline an offer")
async def decline(request: Request, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Refusal) -> Response:
    """The offer ends and the talks go on; so one is answered that cannot be as it is said."""
    desk = _desk(request)
    rule = acts.decline(actor, offer_id, body.version, why=body.reason, window=_window(body))
    return _account(desk, await desk.carry_out(actor, claim_id, rule, body.case_id))


@router.post("/v1/claims/{claim_id}/offers/{offer_id:path}/withdraw", summary="Withdraw an offer")
async def withdraw(request: Request, actor: Acting, claim_id: UUID, offer_id: str, body: bodies.Withdrawal) -> Response:
    """Ours, or the payer's as it told us; 409 where it was accepted or ended first."""
    desk = _desk(request)
    return _account(
        desk, await desk.carry_out(actor, claim_id, commands.withdraw_offer(body.side, offer_id), body.case_id)
    )


@router.post("/v1/claims/{claim_id}/decisions/{number}", summary="Decide what waits for a person")
async def decide(
    request: Request, actor: Acting, claim_id: UUID, number: int, body: bodies.WaitingDecision
) -> Response:
    """Carry the engine's proposal out, or refuse it."""
    desk = _desk(request)
    rule = acts.decide(actor, number, approve=body.approve, why=body.reason, window=_window(body))
    after = await desk.carry_out(
        actor,
        claim_id,
        rule,
        body.case_id,
        about=lambda one: one.approval is not None and one.approval.decision == number,
    )
    return _account(desk, after)


@router.post("/v1/claims/{claim_id}/acts/{number}/undo", summary="Undo an act")
async def undo(
    request: Request, actor: Acting, claim_id: UUID, number: int, case_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Take back what was decided about an offer; 409 once it is carried out, 403 for a role below who decided."""
    desk = _desk(request)
    after = await desk.carry_out(
        actor, claim_id, acts.undo(actor, number), case_id,
        about=lambda one: one.act is not None and one.act.number == number and one.act.waits,
    )  # fmt: skip
    return _account(desk, after)


@router.post("/v1/claims/{claim_id}/lines/{line}/agree", summary="Agree on one line")
async def agree_line(
    request: Request, actor: Acting, claim_id: UUID, line: int, body: bodies.LineAgreement
) -> Response:
    """The other lines stay in dispute; the whole is settled when they are, or when their pursuit ends."""
    desk = _desk(request)
    return _account(
        desk, await desk.carry_out(actor, claim_id, commands.agree_line(actor, line, body.amount), body.case_id)
    )


@router.post("/v1/claims/{claim_id}/leave", summary="End the talks")
async def leave(request: Request, actor: Acting, claim_id: UUID, body: bodies.Leaving) -> Response:
    """The last offer is declined and the next forum is open."""
    desk = _desk(request)
    return _account(
        desk, await desk.carry_out(actor, claim_id, commands.leave_talks(actor, why=body.reason), body.case_id)
    )


@router.post("/v1/claims/{claim_id}/rescission", summary="Rescind a settlement")
async def rescind(request: Request, actor: Acting, claim_id: UUID, body: bodies.Rescission) -> Response:
    """A manager takes an agreement back whose money did not come; the dispute goes on."""
    desk = _desk(request)
    rule = commands.rescind_settlement(actor, why=body.reason)
    return _account(desk, await desk.carry_out(actor, claim_id, rule, body.case_id))


@router.post("/v1/claims/{claim_id}/write-off", summary="Write a claim off, or one dispute of it")
async def write_off(request: Request, actor: Acting, claim_id: UUID, body: bodies.WriteOff | None = None) -> Response:
    """A manager ends the claim as it stands, with every dispute; or the one that `case_id` names."""
    desk = _desk(request)
    case_id = body.case_id if body else ""
    if case_id:
        return _account(desk, await desk.carry_out(actor, claim_id, commands.write_off(actor), case_id))
    after = await desk.decide(actor, claim_id, lambda account, now, book: commands.end_claim(account, now, book, actor))
    return _account(desk, after)


@router.post("/v1/claims/{claim_id}/placements", summary="Say to which dispute money belongs")
async def place(request: Request, actor: Acting, claim_id: UUID, body: bodies.Placement) -> Response:
    """Of money that names no line of a dispute; 409 for more than waits."""
    desk = _desk(request)
    after = await desk.decide(
        actor,
        claim_id,
        lambda account, now, book: commands.place_payment(
            account, now, book, actor=actor, reference=body.reference, case_id=body.case_id, paid=body.paid,
            share=body.patient_share,
        ),
    )  # fmt: skip
    return _account(desk, after)


def _window(body: bodies.Acceptance | bodies.Counter | bodies.WaitingDecision) -> timedelta:
    return timedelta(seconds=body.undo_seconds)


def _account(desk: Desk, account: Account) -> Response:
    return answer(account_view(account, desk.now()))


def _desk(request: Request) -> Desk:
    return request.app.state.desk
