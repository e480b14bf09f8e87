"""The batch consumer: records → one transaction (what came before, handler, outbox) → offsets.

Offsets are committed after the database, so a crash repeats records and never loses one; claims' states and the inbox
know what came before, and make the repetition harmless. Where items can be told apart by what they are about, a batch
is handled in lanes, each a transaction of its own: one works while the other waits for the database. A transient error
rolls the batch back and rewinds the consumer to its start, so that polling (and with it the group membership) goes on
during an outage. A rebalance needs no ceremony: two consumers that handle the same record meet there, and the second
finds it handled.

No record stops its partition. What an inbox cannot read or park is set aside here, in the end as its place alone. What
not even the Kafka client can read (a codec it does not have, say) is found by polling record by record, and passed by.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar
from zlib import crc32

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    UnsupportedCodecError,
)
from asyncpg import UniqueViolationError

from shared.db.pool import TRANSIENT
from shared.kafka import client_options
from shared.runtime.dead_letters import park_and_announce, place_of
from shared.runtime.inbox import Inbox
from shared.runtime.parking import Origin, ParkedRecord
from shared.runtime.positions import CatchingUp, Positions
from shared.runtime.repetition import enter
from shared.runtime.stopping import end_if_cancelled
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.settings import Settings
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("consumer")
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
Polled: TypeAlias = dict[TopicPartition, list[ConsumerRecord[Any, Any]]]
LANES = 2
_CRASHES_WATCHED = 120.0
"""Seconds: a consumer that failed three times in them fails again and again."""
_CAREFUL_SECONDS = 10.0
"""How long a consumer reads record by record after the Kafka client could not read one."""
_TRIES = 3
"""How often a record that the client cannot read is read again: bytes may be damaged on their way, too."""
_IDLE_COMMIT_SECONDS = 5.0
_COLLISIONS = 5
"""Unique violations in a row after which the record is to blame, and no other consumer."""


class Consumer(Generic[T]):
    """Runs one consumer-group member for one service."""

    def __init__(
        self,
        settings: Settings,
        units: UnitOfWorkFactory,
        inbox: Inbox[T],
        *,
        group: str,
        service: str = "",
        lane_of: Callable[[T], str] | None = None,
        handled: Callable[[UnitOfWork, Sequence[T]], Awaitable[None]] | None = None,
        catching_up: CatchingUp | None = None,
    ) -> None:
        """Set up a member of the consumer group `group`.

        `lane_of` names what an item is about: items about one thing are handled in their order and together, others
        side by side in `LANES` transactions. Without it a batch is one transaction. `handled` is told the last item of
        each partition once all lanes of a batch are committed, in a transaction of its own.
        """
        self._settings = settings
        self._units = units
        self._lane_of = lane_of
        self._handled = handled
        self._workers = LANES if lane_of else 1
        self._positions = Positions(units, settings.kafka_bootstrap_servers, group, catching_up)
        self._inbox = inbox
        self._service = service or group.removeprefix("recoup-")
        self.group = group
        self.topics = inbox.topics
        self.assigned: frozenset[TopicPartition] = frozenset()
        self._progress = time.monotonic()
        self._uncommitted: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self._crashes: deque[float] = deque(maxlen=3)
        self._collisions = 0
        self._careful_until = 0.0
        self._handled_at: float | None = None
        self._unreadable: Counter[tuple[TopicPartition, int]] = Counter()
        self.healthy = False

    @property
    def seconds_since_poll(self) -> float:
        """How long ago the loop last turned; the liveness probe watches it."""
        return time.monotonic() - self._progress

    @property
    def seconds_since_commit(self) -> float | None:
        """How long ago the last batch was handled and committed; None where none was since the start."""
        return None if self._handled_at is None else time.monotonic() - self._handled_at

    @property
    def looked(self) -> bool:
        """True if it is known if the database was put back before this process began."""
        return self._positions.looked

    @property
    def crash_looping(self) -> bool:
        """True if it failed three times of late for a reason nobody foresaw."""
        full = len(self._crashes) == self._crashes.maxlen
        return full and time.monotonic() - self._crashes[0] < _CRASHES_WATCHED

    async def run(self) -> None:
        """Consume for ever."""
        pause = 0.2
        while True:
            end_if_cancelled()
            consumer = AIOKafkaConsumer(
                **client_options(self._settings.kafka_bootstrap_servers),
                group_id=self.group,
                client_id=self.group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=max(2 * 1024 * 1024, self._settings.max_message_bytes),
                fetch_max_bytes=max(16 * 1024 * 1024, 2 * self._settings.max_message_bytes),
                session_timeout_ms=15_000,
                heartbeat_interval_ms=3_000,
                max_poll_interval_ms=120_000,
                metadata_max_age_ms=30_000,
            )
            consumer.subscribe(list(self._inbox.topics), listener=self._positions)
            try:
                await self._positions.start()
                await consumer.start()
                pause = 0.2
                await self._consume(consumer)
            except (KafkaError, *TRANSIENT) as error:
                metrics.consumer_restarts.labels(self.group).inc()
                _log.warning("consumer interrupted", error_type=type(error).__name__, wait_s=pause)
            except Exception as error:
                self._crashes.append(time.monotonic())
                metrics.consumer_restarts.labels(self.group).inc()
                _log.error("consumer failed and is started again", exc=error, wait_s=pause)
            finally:
                self.healthy = False
                await _stop(consumer)
            self._progress = time.monotonic()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        pause = 0.1
        while True:
            end_if_cancelled()
            await self._positions.settle(consumer)
            came = await self._poll(consumer)
            polled = {place: records for place, records in came.items() if place in self._positions.next}
            self._progress = time.monotonic()
            self.healthy = True
            if not polled:
                await self._commit(consumer, at_least=0.2)
                await self._pass_markers(consumer)
            try:
                if not polled or not await self._positions.hold(polled):
                    continue
                await self._handle(polled)
                await self._positions.advance({place: records[-1].offset + 1 for place, records in polled.items()})
                pause, self._collisions, self._handled_at = 0.1, 0, time.monotonic()
            except TRANSIENT as error:
                self._collisions = self._collisions + 1 if isinstance(error, UniqueViolationError) else 0
                metrics.retries.labels(type(error).__name__).inc()
                _log.warning("batch will be tried again", error_type=type(error).__name__, wait_s=pause)
                _rewind(consumer, polled)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
                continue
            self._uncommitted |= {place: records[-1].offset + 1 for place, records in polled.items()}
            await self._commit(consumer, at_least=0.5)

    async def _poll(self, consumer: AIOKafkaConsumer) -> Polled:
        """What came, of all partitions; for a while record by record, where the client could not read one."""
        if self._careful_until > time.monotonic():
            return await self._poll_carefully(consumer)
        try:
            return await consumer.getmany(
                timeout_ms=self._settings.batch_wait_ms, max_records=self._settings.batch_records * self._workers
            )
        except (UnsupportedCodecError, CorruptRecordException):
            self._careful_until = time.monotonic() + _CAREFUL_SECONDS
            raise  # what other partitions had for this poll is lost to this session: begin at the committed offsets
        except (KafkaError, *TRANSIENT):
            raise
        except Exception:
            self._careful_until = time.monotonic() + _CAREFUL_SECONDS
            raise

    async def _poll_carefully(self, consumer: AIOKafkaConsumer) -> Polled:
        """One record of each partition; one that cannot be read after some tries is set aside as its place."""
        polled: Polled = {}
        for partition in consumer.assignment():
            at = await consumer.position(partition)
            try:
                polled |= await consumer.getmany(partition, timeout_ms=self._settings.batch_wait_ms, max_records=1)
            except Exception as error:
                unread = isinstance(error, UnsupportedCodecError | CorruptRecordException)
                if isinstance(error, (KafkaError, *TRANSIENT)) and not unread:
                    raise
                self._careful_until = time.monotonic() + _CAREFUL_SECONDS
                self._unreadable[partition, at] += 1
                if self._unreadable[partition, at] >= _TRIES:
                    del self._unreadable[partition, at]
                    origin = Origin(partition.topic, partition.partition, at, None, (), b"")
                    await self._set_aside(origin, "unreadable", error)
                    consumer.seek(partition, at + 1)
                    self._uncommitted[partition] = at + 1
                    await self._positions.advance({partition: at + 1})
        return polled

    async def _handle(self, polled: Polled) -> None:
        batches: list[dict[str, T]] = [{} for _ in range(self._workers)]
        last: dict[TopicPartition, T] = {}
        unread: list[tuple[Origin, Exception]] = []
        for partition, records in polled.items():
            for record in records:
                try:
                    if not self._inbox.wants(record.headers):
                        continue
                    item = self._inbox.read(_origin(record))
                    lane = crc32(self._lane_of(item).encode()) % self._workers if self._lane_of else 0
                    batches[lane].setdefault(self._inbox.id_of(item), item)
                    last[partition] = item
                except Exception as error:
                    unread.append((_origin(record), error))
        for origin, error in unread:
            await self._set_aside(origin, "unreadable", error)
        applied = await asyncio.gather(*(self._apply(items) for items in batches if items), return_exceptions=True)
        for fault in applied:
            if fault is not None:  # what the other lanes have done stays, and is not done again
                raise fault
        if self._handled is not None and last:
            await self._pass_on(self._handled, list(last.values()))

    async def _pass_on(self, handled: Callable[[UnitOfWork, Sequence[T]], Awaitable[None]], last: Sequence[T]) -> None:
        try:
            async with self._units.begin() as uow:
                await handled(uow, last)
        except TRANSIENT:
            raise
        except Exception as error:  # everything is committed: what is only told about it must not undo that
            _log.error("the end of a batch could not be noted", exc=error)

    async def _apply(self, items: dict[str, T]) -> None:
        """Handle new items in one transaction; halve the batch to find the one that makes it fail."""
        started = time.perf_counter()
        try:
            await self._transact(items)
        except Exception as error:
            blamed = isinstance(error, UniqueViolationError) and self._collisions >= _COLLISIONS
            if isinstance(error, TRANSIENT) and not blamed:
                raise
            if len(items) == 1:
                _log.error("record refused and parked", exc=error)
                await self._refuse(items, error)
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
            entered = [name for name, item in items.items() if not self._inbox.remembers(item)]
            fresh = await enter(uow.conn, entered) if entered else set[str]()
            metrics.events_duplicate.inc(len(entered) - len(fresh))
            repeated = fresh.symmetric_difference(entered)
            new = [item for name, item in items.items() if name not in repeated]
            if new and refused is None:
                await self._inbox.handle(uow, new)
            elif new and refused is not None:
                await self._inbox.refuse(uow, new[0], refused)

    async def _refuse(self, items: dict[str, T], error: Exception) -> None:
        try:
            await self._transact(items, refused=error)
        except TRANSIENT:
            raise
        except Exception as worse:
            _log.error("record cannot be parked as it is", exc=worse)
            for item in items.values():
                await self._set_aside(self._inbox.origin_of(item), "refused_by_database", error)

    async def _set_aside(self, origin: Origin, reason: str, error: Exception) -> None:
        """Keep the place of a record that its inbox cannot park; the record stays on its topic, never here unsealed.

        No claim waits behind it, since nobody could tell whose it is.
        """
        async with self._units.begin() as uow:
            if await enter(uow.conn, [origin.place_id]):
                dead_letter = ParkedRecord(origin.bare, reason, place_of(error), None, origin.place)
                await park_and_announce(uow, self._service, [dead_letter])

    async def _commit(self, consumer: AIOKafkaConsumer, *, at_least: float) -> None:
        """Commit explicit offsets now and then; the inbox covers what a crash leaves uncommitted."""
        if not self._uncommitted or time.monotonic() - self._committed_at < at_least:
            return
        assigned = self.assigned = frozenset(consumer.assignment())
        offsets = {tp: offset for tp, offset in self._uncommitted.items() if tp in assigned}
        self._uncommitted.clear()
        self._committed_at = time.monotonic()
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
            self._committed.update(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            _log.info("offsets not committed, partitions moved", error_type=type(error).__name__)

    async def _pass_markers(self, consumer: AIOKafkaConsumer) -> None:
        """Commit positions beyond what is not a record (a transaction's markers), when nothing came.

        All before them is handled, and a position that stands must mean that something cannot be.
        """
        if time.monotonic() - self._committed_at < _IDLE_COMMIT_SECONDS:
            return
        self._committed_at = time.monotonic()
        self.assigned = frozenset(consumer.assignment())
        for partition in self.assigned:
            try:
                async with asyncio.timeout(1):
                    position = await consumer.position(partition)
            except (TimeoutError, IllegalStateError):
                continue
            if self._committed.get(partition) != position and partition in self._positions.next:
                self._uncommitted[partition] = position
        try:
            await self._positions.advance(self._uncommitted)
        except TRANSIENT:
            self._uncommitted.clear()
        await self._commit(consumer, at_least=0)


def _origin(record: ConsumerRecord[Any, Any]) -> Origin:
    return Origin(record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value or b"")


def _rewind(consumer: AIOKafkaConsumer, polled: Polled) -> None:
    for partition, records in polled.items():
        if partition in consumer.assignment():
            consumer.seek(partition, records[0].offset)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(5):
            await consumer.stop()
    except (TimeoutError, KafkaError):
        _log.warning("consumer did not stop in time")
