"""`Idempotency-Key`: a request that is sent again is answered as it was, and done once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Request, Response

from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from shared.api.refusals import Refusal

KEY_REUSED = Refusal(
    422, "idempotency-key-reused", "This `Idempotency-Key` was sent with another request.",
    "Make a new key for each thing to do.",
)  # fmt: skip
UNDER_WAY = Refusal(
    409, "request-under-way", "The first request with this `Idempotency-Key` is not answered yet.",
    "Send it again in a moment.",
)  # fmt: skip
ONCE = (KEY_REUSED, UNDER_WAY)
"""What a route refuses that takes an `Idempotency-Key`."""
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
        raise KEY_REUSED.problem()
    if earlier.status is None:
        raise UNDER_WAY.problem(headers={"Retry-After": "1"})
    media = "application/json" if earlier.body else None
    return Response(earlier.body, earlier.status, {"Idempotency-Replayed": "true"}, media_type=media)
