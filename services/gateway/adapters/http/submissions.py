"""Claims and remittances in, through the same door as everything else: who may, for which tenant, and noted.

Intake does the work; the gateway answers for the tenant and passes the body on as it comes, of any size.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.repeat import KEY_REUSED, IdempotencyKey
from services.gateway.adapters.http.responses import UPSTREAM
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.submitted import AcceptedClaim, ClaimReceipt, Submitted
from shared.api.answer import encode
from shared.api.declared import answers, sends
from shared.api.examples import ID as EXAMPLE_ID
from shared.api.refusals import TENANT_REQUIRED, TOO_LARGE, Refusal
from shared.api.schemas import ref
from shared.json_claim import INSTITUTIONAL, PROFESSIONAL, JsonClaim
from shared.tenants import from_header, valid_tenant

router = APIRouter(prefix="/v1", tags=["submissions"])
Submitter = Annotated[Principal, Depends(may("claims:submit"))]
_PASSED_OUT = ("idempotency-replayed", "location", "retry-after")
_PRIVATE = {"Cache-Control": "private, no-store"}
TENANT_NOT_YOURS = Refusal(
    403, "forbidden", "`X-Tenant` names a provider organisation that is not yours.", "Name one of yours."
)
NOTHING_TAKEN = Refusal(
    422, "nothing-taken", "Nothing of this input stands; `receipts` and `problems` say why, each at its place.",
    "Correct what they name and send it again.",
    {"interchange_id": EXAMPLE_ID, "claims": {"rejected": 1}, "receipts": []},
)  # fmt: skip
NOT_X12 = Refusal(422, "not-x12", "The input does not begin with an ISA segment.", "Send X12 from its ISA segment on.")
PACKED = Refusal(422, "packed-input", "Nothing was taken in: the file cannot be unpacked.", "Send it unpacked.")
RECEIVED_ON = Refusal(
    422,
    "received-on",
    "X-Received-On is not a day of receipt.",
    "Give the day of receipt, or `history`, or leave it out.",
)
KEY_INVALID = Refusal(
    400, "idempotency-key-invalid", "The Idempotency-Key is too long or not printable.", "Send a UUID."
)
IN_FLIGHT = Refusal(
    409, "request-in-flight", "A request with this Idempotency-Key is being handled.",
    "Ask again after the seconds in Retry-After; the answer will be the first one's.",
)  # fmt: skip
TRY_AGAIN = Refusal(
    503, "try-again", "The database does not answer.", "Send the same again: what was committed counts once."
)
UNKNOWN_INTERCHANGE = Refusal(404, "unknown-interchange", "No interchange has this id.", "Read it in the answer.")
NO_ANSWERS = Refusal(404, "no-answers", "No X12 answer is kept under this id.", "JSON and FHIR get none.")
_OF_TENANT = (TENANT_REQUIRED, TENANT_NOT_YOURS, *UPSTREAM)
_TAKING = (
    *_OF_TENANT, NOTHING_TAKEN, PACKED, RECEIVED_ON, KEY_INVALID, KEY_REUSED, IN_FLIGHT, TRY_AGAIN, TOO_LARGE,
)  # fmt: skip
_EXAMPLE = Submitted(
    interchange_id=EXAMPLE_ID, claims={"accepted": 2, "duplicate": 1}, sets_accepted=1,
    answers=["999 to 1001", "277 to 1001"],
    accepted_claims=[AcceptedClaim(1, EXAMPLE_ID), AcceptedClaim(3, "0b0a2f0e-8f0a-5c0e-9b1e-2d6c0f4a7b12")],
    receipts=[
        ClaimReceipt(
            "2c1d1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b13", "RVS-100483", "duplicate",
            "the same claim was received before", serial=2,
        )
    ],
)  # fmt: skip
_SUMMARY = answers(
    Submitted,
    example=_EXAMPLE,
    refused=_TAKING,
    description="What became of the input, with every problem at its place.",
)
_X12_SUMMARY = {**_SUMMARY, **answers(Submitted, example=_EXAMPLE, refused=(*_TAKING, NOT_X12))}
_ANY_SIZE = {"type": "string", "format": "binary"}


def _takes(media: str) -> dict[str, Any]:
    """A body of any size; the general media type is for clients, generated ones among them, that know no other."""
    content = {media: {"schema": _ANY_SIZE}, "application/octet-stream": {"schema": _ANY_SIZE}}
    return {"requestBody": {"required": True, "content": content}}


_X12, _NDJSON = _takes("application/edi-x12"), _takes("application/x-ndjson")
_FHIR: dict[str, Any] = {
    "description": "A FHIR R4 Claim, ExplanationOfBenefit, or Bundle of them with what they refer to.",
    "type": "object",
    "required": ["resourceType"],
    "properties": {
        "resourceType": {
            "type": "string", "enum": ["Claim", "ExplanationOfBenefit", "Bundle"],
            "description": "what it is; further members are the resource's, as FHIR R4 (4.0.1) says",
        }
    },
    "additionalProperties": True,
}  # fmt: skip
_CLAIM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": ref(JsonClaim),
                "examples": {
                    name: {"summary": f"{name} claim", "value": json.loads(encode(one))}
                    for name, one in (("professional", PROFESSIONAL), ("institutional", INSTITUTIONAL))
                },
            },
            "application/fhir+json": {"schema": _FHIR, "example": {"resourceType": "Bundle", "entry": []}},
        },
    }
}
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


@router.post("/edi", responses=_X12_SUMMARY, openapi_extra=_X12, summary="Submit X12")
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


@router.post("/claims", responses=_SUMMARY, openapi_extra=_CLAIM, summary="Submit a claim as JSON or FHIR")
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


@router.post("/claims/bulk", responses=_SUMMARY, openapi_extra=_NDJSON, summary="Submit claims as NDJSON")
async def submit_bulk(
    request: Request,
    who: Submitter,
    tenant: ForTenant,
    idempotency_key: IdempotencyKey = "",
    received_on: ReceivedOn = "",
) -> Response:
    """Submit claims as JSON, one per line; a line with errors does not affect the others."""
    return await _pass_on(request, who, tenant, "/v1/claims/bulk", idempotency_key, received_on)


@router.get(
    "/interchanges/{interchange_id}", summary="What became of an input",
    responses=answers(Submitted, example=_EXAMPLE, refused=(*_OF_TENANT, UNKNOWN_INTERCHANGE)),
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
