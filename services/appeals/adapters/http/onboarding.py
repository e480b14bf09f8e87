"""HTTP of a practice that joins: what of its history is open, days of receipt, and what another system left open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.dependencies import Person, Tenant, TheDesk
from services.appeals.adapters.http.views import answer
from services.appeals.application.history_report import report
from services.appeals.application.open_items import OpenItem
from services.appeals.application.receipt_days import ReceiptDay
from services.appeals.domain.statements import HandedOver
from services.appeals.domain.steps import ForumName
from shared.problem import Problem

router = APIRouter(tags=["onboarding"])


@router.get("/v1/history", summary="What could still be pursued of claims loaded as history")
async def history(
    desk: TheDesk,
    _who: Person,
    tenant: Tenant,
    forum: Annotated[ForumName | None, Query(description="only claims that this forum is open to")] = None,
    limit: Annotated[int, Query(ge=0, le=5000)] = 100,
) -> Response:
    """Sum what is open by forum, with dollars at stake and last days, and list claims, the earliest last day first."""
    rule_set = desk.decider.for_tenant(tenant).rule_set
    batches = desk.reader.history(tenant)
    return answer(await report(batches, rule_set, rule_set.today(desk.now()), forum=forum, limit=limit))


@router.post("/v1/history/receipts", summary="Correct the day of receipt of many claims")
async def correct_receipts(
    request: Request, desk: TheDesk, who: Person, body: bodies.ReceiptRows, tenant: Tenant
) -> Response:
    """Count every right of these claims from another day; `refused` says of each other why it cannot be.

    What was begun and is late by that day is withdrawn. With `preview` nothing is kept.
    """
    rows = [ReceiptDay(str(row.claim_id), row.received_on) for row in body.rows]
    try:
        results = await desk.receipt_days.correct(
            rows, tenant=tenant, who=who, reason=body.reason, preview=body.preview
        )
    except ValueError as error:
        how_to_fix = "Name each claim once, 500 at most in a request."
        raise Problem(422, "receipt-rows", f"Nothing was done: {error}.", how_to_fix=how_to_fix) from None
    return answer({"preview": body.preview, "claims": results})


@router.post("/v1/history/open-items", summary="Take over what another system left open")
async def take_over(
    request: Request, desk: TheDesk, who: Person, body: bodies.HandedOverRows, tenant: Tenant
) -> Response:
    """Keep where each claim stands, for its verdict to begin there; `refused` says why one cannot stand there.

    Each claim is one that was loaded as history. With `preview` nothing is kept.
    """
    items = [_item(row) for row in body.rows]
    try:
        results = await desk.open_items.take_over(
            items, tenant=tenant, who=who, reason=body.reason, preview=body.preview
        )
    except ValueError as error:
        how_to_fix = "Name each claim once, 500 at most in a request."
        raise Problem(422, "open-items", f"Nothing was done: {error}.", how_to_fix=how_to_fix) from None
    return answer({"preview": body.preview, "claims": results})


def _item(row: bodies.HandedOverRow) -> OpenItem:
    item = HandedOver(
        forum=row.forum,
        level=row.level,
        filed_on=row.filed_on,
        reference=row.reference,
        due_on=row.due,
        negotiation_on=row.negotiation_on,
        offer=row.offer,
        fees=row.fees,
    )
    return OpenItem(str(row.claim_id), item, {"sponsor": row.plan, "funding": row.funding})
