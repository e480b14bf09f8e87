"""One transaction: what it changes, what it emits and what it parks become visible together or not at all."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zlib import crc32

from shared.clock import Clock
from shared.db.pool import Connection, Pool
from shared.events.base import Event, contract_of
from shared.events.codec import encode_data, new_event_id
from shared.runtime.bulk import insert_rows
from shared.telemetry import metrics

SHARDS = 16
"""Outbox shards: how many relays can share the work. A claim's events are all in one shard."""

_OUTBOX = {
    "shard": "smallint",
    "event_id": "uuid",
    "aggregatetype": "text",
    "aggregateid": "uuid",
    "sequence": "integer",
    "type": "text",
    "topic": "text",
    "payload": "bytea",
    "tenant": "text",
    "causation_id": "text",
    "traceparent": "text",
    "occurred_at": "timestamptz",
}


def shard_of(claim_id: str) -> int:
    """The outbox shard of a claim; stable across processes and versions."""
    return crc32(claim_id.encode()) % SHARDS


class UnitOfWork:
    """A transaction in progress.

    Whoever emits must hold the row lock of the claim's state and count its `sequence`: that serialises the writers of
    one claim, so that outbox ids are in the claim's order whatever the order of commits.
    """

    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now
        self._outgoing: list[tuple[Any, ...]] = []
        self.emitted_types: list[str] = []

    def emit(
        self,
        event: Event,
        *,
        sequence: int,
        tenant: str = "default",
        causation_id: str = "",
        traceparent: str = "",
        aggregate: str = "claim",
        key: str = "",
    ) -> None:
        """Queue `event` for the outbox; `sequence` is its place among this service's events on the claim.

        `key` is what an event that is about no claim is keyed and ordered by: a UUID.
        """
        key = key or event.claim_id
        entry = contract_of(event)
        self.emitted_types.append(entry.type)
        self._outgoing.append(
            (
                shard_of(key),
                new_event_id(),
                aggregate,
                key,
                sequence,
                entry.type,
                entry.topic,
                encode_data(event),
                tenant,
                causation_id,
                traceparent,
                self.now,
            )
        )

    @asynccontextmanager
    async def attempt(self) -> AsyncGenerator[None]:
        """A savepoint: what fails inside leaves nothing behind, queued events included. Do not `flush` in it."""
        queued, types = len(self._outgoing), len(self.emitted_types)
        try:
            async with self.conn.transaction():
                yield
        except BaseException:
            del self._outgoing[queued:], self.emitted_types[types:]
            raise

    async def flush(self) -> None:
        """Write the queued outbox rows: at the end, and before it where a transaction is too long to hold them."""
        outgoing, self._outgoing = self._outgoing, []
        if outgoing:
            await insert_rows(self.conn, "outbox", _OUTBOX, outgoing)


class UnitsOfWork:
    """Opens transactions, and wakes the relay when one has committed events."""

    def __init__(self, pool: Pool, clock: Clock, on_emitted: Callable[[], None]) -> None:
        self.pool = pool
        self.clock = clock
        self._on_emitted = on_emitted

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[UnitOfWork]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self.pool.acquire() as conn, conn.transaction():
            uow = UnitOfWork(conn, self.clock.now())
            yield uow
            await uow.flush()
        if uow.emitted_types:
            count_emitted(uow.emitted_types)
            self._on_emitted()


def count_emitted(types: Sequence[str]) -> None:
    """Add committed events to the metrics."""
    for type_ in set(types):
        metrics.events_emitted.labels(type_).inc(types.count(type_))
