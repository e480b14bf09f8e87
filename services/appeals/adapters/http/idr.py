"""HTTP of federal IDR: what the portal, the entity and the Departments tell of a dispute, as people enter it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.appeals.adapters.http import bodies, idr_bodies
from services.appeals.adapters.http.cases import show
from services.appeals.adapters.http.dependencies import Person, Tenant, TheDesk, in_their_tenant
from services.appeals.adapters.http.desk import refusals
from services.appeals.adapters.http.views import answer
from services.appeals.domain.extensions import Extension
from services.appeals.domain.idr_outcomes import Closure

router = APIRouter(tags=["appeals"], dependencies=[Depends(in_their_tenant)])


@router.post("/v1/cases/{claim_id}/entity", summary="The IDR entity is final")
async def entity(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.EntitySelected) -> Response:
    """Offers are counted from this day; it may be told late, and goes before a day that was assumed."""
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
async def offer(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.OfferSubmitted | None = None) -> Response:
    """May be told later, with its day; refused where that lies after the last day for offers."""
    _, today = await desk.rules_and_today(claim_id)
    on = (body.submitted_on if body else None) or today
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.offer_submitted(case, on), who=who, action="offer_submitted", reason="",
            details={"submitted_on": on.isoformat()},
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/extensions", summary="A step's last day was extended")
async def extend(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.Extended) -> Response:
    """Moves the deadline, also one that was missed: what was sent by the later day is then attested as in time."""
    extension = Extension(**body.model_dump(exclude={"reason"}))
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.extend(case, extension), who=who, action="extend", reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/determination", summary="The IDR entity determined")
async def idr_answer(desk: TheDesk, who: Person, claim_id: UUID, body: idr_bodies.IdrAnswer) -> Response:
    """A determination that came by portal or mail."""
    event = body.event(str(claim_id))
    with refusals():
        case = await desk.casework.record_payer_answer(event, body.determined_on, "determined_on", who=who)
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/idr-closure", summary="IDR was closed without a determination")
async def close_idr(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.IdrClosure) -> Response:
    """Ineligible, wrongly batched, withdrawn, unpaid, dismissed: the fee that comes back, and the next step, follow."""
    closure = Closure(words=body.reason, **body.model_dump(exclude={"reason"}))
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.close_idr(case, closure), who=who, action="close_idr", reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
            cooling_on=(await desk.rules_and_today(claim_id))[1],
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/idr-reopening", summary="A closed IDR dispute was opened again")
async def reopen_idr(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.IdrReopening) -> Response:
    """It waits for its determination; a fee that had come back is due again."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.reopen_idr(case, body.reopened_on, body.reported_by, body.determination_due_on),
            who=who, action="reopen_idr", reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/settlement-notice", summary="A settlement was reported to the Departments")
async def report_settlement(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.SettlementNotice) -> Response:
    """An agreement during IDR is told to them and to the entity within three business days."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.report_settlement(case, body.reported_on), who=who,
            action="settlement_reported", reason=body.reference, details={"reported_on": body.reported_on.isoformat()},
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/duties", summary="What was done about a duty of the payer's")
async def payer_duty(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.PayerDuty) -> Response:
    """A late payment, a QPA not disclosed, a share raised after the award: complained of, asked for, or closed."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.payer_duty(case, body.kind, body.what, body.on, body.reference), who=who,
            action="payer_duty", reason=body.reference, details=body.model_dump(mode="json"),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/idr/told", include_in_schema=False)  # its former path, for one version
@router.post("/v1/idr/reports", summary="What is reported of many IDR disputes")
async def report_disputes(desk: TheDesk, who: Person, body: idr_bodies.IdrReports, tenant: Tenant) -> Response:
    """Take selections, offers, determinations, closings, reopenings, settlements and fees in their order.

    A row is told of all disputes that were filed under its number, or of none: `refused` says why. With `preview`
    nothing is kept.
    """
    rows = [row.row() for row in body.rows]
    came = await desk.idr_acts.report(rows, tenant=tenant, who=who, reason=body.reason, preview=body.preview)
    return answer({"preview": body.preview, "rows": came})
