"""Claims and remittances in, through the same door as everything else: who may, for which tenant, and noted.

Intake does the work; the gateway answers for the tenant and passes the body on as it comes, of any size.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.repeat import KEY_REUSED, IdempotencyKey
from services.gateway.adapters.http.responses import INVALID_CURSOR, UPSTREAM
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from shared.api.declared import answers, sends
from shared.api.refusals import TENANT_REQUIRED, Refusal
from shared.api.submitting import (
    CLAIM,
    EXAMPLE,
    NDJSON,
    NO_ANSWERS,
    NOT_X12,
    UNKNOWN_INTERCHANGE,
    X12,
    AfterSerial,
    Cursor,
    Kind,
    PageSize,
    ReceivedOn,
    WithAnswers,
    summary,
)  # fmt: skip
from shared.submitted import Interchanges, ReceiptPage, Submitted
from shared.tenants import from_header, valid_tenant

router = APIRouter(prefix="/v1", tags=["submissions"])
Submitter = Annotated[Principal, Depends(may("claims:submit"))]
_PASSED_OUT = ("idempotency-replayed", "location", "retry-after")
_PRIVATE = {"Cache-Control": "private, no-store"}
TENANT_NOT_YOURS = Refusal(
    403, "forbidden", "`X-Tenant` names a provider organisation that is not yours.", "Name one of yours."
)
_OF_TENANT = (TENANT_REQUIRED, TENANT_NOT_YOURS, *UPSTREAM)
_SUMMARY = summary(*_OF_TENANT, KEY_REUSED)
_X12_SUMMARY = summary(*_OF_TENANT, KEY_REUSED, NOT_X12)
InterchangeId = Annotated[UUID, Path(description="`interchange_id` of the input's answer")]


def submitting_for(
    who: Submitter,
    tenant: Annotated[
        str,
        Header(
            alias="X-Tenant",
            max_length=400,
            description="for which of your provider organisations; left out where you have one",
        ),
    ] = "",
) -> str:
    """The tenant that a submission is for: the caller's only one, or the one of theirs that they name."""
    return tenant_of(who, from_header(tenant))


def tenant_of(who: Principal, tenant: str) -> str:
    """The caller's only tenant, or the one of theirs that they name; 422 or 403 where it is neither."""
    if not tenant and len(who.tenants) == 1 and not who.sees_every_tenant:
        return who.tenants[0]
    if not tenant or not valid_tenant(tenant):
        raise TENANT_REQUIRED.problem(
            how_to_fix="Send `X-Tenant` with one of yours.", errors=[{"field": "X-Tenant", "code": "required"}]
        )
    if tenant not in who.tenants and not who.sees_every_tenant:
        raise TENANT_NOT_YOURS.problem()
    return tenant


ForTenant = Annotated[str, Depends(submitting_for)]


@router.post("/edi", responses=_X12_SUMMARY, openapi_extra=X12, summary="Submit X12")
async def submit_x12(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
    with_answers: WithAnswers = False,
) -> Response:
    """Take one X12 input of any size: 837 claims, 835 remittances, any number of interchanges, plain, gzip or zip.

    Answered when everything accepted is committed; the same again has no second effect. 422 where nothing stands.
    """
    if with_answers:
        await Gateway.of(request).accessed(request, who, "x12 answers", [], [tenant])
    path = "/v1/edi?x12=true" if with_answers else "/v1/edi"
    return await _pass_on(request, who, tenant, path, idempotency_key, received_on)


@router.post("/claims", responses=_SUMMARY, openapi_extra=CLAIM, summary="Submit a claim as JSON or FHIR")
async def submit_claim(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
) -> Response:
    """Submit one claim as JSON or FHIR R4 (`application/fhir+json`): Claim, ExplanationOfBenefit or a Bundle.

    The JSON is described member by member in docs/json-claim.md; what is not named there is told as not read.
    """
    return await _pass_on(request, who, tenant, "/v1/claims", idempotency_key, received_on)


@router.post("/claims/bulk", responses=_SUMMARY, openapi_extra=NDJSON, summary="Submit claims as NDJSON")
async def submit_bulk(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
) -> Response:
    """Submit claims as JSON, one per line; a line with errors does not affect the others."""
    return await _pass_on(request, who, tenant, "/v1/claims/bulk", idempotency_key, received_on)


@router.get("/interchanges", summary="Inputs", responses=answers(Interchanges, refused=(*_OF_TENANT, INVALID_CURSOR)))
async def list_interchanges(
    request: Request, who: Submitter, tenant: ForTenant, cursor: Cursor = "", limit: PageSize = 50
) -> Response:
    """List the tenant's inputs, the newest first, however they came in."""
    params = {"cursor": cursor, "limit": limit}
    return _answer(await Gateway.of(request).upstream.intake("GET", "/v1/interchanges", tenant=tenant, params=params))


@router.get(
    "/interchanges/{interchange_id}/receipts", summary="Claims of an input that are no plain successes",
    responses=answers(ReceiptPage, refused=(*_OF_TENANT, UNKNOWN_INTERCHANGE)),
)  # fmt: skip
async def list_receipts(
    request: Request, who: Submitter, tenant: ForTenant, interchange_id: InterchangeId, after: AfterSerial = 0,
    limit: PageSize = 100,
) -> Response:  # fmt: skip
    """List every claim that was refused, known before, replaced or voided, or has findings, by its place in the input.

    The summary has the first 500. Of X12 the 277CA has what is beyond.
    """
    path, params = f"/v1/interchanges/{interchange_id}/receipts", {"after": after, "limit": limit}
    return _answer(await Gateway.of(request).upstream.intake("GET", path, tenant=tenant, params=params))


@router.get(
    "/interchanges/{interchange_id}", summary="What became of an input",
    responses=answers(Submitted, example=EXAMPLE, refused=(*_OF_TENANT, UNKNOWN_INTERCHANGE)),
)  # fmt: skip
async def read_interchange(
    request: Request, who: Submitter, tenant: ForTenant, interchange_id: InterchangeId
) -> Response:
    """Return the summary of an input; `status` is `receiving` until the input is finished."""
    return _answer(
        await Gateway.of(request).upstream.intake("GET", f"/v1/interchanges/{interchange_id}", tenant=tenant)
    )


@router.get(
    "/interchanges/{interchange_id}/answers",
    response_class=Response,
    responses=sends(
        "application/edi-x12", description="X12 interchanges, one after another.", refused=(*_OF_TENANT, NO_ANSWERS)
    ),
    summary="X12 answers: TA1, 999, 277CA",
)
async def read_answers(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    interchange_id: InterchangeId,
    kind: Kind = "",
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
