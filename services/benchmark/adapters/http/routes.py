"""Benchmark over HTTP: quotes, what was found of a claim and its pictures, the reference in use."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from services.benchmark.adapters.picture import picture
from services.benchmark.adapters.shipped import shipped_releases
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.history import TakenUp, take_up_history
from services.benchmark.application.judge import judge_unjudged
from services.benchmark.application.ports import OpensClaimFiles, Reads
from services.benchmark.application.quote import Asked, AskedClaim, answer, decode_asked
from services.benchmark.domain.assessment import Assessor
from shared.events.assessment import ClaimBenchmarked, Use
from shared.limits import CLAIMS_AT_ONCE
from shared.problem import Problem
from shared.runtime.service import Runtime
from shared.staff import Staff

Authorization = Annotated[str, Header(description="Bearer token of staff")]


def _person(request: Request, authorization: Authorization = "") -> str:
    staff: Staff = request.app.state.staff
    return staff.name(authorization)


def _tenant(
    request: Request,
    authorization: Authorization = "",
    tenant: Annotated[str, Header(alias="X-Tenant", description="the provider organisation; must be named")] = "",
) -> str:
    staff: Staff = request.app.state.staff
    return staff.tenant(authorization, tenant)


Person = Annotated[str, Depends(_person)]
"""Who asks: staff of the operator, or on whose behalf a desk asks."""
Tenant = Annotated[str, Depends(_tenant)]
"""The provider organisation whose claims are asked for."""
router = APIRouter(tags=["benchmark"])
_encoder = msgspec.json.Encoder(decimal_format="string")
_MOST = 10_000
_EXAMPLE = {"code": "99285", "zip": "10001", "date": "2025-11-03", "place": "23", "specialty": "emergency"}


@router.post(
    "/v1/quote",
    summary="What a service is worth",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"example": _EXAMPLE}}}},
)
async def post_quote(request: Request, who: Person) -> Response:
    """Price one service, the `lines` of one claim in each other's company, or a list of up to 10,000 of either.

    The answer has the same shape and order.
    """
    assessor = _decider(request).assessor
    try:
        asked = decode_asked(await request.body())
    except msgspec.DecodeError as error:
        raise Problem(422, "invalid-quote", str(error), how_to_fix=f"Send for example {_EXAMPLE}") from None
    if isinstance(asked, list):
        if len(asked) > _MOST:
            raise Problem(
                413, "too-many", f"At most {_MOST} services can be priced at once.", how_to_fix="Send several requests."
            )
        return await asyncio.to_thread(_quotes, asked, assessor)  # half a second that nobody else should wait for
    return _json(answer(asked, assessor.reference, assessor.policy))


def _quotes(asked: list[Asked | AskedClaim], assessor: Assessor) -> Response:
    return _json([answer(one, assessor.reference, assessor.policy) for one in asked])


@router.get("/v1/claims/{claim_id}/assessment", summary="How a claim's last payment was judged")
async def assessment(request: Request, claim_id: UUID, tenant: Tenant) -> Response:
    """Return the assessment as it was emitted: every line with its benchmarks, their rows and the reasons."""
    return _json(await _assessment(request, claim_id, tenant))


@router.get(
    "/v1/claims/{claim_id}/lines/{line}/picture.svg",
    summary="Where a line's payment stands",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
async def line_picture(
    request: Request,
    claim_id: UUID,
    line: int,
    tenant: Tenant,
    use: Annotated[Use | None, Query(description="draw only what may be used there")] = None,
) -> Response:
    """Draw the allowed amount beside its benchmarks and the fair range, from the stored assessment."""
    found = await _assessment(request, claim_id, tenant)
    wanted = next((one for one in found.lines if one.line == line), None)
    if wanted is None:
        raise Problem(404, "unknown-line", f"The assessed remittance has no line {line}.")
    return Response(picture(wanted, use), media_type="image/svg+xml")


@router.get("/v1/worklist", summary="Claims that could not be judged")
async def worklist(request: Request, tenant: Tenant) -> list[dict[str, Any]]:
    """List claims without a benchmark, the longest waiting first, with what is missing."""
    return await _reader(request).unjudged(tenant)


@router.post("/v1/worklist/judge", summary="Judge again what could not be judged")
async def judge_worklist(
    request: Request, authorization: Annotated[str, Header(include_in_schema=False)] = ""
) -> dict[str, int]:
    """Judge all claims of the worklist by the reference and policy now in use; takes the operator's token.

    Returns how many got a verdict and how many still cannot have one. Safe to repeat.
    """
    runtime: Runtime = request.app.state.runtime
    runtime.require_operator(authorization)
    files: OpensClaimFiles = request.app.state.files
    done = await judge_unjudged(files, _decider(request))
    return {"judged": done.judged, "still_unjudged": done.still_unjudged}


class TakeUp(BaseModel):
    """Claims loaded as history that are to be pursued, and why."""

    model_config = {"extra": "forbid"}

    claims: Annotated[list[UUID], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@router.post("/v1/history/take-up", summary="Pursue claims that were loaded as history")
async def take_up(request: Request, body: TakeUp, who: Person, tenant: Tenant) -> Response:
    """Give each claim its verdict, which is pursued from now on; `refused` says of each other why it stays history."""
    files: OpensClaimFiles = request.app.state.files
    claims = [str(claim) for claim in body.claims]
    done: TakenUp = await take_up_history(files, _decider(request), claims, tenant=tenant, by=who, reason=body.reason)
    return _json(done)


@router.get("/v1/reference", summary="Reference releases")
async def reference(request: Request, who: Person) -> dict[str, Any]:
    """List the shipped releases and all that were ever loaded, with the moment of withdrawal."""
    loaded = await _reader(request).releases()
    shipped = [
        {"name": r.name, "effective_from": r.effective_from, "effective_to": r.effective_to} for r in shipped_releases()
    ]
    policy = _decider(request).assessor.policy.version
    return {"policy": policy, "shipped": shipped, "loaded": [msgspec.to_builtins(one) for one in loaded]}


async def _assessment(request: Request, claim_id: UUID, tenant: str) -> ClaimBenchmarked:
    file = await _reader(request).file(claim_id, tenant)
    if file is None:
        raise Problem(404, "unknown-claim", "Benchmark has heard of no claim of this tenant with this id.")
    if file.assessment is None:
        raise Problem(404, "not-assessed", "No remittance of this claim has been assessed yet.")
    return file.assessment


def _reader(request: Request) -> Reads:
    return request.app.state.reader


def _decider(request: Request) -> BenchmarkDecider:
    return request.app.state.decider


def _json(value: object) -> Response:
    return Response(_encoder.encode(value), media_type="application/json")
