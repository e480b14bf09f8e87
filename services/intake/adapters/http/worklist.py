"""The worklist: claim payments that found no claim, or several, and what a person decides about them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field

from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.senders import SendingTenant
from services.intake.adapters.reassociating import Reassociation
from services.intake.adapters.sql import bank_files, worklist
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.refused import Refused
from services.intake.application.worklist import Resolved, resolve
from services.intake.domain.facts import remittance_facts
from services.intake.domain.matching import Candidate, score
from shared.problem import Problem
from shared.runtime.service import Runtime
from shared.sealing import Vault
from shared.staff import Staff

router = APIRouter(tags=["worklist"])
Authorization = Annotated[str, Header(description="Bearer token of staff")]


def _asked(
    request: Request,
    authorization: Authorization = "",
    tenant: Annotated[str, Header(alias="X-Tenant", description="the provider organisation; must be named")] = "",
) -> str:
    return staff_of(request).tenant(authorization, tenant)


Tenant = Annotated[str, Depends(_asked)]
"""The provider organisation that staff act in: on whose behalf the gateway asks, their own."""
_encode = msgspec.json.Encoder(decimal_format="string").encode
_REFUSALS = {
    "unknown_remittance": (
        404, "No remittance of this tenant has this id.", "Take ids from GET /v1/worklist/remittances."
    ),
    "unknown_recoupment": (
        404, "No recoupment of this tenant has this id.", "Take ids from GET /v1/worklist/recoupments."
    ),
    "unknown_status": (404, "No report of this tenant has this id.", "Take ids from GET /v1/worklist/statuses."),
    "unknown_request": (404, "No request of this tenant has this id.", "Take ids from GET /v1/worklist/requests."),
    "unknown_claim": (404, "No accepted claim of this tenant has this id.", "Send the id of an accepted claim."),
    "decided": (409, "It is matched already, not to this claim.", "First unmatch it, with a note."),
    "unknown_held": (404, "No held payment of this tenant has this id.", "Take ids from GET /v1/worklist/held."),
    "unreadable": (
        409, "Nothing of it can be posted: its amounts cannot be read.",
        "Correct it with a note, ask the payer for it again, or dismiss it."
    ),
    "reason_wanted": (422, "This needs a reason.", "Say in `note` why."),
    "misfit": (
        409, "It does not fit this claim, or would count again there.",
        "See `misfits`; send `force` and a `note` if you know better.",
    ),
    "taken_back": (
        409, "The payer took this payment back itself: nothing of it is left on the claim.",
        "Take its reversal off the claim first, if that was never the claim's.",
    ),
    "not_postable": (
        409, "A reversal (CLP02 22) with positive amounts cannot be posted: what it takes back is not known.",
        "Ask the payer for it again with the amounts it takes back, or dismiss it with a note.",
    ),
    "not_matched": (409, "It is matched to no claim.", "Only what is matched can be taken off its claim."),
    "unknown_deposit": (404, "No deposit of this tenant has this id.", "Take ids from GET /v1/worklist/deposits."),
    "unknown_advice": (
        404, "No payment of an 835 of this tenant has this id.", "Take ids from GET /v1/worklist/undeposited."
    ),
    "deposit_matched": (409, "An 835 explains this deposit already.", "First unmatch it, with a note."),
    "deposit_not_matched": (409, "No 835 explains this deposit.", "Only what is matched can be unmatched."),
    "advice_deposited": (409, "The money of this 835 has come already.", "First unmatch its deposit."),
    "sums_differ": (
        409, "The deposit is not what is left of these 835s.",
        "See `misfits`; name all 835s that it pays, or send `force` and a `note` if you know better.",
    ),
    "sum_changed": (
        409, "What was paid would change.", "See `misfits`; send `force` and a `note` if you know better.",
    ),
    "no_candidates": (409, "The remittance has no candidates to turn down.", "Choose a claim, or dismiss it."),
}  # fmt: skip


class ClaimChosen(BaseModel):
    """What a decision about money or a request says beside its choice."""

    claim_id: Annotated[str | None, Field(max_length=36, description="with choice claim: which")] = None
    note: Annotated[str, Field(max_length=2000, description="why; kept sealed with the decision")] = ""

    def claim_for(self, choice: str) -> str | None:
        """The claim chosen; 422 where one is named with another choice, or none with choice claim."""
        if (choice == "claim") != (self.claim_id is not None):
            raise Problem(422, "invalid-request", "`claim_id` goes with choice claim, and with no other.")
        return uuid_of(self.claim_id) if self.claim_id else None


class Decision(ClaimChosen):
    """What the payment is for."""

    choice: Annotated[
        Literal["claim", "none", "dismiss", "unmatch"],
        Field(
            description="claim: it is for `claim_id`; none: for none of the candidates, it waits on; dismiss: not "
            "ours; unmatch: not for the claim that it was matched to, and `note` must say why"
        ),
    ]
    force: Annotated[bool, Field(description="match it though it does not fit the claim; `note` must say why")] = False


@router.get("/v1/worklist/counts", summary="How much waits for a person")
async def open_counts(request: Request, tenant: SendingTenant) -> dict[str, int]:
    """Count what waits for a person, by list.

    Payments held, remittances, recoupments and requests for records without a claim, deposits without an 835 and 835s
    without their money. Senders may ask: they are numbers of their own input.
    """
    runtime: Runtime = request.app.state.runtime
    reassociation: Reassociation = request.app.state.reassociation
    before = reassociation.overdue_before(tenant)
    async with runtime.pool.acquire() as conn:
        return await worklist.open_counts(conn, tenant) | await bank_files.open_counts(conn, tenant, before)


@router.get("/v1/worklist/remittances", summary="Remittances that found no claim, or several")
async def open_remittances(request: Request, tenant: Tenant, authorization: Authorization = "") -> list[dict[str, Any]]:
    """List waiting and ambiguous claim payments, oldest first, with the reasons of the matching."""
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return await worklist.open_remittances(conn, tenant)


@router.get("/v1/worklist/remittances/{remittance_id}", summary="One of them, beside its candidates")
async def one_remittance(
    request: Request, remittance_id: str, tenant: Tenant, authorization: Authorization = ""
) -> Response:
    """Return a claim payment without a claim: what it says, its candidates with their scores, and earlier decisions."""
    staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    wanted = uuid_of(remittance_id)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        kept = await store.remittance(wanted)
        if kept is None:
            raise problem_of(Refused("unknown_remittance"))
        records = await store.load(sorted(kept.candidates))
        decided = await worklist.decisions(uow.conn, vault, tenant, wanted)
    scored = [score(kept.remittance, Candidate(c, records[c].facts)) for c in kept.candidates if c in records]
    body = {
        "remittance_id": wanted,
        "status": kept.status,
        "claim_id": kept.claim_id,
        "reason": kept.reason,
        "control_number": kept.remittance.control_number,
        "remittance": remittance_facts(kept.remittance, wanted, None, kept.received_on, kept.arrived_on),
        "candidates": [
            {"claim_id": s.claim_id, "score": s.score, "reason": s.reason, "claim": records[s.claim_id].facts}
            for s in sorted(scored, key=lambda s: (-s.score, s.claim_id))
        ],
        "excluded": kept.excluded,
        "decisions": decided,
    }
    return Response(_encode(body), media_type="application/json")


@router.post("/v1/worklist/remittances/{remittance_id}/resolution", summary="Decide which claim a payment is for")
async def decide(
    request: Request,
    remittance_id: str,
    decision: Decision,
    tenant: Tenant,
    authorization: Authorization = "",
) -> dict[str, Any]:
    """Match a payment to a claim, let it wait again, or set it aside. Safe to repeat."""
    who = staff_of(request).name(authorization)
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    claim_id = decision.claim_for(decision.choice)
    async with runtime.units.begin() as uow:
        store = SqlStore(uow, vault, tenant=tenant)
        try:
            resolved = await resolve(
                store, uuid_of(remittance_id), decision.choice, claim_id, tenant,
                note=decision.note, force=decision.force,
            )  # fmt: skip
        except Refused as refused:
            raise problem_of(refused) from None
        if resolved.after != resolved.before:
            await worklist.write_down(uow, vault, tenant, who, decision.choice, decision.note, resolved)
    return _told(resolved)


def _told(resolved: Resolved) -> dict[str, Any]:
    after = resolved.after
    return {
        "remittance_id": after.remittance_id,
        "status": after.status,
        "claim_id": after.claim_id,
        "score": after.score,
        "reason": after.reason,
        "changed": after != resolved.before,
    }


def staff_of(request: Request) -> Staff:
    """Who may decide here."""
    return request.app.state.staff


def problem_of(refused: Refused) -> Problem:
    """The refusal as it is answered."""
    status, detail, how_to_fix = _REFUSALS[refused.code]
    slug = refused.code.replace("_", "-")
    if refused.reasons:
        return Problem(status, slug, detail, how_to_fix=how_to_fix, misfits=list(refused.reasons))
    return Problem(status, slug, detail, how_to_fix=how_to_fix)
