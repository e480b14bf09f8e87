"""Benchmark over HTTP: quotes, and what was found of a claim."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response

from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import Reference
from shared.problem import Problem
from shared.runtime.service import Runtime

router = APIRouter(tags=["benchmark"])
_encoder = msgspec.json.Encoder(decimal_format="string")
_MOST = 10_000
_EXAMPLE = {"code": "99285", "zip": "10001", "date": "2025-11-03", "place": "23", "specialty": "emergency"}


@router.post(
    "/v1/quote",
    summary="What a service is worth",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"example": _EXAMPLE}}}},
)
async def post_quote(request: Request) -> Response:
    """Price one service, or a list of up to 10,000: the answer has the same shape and order."""
    reference: Reference = request.app.state.reference
    policy: Policy = request.app.state.policy
    try:
        asked = msgspec.json.decode(await request.body(), type=Asked | list[Asked], strict=False)
    except msgspec.DecodeError as error:
        raise Problem(422, "invalid-quote", str(error), mend=f"Send for example {_EXAMPLE}") from None
    if isinstance(asked, list):
        if len(asked) > _MOST:
            raise Problem(
                413, "too-many", f"At most {_MOST} services can be priced at once.", mend="Send several requests."
            )
        return _json([quote(one, reference, policy) for one in asked])
    return _json(quote(asked, reference, policy))


@router.get("/v1/claims/{claim_id}", summary="What benchmark knows of a claim")
async def claim_file(request: Request, claim_id: UUID) -> Response:
    """The claim's facts and the verdict in force; each line's evidence is in `claim.benchmarked` events."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        file = await CLAIM_FILES.read(conn, str(claim_id))
    if file is None:
        raise Problem(404, "unknown-claim", "Benchmark has heard of no claim with this id.")
    return _json(file)


@router.get("/v1/worklist", summary="Claims that could not be judged")
async def worklist(request: Request) -> list[dict[str, Any]]:
    """Claims without a benchmark, the longest waiting first."""
    runtime: Runtime = request.app.state.runtime
    rows = await runtime.pool.fetch(
        "SELECT claim_id, updated_at FROM claim_files WHERE verdict = 'unjudged' ORDER BY updated_at LIMIT 500"
    )
    return [{"claim_id": str(row["claim_id"]), "since": row["updated_at"].isoformat()} for row in rows]


def _json(value: object) -> Response:
    return Response(_encoder.encode(value), media_type="application/json")
