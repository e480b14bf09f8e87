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

from recoup_tools.stack import Stack
from shared.clock import Clock, advance
from shared.db.provision import SERVICES
from shared.events import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, PAYER_INBOUND_TOPIC
from shared.kafka import client_options
from shared.runtime.parking import NO_PERSON

_HEARS = {
    "recoup-intake": (EDI_INBOUND_TOPIC,),
    "recoup-intake-overdue": (CLAIMS_TOPIC,),
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
        self._readers: dict[str, AIOKafkaConsumer] = {}
        self._partitions: list[TopicPartition] = []

    @property
    def days_moved(self) -> int:
        """Whole days by which the stack's clock was moved so far."""
        return self._moved.days

    async def quiet(self) -> bool:
        """Nothing is on its way: outboxes are empty, every group has committed the end of what it consumes.

        Asked one after the other, and then once more where the log ends: what a group commits meanwhile may have gone
        on, through an outbox that was empty both times, to the log behind the end that was asked first.
        """
        try:
            if not await self._outboxes_empty():
                return False
            ends = await self._ends()
            return await self._groups_at(ends) and await self._outboxes_empty() and await self._ends() == ends
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError):
            return False

    async def step(self) -> bool:
        """Move to the next deadline; False when there is none, so that nothing more can happen.

        True also while the database is away, so that nobody takes that for a standstill.
        """
        now = Clock(self._stack.clock_file).now()
        try:
            due = await self._next_due()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return True
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
                waits = f"SELECT EXISTS (SELECT FROM {service}.parked WHERE {NO_PERSON})"  # noqa: S608
                if await connection.fetchval(waits):  # for a replica of the next release, which takes it in
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

    async def _ends(self) -> dict[TopicPartition, int]:
        try:
            reader = next(iter((await self._open()).values()))  # any of them can ask
            return dict(await reader.end_offsets(self._partitions))
        except (KafkaError, OSError):
            await self.close()
            raise

    async def _groups_at(self, ends: dict[TopicPartition, int]) -> bool:
        try:
            for group, reader in (await self._open()).items():
                for partition, end in ends.items():
                    if end and partition.topic in _HEARS[group] and (await reader.committed(partition) or 0) < end:
                        return False
        except (KafkaError, OSError):
            await self.close()
            raise
        return True

    async def _open(self) -> dict[str, AIOKafkaConsumer]:
        """A reader of each group's committed offsets. It assigns itself partitions and so never joins the group."""
        if not self._readers:
            self._partitions = await self._find_partitions()
            for group, topics in _HEARS.items():
                reader = AIOKafkaConsumer(
                    **client_options(self._stack.bootstrap), group_id=group, enable_auto_commit=False
                )
                await reader.start()
                self._readers[group] = reader
                reader.assign([partition for partition in self._partitions if partition.topic in topics])
        return self._readers

    async def _find_partitions(self) -> list[TopicPartition]:
        admin = AIOKafkaAdminClient(**client_options(self._stack.bootstrap))
        await admin.start()
        try:
            found = await admin.describe_topics(sorted({topic for several in _HEARS.values() for topic in several}))
        finally:
            await admin.close()
        return [TopicPartition(topic["topic"], p["partition"]) for topic in found for p in topic["partitions"]]

    async def close(self) -> None:
        """Let go of the broker."""
        readers, self._readers = self._readers, {}
        for reader in readers.values():
            await reader.stop()
