"""Rate limits: a token bucket for each caller, told by the RateLimit header fields of the IETF draft."""

from __future__ import annotations

import math
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problem import Problem

_CALLERS = 50_000
_WINDOW = 10


class RateLimit:
    """`per_second` requests a second on average and ten seconds' worth at once; 0 means no limit."""

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._burst = per_second * _WINDOW
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> dict[str, str]:
        """Count one request; the header fields to answer with. A problem (429) where the bucket is empty."""
        if not self._rate:
            return {}
        now = time.monotonic()
        tokens, at = self._buckets.get(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        headers = {"RateLimit-Policy": f'"default";q={int(self._burst)};w={_WINDOW}'}
        if len(self._buckets) >= _CALLERS:
            self._buckets.clear()
        if tokens < 1:
            self._buckets[caller] = (tokens, now)
            wait = math.ceil((1 - tokens) / self._rate)
            headers |= {"RateLimit": f'"default";r=0;t={wait}', "Retry-After": str(wait)}
            raise Problem(
                429, "too-many-requests", "This key has used up its requests for now.",
                how_to_fix=f"Wait {wait} s; spread requests out.", headers=headers,
            )  # fmt: skip
        self._buckets[caller] = (tokens - 1, now)
        return headers | {"RateLimit": f'"default";r={int(tokens - 1)};t={_WINDOW}'}


class LimitHeaders:
    """Puts the header fields that authentication left in the request's state on the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields: dict[str, str] = scope.get("state", {}).get("limit_headers", {})
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in fields.items()
                        if name.lower().encode() not in present
                    ),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)
