"""Held payments: what payers sent that cannot be posted as it is, and what a person decides about each."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import ClaimChosen, candidate_shown
from services.intake.application.held import held_result
from services.intake.application.resolution_ports import Resolution
from services.intake.application.resolutions import Doubtful, WrongNumber
from services.intake.application.worklist import HeldChoice
from services.intake.domain.facts import remittance_facts
from shared.former_names import with_both_names
from shared.problem import Problem
from shared.runtime.callers import Person, Tenant

router = APIRouter(tags=["worklist"])
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
async def held_payments(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """List held payments, oldest first, each reason with its place and how to fix it.

    `kind` payment is a claim payment; imbalance, interest and adjustment are what of an 835 belongs to no claim, their
    `amount` what the payment has over (negative: is short).
    """
    return with_both_names(await desk.reader.open_held(tenant))


@router.get("/v1/worklist/held/{held_id}", summary="One of them, with its X12")
async def one_held(desk: TheDesk, _who: Person, held_id: str, tenant: Tenant) -> Response:
    """Return a held payment: its content, its X12 as sent (patient data), its candidates and earlier decisions.

    Candidates are the claims that it may be for, with their lines.
    """
    wanted = uuid_of(held_id)
    with refusals():
        page = await desk.resolutions.held_page(tenant, wanted)
    kept = page.kept
    body: dict[str, Any] = with_both_names(msgspec.to_builtins(held_result(kept)))
    body |= {
        "status": "held" if kept.status == "open" else kept.status,
        "claim_id": kept.claim_id,
        "x12": kept.text,
        "remittance": remittance_facts(kept.remittance, wanted, None, kept.received_on) if kept.remittance else None,
        "candidates": [candidate_shown(one) for one in page.candidates],
        "decisions": page.decisions,
    }
    return Response(_encode(body), media_type="application/json")


@router.post("/v1/worklist/held/{held_id}/resolution", summary="Decide what becomes of a held payment")
async def decide_held(
    request: Request,
    desk: TheDesk,
    who: Person,
    held_id: str,
    decision: HeldDecision,
    tenant: Tenant,
) -> dict[str, Any]:
    """Post it as it is, corrected or split, or set it aside. The same decision again has no second effect.

    422 with `problems` where what `x12` says is not certain either; the decision keeps it beside the note.
    """
    wanted = uuid_of(held_id)
    if decision.claim_id is not None and decision.choice not in ("post", "correct"):
        raise Problem(422, "invalid-request", "`claim_id` goes with choices post and correct, and with no other.")
    if decision.x12 and decision.choice not in ("correct", "split"):
        raise Problem(422, "invalid-request", "`x12` goes with choices correct and split, and with no other.")
    resolution: Resolution[HeldChoice] = Resolution(
        tenant=tenant, by=who, item_id=wanted, choice=decision.choice,
        claim_id=uuid_of(decision.claim_id) if decision.claim_id else None, note=decision.note, force=decision.force,
    )  # fmt: skip
    try:
        with refusals():
            before, after = await desk.resolutions.held(resolution, decision.x12)
    except Doubtful as doubtful:
        how_to_fix = "See `problems` for each place; the first segment of the header counts as 2."
        raise Problem(
            422, "invalid-payment", "It is not certain as corrected.", how_to_fix=how_to_fix,
            problems=msgspec.to_builtins(doubtful.problems),
        ) from None  # fmt: skip
    except WrongNumber:
        raise Problem(422, "invalid-request", "A correction is one claim payment; a split is several.") from None
    return {
        "held_id": wanted,
        "status": after.status,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
