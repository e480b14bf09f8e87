"""A small service for testing the runtime: it counts what it receives of each claim, in order, and answers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from shared.db.pool import Pool, open_pool
from shared.db.provision import dsn_of, provision
from shared.db.runtime_tables import RUNTIME_CHANGES, create_runtime_tables
from shared.decider import Decision, IllegalTransition, Timer, TimerDue
from shared.events import CLAIMS_TOPIC, Envelope, Event
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimVoided, ServiceLine
from shared.events.codec import encode_data, headers_for, new_event_id
from shared.events.settlement import ClaimReopened
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.relay import partition_of
from shared.runtime.service import Runtime
from shared.runtime.state_table import StateTable
from shared.settings import Settings

PASSWORD = "probe"
PARTITIONS = 4


class Tally(msgspec.Struct, frozen=True):
    heard: tuple[str, ...] = ()
    alarm: datetime | None = None
    mood: Literal["calm"] = "calm"


class TallyDecider:
    """Answers every claim it hears of; refuses a void before the claim; breaks on control number
    BREAK, and has too much to say on LARGE."""

    subscribes_to = (ClaimReceived, ClaimVoided)

    def __init__(self) -> None:
        self.broken = True

    def for_tenant(self, tenant: str) -> TallyDecider:
        return self

    def decide(self, state: Tally | None, event: Envelope | TimerDue, now: datetime) -> Decision[Tally]:
        state = state or Tally()
        if isinstance(event, TimerDue):
            rung = Tally((*state.heard, f"timer:{event.kind}"))
            return Decision(rung, (ClaimReopened(claim_id=event.claim_id, reason="timer"),))
        if isinstance(event.data, ClaimVoided) and not state.heard:
            raise IllegalTransition("a void before its claim")
        alarm = None
        if isinstance(event.data, ClaimReceived):
            control_number = event.data.claim.patient_control_number
            if control_number == "BREAK" and self.broken:
                raise ValueError("Jane Doe")
            if control_number == "\0":
                return Decision(Tally(("\0",)))  # Postgres has no room for a NUL in jsonb
            if control_number == "LARGE":
                large = ClaimReopened(claim_id=event.claim_id, reason="x" * 100_000)
                return Decision(
                    Tally((*state.heard, event.id)), (ClaimReopened(claim_id=event.claim_id, reason="y"), large)
                )
            alarm = now + timedelta(days=1) if control_number == "ALARM" else None
        answer = ClaimReopened(claim_id=event.claim_id, reason=str(len(state.heard)))
        return Decision(Tally((*state.heard, event.id), alarm), (answer,))

    def timers(self, state: Tally) -> Iterable[Timer]:
        return (Timer("alarm", state.alarm),) if state.alarm else ()


def received(claim_id: str, control_number: str = "PCN1") -> ClaimReceived:
    line = ServiceLine(
        line=1, code="99284", charge=Decimal("100.00"), units=Decimal(1),
        service_from=date(2026, 1, 5), service_to=date(2026, 1, 5),
    )  # fmt: skip
    facts = ClaimFacts(
        tenant="t", patient_control_number=control_number, form="professional", payer_id="P", payer_name="Payer",
        billing_npi="1234567893", total_charge=Decimal("100.00"), service_from=date(2026, 1, 5),
        service_to=date(2026, 1, 5), lines=(line,),
    )  # fmt: skip
    return ClaimReceived(claim_id=claim_id, claim=facts)


class Probe:
    """A provisioned schema with the tally's tables, and as many runtimes on it as a test wants."""

    def __init__(self, admin_dsn: str, bootstrap: str) -> None:
        self.name = f"probe_{uuid.uuid4().hex[:8]}"
        self.admin_dsn = admin_dsn
        self.bootstrap = bootstrap
        self.table: StateTable[Tally] = StateTable("tallies", Tally, queried=("heard",))
        self.decider = TallyDecider()
        self.begin: dict[TopicPartition, int] = {}
        self.settings = Settings(
            DATABASE_URL=SecretStr(dsn_of(admin_dsn, self.name, PASSWORD)),  # pyright: ignore[reportCallIssue]
            KAFKA_BOOTSTRAP_SERVERS=bootstrap,  # pyright: ignore[reportCallIssue]
        )

    async def prepare(self) -> None:
        await provision(self.admin_dsn, {self.name: PASSWORD})
        pool = await self.pool()
        await pool.execute(create_runtime_tables())
        for statement in RUNTIME_CHANGES:
            await pool.execute(statement)
        for statement in (self.table.create(), *self.table.keep_packed()):
            await pool.execute(statement)
        await pool.close()
        await self._start_at_the_end()

    async def _start_at_the_end(self) -> None:
        """The log is shared by all tests; this probe hears only what comes from now on."""
        self.begin = await self._move_to(None)

    async def read_anew(self) -> None:
        """The group's offsets are lost; nobody reads meanwhile."""
        await self._move_to(self.begin)

    async def _move_to(self, offsets: dict[TopicPartition, int] | None) -> dict[TopicPartition, int]:
        """Put the group to these offsets, or to the end; returns them."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=f"recoup-{self.name}")
        await consumer.start()
        partitions = [TopicPartition(CLAIMS_TOPIC, p) for p in range(PARTITIONS)]
        consumer.assign(partitions)
        offsets = offsets or dict(await consumer.end_offsets(partitions))
        await consumer.commit(offsets)
        await consumer.stop()
        return offsets

    async def behind(self) -> int:
        """Records that the group has not read yet."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=f"recoup-{self.name}")
        await consumer.start()
        partitions = [TopicPartition(CLAIMS_TOPIC, p) for p in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        committed = [await consumer.committed(partition) or 0 for partition in partitions]
        await consumer.stop()
        return sum(ends.values()) - sum(committed)

    async def pool(self) -> Pool:
        return await open_pool(self.settings.database_url.get_secret_value(), service=self.name, size=6)

    @asynccontextmanager
    async def running(self, *, relay: bool = True, **overrides: object) -> AsyncGenerator[Runtime]:
        """One replica: consumer, relay and scheduler, until the block ends."""
        runtime = Runtime(self.name, self.settings.model_copy(update=overrides), await self.pool())
        self.processor = BatchProcessor(self.name, self.decider, self.table, emits_as="settlement")
        runtime.process(self.processor)
        work = [w for w in runtime.background if relay or w != runtime.relay.run]
        tasks = [asyncio.create_task(w()) for w in work]
        try:
            yield runtime
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await runtime.pool.close()

    async def heard(self) -> dict[str, tuple[str, ...]]:
        pool = await self.pool()
        rows = await pool.fetch("SELECT claim_id, state->'heard' AS heard FROM tallies")
        await pool.close()
        return {str(row["claim_id"]): tuple(msgspec.json.decode(row["heard"])) for row in rows}


class Said(NamedTuple):
    """An event as another service's relay puts it on the log; `sequence` 0 where it has no number."""

    id: str
    event: Event
    sequence: int = 0
    tenant: str = ""


async def publish(bootstrap: str, events: Sequence[tuple[str, Event]] | Sequence[Said]) -> None:
    """Put events with given ids on the claims' log, as another service's relay would."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        sends = [
            await producer.send(
                CLAIMS_TOPIC,
                key=said.event.claim_id.encode(),
                partition=partition_of(said.event.claim_id, PARTITIONS),
                value=encode_data(said.event),
                headers=headers_for(
                    said.event,
                    event_id=said.id,
                    time=datetime.fromisoformat("2026-01-05T00:00:00+00:00"),
                    sequence=said.sequence,
                    tenant=said.tenant,
                ),
            )
            for said in (Said(*event) for event in events)
        ]
        await asyncio.gather(*sends)
    finally:
        await producer.stop()


def new_id() -> str:
    return new_event_id()


async def until(condition: Callable[[], Awaitable[bool]], timeout: float = 20.0) -> None:
    """Wait for an async condition; a clear failure where it never comes true."""
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.05)
