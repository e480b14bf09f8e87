"""Benchmark over HTTP: quotes, what was found of a claim and its pictures, the reference in use."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Meta

from services.benchmark.adapters.http.operators import OPERATORS
from services.benchmark.adapters.picture import picture
from services.benchmark.adapters.shipped import shipped_releases
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.history import TakenUp, take_up_history
from services.benchmark.application.judge import Judged, judge_unjudged
from services.benchmark.application.ports import ListedRelease, OpensClaimFiles, Reads, UnjudgedClaim
from services.benchmark.application.quote import Asked, AskedClaim, Quoted, QuotedClaim, decode_asked
from services.benchmark.application.quote import answer as quote_of
from services.benchmark.domain.assessment import Assessor
from shared.api.answer import answer
from shared.api.declared import answers, sends
from shared.api.examples import ID as EXAMPLE_ID
from shared.api.reading import read_body
from shared.api.refusals import OTHER_TENANT, TENANT_REQUIRED, Refusal
from shared.api.schemas import AnyOf, ListOf
from shared.events.assessment import ClaimBenchmarked, Use
from shared.limits import CLAIMS_AT_ONCE
from shared.runtime.callers import Person, Tenant

UNKNOWN_CLAIM = Refusal(404, "unknown-claim", "Benchmark has heard of no claim of this tenant with this id.")
NOT_ASSESSED = Refusal(404, "not-assessed", "No remittance of this claim has been assessed yet.")
UNKNOWN_LINE = Refusal(404, "unknown-line", "The assessed remittance has no line of this number.")
TOO_MANY = Refusal(413, "too-many", "More services than can be priced at once.", "Send several requests.")
_TENANT = (TENANT_REQUIRED, OTHER_TENANT)
_OF_CLAIM = (*_TENANT, UNKNOWN_CLAIM, NOT_ASSESSED)


def _files(request: Request) -> OpensClaimFiles:
    return request.app.state.files


Files = Annotated[OpensClaimFiles, Depends(_files)]
"""Opens claims' files for a change."""
ClaimId = Annotated[UUID, Path(description="the claim's id")]
Line = Annotated[int, Path(ge=1, le=9999, description="the line's number, counted from 1")]
router = APIRouter(tags=["benchmark"])
_MOST = 10_000
_LARGEST = 16 * 1024 * 1024
"""Bytes of what is asked at once."""
_VISIT = Asked("99285", "10001", date(2025, 11, 3), place="23", specialty="emergency")
_ASKED = {
    "one service": _VISIT,
    "the lines of a claim": {
        "zip": "10001",
        "date": "2025-11-03",
        "place": "23",
        "lines": [{"code": "99285"}, {"code": "12001", "units": "1"}],
    },
    "several services": [_VISIT],
}
TakesAsked = Annotated[
    Asked | AskedClaim | list[Asked | AskedClaim],
    read_body(
        AnyOf(Asked, AskedClaim, ListOf(AnyOf(Asked, AskedClaim), _MOST)),
        most=_LARGEST,
        examples=_ASKED,
        decode=decode_asked,
    ),
]


@router.post(
    "/v1/quote",
    summary="What a service is worth",
    responses=answers(
        AnyOf(Quoted, QuotedClaim, ListOf(AnyOf(Quoted, QuotedClaim), _MOST)),
        refused=[TOO_MANY],
        description="The quote, in the shape and order of what was asked.",
    ),
)
async def post_quote(request: Request, who: Person, asked: TakesAsked) -> Response:
    """Price one service, the `lines` of one claim in each other's company, or a list of up to 10,000 of either.

    The answer has the same shape and order.
    """
    assessor = _decider(request).assessor
    if isinstance(asked, list):
        if len(asked) > _MOST:
            raise TOO_MANY.problem(f"At most {_MOST} services can be priced at once.")
        return await asyncio.to_thread(_quotes, asked, assessor)  # half a second that nobody else should wait for
    return answer(quote_of(asked, assessor.reference, assessor.policy))


def _quotes(asked: list[Asked | AskedClaim], assessor: Assessor) -> Response:
    return answer([quote_of(one, assessor.reference, assessor.policy) for one in asked])


@router.get(
    "/v1/claims/{claim_id}/assessment",
    summary="How a claim's last payment was judged",
    responses=answers(ClaimBenchmarked, refused=_OF_CLAIM),
)
async def read_assessment(request: Request, claim_id: ClaimId, tenant: Tenant) -> Response:
    """Return the assessment as it was emitted: every line with its benchmarks, their rows and the reasons."""
    return answer(await _assessment(request, claim_id, tenant))


@router.get(
    "/v1/claims/{claim_id}/lines/{line}/picture.svg",
    summary="Where a line's payment stands",
    response_class=Response,
    responses=sends("image/svg+xml", description="The picture.", refused=(*_OF_CLAIM, UNKNOWN_LINE)),
)
async def draw_line(
    request: Request,
    claim_id: ClaimId,
    line: Line,
    tenant: Tenant,
    use: Annotated[Use | None, Query(description="draw only what may be used there")] = None,
) -> Response:
    """Draw the allowed amount beside its benchmarks and the fair range, from the stored assessment."""
    found = await _assessment(request, claim_id, tenant)
    wanted = next((one for one in found.lines if one.line == line), None)
    if wanted is None:
        raise UNKNOWN_LINE.problem(f"The assessed remittance has no line {line}.")
    return Response(picture(wanted, use), media_type="image/svg+xml")


@router.get(
    "/v1/worklist",
    summary="Claims that could not be judged",
    responses=answers(list[UnjudgedClaim], refused=_TENANT, description="The claims, the longest waiting first."),
)
async def list_unjudged(request: Request, tenant: Tenant) -> Response:
    """List claims without a benchmark, the longest waiting first, with what is missing."""
    return answer(await _reader(request).unjudged(tenant))


@router.post(
    "/v1/worklist/judge",
    summary="Judge again what could not be judged",
    dependencies=OPERATORS,
    responses=answers(Judged),
)
async def judge_worklist(request: Request, files: Files) -> Response:
    """Judge all claims of the worklist by the reference and policy now in use; takes the operator's token.

    Returns how many got a verdict and how many still cannot have one. Safe to repeat.
    """
    return answer(await judge_unjudged(files, _decider(request)))


class TakeUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Claims loaded as history that are to be pursued, and why."""

    claims: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=CLAIMS_AT_ONCE, description="ids of the claims")]
    reason: Annotated[str, Meta(min_length=1, max_length=500, description="why; kept with each claim")]


_TAKE_UP = {"one claim": TakeUp(claims=(UUID(EXAMPLE_ID),), reason="the client asked for the old claims too")}


@router.post(
    "/v1/history/take-up",
    summary="Pursue claims that were loaded as history",
    responses=answers(TakenUp, refused=_TENANT),
)
async def take_up(
    request: Request,
    files: Files,
    body: Annotated[TakeUp, read_body(TakeUp, examples=_TAKE_UP)],
    who: Person,
    tenant: Tenant,
) -> Response:
    """Give each claim its verdict, which is pursued from now on; `refused` says of each other why it stays history."""
    claims = [str(claim) for claim in body.claims]
    done: TakenUp = await take_up_history(files, _decider(request), claims, tenant=tenant, by=who, reason=body.reason)
    return answer(done)


class ShippedRelease(msgspec.Struct, frozen=True):
    """A release that came with the service."""

    name: str
    effective_from: date
    effective_to: date


class ReferenceInUse(msgspec.Struct, frozen=True):
    """What payments are priced by."""

    policy: str
    shipped: tuple[ShippedRelease, ...]
    loaded: tuple[ListedRelease, ...]


@router.get("/v1/reference", summary="Reference releases", responses=answers(ReferenceInUse))
async def read_reference(request: Request, who: Person) -> Response:
    """List the shipped releases and all that were ever loaded, with the moment of withdrawal."""
    loaded = await _reader(request).releases()
    shipped = tuple(ShippedRelease(r.name, r.effective_from, r.effective_to) for r in shipped_releases())
    return answer(ReferenceInUse(_decider(request).assessor.policy.version, shipped, tuple(loaded)))


async def _assessment(request: Request, claim_id: UUID, tenant: str) -> ClaimBenchmarked:
    file = await _reader(request).file(claim_id, tenant)
    if file is None:
        raise UNKNOWN_CLAIM.problem()
    if file.assessment is None:
        raise NOT_ASSESSED.problem()
    return file.assessment


def _reader(request: Request) -> Reads:
    return request.app.state.reader


def _decider(request: Request) -> BenchmarkDecider:
    return request.app.state.decider
