"""Payers' requests for records that found no claim, or several: a person says which claim is meant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import Authorization, ClaimChosen, Tenant, problem_of, staff_of
from services.intake.adapters.sql import requests
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.refused import Refused
from services.intake.application.requests import RequestChoice, place_request
from shared.runtime.service import Runtime
from shared.sealing import Vault

router = APIRouter(tags=["worklist"])


class RequestDecision(ClaimChosen):
    """Which claim the payer asks about."""

    choice: Annotated[
        RequestChoice, Field(description="claim: it asks about `claim_id`; dismiss: about no claim of ours")
    ]


@router.get("/v1/worklist/requests", summary="Payers' requests for records (277) that found no claim, or several")
async def open_requests(request: Request, tenant: Tenant, authorization: Authorization = "") -> list[dict[str, Any]]:
    """List requests for records without a claim, the earliest due first. Names patients."""
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return await requests.open_requests(conn, request.app.state.vault, tenant)


@router.post("/v1/worklist/requests/{request_id}/resolution", summary="Decide which claim a request is about")
async def decide_request(
    request: Request,
    request_id: str,
    decision: RequestDecision,
    tenant: Tenant,
    authorization: Authorization = "",
) -> dict[str, Any]:
    """Match a request to a claim, or set it aside. Safe to repeat."""
    who = staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    claim_id = decision.claim_for(decision.choice)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        kept = requests.SqlRequests(uow, vault, tenant=tenant)
        try:
            before, after = await place_request(store, kept, uuid_of(request_id), decision.choice, claim_id, tenant)
        except Refused as refused:
            raise problem_of(refused) from None
        if after != before:
            choice, note = decision.choice, decision.note
            await requests.write_down(uow, vault, tenant, who, choice, note, before, after)
    return {
        "request_id": after.request_id,
        "status": after.outcome,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
