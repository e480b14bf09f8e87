"""Which faults pass, and how long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from recoup_client.errors import ApiError

PASSING = frozenset({429, 502, 503, 504})


class Retries(msgspec.Struct, frozen=True):
    """At most `attempts` tries; pauses double from `first_pause` up to `longest_pause` seconds, with jitter."""

    attempts: int = 5
    first_pause: float = 0.2
    longest_pause: float = 10.0

    def pause(self, attempt: int, response: httpx.Response | None) -> float:
        """Seconds to wait after try number `attempt` (from 1); the server's `Retry-After` is kept to."""
        asked = response.headers.get("retry-after", "") if response is not None else ""
        if asked.isdigit():
            return min(float(asked), 60.0)
        longest = min(self.longest_pause, self.first_pause * 2 ** (attempt - 1))
        return longest * (0.5 + random.random() / 2)


def should_retry(response: httpx.Response) -> bool:
    """Return True if the same request may succeed later.

    The client reads, or sends an `Idempotency-Key`, or does what is the same done twice, so a repetition does no harm.
    """
    return response.status_code in PASSING


def checked(response: httpx.Response, accept: Sequence[int] = ()) -> httpx.Response:
    """The response, if it is a success or has one of these statuses; else `ApiError`."""
    if response.is_success or response.status_code in (304, *accept):
        return response
    raise ApiError.of(response)


def clean(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters without those that were left out; dates and instants as ISO 8601."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in params.items()
        if value not in (None, "", [], ())
    }


def claim_path(claim_id: str, rest: str = "") -> str:
    """The path of one claim."""
    return f"/v1/claims/{quote(claim_id, safe='')}{rest}"
