"""Moves the demo's calendar: when nothing is left to do today, to the day of the next deadline.

Deadlines run over weeks. The demo is a discrete-event simulation: time stands still while there is work, and then jumps
to the next thing that is due, so the outcome depends on the claims alone and not on how fast the machine is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from recoup.stack import Stack
from shared.clock import Clock, advance
from shared.db.provision import SERVICES
from shared.events import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, PAYER_INBOUND_TOPIC

_HEARS = {
    "recoup-intake": (EDI_INBOUND_TOPIC,),
    "recoup-benchmark": (CLAIMS_TOPIC,),
    "recoup-appeals": (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC),
    "recoup-settlement": (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC),
    "recoup-gateway": (CLAIMS_TOPIC,),
    "payer-simulator": (CLAIMS_TOPIC,),
}
_TIMED = ("appeals", "settlement")


class Calendar:
    """The calendar of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._moved = timedelta()

    @property
    def days_moved(self) -> int:
        return self._moved.days

    async def quiet(self) -> bool:
        """Nothing is on its way: outboxes are empty, every group has committed the end of what it hears."""
        try:
            return await self._outboxes_empty() and await self._groups_at_end() and await self._outboxes_empty()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError):
            return False

    async def step(self) -> bool:
        """Move to the next deadline; False when there is none, so that nothing more can happen."""
        now = Clock(self._stack.clock_file).now()
        due = await self._next_due()
        if due is None:
            return False
        if due > now:
            move = due - now + timedelta(seconds=1)
            advance(self._stack.clock_file, move)
            self._moved += move
        return True

    async def _next_due(self) -> datetime | None:
        connection = await asyncpg.connect(self._stack.admin_dsn)
        try:
            found = [await connection.fetchval(f"SELECT min(due) FROM {service}.timers") for service in _TIMED]  # noqa: S608
        finally:
            await connection.close()
        return min((due for due in found if due is not None), default=None)

    async def _outboxes_empty(self) -> bool:
        connection = await asyncpg.connect(self._stack.admin_dsn)
        try:
            for service in SERVICES:
                if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {service}.outbox)"):  # noqa: S608
                    return False
            now = Clock(self._stack.clock_file).now()
            for service in _TIMED:
                overdue = await connection.fetchval(
                    f"SELECT EXISTS (SELECT FROM {service}.timers WHERE due <= $1)",  # noqa: S608
                    now.astimezone(UTC),
                )
                if overdue:
                    return False
            return True
        finally:
            await connection.close()

    async def _groups_at_end(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._stack.bootstrap)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stack.bootstrap, enable_auto_commit=False)
        await admin.start()
        await consumer.start()
        try:
            ends: dict[TopicPartition, int] = {}
            topics = sorted({topic for several in _HEARS.values() for topic in several})
            for description in await admin.describe_topics(topics):
                parts = [TopicPartition(description["topic"], p["partition"]) for p in description["partitions"]]
                ends |= await consumer.end_offsets(parts)
            for group, topics_heard in _HEARS.items():
                committed = await admin.list_consumer_group_offsets(group)
                for partition, end in ends.items():
                    if partition.topic in topics_heard and end:
                        known = committed.get(partition)
                        if known is None or known.offset < end:
                            return False
            return True
        finally:
            await consumer.stop()
            await admin.close()
