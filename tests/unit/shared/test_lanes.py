"""A batch is handled side by side, whole claims in one lane: a fault of one neither holds up nor repeats another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from shared.runtime.consumer import LANES, Consumer
from shared.runtime.parking import Origin
from shared.settings import Settings

CLAIMS = [f"claim-{n}" for n in range(12)]
RECORDS = [(claim, step) for step in range(5) for claim in CLAIMS]
EVERY_STEP = {claim: [0, 1, 2, 3, 4] for claim in CLAIMS}


class Database:
    """What the transactions committed: their ids, and the steps of each claim in the order of their effect."""

    def __init__(self) -> None:
        self.inbox: set[str] = set()
        self.steps: dict[str, list[int]] = {}
        self.open = self.most_open = 0
        self.pool = SimpleNamespace(acquire=self._acquire)
        self.positions: list[tuple[str, list[str], list[int], list[int]]] = []

    @asynccontextmanager
    async def _acquire(self) -> AsyncGenerator[Any]:
        async def execute(_: str, *arguments: Any) -> None:
            self.positions.append(arguments)

        yield SimpleNamespace(execute=execute)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Any]:
        written: list[tuple[str, int]] = []

        async def fetch(_: str, ids: list[str]) -> list[dict[str, str]]:
            await asyncio.sleep(0)
            return [{"event_id": i} for i in ids if i not in self.inbox]

        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            yield SimpleNamespace(conn=SimpleNamespace(fetch=fetch), written=written)
            await asyncio.sleep(0)
        finally:
            self.open -= 1
        for claim, step in written:
            self.inbox.add(f"{claim}/{step}")
            self.steps.setdefault(claim, []).append(step)


class Inbox:
    topics = ("t",)

    def __init__(self) -> None:
        self.away_for = ""

    def wants(self, headers: Any) -> bool:
        return True

    def read(self, origin: Origin) -> tuple[str, int]:
        return (origin.key or b"").decode(), int(origin.value)

    def id_of(self, item: tuple[str, int]) -> str:
        return f"{item[0]}/{item[1]}"

    def remembers(self, item: tuple[str, int]) -> bool:
        return False

    async def handle(self, uow: Any, items: Sequence[tuple[str, int]]) -> None:
        await asyncio.sleep(0)
        if self.away_for in {claim for claim, _ in items}:
            raise ConnectionError
        uow.written.extend(items)

    async def refuse(self, uow: Any, item: Any, error: Exception) -> None:
        raise AssertionError(error)


def consumer_of(database: Database, inbox: Inbox, **how: Any) -> Consumer[Any]:
    settings = Settings(DATABASE_URL=SecretStr("postgresql://nobody"))  # pyright: ignore[reportCallIssue]
    return Consumer(settings, database, inbox, group="g", **how)  # type: ignore[arg-type]


def polled() -> dict[TopicPartition, list[Any]]:
    records = [
        SimpleNamespace(topic="t", partition=0, offset=n, key=claim.encode(), headers=(), value=str(step).encode())
        for n, (claim, step) in enumerate(RECORDS)
    ]
    return {TopicPartition("t", 0): records}


async def test_claims_are_handled_side_by_side_each_in_its_order() -> None:
    database, inbox = Database(), Inbox()
    await consumer_of(database, inbox, lane_of=lambda item: item[0])._handle(polled())
    assert database.steps == EVERY_STEP
    assert database.most_open == LANES


async def test_a_fault_that_passes_repeats_what_it_undid_and_nothing_else() -> None:
    database, inbox = Database(), Inbox()
    consumer = consumer_of(database, inbox, lane_of=lambda item: item[0])
    inbox.away_for = CLAIMS[3]
    with pytest.raises(ConnectionError):
        await consumer._handle(polled())
    assert 0 < len(database.steps) < len(CLAIMS)
    assert CLAIMS[3] not in database.steps
    assert database.open == 0
    inbox.away_for = ""
    await consumer._handle(polled())
    assert database.steps == EVERY_STEP


async def test_without_lanes_a_batch_is_one_transaction() -> None:
    database = Database()
    await consumer_of(database, Inbox())._handle(polled())
    assert database.steps == EVERY_STEP
    assert database.most_open == 1
