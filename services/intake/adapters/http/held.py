"""Held payments: what payers sent that cannot be posted as it is, and what a person decides about each."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import Authorization, ClaimChosen, Tenant, problem_of, staff_of
from services.intake.adapters.sql import worklist
from services.intake.adapters.sql.held import open_held
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.held import told
from services.intake.application.refused import Refused
from services.intake.application.worklist import HeldChoice, settle
from services.intake.domain.facts import remittance_facts
from shared.former_names import with_both_names
from shared.problem import Problem
from shared.runtime.service import Runtime
from shared.sealing import Vault

router = APIRouter(tags=["worklist"])
_encode = msgspec.json.Encoder(decimal_format="string").encode


class HeldDecision(ClaimChosen):
    """What becomes of it."""

    choice: Annotated[
        HeldChoice,
        Field(
            description="post: as it is, to `claim_id` or to the claim that matching finds; dismiss: it is laid aside, "
            "and `note` must say why"
        ),
    ]
    force: Annotated[
        bool, Field(description="post it though it does not fit the claim, or counts again there; `note` must say why")
    ] = False


@router.get("/v1/worklist/held", summary="Payments held because their money or their lines are not certain")
async def held_payments(request: Request, tenant: Tenant, authorization: Authorization = "") -> list[dict[str, Any]]:
    """Oldest first: claim number, charge, amount paid, trace number, payer; each reason with place and how to fix it.

    `kind` payment is a claim payment; imbalance, interest and adjustment are what of an 835 belongs to no claim, their
    `amount` what the payment has over (negative: is short).
    """
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return with_both_names(await open_held(conn, tenant))


@router.get("/v1/worklist/held/{held_id}", summary="One of them, with its X12")
async def one_held(request: Request, held_id: str, tenant: Tenant, authorization: Authorization = "") -> Response:
    """All that is known of it, what was read of it, its X12 as sent (patient data), and what was decided."""
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    wanted = uuid_of(held_id)
    async with runtime.units.begin() as uow:
        kept = await SqlStore(uow, vault, tenant=tenant).held(wanted)
        if kept is None:
            raise problem_of(Refused("unknown_held"))
        decided = await worklist.decisions(uow.conn, vault, tenant, wanted)
    body: dict[str, Any] = with_both_names(msgspec.to_builtins(told(kept)))
    body |= {
        "status": "held" if kept.status == "open" else kept.status,
        "claim_id": kept.claim_id,
        "x12": kept.text,
        "remittance": remittance_facts(kept.remittance, wanted, None, kept.received_on) if kept.remittance else None,
        "decisions": decided,
    }
    return Response(_encode(body), media_type="application/json")


@router.post("/v1/worklist/held/{held_id}/resolution", summary="Decide what becomes of a held payment")
async def decide_held(
    request: Request,
    held_id: str,
    decision: HeldDecision,
    tenant: Tenant,
    authorization: Authorization = "",
) -> dict[str, Any]:
    """Post it as it is, or lay it aside. The same decision again has no second effect."""
    who = staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    wanted = uuid_of(held_id)
    if decision.claim_id is not None and decision.choice != "post":
        raise Problem(422, "invalid-request", "`claim_id` goes with choice post, and with no other.")
    claim_id = uuid_of(decision.claim_id) if decision.claim_id else None
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        try:
            before, after = await settle(
                store, wanted, decision.choice, claim_id, tenant, note=decision.note, force=decision.force
            )
        except Refused as refused:
            raise problem_of(refused) from None
        if after != before:
            await worklist.write_held_down(uow, vault, tenant, who, decision.choice, decision.note, before, after)
    return {
        "held_id": wanted,
        "status": after.status,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
