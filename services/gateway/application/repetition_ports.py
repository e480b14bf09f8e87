"""Requests that carry an `Idempotency-Key`: repeating one has no second effect."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Earlier(msgspec.Struct, frozen=True):
    """What became of the first request; `status` is None while it is under way."""

    same: bool
    status: int | None
    body: bytes


class Repetitions(Protocol):
    """Keys and the answers given to them; a key belongs to the caller that sent it and is forgotten after a day."""

    async def begin(self, principal: str, key: str, fingerprint: bytes) -> Earlier | None:
        """Take the key for a request that is now made; what is known where it was used before.

        Args:
            principal: Who asks; keys of others are others.
            key: The caller's key for the request.
            fingerprint: Of the request, to tell another one under the same key.

        Returns:
            What is known of the key's first use; None if this is it.
        """
        ...

    async def finish(self, principal: str, key: str, status: int, body: bytes) -> None:
        """Keep the answer, and forget old ones.

        Args:
            principal: Who asked.
            key: The caller's key for the request.
            status: The answer's HTTP status.
            body: The answer.
        """
        ...

    async def give_up(self, principal: str, key: str) -> None:
        """The request failed: it may be made again under the same key."""
        ...
