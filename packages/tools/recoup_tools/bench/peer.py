"""The obvious way to write such a service: one message, one ORM transaction, one send. The same rules decide."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaProducer
from sqlalchemy import BigInteger, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from recoup_tools.bench.recording import Recorded
from shared.decider import Decider, IllegalTransition
from shared.events import contract_of
from shared.events.codec import decode, encode_data, headers_for, new_event_id
from shared.kafka import client_options

OUT = "recoup.dead-letters.v1"  # any topic that no service under measurement subscribes to
"""Where peers send what they emit."""


class Base(DeclarativeBase):
    """Tables of the peer."""


class InboxRow(Base):
    """Handled events."""

    __tablename__ = "peer_inbox"
    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


class StateRow(Base):
    """A claim's state."""

    __tablename__ = "peer_state"
    claim_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)


class OutboxRow(Base):
    """Events to send."""

    __tablename__ = "peer_outbox"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    claim_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(LargeBinary)


async def row_at_a_time(
    dsn: str, bootstrap: str, decider: Decider[Any], struct: type[Any], records: Sequence[Recorded]
) -> float:
    """Messages a second."""
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    producer = AIOKafkaProducer(**client_options(bootstrap), acks="all", enable_idempotence=True)
    await producer.start()
    started = time.perf_counter()
    try:
        for record in records:
            async with sessions() as session, session.begin():
                emitted = await _handle(session, decider, struct, record)
            for event in emitted:
                headers = headers_for(event, event_id=new_event_id(), time=datetime.now(UTC))
                await producer.send_and_wait(OUT, encode_data(event), key=record.key, headers=headers)
        return len(records) / (time.perf_counter() - started)
    finally:
        await producer.stop()
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
        await engine.dispose()


async def _handle(session: AsyncSession, decider: Decider[Any], struct: type[Any], record: Recorded) -> tuple[Any, ...]:
    envelope = decode(record.headers, record.value)
    new = insert(InboxRow).values(event_id=UUID(envelope.id)).on_conflict_do_nothing().returning(InboxRow.event_id)
    if (await session.execute(new)).scalar_one_or_none() is None:
        return ()
    row = await session.get(StateRow, UUID(envelope.claim_id), with_for_update=True)
    state = None if row is None else msgspec.convert(row.state, struct, strict=False)
    try:
        decision = decider.decide(state, envelope, datetime.now(UTC))
    except IllegalTransition:
        return ()
    plain = msgspec.to_builtins(decision.state)
    if row is None:
        session.add(StateRow(claim_id=UUID(envelope.claim_id), state=plain))
    else:
        row.state = plain
    for event in decision.events:
        session.add(OutboxRow(claim_id=UUID(event.claim_id), type=contract_of(event).type, payload=encode_data(event)))
    return decision.events
