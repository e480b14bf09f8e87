"""The batch consumer: records → one transaction (inbox, handler, outbox) → offsets.

Offsets are committed after the database, so a crash repeats records and never loses one; the inbox makes the repetition
harmless. Where items can be told apart by what they are about, a batch is handled in lanes, each a transaction of its
own: one works while the other waits for the database. A passing fault rolls the batch back and rewinds the consumer to
its start, so that polling (and with it the group membership) goes on during an outage. A rebalance needs no ceremony:
two consumers that handle the same record meet in the inbox, and the second finds it handled.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar
from zlib import crc32

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.db.pool import TRANSIENT
from shared.events.codec import Header
from shared.runtime.parking import Origin
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.settings import Settings
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("consumer")
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
LANES = 2


class Inbox(Protocol[T]):
    """What a consumer does with records: read each into an item with an id, and handle new items of a batch.

    An item that cannot be decoded is still an item, to be parked by `handle`.
    """

    topics: tuple[str, ...]

    def wants(self, headers: Sequence[Header]) -> bool:
        """A quick look at a record's headers, before it is read."""
        ...

    def read(self, origin: Origin) -> T: ...

    def id_of(self, item: T) -> str: ...

    async def handle(self, uow: UnitOfWork, items: Sequence[T]) -> None: ...

    async def refuse(self, uow: UnitOfWork, item: T, error: Exception) -> None:
        """Park an item whose effect the database refuses (a value out of range, say)."""
        ...


class Consumer(Generic[T]):
    """Runs one consumer-group member for one service."""

    def __init__(
        self,
        settings: Settings,
        units: UnitsOfWork,
        inbox: Inbox[T],
        *,
        group: str,
        lane_of: Callable[[T], str] | None = None,
        handled: Callable[[UnitOfWork, Sequence[T]], Awaitable[None]] | None = None,
    ) -> None:
        """`lane_of` names what an item is about: items about one thing are handled in their order and together,
        others side by side in `LANES` transactions. Without it a batch is one transaction. `handled` is told the last
        item of each partition once all lanes of a batch are committed, in a transaction of its own."""
        self._settings = settings
        self._units = units
        self._lane_of = lane_of
        self._handled = handled
        self._lanes = LANES if lane_of else 1
        self._inbox = inbox
        self._group = group
        self._progress = time.monotonic()
        self._uncommitted: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self.healthy = False

    @property
    def seconds_since_poll(self) -> float:
        """How long ago the loop last turned; the liveness probe watches it."""
        return time.monotonic() - self._progress

    async def run(self) -> None:
        """Consume for ever."""
        pause = 0.2
        while True:
            consumer = AIOKafkaConsumer(
                *self._inbox.topics,
                bootstrap_servers=self._settings.kafka_bootstrap_servers,
                group_id=self._group,
                client_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=2 * 1024 * 1024,
                fetch_max_bytes=16 * 1024 * 1024,
                session_timeout_ms=15_000,
                heartbeat_interval_ms=3_000,
                max_poll_interval_ms=120_000,
                metadata_max_age_ms=30_000,
            )
            try:
                await consumer.start()
                pause = 0.2
                await self._consume(consumer)
            except (KafkaError, *TRANSIENT) as error:
                _log.warning("consumer interrupted", error_type=type(error).__name__, wait_s=pause)
            finally:
                self.healthy = False
                await _stop(consumer)
            self._progress = time.monotonic()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        pause = 0.1
        while True:
            polled: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = await consumer.getmany(
                timeout_ms=self._settings.batch_wait_ms, max_records=self._settings.batch_records * self._lanes
            )
            self._progress = time.monotonic()
            self.healthy = True
            if not polled:
                await self._commit(consumer, at_least=0.2)
                continue
            try:
                await self._handle(polled)
                pause = 0.1
            except TRANSIENT as error:
                metrics.retries.labels(type(error).__name__).inc()
                _log.warning("batch will be tried again", error_type=type(error).__name__, wait_s=pause)
                _rewind(consumer, polled)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
                continue
            for partition, records in polled.items():
                self._uncommitted[partition] = records[-1].offset + 1
            await self._commit(consumer, at_least=0.5)
            _report_lag(consumer, polled)

    async def _handle(self, polled: dict[TopicPartition, list[ConsumerRecord[Any, Any]]]) -> None:
        lanes: list[dict[str, T]] = [{} for _ in range(self._lanes)]
        last: dict[TopicPartition, T] = {}
        for partition, records in polled.items():
            for record in records:
                if not self._inbox.wants(record.headers):
                    continue
                item = last[partition] = self._inbox.read(_origin(record))
                lane = crc32(self._lane_of(item).encode()) % self._lanes if self._lane_of else 0
                lanes[lane].setdefault(self._inbox.id_of(item), item)
        applied = await asyncio.gather(*(self._apply(items) for items in lanes if items), return_exceptions=True)
        for fault in applied:
            if fault is not None:  # what the other lanes have done stays, and is not done again
                raise fault
        if self._handled is not None and last:
            async with self._units.begin() as uow:
                await self._handled(uow, list(last.values()))

    async def _apply(self, items: dict[str, T]) -> None:
        """Handle new items in one transaction; halve the batch to find the one that makes it fail."""
        started = time.perf_counter()
        try:
            await self._transact(items)
        except TRANSIENT:
            raise
        except Exception as error:
            if len(items) == 1:
                _log.error("record refused and parked", exc=error)
                await self._transact(items, refused=error)
            else:
                halves = list(items.items())
                middle = len(halves) // 2
                await self._apply(dict(halves[:middle]))
                await self._apply(dict(halves[middle:]))
            return
        metrics.batch_seconds.observe(time.perf_counter() - started)
        metrics.batch_events.observe(len(items))

    async def _transact(self, items: dict[str, T], refused: Exception | None = None) -> None:
        async with self._units.begin() as uow:
            fresh = await claim_new(uow, list(items))
            metrics.events_duplicate.inc(len(items) - len(fresh))
            new = [items[event_id] for event_id in items if event_id in fresh]
            if new and refused is None:
                await self._inbox.handle(uow, new)
            elif new and refused is not None:
                await self._inbox.refuse(uow, new[0], refused)

    async def _commit(self, consumer: AIOKafkaConsumer, *, at_least: float) -> None:
        """Commit explicit offsets now and then; the inbox covers what a crash leaves uncommitted."""
        if not self._uncommitted or time.monotonic() - self._committed_at < at_least:
            return
        assigned = consumer.assignment()
        offsets = {tp: offset for tp, offset in self._uncommitted.items() if tp in assigned}
        self._uncommitted.clear()
        self._committed_at = time.monotonic()
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            _log.info("offsets not committed, partitions moved", error_type=type(error).__name__)


async def claim_new(uow: UnitOfWork, event_ids: Sequence[str]) -> set[str]:
    """Enter ids in the inbox; returns those that were not there.

    A consumer that meets another's uncommitted entry waits here until that transaction ends, so that an event's
    effect happens once even while partitions move.
    """
    rows = await uow.conn.fetch(
        "INSERT INTO inbox (event_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id",
        sorted(event_ids),
    )
    return {str(row["event_id"]) for row in rows}


def _origin(record: ConsumerRecord[Any, Any]) -> Origin:
    return Origin(record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value or b"")


def _rewind(consumer: AIOKafkaConsumer, polled: dict[TopicPartition, list[ConsumerRecord[Any, Any]]]) -> None:
    for partition, records in polled.items():
        if partition in consumer.assignment():
            consumer.seek(partition, records[0].offset)


def _report_lag(consumer: AIOKafkaConsumer, polled: dict[TopicPartition, list[ConsumerRecord[Any, Any]]]) -> None:
    for partition, records in polled.items():
        end = consumer.highwater(partition)
        if end is not None:
            gauge = metrics.consumer_lag.labels(partition.topic, str(partition.partition))
            gauge.set(max(0, end - records[-1].offset - 1))


async def _stop(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(5):
            await consumer.stop()
    except (TimeoutError, KafkaError):
        _log.warning("consumer did not stop in time")
