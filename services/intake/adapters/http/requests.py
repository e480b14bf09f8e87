"""Payers' requests for records that found no claim, or several: a person says which claim is meant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import ClaimChosen
from services.intake.application.manual_placement import PlaceChoice
from services.intake.application.resolution_ports import Resolution
from shared.runtime.callers import Person, Tenant

router = APIRouter(tags=["worklist"])


class RequestDecision(ClaimChosen):
    """Which claim the payer asks about."""

    choice: Annotated[
        PlaceChoice, Field(description="claim: it asks about `claim_id`; dismiss: about no claim of ours")
    ]


@router.get("/v1/worklist/requests", summary="Payers' requests for records (277) that found no claim, or several")
async def open_requests(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """List requests for records without a claim, the earliest due first. Names patients."""
    return await desk.reader.open_requests(tenant)


@router.post("/v1/worklist/requests/{request_id}/resolution", summary="Decide which claim a request is about")
async def decide_request(
    request: Request,
    desk: TheDesk,
    who: Person,
    request_id: str,
    decision: RequestDecision,
    tenant: Tenant,
) -> dict[str, Any]:
    """Match a request to a claim, or set it aside. Safe to repeat."""
    resolution: Resolution[PlaceChoice] = Resolution(
        tenant=tenant, by=who, item_id=uuid_of(request_id), choice=decision.choice,
        claim_id=decision.claim_for(decision.choice), note=decision.note,
    )  # fmt: skip
    with refusals():
        before, after = await desk.resolutions.request(resolution)
    return {
        "request_id": after.request_id,
        "status": after.outcome,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
