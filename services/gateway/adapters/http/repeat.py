"""`Idempotency-Key`: a request that is sent again is answered as it was, and done once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Request, Response

from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from shared.problem import Problem

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="any text of yours, new for each thing to do; the same again within a day repeats the answer only",
    ),
]


async def once(request: Request, who: Principal, key: str, do: Callable[[], Awaitable[Response]]) -> Response:
    """What `do` answers, or what it answered to this key before; a problem where the two requests differ."""
    if not key:
        return await do()
    kept = Gateway.of(request).repetitions
    request_text = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    earlier = await kept.begin(who.id, key, sha256(request_text).digest())
    if earlier is None:
        try:
            response = await do()
        except BaseException:
            await kept.give_up(who.id, key)
            raise
        await kept.finish(who.id, key, response.status_code, bytes(response.body))
        return response
    if not earlier.same:
        raise Problem(
            422, "idempotency-key-reused", "This `Idempotency-Key` was sent with another request.",
            how_to_fix="Make a new key for each thing to do.",
        )  # fmt: skip
    if earlier.status is None:
        raise Problem(
            409, "request-under-way", "The first request with this `Idempotency-Key` is not answered yet.",
            how_to_fix="Send it again in a moment.", headers={"Retry-After": "1"},
        )  # fmt: skip
    media = "application/json" if earlier.body else None
    return Response(earlier.body, earlier.status, {"Idempotency-Replayed": "true"}, media_type=media)
