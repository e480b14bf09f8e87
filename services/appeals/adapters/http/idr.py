"""HTTP of federal IDR: what the portal, the entity and the Departments tell of a dispute, as people enter it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.appeals.adapters.http import bodies, idr_bodies
from services.appeals.adapters.http.cases import Authorization, Tenant, desk_of, in_their_tenant, show
from services.appeals.adapters.http.desk import refusals
from services.appeals.adapters.http.views import answer
from services.appeals.domain.extensions import Extension
from services.appeals.domain.idr_outcomes import Closure

router = APIRouter(tags=["appeals"], dependencies=[Depends(in_their_tenant)])


@router.post("/v1/cases/{claim_id}/entity", summary="The IDR entity is final")
async def entity(
    request: Request, claim_id: UUID, body: bodies.EntitySelected, authorization: Authorization = ""
) -> Response:
    """Offers are counted from this day; it may be told late, and goes before a day that was assumed."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.entity_selected(case, body.selected_on, body.reported_by, body.entity),
            who=who,
            action="entity_selected",
            reason=body.entity,
            details={"selected_on": body.selected_on.isoformat(), "reported_by": body.reported_by},
        )
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/offer", summary="Our offer and fees are with the entity")
async def offer(
    request: Request, claim_id: UUID, body: bodies.OfferSubmitted | None = None, authorization: Authorization = ""
) -> Response:
    """May be told later, with its day; refused where that lies after the last day for offers."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    _, today = await desk.rules_and_today(claim_id)
    on = (body.submitted_on if body else None) or today
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.offer_submitted(case, on), who=who, action="offer_submitted", reason="",
            details={"submitted_on": on.isoformat()},
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/extensions", summary="A step's last day was extended")
async def extend(
    request: Request, claim_id: UUID, body: bodies.Extended, authorization: Authorization = ""
) -> Response:
    """Moves the deadline, also one that was missed: what was sent by the later day is then attested as in time."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    extension = Extension(**body.model_dump(exclude={"reason"}))
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.extend(case, extension), who=who, action="extend", reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/determination", summary="The IDR entity determined")
async def idr_answer(
    request: Request, claim_id: UUID, body: idr_bodies.IdrAnswer, authorization: Authorization = ""
) -> Response:
    """A determination that came by portal or mail."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    event = body.event(str(claim_id))
    with refusals():
        case = await desk.casework.record_payer_answer(event, body.determined_on, "determined_on", who=who)
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/idr-closure", summary="IDR was closed without a determination")
async def close_idr(
    request: Request, claim_id: UUID, body: bodies.IdrClosure, authorization: Authorization = ""
) -> Response:
    """Ineligible, wrongly batched, withdrawn, unpaid, dismissed: the fee that comes back, and the next step, follow."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    closure = Closure(words=body.reason, **body.model_dump(exclude={"reason"}))
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.close_idr(case, closure), who=who, action="close_idr", reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
            cooling_on=(await desk.rules_and_today(claim_id))[1],
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/idr-reopening", summary="A closed IDR dispute was opened again")
async def reopen_idr(
    request: Request, claim_id: UUID, body: bodies.IdrReopening, authorization: Authorization = ""
) -> Response:
    """It waits for its determination; a fee that had come back is due again."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.reopen_idr(case, body.reopened_on, body.reported_by, body.determination_due_on),
            who=who, action="reopen_idr", reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/settlement-notice", summary="A settlement was told to the Departments")
async def settlement_told(
    request: Request, claim_id: UUID, body: bodies.SettlementNotice, authorization: Authorization = ""
) -> Response:
    """An agreement during IDR is told to them and to the entity within three business days."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.report_settlement(case, body.told_on), who=who, action="settlement_told",
            reason=body.reference, details={"told_on": body.told_on.isoformat()},
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/duties", summary="What was done about a duty of the payer's")
async def payer_duty(
    request: Request, claim_id: UUID, body: bodies.PayerDuty, authorization: Authorization = ""
) -> Response:
    """A late payment, a QPA not disclosed, a share raised after the award: complained of, asked for, or closed."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.payer_duty(case, body.kind, body.what, body.on, body.reference), who=who,
            action="payer_duty", reason=body.reference, details=body.model_dump(mode="json"),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/idr/told", summary="What is told of many IDR disputes")
async def told(
    request: Request, body: idr_bodies.IdrReports, tenant: Tenant, authorization: Authorization = ""
) -> Response:
    """Take selections, offers, determinations, closings, reopenings, settlements and fees in their order.

    A row is told of all disputes that were filed under its number, or of none: `refused` says why. With `preview`
    nothing is kept.
    """
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    rows = [row.row() for row in body.rows]
    came = await desk.idr_acts.report(rows, tenant=tenant, who=who, reason=body.reason, preview=body.preview)
    return answer({"preview": body.preview, "rows": came})
