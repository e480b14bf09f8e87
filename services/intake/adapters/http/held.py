"""Held payments: what payers sent that cannot be posted as it is, and what a person decides about each."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field

from recoup_x12.model import Remittance
from services.intake.adapters.corrections import Doubtful, corrected
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import Authorization, ClaimChosen, Tenant, problem_of, staff_of
from services.intake.adapters.sql import worklist
from services.intake.adapters.sql.held import open_held
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.held import told
from services.intake.application.ports import HeldPayment
from services.intake.application.refused import Refused
from services.intake.application.worklist import HeldChoice, settle
from services.intake.domain.facts import remittance_facts
from services.intake.domain.identity import lookup_keys, number_key
from services.intake.domain.matching import Candidate, score
from shared.former_names import with_both_names
from shared.problem import Problem
from shared.runtime.service import Runtime
from shared.sealing import Vault

router = APIRouter(tags=["worklist"])
_BESIDE = 20
_encode = msgspec.json.Encoder(decimal_format="string").encode


class HeldDecision(ClaimChosen):
    """What becomes of it."""

    choice: Annotated[
        HeldChoice,
        Field(
            description="post: as it is, to `claim_id` or to the claim that matching finds; correct: as `x12` has it; "
            "split: as the several claim payments of `x12`, each to its claim; dismiss: it is set aside. All but post "
            "with a `note` that says why"
        ),
    ]
    x12: Annotated[
        str,
        Field(
            max_length=200_000,
            description="with choice correct or split: the claim payment as it should read, CLP to its last segment, "
            "each ended as in the X12 held; BPR to N1 before it where those are to change",
        ),
    ] = ""
    force: Annotated[
        bool, Field(description="post it though it does not fit the claim, or counts again there; `note` must say why")
    ] = False


@router.get("/v1/worklist/held", summary="Payments held because their money or their lines are not certain")
async def held_payments(request: Request, tenant: Tenant, authorization: Authorization = "") -> list[dict[str, Any]]:
    """List held payments, oldest first, each reason with its place and how to fix it.

    `kind` payment is a claim payment; imbalance, interest and adjustment are what of an 835 belongs to no claim, their
    `amount` what the payment has over (negative: is short).
    """
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return with_both_names(await open_held(conn, tenant))


@router.get("/v1/worklist/held/{held_id}", summary="One of them, with its X12")
async def one_held(request: Request, held_id: str, tenant: Tenant, authorization: Authorization = "") -> Response:
    """Return a held payment: its content, its X12 as sent (patient data), its candidates and earlier decisions.

    Candidates are the claims that it may be for, with their lines.
    """
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    wanted = uuid_of(held_id)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        kept = await store.held(wanted)
        if kept is None:
            raise problem_of(Refused("unknown_held"))
        decided = await worklist.decisions(uow.conn, vault, tenant, wanted)
        candidates = await _beside(store, kept)
    body: dict[str, Any] = with_both_names(msgspec.to_builtins(told(kept)))
    body |= {
        "status": "held" if kept.status == "open" else kept.status,
        "claim_id": kept.claim_id,
        "x12": kept.text,
        "remittance": remittance_facts(kept.remittance, wanted, None, kept.received_on) if kept.remittance else None,
        "candidates": candidates,
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
    """Post it as it is, corrected or split, or set it aside. The same decision again has no second effect.

    422 with `problems` where what `x12` says is not certain either; the decision keeps it beside the note.
    """
    who = staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    wanted = uuid_of(held_id)
    if decision.claim_id is not None and decision.choice not in ("post", "correct"):
        raise Problem(422, "invalid-request", "`claim_id` goes with choices post and correct, and with no other.")
    claim_id = uuid_of(decision.claim_id) if decision.claim_id else None
    parts = await _parts(request, tenant, wanted, decision)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        try:
            before, after = await settle(
                store, wanted, decision.choice, claim_id, tenant, parts=parts, note=decision.note, force=decision.force
            )
        except Refused as refused:
            raise problem_of(refused) from None
        if after != before:
            note = f"{decision.note}\n{decision.x12}".strip()
            await worklist.write_held_down(uow, vault, tenant, who, decision.choice, note, before, after)
    return {
        "held_id": wanted,
        "status": after.status,
        "claim_id": after.claim_id,
        "changed": after != before,
    }


async def _parts(request: Request, tenant: str, held_id: str, decision: HeldDecision) -> list[Remittance]:
    """The claim payments that a person sent instead of the one held; none where it is posted as it is.

    In a transaction of its own: the decision locks claims before payments.
    """
    if decision.choice not in ("correct", "split"):
        if decision.x12:
            raise Problem(422, "invalid-request", "`x12` goes with choices correct and split, and with no other.")
        return []
    runtime: Runtime = request.app.state.runtime
    async with runtime.units.begin() as uow:
        kept = await SqlStore(uow, request.app.state.vault, tenant=tenant).held(held_id)
    try:
        parts = corrected(decision.x12, kept.text if kept is not None else "")
    except Doubtful as doubtful:
        told = msgspec.to_builtins(doubtful.problems)
        how_to_fix = "See `problems` for each place; the first segment of the header counts as 2."
        raise Problem(
            422, "invalid-payment", "It is not certain as corrected.", how_to_fix=how_to_fix, problems=told
        ) from None
    if (len(parts) == 1) != (decision.choice == "correct"):
        raise Problem(422, "invalid-request", "A correction is one claim payment; a split is several.")
    return parts


async def _beside(store: SqlStore, kept: HeldPayment) -> list[dict[str, Any]]:
    """The claims that a held payment may be for, with their lines, the likeliest first."""
    found = [kept.claim_id] if kept.claim_id else []
    if not found and kept.kind == "payment":
        keys = lookup_keys(kept.remittance) if kept.remittance else [f"n:{number_key(kept.control_number)}"]
        found = sorted({claim for claims in (await store.resolve_keys(keys)).values() for claim in claims})
    records = await store.load(found[:_BESIDE])
    scored = [
        (score(kept.remittance, Candidate(claim, record.facts)) if kept.remittance else None, claim, record.facts)
        for claim, record in records.items()
    ]
    return [
        {
            "claim_id": claim,
            "score": given.score if given else None,
            "reason": given.reason if given else "",
            "claim": facts,
        }
        for given, claim, facts in sorted(scored, key=lambda one: (-(one[0].score if one[0] else 0), one[1]))
    ]
