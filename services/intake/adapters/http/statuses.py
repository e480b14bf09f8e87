"""What payers say of claims and no claim was found for: a person says which claim is meant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import ClaimChosen
from services.intake.application.manual_placement import PlaceChoice
from services.intake.application.resolution_ports import Resolution
from shared.runtime.callers import Person, Tenant

router = APIRouter(tags=["worklist"])


class StatusDecision(ClaimChosen):
    """Which claim the payer speaks of."""

    choice: Annotated[PlaceChoice, Field(description="claim: it is about `claim_id`; dismiss: about no claim of ours")]


@router.get("/v1/worklist/statuses", summary="Payers' rejections and statuses (277CA, 277) that found no claim")
async def open_statuses(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """Rejections first. Patient data: the patient that the payer names."""
    return await desk.reader.open_statuses(tenant)


@router.post("/v1/worklist/statuses/{report_id}/resolution", summary="Decide which claim a report is about")
async def decide_status(
    desk: TheDesk,
    who: Person,
    report_id: str,
    decision: StatusDecision,
    tenant: Tenant,
) -> dict[str, Any]:
    """Give it to a claim, which then has the status, or set it aside. The same again has no second effect."""
    resolution: Resolution[PlaceChoice] = Resolution(
        tenant=tenant, by=who, item_id=uuid_of(report_id), choice=decision.choice,
        claim_id=decision.claim_for(decision.choice), note=decision.note,
    )  # fmt: skip
    with refusals():
        before, after = await desk.resolutions.status(resolution)
    return {
        "report_id": after.report_id,
        "status": after.outcome,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
