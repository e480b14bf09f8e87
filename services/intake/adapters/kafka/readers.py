"""How far the readers of the claims' log are behind, so that history is published no faster than they take it in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.events.base import CLAIMS_TOPIC
from shared.kafka import client_options
from shared.telemetry.logging import Log

_log = Log("readers")
_EVERY = 0.2
"""Seconds for which an answer of the broker is believed."""
_STANDS = 5.0
"""Seconds without getting on after which a reader is waited for no more: it is stopped, or meets an error."""
_OURS = "recoup-"
"""How the services' groups begin: others read at their own pace, and nobody waits for them."""
_GROUPS_EVERY = 30.0
_TRY_AGAIN = 10.0


class Standings:
    """Who of the readers gets on, and how much each has before it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved: dict[str, tuple[int, float]] = {}

    def behind(self, end: int, read: Mapping[str, int]) -> int:
        """The most records that a reader which gets on has before it.

        Args:
            end: records on the log so far.
            read: of those, how many each reader has taken in.
        """
        now = self._clock()
        most = 0
        for reader, position in read.items():
            before, since = self._moved.get(reader, (-1, now))
            if position != before or position >= end:
                since = now
            self._moved[reader] = (position, since)
            if now - since < _STANDS:
                most = max(most, end - position)
        return most


class Readers:
    """Asks the broker; where it does not answer, or may not be asked, nobody is said to be behind."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap = bootstrap_servers
        self._standings = Standings()
        self._stack: AsyncExitStack | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._partitions: list[TopicPartition] = []
        self._groups: list[str] = []
        self._groups_at = self._asked_at = self._not_before = 0.0
        self._known = 0

    async def behind(self) -> int:
        """How many records the slowest reader that gets on has before it, at most so many moments ago."""
        now = time.monotonic()
        if now < max(self._asked_at + _EVERY, self._not_before):
            return self._known
        try:
            self._known = await self._ask(now)
        except Exception as error:  # history goes on where a broker, of whatever kind, does not say it
            _log.warning("the broker does not say how far readers are", error_type=type(error).__name__)
            self._known, self._not_before = 0, now + _TRY_AGAIN
            await self.close()
        self._asked_at = time.monotonic()
        return self._known

    async def close(self) -> None:
        """End the connections."""
        stack, self._stack = self._stack, None
        if stack is not None:
            with suppress(KafkaError, OSError):
                await stack.aclose()

    async def _ask(self, now: float) -> int:
        if self._stack is None:
            await self._open()
        assert self._admin is not None and self._reader is not None
        if now >= self._groups_at:
            groups = [str(group) for group, *_ in await self._admin.list_consumer_groups()]
            self._groups = [group for group in groups if group.startswith(_OURS)]
            self._groups_at = now + _GROUPS_EVERY
        ends = await self._reader.end_offsets(self._partitions)
        begins = await self._reader.beginning_offsets(self._partitions)
        read: dict[str, int] = {}
        for group in self._groups:
            found = await self._admin.list_consumer_group_offsets(group, partitions=self._partitions)
            committed = {one: at.offset for one, at in found.items() if at.offset >= 0}
            if committed:
                read[group] = sum(max(committed.get(one, 0), begins[one]) for one in self._partitions)
        return self._standings.behind(sum(ends.values()), read)

    async def _open(self) -> None:
        stack = AsyncExitStack()
        try:
            self._admin = AIOKafkaAdminClient(**client_options(self._bootstrap))
            stack.push_async_callback(self._admin.close)
            await self._admin.start()
            self._reader = AIOKafkaConsumer(**client_options(self._bootstrap))
            stack.push_async_callback(self._reader.stop)
            await self._reader.start()
            described = await self._admin.describe_topics([CLAIMS_TOPIC])
        except BaseException:
            await stack.aclose()
            raise
        self._stack = stack
        self._partitions = [
            TopicPartition(CLAIMS_TOPIC, part["partition"]) for topic in described for part in topic["partitions"]
        ]
