"""Claims and remittances in, through the same door as everything else: who may, for which tenant, and noted.

Intake does the work; the gateway answers for the tenant and passes the body on as it comes, of any size.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.repeat import IdempotencyKey
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from shared.problem import Problem
from shared.tenants import from_header, valid_tenant

router = APIRouter(prefix="/v1", tags=["submissions"])
Submitter = Annotated[Principal, Depends(may("claims:submit"))]
_PASSED_OUT = ("idempotency-replayed", "retry-after")
_PRIVATE = {"Cache-Control": "private, no-store"}
_SUMMARY: dict[str, Any] = {
    "description": "What became of the input, with every problem at its place.",
    "content": {
        "application/json": {
            "example": {
                "interchange_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11",
                "claims": {"accepted": 2, "duplicate": 1},
                "remittances": {},
                "sets_accepted": 1,
                "answers": ["999 to 1001", "277 to 1001"],
            }
        }
    },
}
_X12 = {"requestBody": {"required": True, "content": {"application/edi-x12": {"schema": {"type": "string"}}}}}
_NDJSON = {"requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}
_CLAIM = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "object"}} for name in ("application/json", "application/fhir+json")},
    }
}


def submitting_for(
    who: Submitter,
    tenant: Annotated[
        str,
        Header(alias="X-Tenant", description="for which of your provider organisations; left out where you have one"),
    ] = "",
) -> str:
    """The tenant that a submission is for: the caller's only one, or the one of theirs that they name."""
    return tenant_of(who, from_header(tenant))


def tenant_of(who: Principal, tenant: str) -> str:
    """The caller's only tenant, or the one of theirs that they name; 422 or 403 where it is neither."""
    if not tenant and len(who.tenants) == 1 and not who.sees_every_tenant:
        return who.tenants[0]
    if not tenant or not valid_tenant(tenant):
        raise Problem(
            422, "tenant-required", "It is not said which provider organisation this is for.",
            how_to_fix="Send `X-Tenant` with one of yours.", errors=[{"field": "X-Tenant", "code": "required"}],
        )  # fmt: skip
    if tenant not in who.tenants and not who.sees_every_tenant:
        raise Problem(403, "forbidden", "`X-Tenant` names a provider organisation that is not yours.")
    return tenant


ReceivedOn = Annotated[
    str,
    Header(
        alias="X-Received-On",
        description="the day on which its payments were received, where that is not today: deadlines count from it; "
        "`history` where all of it is from before this system was in use, `history+3` with days for the mail, "
        "`history:` and a day where all of it was received on that",
        pattern=r"^((history:)?[0-9]{4}-[0-9]{2}-[0-9]{2}|history(\+[0-9]{1,2})?)$",
    ),
]
ForTenant = Annotated[str, Depends(submitting_for)]


@router.post("/edi", responses={200: _SUMMARY}, openapi_extra=_X12, summary="Submit X12")
async def submit_x12(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
) -> Response:
    """Take one X12 input of any size: 837 claims, 835 remittances, any number of interchanges, plain, gzip or zip.

    Answered when everything accepted is committed; the same again has no second effect. 422 where nothing stands.
    """
    return await _pass_on(request, who, tenant, "/v1/edi", idempotency_key, received_on)


@router.post("/claims", responses={200: _SUMMARY}, openapi_extra=_CLAIM, summary="Submit a claim as JSON or FHIR")
async def submit_claim(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
) -> Response:
    """Submit one claim as JSON or FHIR R4 (`application/fhir+json`): Claim, ExplanationOfBenefit or a Bundle."""
    return await _pass_on(request, who, tenant, "/v1/claims", idempotency_key, received_on)


@router.post("/claims/bulk", responses={200: _SUMMARY}, openapi_extra=_NDJSON, summary="Submit claims as NDJSON")
async def submit_bulk(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
) -> Response:
    """Submit claims as JSON, one per line; a line with errors does not affect the others."""
    return await _pass_on(request, who, tenant, "/v1/claims/bulk", idempotency_key, received_on)


@router.get("/interchanges/{interchange_id}", responses={200: _SUMMARY}, summary="What became of an input")
async def read_interchange(request: Request, who: Submitter, tenant: ForTenant, interchange_id: UUID) -> Response:
    """Return the summary of an input; `status` is `receiving` until the input is finished."""
    return _answer(
        await Gateway.of(request).upstream.intake("GET", f"/v1/interchanges/{interchange_id}", tenant=tenant)
    )


@router.get(
    "/interchanges/{interchange_id}/answers",
    response_class=Response,
    responses={200: {"description": "X12 interchanges, one after another.", "content": {"application/edi-x12": {}}}},
    summary="X12 answers: TA1, 999, 277CA",
)
async def read_answers(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    interchange_id: UUID,
    kind: Annotated[Literal["", "TA1", "999", "277"], Query(description="one kind only")] = "",
) -> Response:
    """Return the X12 acknowledgments of an input for its sender. They contain control numbers; the access is logged."""
    gateway = Gateway.of(request)
    path = f"/v1/interchanges/{interchange_id}/answers"
    await gateway.accessed(request, who, "x12 answers", [], [tenant])
    answer = await gateway.upstream.intake_stream(path, tenant=tenant, params={"kind": kind})
    media = answer.headers.get("content-type")
    closing = BackgroundTask(answer.aclose)  # after the last byte; a 277CA of very many claims passes through in pieces
    return StreamingResponse(answer.aiter_bytes(), answer.status_code, _PRIVATE, media, closing)


async def _pass_on(request: Request, who: Principal, tenant: str, path: str, key: str, received_on: str) -> Response:
    gateway = Gateway.of(request)
    await gateway.accessed(request, who, "submit", [], [tenant])
    headers = {"Content-Type": request.headers.get("content-type", "")}
    if received_on:
        headers["X-Received-On"] = received_on
    if key:  # callers of one tenant must not meet in each other's keys
        headers["Idempotency-Key"] = f"{who.id} {key}"
    return _answer(
        await gateway.upstream.intake("POST", path, tenant=tenant, content=request.stream(), headers=headers)
    )


def _answer(answer: httpx.Response) -> Response:
    headers = {name: answer.headers[name] for name in _PASSED_OUT if name in answer.headers}
    headers |= _PRIVATE
    return Response(answer.content, answer.status_code, headers, answer.headers.get("content-type"))
