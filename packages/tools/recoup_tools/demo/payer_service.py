"""The payer simulator as a process: `python -m recoup_tools.demo.payer_service`.

Hears `recoup.claims.v1` and answers on `payer.inbound` (offers, decisions, determinations) and `edi.inbound` (835s).
Offsets are committed after the broker has acknowledged the answers; on a restart the log is heard again from its
start to rebuild memory. Answers carry deterministic ids, so that one sent twice has one effect.
"""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from recoup_tools.demo import remit835
from recoup_tools.demo.payer_desk import SUBSCRIBES_TO, Desk, Held, Pace
from recoup_tools.demo.x12 import REMITTANCE, Interchange, Route
from shared.calendar import EASTERN, legal_day
from shared.clock import Clock
from shared.events import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, PAYER_INBOUND_TOPIC, codec, contract_of
from shared.kafka import client_options
from shared.runtime.topics import ensure_topics_soon
from shared.settings import MAX_MESSAGE_BYTES
from shared.telemetry import logging, tracing

GROUP = "payer-simulator"
PAYMENTS_PER_INTERCHANGE = 200
_ROUTE = Route("PAYERSIM", "RECOUPDEMO")
_SOURCE = b"/recoup/payer-simulator"
_SUBSCRIBED = frozenset(contract_of(event).type for event in SUBSCRIBES_TO)

_log = logging.Log("payer_simulator")


class _Memory(ConsumerRebalanceListener):
    """Rewinds every partition it is given, so that the desk receives its claims from their first event."""

    def __init__(self, consumer: AIOKafkaConsumer, desk: Desk) -> None:
        self._consumer = consumer
        self._desk = desk
        self.committed: dict[TopicPartition, int] = {}

    # aiokafka awaits these, but annotates them as plain functions
    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        for partition in revoked:
            self._desk.forget(partition.partition)
            self.committed.pop(partition, None)

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        partitions = list(assigned)
        for partition in partitions:
            self._desk.forget(partition.partition)
            self.committed[partition] = await self._consumer.committed(partition) or 0
        if partitions:
            await self._consumer.seek_to_beginning(*partitions)
        _log.info("partitions assigned", partitions=len(partitions))


class Simulator:
    """The consumer, the producer and the desk between them."""

    def __init__(self, bootstrap_servers: str, desk: Desk, clock: Clock, *, idempotence: bool = True) -> None:
        self._desk = desk
        self._clock = clock
        self._consumer = AIOKafkaConsumer(
            **client_options(bootstrap_servers),
            group_id=GROUP,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        self._producer = AIOKafkaProducer(
            **client_options(bootstrap_servers),
            acks="all",
            enable_idempotence=idempotence,
            linger_ms=5,
            max_request_size=MAX_MESSAGE_BYTES,
        )
        self._memory = _Memory(self._consumer, desk)

    async def run(self, stop: asyncio.Event) -> None:
        """Hear and answer until `stop` is set."""
        await self._producer.start()
        try:
            await self._consumer.start()
            self._consumer.subscribe([CLAIMS_TOPIC], listener=self._memory)
            _log.info("payer simulator ready")
            try:
                while not stop.is_set():
                    await self.step()
            finally:
                await self._consumer.stop()
        finally:
            await self._producer.stop()

    async def step(self) -> None:
        """Hear one batch, send what is due, then commit."""
        batch: dict[TopicPartition, list[Any]] = await self._consumer.getmany(timeout_ms=100, max_records=2000)
        offsets: dict[TopicPartition, int] = {}
        for partition, records in batch.items():
            committed = self._memory.committed.get(partition, 0)
            for record in records:
                if codec.type_of(record.headers) in _SUBSCRIBED:
                    self._hear(partition, record, answered_before=record.offset < committed)
            offsets[partition] = records[-1].offset + 1
        await self._answer()
        forward = {
            partition: offset
            for partition, offset in offsets.items()
            if offset > self._memory.committed.get(partition, 0)
        }
        if forward:
            await self._consumer.commit(forward)
            self._memory.committed.update(forward)

    def _hear(self, partition: TopicPartition, record: Any, *, answered_before: bool) -> None:
        try:
            envelope = codec.decode(record.headers, record.value)
        except codec.UndecodableEvent as error:
            _log.warning("record skipped", reason=str(error), partition=record.partition, offset=record.offset)
            return
        self._desk.receive(partition.partition, envelope, answered_before=answered_before)

    async def _answer(self) -> None:
        now = self._clock.now()
        due: list[Held] = []
        for partition in sorted(self._consumer.assignment()):
            # what an earlier process answered is known only once the log has been heard as far as it had come
            if await self._consumer.position(partition) >= self._memory.committed.get(partition, 0):
                due += self._desk.due(partition.partition, legal_day(now, EASTERN))
        if not due:
            return
        sent = [await self._send_event(held, now) for held in due if held.answer.event is not None]
        paid = [held for held in due if held.answer.payment is not None]
        for start in range(0, len(paid), PAYMENTS_PER_INTERCHANGE):
            sent += await self._send_payments(paid[start : start + PAYMENTS_PER_INTERCHANGE], now)
        await asyncio.gather(*sent)
        _log.info("answers sent", count=len(due))

    async def _send_event(self, held: Held, now: datetime) -> asyncio.Future[Any]:
        event = held.answer.event
        assert event is not None
        headers = codec.headers_for(
            event,
            event_id=held.answer.event_id,
            time=now,
            tenant=held.tenant,
            causation_id=held.causation_id,
            traceparent=tracing.child_of(held.traceparent),
        )
        return await self._producer.send(
            PAYER_INBOUND_TOPIC, codec.encode_data(event), key=event.claim_id.encode(), headers=headers
        )

    async def _send_payments(self, paid: list[Held], now: datetime) -> list[asyncio.Future[Any]]:
        by_tenant: dict[str, list[Held]] = {}
        for held in paid:
            by_tenant.setdefault(held.tenant, []).append(held)
        futures: list[asyncio.Future[Any]] = []
        for tenant in sorted(by_tenant):
            text, name = interchange(by_tenant[tenant], now)
            headers = [("ce_tenant", tenant.encode()), ("ce_source", _SOURCE), ("ce_id", name.encode())]
            sent = await self._producer.send(EDI_INBOUND_TOPIC, text.encode(), key=name.encode(), headers=headers)
            futures.append(sent)
        return futures


def interchange(paid: list[Held], written_at: datetime) -> tuple[str, str]:
    """One 835 interchange with a transaction for each payment, and its name: a UUIDv5 of its text.

    Written again after a crash it has another date, and so another name: its payments are known by their content.
    """
    payments = [held.answer.payment for held in paid if held.answer.payment is not None]
    traces = "/".join(payment.trace_number for payment in payments)
    name = uuid.uuid5(uuid.NAMESPACE_OID, traces)
    parts: list[str] = []
    writer = Interchange(
        parts.append,
        functional="HP",
        version=REMITTANCE,
        route=_ROUTE,
        control=name.int % 999_999_999 + 1,
        written_at=written_at,
    )
    for payment in payments:
        writer.transaction("835", remit835.transaction(payment))
    writer.close()
    text = "".join(parts)
    return text, str(uuid.uuid5(name, text))


async def _main(bootstrap: str, seed: int, pace: Pace, clock_file: Path | None, partitions: int, idem: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await ensure_topics_soon(bootstrap, partitions=partitions, replication_factor=1)
    await Simulator(bootstrap, Desk(seed, pace), Clock(clock_file), idempotence=idem).run(stop)


def main(
    bootstrap_servers: Annotated[
        str, typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port list of the Kafka brokers")
    ] = "127.0.0.1:9092",
    seed: Annotated[int, typer.Option(envvar="RECOUP_SIMULATOR_SEED", help="other seeds give other payers")] = 7,
    immediate: Annotated[
        bool,
        typer.Option(
            "--immediate/--dated",
            envvar="RECOUP_SIMULATOR_IMMEDIATE",
            help="answer at once, or hold each answer until its day of the calendar",
        ),
    ] = False,
    clock_file: Annotated[
        Path | None, typer.Option(envvar="RECOUP_CLOCK_FILE", help="seconds added to the clock; see shared/clock.py")
    ] = None,
    partitions: Annotated[int, typer.Option(envvar="RECOUP_PARTITIONS", help="of topics created here")] = 8,
    idempotence: Annotated[
        bool, typer.Option(envvar="RECOUP_KAFKA_IDEMPOTENCE", help="off for brokers without it")
    ] = True,
) -> None:
    """Play the payers: answer notices, offers and appeals, and pay what was agreed."""
    logging.configure("payer-simulator")
    pace: Pace = "immediate" if immediate else "dated"
    asyncio.run(_main(bootstrap_servers, seed, pace, clock_file, partitions, idempotence))


if __name__ == "__main__":
    typer.run(main)
