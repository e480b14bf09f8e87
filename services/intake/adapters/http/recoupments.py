"""Recoupments that found no claim, or several: money that a payer took back, which a person gives its place."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import Authorization, ClaimChosen, Tenant, problem_of, staff_of
from services.intake.adapters.sql import recoupments
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.recoupments import RecoupmentChoice, place
from services.intake.application.refused import Refused
from shared.runtime.service import Runtime
from shared.sealing import Vault

router = APIRouter(tags=["worklist"])


class RecoupmentDecision(ClaimChosen):
    """Whose money it took."""

    choice: Annotated[
        RecoupmentChoice,
        Field(
            description="claim: it took the money of `claim_id`; dismiss: of no claim of ours; unmatch: not of the "
            "claim that it was matched to, and `note` must say why"
        ),
    ]
    force: Annotated[bool, Field(description="match it though it does not fit the claim; `note` must say why")] = False


@router.get("/v1/worklist/recoupments", summary="Recoupments (PLB WO) that found no claim, or several")
async def open_recoupments(request: Request, tenant: Tenant, authorization: Authorization = "") -> list[dict[str, Any]]:
    """List recoupments without a claim, the oldest first.

    `amount` dollars were kept out of the payment `trace_number` (negative: given back for the time being) under the
    payer's number of a claim that no payment here bore, or that several claims bear.
    """
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return await recoupments.open_recoupments(conn, tenant)


@router.post("/v1/worklist/recoupments/{recoupment_id}/resolution", summary="Decide whose money a recoupment took")
async def decide_recoupment(
    request: Request,
    recoupment_id: str,
    decision: RecoupmentDecision,
    tenant: Tenant,
    authorization: Authorization = "",
) -> dict[str, Any]:
    """Match a recoupment to a claim, whose books then lose the money; undo that; or set it aside. Safe to repeat."""
    who = staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    claim_id = decision.claim_for(decision.choice)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        try:
            before, after = await place(
                store, uuid_of(recoupment_id), decision.choice, claim_id, tenant,
                note=decision.note, force=decision.force,
            )  # fmt: skip
        except Refused as refused:
            raise problem_of(refused) from None
        if after != before:
            choice, note = decision.choice, decision.note
            await recoupments.write_down(uow, vault, tenant, who, choice, note, before, after)
    return {
        "recoupment_id": after.recoupment.recoupment_id,
        "status": after.outcome,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
