"""Corrected claims, inquiries, and what payers say of claims that were not found: worked at intake for its callers.

Intake composes, keeps and decides. A preview names the patient, so all of it takes the right to see patient data as
well as the right to act.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import httpx
from fastapi import APIRouter, Body, Depends, Request, Response

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.casework import InTenant
from services.gateway.adapters.http.claims import NO_CLAIM, visible
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import shown
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.claim_ports import FoundClaim
from shared.problem import Problem

router = APIRouter(prefix="/v1", tags=["corrections"], dependencies=[Depends(may("claims:phi"))])
_ID = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"
_SENT = {"key": "corr-0001", "control_number": "000000077", "frequency": "7", "outcome": "replaced", "status": "sent"}
_REPORT = {
    "report_id": _ID, "kind": "277CA", "rejects": True, "says": ["A7:562:85"], "patient_control_number": "PCN1",
    "reason": "no claim bears its number and agrees in provider, day, charge and patient",
}  # fmt: skip
_CORRECTIONS: dict[str, dict[str, Any]] = {
    "see how it would leave": {
        "key": "corr-0001", "kind": "replacement", "preview": True,
        "changes": [{"field": "modifiers", "value": "25 59", "line": 1}],
    },
    "replace it": {
        "key": "corr-0001", "kind": "replacement", "changes": [{"field": "diagnoses", "value": "E11.9 I10"}],
    },
    "void it": {"key": "corr-0002", "kind": "void", "payer_claim_number": "ICN1"},
}  # fmt: skip
_QUESTION = {"ask": {"key": "inquiry-0001"}}
_DECISIONS: dict[str, dict[str, Any]] = {
    "it is about a claim": {"choice": "claim", "claim_id": _ID},
    "it is about none of ours": {"choice": "dismiss"},
}


def _bodies(examples: dict[str, dict[str, Any]]) -> Any:
    return Body(openapi_examples={name: {"value": body} for name, body in examples.items()})


@router.post("/claims/{claim_id}/corrections",
             responses=shown("What was sent, or how it would leave.", _SENT) | NO_CLAIM,
             summary="Correct or void a claim at its payer")  # fmt: skip
async def correct(
    request: Request, who: Negotiator, claim_id: UUID,
    what: Annotated[dict[str, Any], _bodies(_CORRECTIONS)], idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Frequency 7 or 8 with the payer's number, 1 after its payer rejected it. With `preview` nothing is sent.

    The claim as it is kept with the changes named leaves as an 837, and the claim here follows. 422 says what is wrong
    with it, 409 that the key was used for something else.
    """
    return await _about_claim(request, who, claim_id, "corrections", what, idempotency_key)


@router.post("/claims/{claim_id}/inquiries", responses=shown("What was sent.", _SENT) | NO_CLAIM,
             summary="Ask the payer where a claim stands")  # fmt: skip
async def inquire(
    request: Request, who: Negotiator, claim_id: UUID,
    what: Annotated[dict[str, Any], _bodies(_QUESTION)], idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """A 276; the 277 that answers it is on the claim's timeline, and ends the task."""
    return await _about_claim(request, who, claim_id, "inquiries", what, idempotency_key)


@router.post("/claims/{claim_id}/coverage-inquiries", responses=shown("What was sent.", _SENT) | NO_CLAIM,
             summary="Ask the payer for the patient's coverage")  # fmt: skip
async def ask_coverage(
    request: Request, who: Negotiator, claim_id: UUID,
    what: Annotated[dict[str, Any], _bodies(_QUESTION)], idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """A 270 about the days of service; coverage, plan, group and funding of the 271 are on the claim's timeline."""
    return await _about_claim(request, who, claim_id, "coverage-inquiries", what, idempotency_key)


@router.get("/worklist/statuses", responses=shown("Rejections first.", [_REPORT]),
            summary="What payers say of claims that were not found")  # fmt: skip
async def waiting(request: Request, who: Negotiator, tenant: InTenant) -> Response:
    """Rejections and statuses (277CA, 277, 999, TA1) that name no claim for certain."""
    gateway = Gateway.of(request)
    answer = await gateway.upstream.desk("intake", "GET", "/v1/worklist/statuses", who=who, tenant=tenant)
    await gateway.accessed(request, who, "worklist/statuses", [], [tenant])
    return _passed(answer)


@router.post("/worklist/statuses/{report_id}/resolution",
             responses=shown("What became of it.", {"report_id": _ID, "status": "matched", "changed": True}),
             summary="Decide which claim a payer speaks of")  # fmt: skip
async def resolve(
    request: Request, who: Negotiator, tenant: InTenant, report_id: UUID,
    what: Annotated[dict[str, Any], _bodies(_DECISIONS)], idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Give it to a claim, or set it aside; kept under the caller's name."""
    path = f"/v1/worklist/statuses/{report_id}/resolution"
    return await _act(request, who, tenant, path, "worklist/statuses/resolution", what, idempotency_key)


async def _about_claim(
    request: Request, who: Negotiator, claim_id: UUID, what_for: str, what: dict[str, Any], key: str
) -> Response:
    """Let intake send something about a claim that the caller may see."""
    found = await visible(request, who, claim_id)
    path = f"/v1/claims/{claim_id}/{what_for}"
    return await _act(request, who, found.tenant, path, f"claims/{what_for}", what, key, found)


async def _act(
    request: Request,
    who: Negotiator,
    tenant: str,
    path: str,
    action: str,
    what: dict[str, Any],
    key: str,
    *found: FoundClaim,
) -> Response:
    gateway = Gateway.of(request)

    async def do() -> Response:
        await gateway.accessed(request, who, action, found, [] if found else [tenant])
        return _passed(await gateway.upstream.desk("intake", "POST", path, who=who, tenant=tenant, json=what))

    return await once(request, who, key, do)


def _passed(answer: httpx.Response) -> Response:
    if answer.status_code == 404:
        found: dict[str, Any] = answer.json()
        slug = str(found.get("type", "")).rpartition(":")[2] or "unknown-claim"
        raise Problem(404, slug, str(found.get("detail", "")), how_to_fix=str(found.get("how_to_fix", "")))
    headers = {"Cache-Control": "private, no-store"}
    return Response(answer.content, answer.status_code, headers=headers, media_type="application/json")
