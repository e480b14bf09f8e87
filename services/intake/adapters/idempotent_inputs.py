"""One input's way from its arrival to its answer: recognised where it came before, taken up again where it broke off.

Over HTTP an `Idempotency-Key` names a request (draft-ietf-httpapi-idempotency-key-header): the same key with the same
content gets the same answer, with other content it is refused, and while the first is under way the second is told to
wait. The key's answer is written in the transaction that ends the input.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import msgspec

from services.intake.adapters.interchange import Finish
from services.intake.adapters.pending_input import Summary
from services.intake.adapters.sql import ledger
from services.intake.adapters.sql.locks import Locks
from shared.db.pool import TRANSIENT
from shared.events.codec import new_event_id
from shared.problem import Problem
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork

_LONGEST_KEY = 255
Take = Callable[[str, Finish], Awaitable[Summary]]
"""Reads and applies an input under an interchange id, and ends it by `Finish`."""


class Answered(msgspec.Struct, frozen=True):
    """What the sender of an input is told."""

    status: int
    media_type: str
    body: bytes


class Delivery(msgspec.Struct):
    """An input that has arrived. `replay` is the answer that it got before under its key, if it did."""

    tenant: str
    interchange_id: str
    same_as: str = ""
    key: str = ""
    replay: Answered | None = None

    async def end(self, uow: UnitOfWork, summary: Summary, answered: Answered | None) -> None:
        """Write what became of it, in the transaction of its last claim."""
        await ledger.finish(uow.conn, self.interchange_id, uow.now, summary)
        if self.key and answered is not None:
            await ledger.answer_key(
                uow.conn, self.tenant, self.key, answered.status, answered.media_type, answered.body.decode()
            )


class IdempotentInputs:
    """Opens deliveries; one at a time for the same key."""

    def __init__(self, units: UnitsOfWork, locks: Locks, keep_keys: timedelta) -> None:
        self._units = units
        self.locks = locks
        self._keep_keys = keep_keys

    @asynccontextmanager
    async def open(
        self,
        *,
        tenant: str,
        sha256: str,
        source: str,
        key: str = "",
        request_sha256: str = "",
        interchange_id: str = "",
    ) -> AsyncGenerator[Delivery]:
        """Enter an input; raises problems 409 and 422 for keys in flight and keys used for other content."""
        async with AsyncExitStack() as stack:
            if key:
                _check(key)
                if not await stack.enter_async_context(self.locks.holding(f"key\x1f{tenant}\x1f{key}")):
                    raise _in_flight()
            # Whoever holds the bytes may take up what a dead process left; anyone else starts afresh.
            mine = await stack.enter_async_context(self.locks.holding(f"bytes\x1f{tenant}\x1f{sha256}"))
            yield await self._enter(tenant, sha256, source, key, request_sha256, interchange_id, mine)

    async def answer_once(
        self,
        take: Take,
        answer: Callable[[Summary], Answered],
        *,
        tenant: str,
        sha256: str,
        source: str,
        key: str = "",
        request_sha256: str = "",
    ) -> tuple[Answered, bool]:
        """Take an input once under its key, and answer; whether the answer is one given before.

        The answer is kept in the transaction that ends the input. Raises problems 409 and 422 as `open` does, and 503
        where the database does not answer.
        """
        try:
            async with self.open(
                tenant=tenant, sha256=sha256, source=source, key=key, request_sha256=request_sha256
            ) as delivery:
                if delivery.replay is not None:
                    return delivery.replay, True
                given: list[Answered] = []

                async def finish(uow: UnitOfWork, summary: Summary) -> None:
                    summary.same_as = delivery.same_as
                    given.append(answer(summary))
                    await delivery.end(uow, summary, given[-1])

                await take(delivery.interchange_id, finish)
                return given[-1], False
        except TRANSIENT:
            raise Problem(
                503,
                "try-again",
                "The database does not answer.",
                how_to_fix="Send the same again: what was committed counts once.",
                headers={"Retry-After": "5"},
            ) from None

    async def _enter(
        self, tenant: str, sha256: str, source: str, key: str, request: str, interchange_id: str, mine: bool
    ) -> Delivery:
        async with self._units.begin() as uow:
            conn = uow.conn
            known = await ledger.look_up(conn, tenant, key) if key else None
            if known is not None:
                if known.sha256 != request:
                    raise Problem(
                        422,
                        "idempotency-key-reused",
                        "This Idempotency-Key was sent before with other content.",
                        how_to_fix="Send the same content, or a key of its own for each request.",
                    )
                if known.status is not None:
                    answered = Answered(known.status, known.media_type, known.answer.encode())
                    return Delivery(tenant, known.interchange_id, "", key, answered)
                interchange_id = known.interchange_id
            elif not interchange_id:
                interchange_id = (
                    await ledger.unfinished(conn, tenant, sha256, source) if mine else None
                ) or new_event_id()
            same_as = await ledger.find(conn, tenant, sha256) or ""
            await ledger.begin(conn, interchange_id, tenant, sha256, source, uow.now)
            if key and known is None:
                await ledger.forget_keys(conn, uow.now - self._keep_keys)
                await ledger.enter_key(conn, tenant, key, request, interchange_id, uow.now)
        return Delivery(tenant, interchange_id, same_as if same_as != interchange_id else "", key)


def _check(key: str) -> None:
    if len(key) > _LONGEST_KEY or not key.isprintable():
        raise Problem(
            400,
            "idempotency-key-invalid",
            f"The Idempotency-Key is longer than {_LONGEST_KEY} characters or not printable.",
            how_to_fix="Send a UUID, or another short text of your own for each request.",
        )


def _in_flight() -> Problem:
    return Problem(
        409,
        "request-in-flight",
        "A request with this Idempotency-Key is being handled.",
        how_to_fix="Ask again after the seconds in Retry-After; the answer will be the first one's.",
        headers={"Retry-After": "1"},
    )
