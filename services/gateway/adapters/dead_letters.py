"""Dead letters where they are parked: this gateway's own, and those of others by their operators' routes."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from services.gateway.adapters.upstream import Upstream
from services.gateway.application.dead_letter_ports import ServiceLetter
from shared.runtime import letter_routes, parked_letters
from shared.runtime.letter_routes import UNKNOWN_LETTER
from shared.runtime.parked_letters import HeldRecord, LetterFilter, ParkedLetter
from shared.runtime.runtime import Runtime


class DeadLetters:
    """The `DeadLetterDesk`; documented at its port."""

    def __init__(self, runtime: Runtime, upstream: Upstream) -> None:
        self._runtime = runtime
        self._upstream = upstream

    async def letters(self, which: LetterFilter, *, service: str, limit: int) -> tuple[list[ServiceLetter], list[str]]:
        """Of one service or all at once."""
        names = [service] if service else [self._runtime.name, *self._upstream.names]
        found = await asyncio.gather(*(self._of(name, which, limit) for name in names))
        silent = [name for name, letters in zip(names, found, strict=True) if letters is None]
        items = [
            ServiceLetter(name, letter) for name, letters in zip(names, found, strict=True) for letter in letters or ()
        ]
        return sorted(items, key=lambda one: (one.letter.parked_at, one.letter.id))[:limit], silent

    async def _of(self, service: str, which: LetterFilter, limit: int) -> list[ParkedLetter] | None:
        if service == self._runtime.name:
            async with self._runtime.pool.acquire() as conn:
                return await parked_letters.listed(conn, which, limit)
        params: dict[str, Any] = {"limit": limit}
        params |= {name: value for name in ("reason", "type", "topic", "claim_id") if (value := getattr(which, name))}
        return await self._upstream.parked_letters(service, params)

    async def held(self, service: str, letter_id: int) -> HeldRecord | None:
        """What a letter holds, opened by the service that sealed it."""
        if service == self._runtime.name:
            return await letter_routes.look_into(self._runtime, letter_id)
        answer = await self._upstream.admin(service, "GET", f"/admin/dead-letters/{letter_id}")
        return msgspec.json.decode(answer.content, type=HeldRecord) if answer.is_success else None

    async def replay(self, service: str, *, claim_id: str | None, letter_id: int | None) -> tuple[int, int]:
        """By the service's own rule: a letter of a claim with all of its claim."""
        if service == self._runtime.name:
            return await letter_routes.try_again(self._runtime, claim_id, letter_id)
        wanted = {"claim_id": claim_id, "dead_letter_id": letter_id}
        params = {name: value for name, value in wanted.items() if value is not None}
        answer = await self._upstream.admin(service, "POST", "/admin/dead-letters/replay", params=params)
        if answer.status_code == 404:
            raise UNKNOWN_LETTER.problem()
        counts = answer.json()
        return counts["handled"], counts["parked"]

    async def discard(self, service: str, which: LetterFilter, *, by: str, why: str) -> list[ParkedLetter]:
        """Who and why are kept by the service."""
        if service == self._runtime.name:
            return await letter_routes.give_up(self._runtime, which, by=by, why=why)
        body = msgspec.to_builtins(which) | {"by": by, "why": why}
        return await self._upstream.discard_letters(service, body)
