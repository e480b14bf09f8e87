"""Payments that wait for a person at intake.

Those held because they cannot be posted as they are, those without a claim, money taken back of no claim, deposits
without an 835, and 835s without their money.

Intake keeps, decides and records; the gateway says who asks, in which tenant. What is shown names account numbers and
may hold an X12 as it was sent, so it takes the right to see patient data as well as the right to act.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Request, Response

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.casework import InTenant
from services.gateway.adapters.http.deposits import passed
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import shown
from services.gateway.adapters.http.state import Gateway

router = APIRouter(prefix="/v1/worklist", tags=["payments"], dependencies=[Depends(may("claims:phi"))])
Payments = Literal["held", "remittances", "recoupments", "deposits", "undeposited"]
"""The lists: payments that cannot be posted as they are, payments and recoupments (PLB WO) that found no claim, or
several, money without an 835, and 835s without money."""
Listed = Payments | Literal["adjustments"]
"""Those, and the provider adjustments (PLB) of 835s, which are there to be read."""
Looked = Literal["held", "remittances"]
"""Those of which one is shown alone; a deposit is at `/v1/deposits/{deposit_id}`."""
_ROW = {
    "held_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "kind": "payment", "control_number": "PCN1", "charge": "150.50",
    "amount": "100.00", "trace_number": "EFT9", "payer": "PAYER", "outcome": "held",
    "reason": "the line's payment is not its charge less its adjustments",
    "how_to_fix": "ask the payer for a sound 835",
}  # fmt: skip
_POSTED = {"held_id": _ROW["held_id"], "status": "posted", "claim_id": _ROW["held_id"], "changed": True}
BODIES: dict[str, dict[str, Any]] = {
    "held: post it as it is": {"choice": "post"},
    "held: post it to a claim": {"choice": "post", "claim_id": _ROW["held_id"]},
    "held: post it corrected": {
        "choice": "correct",
        "x12": "CLP*PCN1*1*150.5*100*20.5*12*ICN9*11*1~NM1*QC*1*DOE~…~",
        "note": "the payer's desk read the line to us",
    },
    "held: post it in parts": {"choice": "split", "x12": "CLP*PCN1*…~CLP*PCN2*…~", "note": "two claims paid as one"},
    "held: set it aside": {"choice": "dismiss", "note": "sent again, sound, on 3 March 2026"},
    "remittances: match it to a claim": {"choice": "claim", "claim_id": _ROW["held_id"]},
    "remittances: of none of the candidates": {"choice": "none"},
    "remittances: not ours": {"choice": "dismiss"},
    "recoupments: it took this claim's money": {"choice": "claim", "claim_id": _ROW["held_id"]},
    "deposits: it pays this 835": {"choice": "match", "advice_ids": [_ROW["held_id"]]},
    "deposits: of no payer": {"choice": "dismiss", "note": "the owner's loan"},
    "undeposited: none will come": {"choice": "dismiss", "note": "the check was voided"},
}
"""Bodies of a decision, for the document; intake checks what is sent."""


@router.get("/counts", responses=shown("How many each list has.", {
    "held": 2, "remittances": 1, "recoupments": 0, "requests": 0, "deposits": 3, "undeposited": 1,
}), summary="How much waits at intake")  # fmt: skip
async def counts(request: Request, who: Negotiator, tenant: InTenant) -> Response:
    """Of one provider organisation.

    Payments held, payments, recoupments and requests for records of no claim, money without an 835 and 835s without
    money.
    """
    answer = await Gateway.of(request).upstream.intake("GET", "/v1/worklist/counts", tenant=tenant)
    return passed(answer)


@router.get("/{payments}", responses=shown("The oldest first.", [_ROW]), summary="Payments that wait for a person")
async def list_waiting_payments(request: Request, who: Negotiator, tenant: InTenant, payments: Listed) -> Response:
    """`held`: claim number, amounts, trace, payer, each reason with how to fix it. `remittances`: the candidates.

    `recoupments`: amount, payer's number, candidates. `deposits`: amount, day, numbers, the 835s that it may be.
    `undeposited`: the 835's payment, and since when its money is due. `adjustments`: what 835s withheld or added (PLB),
    with reason, reference and amount, the newest first.
    """
    gateway = Gateway.of(request)
    path = f"/v1/worklist/{payments}"
    answer = await gateway.upstream.desk("intake", "GET", path, who=who, tenant=tenant)
    await gateway.accessed(request, who, f"worklist/{payments}", [], [tenant])
    return passed(answer)


@router.get("/{payments}/{payment_id}", responses=shown("All that is known of it.", {**_ROW, "decisions": []}),
            summary="One payment that waits")  # fmt: skip
async def one(request: Request, who: Negotiator, tenant: InTenant, payments: Looked, payment_id: UUID) -> Response:
    """Return one payment that waits: its content, its X12 if it is held, its candidates, and earlier decisions."""
    gateway = Gateway.of(request)
    path = f"/v1/worklist/{payments}/{payment_id}"
    answer = await gateway.upstream.desk("intake", "GET", path, who=who, tenant=tenant)
    await gateway.accessed(request, who, f"worklist/{payments}/look", [], [tenant])
    return passed(answer)


@router.post("/{payments}/{payment_id}/resolution", responses=shown("What became of it.", _POSTED),
             summary="Decide about a payment")  # fmt: skip
async def resolve_payment(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    payments: Payments,
    payment_id: UUID,
    what: Annotated[dict[str, Any], Body(openapi_examples={name: {"value": body} for name, body in BODIES.items()})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Post a held one as it is, corrected, in parts or to a claim, match one without a claim, or set it aside.

    Kept under the caller's name.

    409 where it does not fit the claim, with `misfits`; 422 where a reason is wanted, or a correction is in doubt too.
    """
    gateway = Gateway.of(request)

    async def do() -> Response:
        await gateway.accessed(request, who, f"worklist/{payments}/resolution", [], [tenant])
        path = f"/v1/worklist/{payments}/{payment_id}/resolution"
        return passed(await gateway.upstream.desk("intake", "POST", path, who=who, tenant=tenant, json=what))

    return await once(request, who, idempotency_key, do)
