"""Recoupments that found no claim, or several: money that a payer took back, which a person gives its place."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.intake.adapters.http.dependencies import TheClock, TheDesk
from services.intake.adapters.http.desk import OF_TENANT, UNKNOWN_ID, Id, refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.worklist import ClaimChosen
from services.intake.application.recoupments import RecoupmentChoice
from services.intake.application.resolution_ports import Resolution
from shared.api.declared import sends
from shared.api.submitting import UNKNOWN_INTERCHANGE
from shared.runtime.callers import Person, Tenant

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
async def open_recoupments(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """List recoupments without a claim, the oldest first.

    `amount` dollars were kept out of the payment `trace_number` (negative: given back for the time being) under the
    payer's number of a claim that no payment here bore, or that several claims bear.
    """
    return await desk.reader.open_recoupments(tenant)


@router.get("/v1/worklist/adjustments", summary="Provider adjustments (PLB) of 835s")
async def adjustments(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """List what 835s withheld from their payments (`amount` positive) or added to them, the newest first, to be read.

    Of any reason (WO, FB, CS, L6, 72, …). A WO that found no claim is among the recoupments as well.
    """
    return await desk.reader.adjustments(tenant)


@router.get(
    "/v1/interchanges/{interchange_id}/input", summary="An input as it came", response_class=Response,
    responses=sends(
        "application/octet-stream", description="The input, unpacked.",
        refused=(*OF_TENANT, UNKNOWN_ID, UNKNOWN_INTERCHANGE),
    ),
)  # fmt: skip
async def read_input(desk: TheDesk, clock: TheClock, who: Person, interchange_id: Id, tenant: Tenant) -> Response:
    """Return the bytes of an input, unpacked where it came packed, whatever became of it. Patient data.

    Who read it, and when, is kept.
    """
    parts = await desk.reader.input(uuid_of(interchange_id), tenant, who, clock.now())
    if parts is None:
        raise UNKNOWN_INTERCHANGE.problem("No input of this tenant is kept under this id.")
    return StreamingResponse(parts, media_type="application/octet-stream")


@router.post("/v1/worklist/recoupments/{recoupment_id}/resolution", summary="Decide whose money a recoupment took")
async def decide_recoupment(
    desk: TheDesk,
    who: Person,
    recoupment_id: str,
    decision: RecoupmentDecision,
    tenant: Tenant,
) -> dict[str, Any]:
    """Match a recoupment to a claim, whose books then lose the money; undo that; or set it aside. Safe to repeat."""
    resolution: Resolution[RecoupmentChoice] = Resolution(
        tenant=tenant, by=who, item_id=uuid_of(recoupment_id), choice=decision.choice,
        claim_id=decision.claim_for(decision.choice), note=decision.note, force=decision.force,
    )  # fmt: skip
    with refusals():
        before, after = await desk.resolutions.recoupment(resolution)
    return {
        "recoupment_id": after.recoupment.recoupment_id,
        "status": after.outcome,
        "claim_id": after.claim_id,
        "changed": after != before,
    }
