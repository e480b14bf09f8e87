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
from shared.events.codec import encode_data, new_event_id, numbered_event_id
from shared.runtime.bulk import insert_rows
from shared.settings import MAX_MESSAGE_BYTES
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


_BESIDE_THE_PAYLOAD = 4096
"""Bytes of a record for its key, its fixed headers and its batch's frame, at most."""


class EventTooLarge(Exception):
    """An event that the log does not take, noticed before the transaction that would emit it commits."""

    def __init__(self, type_: str, size: int, limit: int) -> None:
        super().__init__(f"{type_} of {size:,} bytes, and the log takes {limit:,}")


_TYPE = list(_OUTBOX).index("type")


def shard_of(claim_id: str) -> int:
    """The outbox shard of a claim; stable across processes and versions."""
    return crc32(claim_id.encode()) % SHARDS


class UnitOfWork:
    """A transaction in progress.

    Whoever emits must hold the row lock of the claim's state and count its `sequence`: that serialises the writers of
    one claim, so that outbox ids are in the claim's order whatever the order of commits.
    """

    def __init__(self, conn: Connection, now: datetime, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.conn = conn
        self.now = now
        self._limit = max_message_bytes
        self._outgoing: list[tuple[Any, ...]] = []
        self.emitted_types: list[str] = []

    def emit(
        self,
        event: Event,
        *,
        sequence: int,
        tenant: str = "",
        causation_id: str = "",
        traceparent: str = "",
        aggregate: str = "claim",
        key: str = "",
    ) -> None:
        """Queue `event` for the outbox; `sequence` is its place among this service's events on the claim.

        `key` is what an event that is about no claim is keyed and ordered by: a UUID. Raises `EventTooLarge`.
        """
        self._queue([self._row(event, sequence, tenant, causation_id, traceparent, aggregate, key)])

    def emit_all(
        self, events: Sequence[Event], *, after: int, tenant: str, causation_id: str = "", traceparent: str = ""
    ) -> None:
        """Queue the events of one decision, in their order, with the sequence numbers after `after`.

        All of them or none: raises `EventTooLarge` before anything is queued.
        """
        self._queue(
            [
                self._row(event, sequence, tenant, causation_id, traceparent, "claim", "")
                for sequence, event in enumerate(events, after + 1)
            ]
        )

    def must_fit(self, type_: str, size: int) -> None:
        """Raise `EventTooLarge` where an event of so many bytes could not travel."""
        if size + _BESIDE_THE_PAYLOAD > self._limit:
            raise EventTooLarge(type_, size, self._limit - _BESIDE_THE_PAYLOAD)

    def _row(
        self, event: Event, sequence: int, tenant: str, causation_id: str, traceparent: str, aggregate: str, key: str
    ) -> tuple[Any, ...]:
        key = key or event.claim_id
        entry = contract_of(event)
        payload = encode_data(event)
        self.must_fit(entry.type, len(payload) + len(tenant) + len(causation_id) + len(traceparent))
        return (
            shard_of(key),
            numbered_event_id(entry.source, key, sequence) if aggregate == "claim" and sequence else new_event_id(),
            aggregate,
            key,
            sequence,
            entry.type,
            entry.topic,
            payload,
            tenant,
            causation_id,
            traceparent,
            self.now,
        )

    def _queue(self, rows: list[tuple[Any, ...]]) -> None:
        self._outgoing += rows
        self.emitted_types += [row[_TYPE] for row in rows]

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


class UnitOfWorkFactory:
    """Opens transactions, and wakes the relay when one has committed events."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        on_emitted: Callable[[], None],
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.pool = pool
        self.clock = clock
        self._max_message_bytes = max_message_bytes
        self._on_emitted = on_emitted

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[UnitOfWork]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self.pool.acquire() as conn, conn.transaction():
            uow = UnitOfWork(conn, self.clock.now(), self._max_message_bytes)
            yield uow
            await uow.flush()
        if uow.emitted_types:
            count_emitted(uow.emitted_types)
            self._on_emitted()


def count_emitted(types: Sequence[str]) -> None:
    """Add committed events to the metrics."""
    for type_ in set(types):
        metrics.events_emitted.labels(type_).inc(types.count(type_))
