"""Publishes the outbox: every committed event reaches Kafka, in the order of its claim, and is then deleted.

Each relay holds a lease (a session-level advisory lock) on some of the outbox's shards; a claim's events are all in one
shard, so two relays never hold events of the same claim. Within a shard rows go out in order of id. Rows are deleted
only after the broker acknowledged them: a crash in between publishes them again, and the consumers' inboxes drop the
repetition. Nothing depends on ids having no gaps, so transactions may commit out of order.

A claim's partition is the CRC-32 of its id modulo the number of partitions. Every event on the claims' log comes from a
relay, so one rule holds for all of them, and whole record batches can be sent instead of single records.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from zlib import crc32

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.db.pool import TRANSIENT, Pool
from shared.events.base import contract_for_type
from shared.events.codec import Header, build_headers
from shared.runtime.unit_of_work import SHARDS
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("relay")
_LEASE_SECONDS = 5.0
_SEND_TIMEOUT = 30.0
_BYTES = 8 * 1024 * 1024
"""Payloads sent at once; most batches have fewer bytes. One event more may be taken, so that a large one goes out."""
_NEXT = """
SELECT id, event_id, aggregateid, sequence, type, topic, payload, tenant, causation_id, traceparent, occurred_at
FROM (
    SELECT *, sum(octet_length(payload)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - octet_length(payload) AS before
    FROM (SELECT * FROM outbox WHERE shard = ANY($1::smallint[]) ORDER BY id LIMIT $2) AS first
) AS sized
WHERE before < $3 ORDER BY id
"""


class Relay:
    """Moves rows from `outbox` to Kafka until stopped. Call `wake` after a commit that emitted events."""

    def __init__(
        self,
        pool: Pool,
        bootstrap_servers: str,
        *,
        service: str,
        idempotent: bool = True,
        batch: int = 2000,
        shards_wanted: int = SHARDS,
    ) -> None:
        self._pool = pool
        self._bootstrap = bootstrap_servers
        self._service = service
        self._idempotent = idempotent
        self._batch = batch
        self._shards_wanted = shards_wanted
        self._awake = asyncio.Event()
        self.healthy = False

    def wake(self) -> None:
        """There is something to publish."""
        self._awake.set()

    async def run(self) -> None:
        """Relay for ever; every fault is retried after a pause, from the database's truth."""
        pause = 0.1
        while True:
            try:
                await self._relay_session()
            except (*TRANSIENT, KafkaError) as error:
                _log.warning("relay interrupted", error_type=type(error).__name__, wait_s=pause)
            self.healthy = False
            metrics.relay_shards.set(0)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _relay_session(self) -> None:
        """One database session (whose end releases the leases) and one producer."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=self._idempotent,
            linger_ms=2,
            max_batch_size=256 * 1024,
            request_timeout_ms=15_000,
            client_id=f"recoup-{self._service}-relay",
        )
        async with self._pool.acquire() as conn:
            try:
                await producer.start()
                shards: list[int] = []
                renewed = 0.0
                while True:
                    if not shards or (
                        len(shards) < self._shards_wanted and time.monotonic() - renewed > _LEASE_SECONDS
                    ):
                        shards = await self._lease(conn, shards)
                        renewed = time.monotonic()
                    self._awake.clear()
                    sent = await self._publish(conn, producer, shards) if shards else 0
                    self.healthy = True
                    if sent < self._batch:
                        await self._idle(busy=sent > 0)
            finally:
                await _stop(producer)
                if not conn.is_closed():
                    await conn.execute("SELECT pg_advisory_unlock_all()")

    async def _lease(self, conn: asyncpg.pool.PoolConnectionProxy, held: Sequence[int]) -> list[int]:
        """Take leases on free shards, up to the number wanted."""
        shards = list(held)
        start = hash(id(self)) % SHARDS
        for shard in ((start + i) % SHARDS for i in range(SHARDS)):
            if shard in shards or len(shards) >= self._shards_wanted:
                continue
            # Advisory locks are shared by all schemas of a database, so the schema is half of the key.
            key = "SELECT pg_try_advisory_lock(hashtext('relay:' || current_schema()), $1)"
            if await conn.fetchval(key, shard):
                shards.append(shard)
        metrics.relay_shards.set(len(shards))
        return shards

    async def _publish(
        self, conn: asyncpg.pool.PoolConnectionProxy, producer: AIOKafkaProducer, shards: Sequence[int]
    ) -> int:
        rows = await conn.fetch(_NEXT, shards, self._batch, _BYTES)
        if not rows:
            return 0
        async with asyncio.timeout(_SEND_TIMEOUT):
            await self._send(producer, rows)
        await conn.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", [row["id"] for row in rows])
        metrics.events_published.inc(len(rows))
        return len(rows)

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        """Send rows as whole record batches, in order within each partition, and wait for every acknowledgement."""
        acks: list[asyncio.Future[object]] = []
        open_batches: dict[tuple[str, int], BatchBuilder] = {}
        counts: dict[str, int] = {}
        for row in rows:
            topic: str = row["topic"]
            if topic not in counts:
                counts[topic] = len(await producer.partitions_for(topic))
            key = str(row["aggregateid"]).encode()
            place = (topic, crc32(key) % counts[topic])
            record = (key, row["payload"], _headers(row, self._service))
            batch = open_batches.get(place)
            if batch is None or not _append(batch, record):
                if batch is not None:
                    acks.append(await producer.send_batch(batch, topic, partition=place[1]))
                batch = open_batches[place] = producer.create_batch()
                _append(batch, record)
        for (topic, partition), batch in open_batches.items():
            acks.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*acks)

    async def _idle(self, *, busy: bool) -> None:
        """Wait to be woken; the time-out finds rows of a process that died before it could wake anyone."""
        if busy:
            return
        try:
            await asyncio.wait_for(self._awake.wait(), timeout=0.5)
        except TimeoutError:
            return


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
