"""What a team would pick that does not write its own runtime: FastStream with a batch subscriber, and set-based SQL.

The same rules decide. A batch is one transaction of four statements; what it emits is sent once it has committed, and
the offsets are committed after that. Nothing is deleted from its outbox, and nobody sends what a crash in between left:
it does less than a service.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from recoup_tools.bench.peer import OUT
from shared.decider import Decider, IllegalTransition
from shared.events import CLAIMS_TOPIC, Envelope, Event, contract_of
from shared.events.codec import decode, encode_data, headers_for, new_event_id

_MOST = 500
"""Records in a batch."""
_PATIENCE = 300.0
_TABLES = """
DROP TABLE IF EXISTS batch_peer_inbox, batch_peer_state, batch_peer_outbox;
CREATE TABLE batch_peer_inbox (event_id uuid PRIMARY KEY);
CREATE TABLE batch_peer_state (claim_id uuid PRIMARY KEY, state jsonb NOT NULL);
CREATE TABLE batch_peer_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id uuid NOT NULL,
    type text NOT NULL,
    payload bytea NOT NULL
);
"""
_DROP = "DROP TABLE batch_peer_inbox, batch_peer_state, batch_peer_outbox"
_NEW = "INSERT INTO batch_peer_inbox SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id"
_LOAD = "SELECT claim_id, state FROM batch_peer_state WHERE claim_id = ANY($1::uuid[]) FOR UPDATE"
_STORE = """
INSERT INTO batch_peer_state SELECT * FROM unnest($1::uuid[], $2::jsonb[])
ON CONFLICT (claim_id) DO UPDATE SET state = excluded.state
"""
_EMIT = """
INSERT INTO batch_peer_outbox (claim_id, type, payload) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[])
"""


async def batch_at_a_time(dsn: str, bootstrap: str, decider: Decider[Any], struct: type[Any], records: int) -> float:
    """Messages a second, of the `records` that are on the claims' log; the first batch is not timed."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        await pool.execute(_TABLES)
        peer = _Peer(pool, decider, struct, records)
        try:
            return await peer.run(bootstrap)
        finally:
            await pool.execute(_DROP)


class _Peer:
    def __init__(self, pool: asyncpg.Pool, decider: Decider[Any], struct: type[Any], records: int) -> None:
        self._pool = pool
        self._decider = decider
        self._struct = struct
        self._records = records
        self._seen = 0
        self._first: tuple[float, int] | None = None
        self._done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def run(self, bootstrap: str) -> float:
        broker = KafkaBroker(bootstrap, acks="all", enable_idempotence=True, linger_ms=2, logger=None)
        self._broker = broker
        broker.subscriber(
            CLAIMS_TOPIC,
            group_id=f"bench-{new_event_id()}",
            batch=True,
            max_records=min(_MOST, max(1, self._records // 4)),
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=_as_it_came,
        )(self._take)
        async with broker:
            await broker.start()
            async with asyncio.timeout(_PATIENCE):
                return await self._done

    async def _take(self, batch: KafkaMessage) -> None:
        try:
            records = batch.raw_message
            assert isinstance(records, tuple)  # one record is no batch
            await self._handle(records)
        except BaseException as error:
            if not self._done.done():
                self._done.set_exception(error)
            raise

    async def _handle(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        envelopes = [decode(record.headers, record.value) for record in records]
        async with self._pool.acquire() as conn, conn.transaction():
            emitted = await self._decide(conn, envelopes)
        sent = [
            await self._broker.publish(
                encode_data(event),
                OUT,
                key=event.claim_id.encode(),
                headers={
                    name: (value or b"").decode()
                    for name, value in headers_for(event, event_id=new_event_id(), time=datetime.now(UTC))
                },
                no_confirm=True,
            )
            for event in emitted
        ]
        await asyncio.gather(*sent)
        self._count(len(records))

    async def _decide(self, conn: Any, envelopes: Sequence[Envelope]) -> list[Event]:
        new = {row["event_id"] for row in await conn.fetch(_NEW, [UUID(one.id) for one in envelopes])}
        envelopes = [one for one in envelopes if UUID(one.id) in new]
        claims = sorted({one.claim_id for one in envelopes})
        states: dict[str, Any] = {
            str(row["claim_id"]): msgspec.json.decode(row["state"], type=self._struct, strict=False)
            for row in await conn.fetch(_LOAD, claims)
        }
        now, emitted = datetime.now(UTC), list[Event]()
        for envelope in envelopes:
            try:
                decision = self._decider.decide(states.get(envelope.claim_id), envelope, now)
            except IllegalTransition:
                continue
            states[envelope.claim_id] = decision.state
            emitted += decision.events
        await conn.execute(_STORE, list(states), [msgspec.json.encode(state).decode() for state in states.values()])
        if emitted:
            await conn.execute(
                _EMIT,
                [event.claim_id for event in emitted],
                [contract_of(event).type for event in emitted],
                [encode_data(event) for event in emitted],
            )
        return emitted

    def _count(self, handled: int) -> None:
        self._seen += handled
        now = time.perf_counter()
        if self._first is None:  # joining the group and the first fetch are not its work
            self._first = (now, self._seen)
        elif self._seen >= self._records and not self._done.done():
            began, before = self._first
            self._done.set_result((self._seen - before) / max(now - began, 1e-6))


async def _as_it_came(message: KafkaMessage) -> Any:
    return message.body
