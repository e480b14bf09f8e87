"""What payers say of claims and no claim was found for: a person says which claim is meant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import Authorization, ClaimChosen, Tenant, problem_of, staff_of
from services.intake.adapters.sql import statuses
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.refused import Refused
from services.intake.application.statuses import StatusChoice, place_status
from services.intake.domain.review import tables_in_force
from shared.runtime.service import Runtime
from shared.sealing import Vault

router = APIRouter(tags=["worklist"])


class StatusDecision(ClaimChosen):
    """Which claim the payer speaks of."""

    choice: Annotated[StatusChoice, Field(description="claim: it is about `claim_id`; dismiss: about no claim of ours")]


@router.get("/v1/worklist/statuses", summary="Payers' rejections and statuses (277CA, 277) that found no claim")
async def open_statuses(request: Request, tenant: Tenant, authorization: Authorization = "") -> list[dict[str, Any]]:
    """Rejections first. Patient data: the patient that the payer names."""
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return await statuses.open_statuses(conn, request.app.state.vault, tenant)


@router.post("/v1/worklist/statuses/{report_id}/resolution", summary="Decide which claim a report is about")
async def decide_status(
    request: Request,
    report_id: str,
    decision: StatusDecision,
    tenant: Tenant,
    authorization: Authorization = "",
) -> dict[str, Any]:
    """Give it to a claim, which then has the status, or set it aside. The same again has no second effect."""
    who = staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    claim_id = decision.claim_for(decision.choice)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        kept = statuses.SqlStatuses(uow, vault, tenant=tenant)
        try:
            before, after = await place_status(
                store, kept, uuid_of(report_id), decision.choice, claim_id, tenant, tables_in_force().filing
            )
        except Refused as refused:
            raise problem_of(refused) from None
        if after != before:
            await statuses.write_down(uow, vault, tenant, who, decision.choice, decision.note, before, after)
    return {
        "report_id": after.report_id,
        "status": after.outcome,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
