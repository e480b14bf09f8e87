"""The worklist: claim payments that found no claim, or several, and what a person decides about them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.senders import SendingTenant
from services.intake.application.resolution_ports import Resolution
from services.intake.application.resolutions import CandidateClaim
from services.intake.application.worklist import Choice, Resolved
from services.intake.domain.facts import remittance_facts
from shared.problem import Problem
from shared.runtime.callers import Person, Tenant

router = APIRouter(tags=["worklist"])
_encode = msgspec.json.Encoder(decimal_format="string").encode


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
async def open_counts(desk: TheDesk, tenant: SendingTenant) -> dict[str, int]:
    """Count what waits for a person, by list.

    Payments held, remittances, recoupments and requests for records without a claim, deposits without an 835 and 835s
    without their money. Senders may ask: they are numbers of their own input.
    """
    return await desk.reader.open_counts(tenant, desk.reassociation.overdue_before(tenant))


@router.get("/v1/worklist/remittances", summary="Remittances that found no claim, or several")
async def open_remittances(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """List waiting and ambiguous claim payments, oldest first, with the reasons of the matching."""
    return await desk.reader.open_remittances(tenant)


@router.get("/v1/worklist/remittances/{remittance_id}", summary="One of them, beside its candidates")
async def one_remittance(desk: TheDesk, _who: Person, remittance_id: str, tenant: Tenant) -> Response:
    """Return a claim payment without a claim: what it says, its candidates with their scores, and earlier decisions."""
    wanted = uuid_of(remittance_id)
    with refusals():
        page = await desk.resolutions.remittance_page(tenant, wanted)
    kept = page.kept
    body = {
        "remittance_id": wanted,
        "status": kept.status,
        "claim_id": kept.claim_id,
        "reason": kept.reason,
        "control_number": kept.remittance.control_number,
        "remittance": remittance_facts(kept.remittance, wanted, None, kept.received_on, kept.arrived_on),
        "candidates": [candidate_shown(one) for one in page.candidates],
        "excluded": kept.excluded,
        "decisions": page.decisions,
    }
    return Response(_encode(body), media_type="application/json")


@router.post("/v1/worklist/remittances/{remittance_id}/resolution", summary="Decide which claim a payment is for")
async def decide(
    desk: TheDesk,
    who: Person,
    remittance_id: str,
    decision: Decision,
    tenant: Tenant,
) -> dict[str, Any]:
    """Match a payment to a claim, let it wait again, or set it aside. Safe to repeat."""
    resolution: Resolution[Choice] = Resolution(
        tenant=tenant, by=who, item_id=uuid_of(remittance_id), choice=decision.choice,
        claim_id=decision.claim_for(decision.choice), note=decision.note, force=decision.force,
    )  # fmt: skip
    with refusals():
        resolved = await desk.resolutions.remittance(resolution)
    return _view(resolved)


def _view(resolved: Resolved) -> dict[str, Any]:
    after = resolved.after
    return {
        "remittance_id": after.remittance_id,
        "status": after.status,
        "claim_id": after.claim_id,
        "score": after.score,
        "reason": after.reason,
        "changed": after != resolved.before,
    }


def candidate_shown(candidate: CandidateClaim) -> dict[str, Any]:
    """A claim that an item may be for, as a page shows it."""
    return {
        "claim_id": candidate.claim_id,
        "score": candidate.scored.score if candidate.scored else None,
        "reason": candidate.scored.reason if candidate.scored else "",
        "claim": candidate.record.facts,
    }
