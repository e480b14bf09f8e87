"""Publishes the outbox: every committed event reaches Kafka, in the order of its claim, and is then deleted.

Each relay leases some of the outbox's shards (`shards.py`); a claim's events are all in one shard, so two relays do not
send the same event. Within a shard rows go out in order of id. Rows are deleted only after the broker acknowledged
them: a crash in between publishes them again, and the consumers drop the repetition. Nothing depends on ids having no
gaps, so transactions may commit out of order.

Leases save work; a claim's order does not hang on them. Whoever sends begins with the oldest row that is not deleted,
and what is deleted is on the log. So when a row is sent all earlier ones of its claim are there, be it by a relay that
was stopped, lost its leases and goes on: what it had on its way is a repetition, and it sends no more than that.

A row that the broker refuses for its size is held in the outbox with the reason, and the later rows of its key wait
behind it; everything else goes on. It is tried again now and then, by itself. What was acknowledged is deleted whatever
became of the rest, so a fault publishes nothing again that arrived.

A claim's partition is the CRC-32 of its id modulo the number of partitions. Every event on the claims' log comes from a
relay, so one rule holds for all of them, and whole record batches can be sent instead of single records.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.db.pool import TRANSIENT, Connection, Pool
from shared.events.base import CLAIMS_TOPIC, contract_for_type
from shared.events.codec import Header, build_headers
from shared.kafka import client_options
from shared.runtime.bulk import transpose
from shared.runtime.own_events import note_reached
from shared.runtime.shards import Shards, lease_of
from shared.runtime.stopping import end_if_cancelled
from shared.settings import MAX_MESSAGE_BYTES
from shared.signing import Signer
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("relay")
_PATIENCE = 5.0
"""Seconds without an acknowledgement or a turn of the loop after which a relay gives its shards to others."""
_STATEMENT_SECONDS = 20.0
_SEND_TIMEOUT = 30.0
_BYTES = 8 * 1024 * 1024
"""Payloads sent at once; most batches have fewer bytes. One event more may be taken, so that a large one goes out."""
_COLUMNS = """
id, shard, event_id, aggregateid, sequence, type, topic, payload, tenant, causation_id, traceparent, occurred_at
"""
_NEXT = f"""
SELECT {_COLUMNS} FROM (
    SELECT *, sum(octet_length(payload)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - octet_length(payload) AS before
    FROM (
        SELECT * FROM outbox WHERE shard = ANY($1::smallint[])
            AND aggregateid <> ALL (ARRAY(SELECT aggregateid FROM outbox WHERE held <> ''))
        ORDER BY id LIMIT $2
    ) AS first
) AS sized
WHERE before < $3 ORDER BY id
"""  # noqa: S608 - names are ours
_HELD = f"""
SELECT {_COLUMNS} FROM outbox WHERE shard = ANY($1::smallint[]) AND held <> '' ORDER BY id LIMIT 20
"""  # noqa: S608
_HOLD = """
UPDATE outbox SET held = h.why
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) AS h(id, why, name, token)
JOIN leases USING (name, token) WHERE outbox.id = h.id
"""
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_TRY_HELD_EVERY = 60.0


class Relay:
    """Moves rows from `outbox` to Kafka until stopped. Call `wake` after a commit that emitted events."""

    def __init__(
        self,
        pool: Pool,
        bootstrap_servers: str,
        *,
        service: str,
        replica: str = "",
        idempotent: bool = True,
        batch: int = 2000,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        signer: Signer | None = None,
    ) -> None:
        """`replica` names this one among all that live, so that it takes up its leases at once after a crash."""
        self.look: Callable[[], Awaitable[None]] | None = None
        """Looks at the log before anything is sent (`own_events.py`); then it is noted how far our records reach."""
        self._pool = pool
        self._bootstrap = bootstrap_servers
        self._service = service
        self._idempotent = idempotent
        self._batch = batch
        self._max_message_bytes = max_message_bytes
        self._signer = signer
        self._awake = asyncio.Event()
        self._shards = Shards(holder=replica)
        self._one_at_a_time = asyncio.Lock()
        self._progress = 0.0
        self.healthy = False

    def wake(self) -> None:
        """There is something to publish."""
        self._awake.set()

    async def run(self) -> None:
        """Relay for ever; every fault is retried after a pause, from the database's truth."""
        pause = 0.1
        while True:
            end_if_cancelled()
            try:
                await self._relay_session()
            except (*TRANSIENT, KafkaError) as error:
                _log.warning("relay interrupted", error_type=type(error).__name__, wait_s=pause)
            self.healthy = False
            metrics.relay_shards.set(0)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _relay_session(self) -> None:
        """One producer, and one database connection, for turns of the loop and, in between, for renewing the leases."""
        if self.look is not None:
            await self.look()
        producer = AIOKafkaProducer(
            **client_options(self._bootstrap),
            acks="all",
            enable_idempotence=self._idempotent,
            linger_ms=2,
            max_batch_size=256 * 1024,
            max_request_size=self._max_message_bytes,
            request_timeout_ms=15_000,
            client_id=f"recoup-{self._service}-relay",
        )
        async with self._pool.acquire() as conn:
            keeping: asyncio.Task[None] | None = None
            try:
                await producer.start()
                self._get_on()
                keeping = asyncio.create_task(self._keep_shards(conn))
                tried = 0.0
                while not keeping.done():
                    end_if_cancelled()
                    self._awake.clear()
                    if time.monotonic() - tried > _TRY_HELD_EVERY:
                        await self._turn(conn, producer, _HELD)
                        tried = time.monotonic()
                    sent = await self._turn(conn, producer, _NEXT, self._batch, _BYTES)
                    self._get_on()
                    self.healthy = True
                    if sent < self._batch:
                        await self._idle(busy=sent > 0)
                await keeping  # it ends by a fault only
            finally:
                if keeping is not None:
                    keeping.cancel()
                    await asyncio.gather(keeping, return_exceptions=True)
                self._shards.forget()
                await _stop(producer)
                if not conn.is_closed():
                    await self._shards.let_go(conn)

    def _get_on(self) -> None:
        self._progress = time.monotonic()

    async def _keep_shards(self, conn: Connection) -> None:
        """Renew the leases while the loop gets on; let them go while it does not (the broker does not answer us)."""
        while True:
            async with self._one_at_a_time:
                if time.monotonic() - self._progress < _PATIENCE:
                    await self._shards.renew(conn)
                else:
                    await self._shards.let_go(conn)
            metrics.relay_shards.set(len(self._shards.held))
            if self._shards.leaving:
                self.wake()
            await asyncio.sleep(self._shards.pause)

    async def _turn(self, conn: Connection, producer: AIOKafkaProducer, query: str, *limits: int) -> int:
        """Send what `query` finds in the shards held; returns how much that was."""
        async with self._one_at_a_time:
            if self._shards.leaving:
                await self._shards.give_up(conn)
            held = self._shards.held
            if not held:
                return 0
            rows = await conn.fetch(query, list(held), *limits, timeout=_STATEMENT_SECONDS)
        await self._publish(conn, producer, rows)
        return len(rows)

    async def _publish(self, conn: Connection, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        """Send rows, forget what arrived and hold what never can; raises what may pass, after that."""
        if not rows:
            return
        sending = _Sending(producer, self._service, self._max_message_bytes, self._shards, self._get_on, self._signer)
        try:
            async with asyncio.timeout(_SEND_TIMEOUT):
                await sending.send(rows)
        finally:
            async with self._one_at_a_time:
                if sending.arrived:  # on the log, whoever holds the shard by now
                    await conn.execute(_DELETE, sending.arrived, timeout=_STATEMENT_SECONDS)
                    if self.look is not None:
                        await note_reached(conn, self._service, sending.reached)
                    metrics.events_published.inc(len(sending.arrived))
                if sending.held:
                    await conn.execute(_HOLD, *transpose(sending.held), timeout=_STATEMENT_SECONDS)

    async def _idle(self, *, busy: bool) -> None:
        """Wait to be woken; the time-out finds rows of a process that died before it could wake anyone."""
        if busy:
            return
        try:
            async with asyncio.timeout(0.5):  # Python 3.11's `wait_for` may forget a cancellation
                await self._awake.wait()
        except TimeoutError:
            return


class _Sending:
    """One round of rows on their way: which arrived, and which the broker does not take, with the reason."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        service: str,
        max_message_bytes: int,
        shards: Shards,
        got_on: Callable[[], None],
        signer: Signer | None = None,
    ) -> None:
        self._signer = signer
        self._producer = producer
        self._service = service
        self._limit = max_message_bytes
        self._shards = shards
        self._tokens = dict(shards.held)
        self._got_on = got_on
        self._stopped: set[object] = set()
        self.arrived: list[int] = []
        self.reached: dict[int, int] = {}
        """The offset after our last record of each partition of the claims' log."""
        self.held: list[tuple[int, str, str, int]] = []

    async def send(self, rows: Sequence[asyncpg.Record]) -> None:
        """Send rows, partitions side by side; raises the first fault once all partitions have ended."""
        counts: dict[str, int] = {}
        places: dict[tuple[str, int], deque[asyncpg.Record]] = {}
        for row in rows:
            topic: str = row["topic"]
            if topic not in counts:
                counts[topic] = len(await self._producer.partitions_for(topic))
            place = (topic, partition_of(str(row["aggregateid"]), counts[topic]))
            places.setdefault(place, deque()).append(row)
        ends = await asyncio.gather(
            *(self._to_partition(topic, partition, queue) for (topic, partition), queue in places.items()),
            return_exceptions=True,
        )
        for end in ends:
            if end is not None:
                raise end

    async def _to_partition(self, topic: str, partition: int, queue: deque[asyncpg.Record]) -> None:
        """Whole record batches, each after the one before it has arrived: a refused one is overtaken by nothing."""
        while queue:
            batch = self._producer.create_batch()
            packed: list[asyncpg.Record] = []
            while queue:
                if not self._may_go(queue[0]):
                    queue.popleft()
                elif _append(batch, self._record(queue[0])):
                    packed.append(queue.popleft())
                else:
                    break
            if packed:
                await self._deliver(batch, packed, topic, partition)

    async def _deliver(self, batch: BatchBuilder, packed: Sequence[asyncpg.Record], topic: str, partition: int) -> None:
        try:
            stands = await (await self._producer.send_batch(batch, topic, partition=partition))
        except _TOO_LARGE as error:
            if len(packed) == 1:
                self._hold(packed[0], type(error).__name__)
                return
            for row in packed:  # one by one, to find the one it is
                if self._may_go(row):
                    alone = self._producer.create_batch()
                    _append(alone, self._record(row))
                    await self._deliver(alone, [row], topic, partition)
        else:
            self.arrived += [row["id"] for row in packed]
            if topic == CLAIMS_TOPIC and stands.offset >= 0:  # a repetition has no offset
                self.reached[partition] = max(self.reached.get(partition, 0), stands.offset + len(packed))
            self._got_on()

    def _may_go(self, row: asyncpg.Record) -> bool:
        """Return True if nothing of its key is held before it, nor it for its size, and its shard is still ours."""
        token = self._tokens.get(row["shard"])
        if token is None or self._shards.held.get(row["shard"]) != token:
            self._stopped.add(row["aggregateid"])
        elif row["aggregateid"] not in self._stopped and len(row["payload"]) > self._limit:
            self._hold(row, "larger than RECOUP_MAX_MESSAGE_BYTES")
        return row["aggregateid"] not in self._stopped

    def _hold(self, row: asyncpg.Record, why: str) -> None:
        self._stopped.add(row["aggregateid"])
        reason = f"{why}: {len(row['payload'])} bytes"
        self.held.append((row["id"], reason, lease_of(row["shard"]), self._tokens[row["shard"]]))
        _log.error(
            "an event cannot be published and holds up its claim",
            event_id=str(row["event_id"]),
            claim_id=str(row["aggregateid"]),
            event_type=row["type"],
            reason=reason,
        )

    def _record(self, row: asyncpg.Record) -> tuple[bytes, bytes, list[Header]]:
        key, payload, headers = str(row["aggregateid"]).encode(), row["payload"], _headers(row, self._service)
        if self._signer is not None:
            headers.append(self._signer.sign(headers, key, payload))
        return key, payload, headers


def partition_of(claim_id: str, partitions: int) -> int:
    """The partition a claim's events are on, of a topic of so many: one for them all, or their order would be lost."""
    return crc32(claim_id.encode()) % partitions


def _append(batch: BatchBuilder, record: tuple[bytes, bytes, list[Header]]) -> bool:
    """Add a record; False where the batch is full."""
    key, value, headers = record
    return batch.append(key=key, value=value, timestamp=None, headers=headers) is not None


def _headers(row: asyncpg.Record, service: str) -> list[Header]:
    contract = contract_for_type(row["type"])
    return build_headers(
        row["type"],
        contract.source if contract else service,
        str(row["event_id"]),
        row["occurred_at"],
        row["sequence"],
        row["tenant"],
        row["causation_id"],
        row["traceparent"],
    )


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (TimeoutError, KafkaError):
        _log.warning("producer did not stop in time")
