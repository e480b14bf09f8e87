"""Loading histories delays nothing live, measured in one run: live payments by both doors, and deadlines.

First on a quiet stack, then while two organisations load theirs, one over HTTP and one on `edi.inbound`, whose history
has a consumer group of its own. `pytest -m slow -s` prints the measure; its bounds leave room for a busy machine.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from recoup_client import Client, History
from recoup_tools.bench.endtoend import spread
from recoup_tools.bench.recording import record
from recoup_tools.stack import Stack
from recoup_tools.stack.processes import free_port
from shared.clock import Clock, advance
from shared.db.provision import SERVICES
from shared.db.rows import Row
from shared.events import CLAIMS_TOPIC, EDI_INBOUND_TOPIC
from shared.events.claims import ClaimReceived
from shared.events.codec import decode
from shared.kafka import client_options
from tests.e2e import practice as generated
from tests.e2e.payments import PAID, SERVED, TODAY, Pay, Set, claims, remittance

pytestmark = pytest.mark.slow
PAYMENTS = int(os.environ.get("RECOUP_LIVE_PAYMENTS", "100"))
"""Live payments by each door, and claims whose deadline comes, in each half of the run."""
HISTORY = int(os.environ.get("RECOUP_PRACTICE_CLAIMS", "6000"))
"""Claims of the two histories together."""
EVERY = 1.0
"""Seconds from one live payment to the next by the same door."""
MOST = 5.0
"""Seconds in which 99 of 100 live payments have their verdict while histories are loaded."""
_FLAGGED = "recoup.underpayment.flagged.v1"


class _Due(Row):
    id: str
    due: datetime


class Run:
    """One stack, and what is sent to it."""

    def __init__(self, stack: Stack, producer: AIOKafkaProducer) -> None:
        self.stack = stack
        self.producer = producer
        self.sent: dict[str, float] = {}
        self.client = Client(stack.url("gateway"), stack.admin_token)

    @property
    def today(self) -> date:
        return Clock(self.stack.clock_file).now().date()

    async def post(self, content: bytes, tenant: str, *, history: bool = False) -> list[str]:
        """Send over HTTP; the ids of the claims that were accepted."""
        past = History(3) if history else None
        became = await asyncio.to_thread(self.client.submit, content, tenant=tenant, history=past)
        assert became.whole, became
        return [one.claim_id for one in became.accepted_claims]

    async def produce(self, name: str, content: bytes, tenant: str, *, history: bool = False) -> None:
        headers = [("ce_tenant", tenant.encode()), ("ce_source", b"live"), ("ce_id", name.encode())]
        headers += [("ce_receivedon", b"history+3")] if history else []
        await self.producer.send_and_wait(EDI_INBOUND_TOPIC, content, key=name.encode(), headers=headers)

    def payment(self, *numbers: str) -> bytes:
        """An 835 of three days ago, a claim a set."""
        return self.dated(remittance(*(Set(f"T{number}", (Pay(number),)) for number in numbers)))

    def dated(self, content: bytes) -> bytes:
        served, paid = (f"{self.today - timedelta(days):%Y%m%d}".encode() for days in (40, 3))
        return content.replace(SERVED.encode(), served).replace(PAID.encode(), paid)

    async def deadlines(self, mark: str) -> list[float]:
        """Seconds after their instant at which the deadlines of claims of ours were handled, all due at once."""
        numbers = [f"D{mark}{n:05d}" for n in range(PAYMENTS)]
        mine = await self.post(self.dated(claims(numbers)), "deadlines")
        await self.post(self.payment(*numbers), "deadlines")
        assert len(mine) == PAYMENTS
        connection = await asyncpg.connect(self.stack.admin_dsn)
        query = (
            "SELECT claim_id::text AS id, min(due) AS due FROM appeals.timers WHERE claim_id = ANY ($1::uuid[]) "
            "GROUP BY claim_id"
        )
        try:
            due: dict[str, datetime] = {}
            while len(due) < PAYMENTS:
                await asyncio.sleep(0.5)
                due = {row.id: row.due for row in await connection.fetch(query, mine, record_class=_Due)}
            last = max(due.values())
            advance(self.stack.clock_file, last - Clock(self.stack.clock_file).now() + timedelta(seconds=1))
            began = time.monotonic()
            late: list[float] = []
            left: dict[str, datetime] = dict(due)
            while left and time.monotonic() - began < 120:
                rows = await connection.fetch(query, list(left), record_class=_Due)
                now = {row.id: row.due for row in rows}
                gone = [one for one, instant in left.items() if now.get(one) != instant]
                late += [time.monotonic() - began] * len(gone)
                left = {one: instant for one, instant in left.items() if one not in gone}
                await asyncio.sleep(0.05)
            assert not left, f"{len(left)} deadlines were not handled"
            return late
        finally:
            await connection.close()

    async def live(self, mark: str, going_on: Sequence[asyncio.Task[None]]) -> tuple[list[str], list[str]]:
        """Send live payments by both doors in turn, for as long as the histories are under way where there are any."""
        doors = [[f"{door}{mark}{n:05d}" for n in range(PAYMENTS)] for door in "HK"]
        for numbers in doors:
            await self.post(self.dated(claims(numbers)), "live")
        done: tuple[list[str], list[str]] = ([], [])
        for over_http, on_kafka in zip(*doors, strict=True):
            if going_on and all(one.done() for one in going_on):
                break
            for n, number in enumerate((over_http, on_kafka)):
                self.sent[number] = began = time.time()
                if n:
                    await self.produce(number, self.payment(number), "live")
                else:
                    await self.post(self.payment(number), "live")
                done[n].append(number)
                await asyncio.sleep(max(0.0, EVERY / 2 - (time.time() - began)))
        return done

    async def over_http(self, months: Sequence[generated.Month]) -> None:
        for month in months:
            for content in month.files():
                await self.post(content, "joins-http", history=True)

    async def on_kafka(self, months: Sequence[generated.Month]) -> None:
        for n, month in enumerate(months):
            for kind, content in zip(("837", "835"), month.files(), strict=True):
                await self.produce(f"{n}.{kind}", content, "joins-kafka", history=True)
        connection = await asyncpg.connect(self.stack.admin_dsn)
        count = "SELECT count(*) FROM intake.remittances WHERE tenant = 'joins-kafka'"
        try:
            while await connection.fetchval(count) < sum(len(month.numbers) for month in months):
                await asyncio.sleep(0.5)
        finally:
            await connection.close()

    async def verdicts(self) -> dict[str, float]:
        """Seconds from the sending of each live payment to its verdict, once all have theirs."""
        took = await self._verdicts()
        for _ in range(60):
            if took.keys() == self.sent.keys():
                return took
            await asyncio.sleep(1)
            took = await self._verdicts()
        raise AssertionError(f"{len(self.sent.keys() - took.keys())} payments have no verdict")

    async def _verdicts(self) -> dict[str, float]:
        """By the broker's clock, which is the machine's."""
        numbers: dict[bytes, str] = {}
        took: dict[str, float] = {}
        for one in await record(self.stack.bootstrap, (CLAIMS_TOPIC,)):
            if one.type == "recoup.claim.received.v1":
                event = decode(one.headers, one.value).data
                assert isinstance(event, ClaimReceived)
                numbers[one.key] = event.claim.patient_control_number
            elif one.type == _FLAGGED and numbers.get(one.key) in self.sent:
                number = numbers[one.key]
                took.setdefault(number, one.timestamp / 1000 - self.sent[number])
        return took


@pytest.fixture
async def run() -> AsyncGenerator[Run]:
    """A stack with a calendar that can be moved; nothing real is filed, and no payer answers."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="recoup-e2e-") as folder:
        for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "RECOUP_BROKER"):
            patch.delenv(name, raising=False)
        for service in SERVICES:
            patch.setenv(f"RECOUP_PORT_{service.upper()}", str(free_port()))
        stack = Stack(Path(folder) / "state", rehearsal=True)
        producer = None
        try:
            await stack.up(partitions=4)
            producer = AIOKafkaProducer(**client_options(stack.bootstrap), max_request_size=16 * 1024 * 1024)
            await producer.start()
            found = Run(stack, producer)
            yield found
            found.client.close()
        finally:
            if producer is not None:
                await producer.stop()
            stack.down()


async def test_live_payments_and_deadlines_do_not_wait_for_histories(run: Run) -> None:
    late = {"quiet": await run.deadlines("Q")}
    alone = await run.live("Q", ())
    await run.verdicts()

    months = generated.practice(HISTORY // 2, TODAY)
    began = time.monotonic()
    loading = [asyncio.create_task(run.over_http(months)), asyncio.create_task(run.on_kafka(months))]
    await asyncio.sleep(2)
    late["beside"] = await run.deadlines("L")
    beside = await run.live("L", loading)
    under_way = sum(not one.done() for one in loading)
    await asyncio.gather(*loading)
    loaded = time.monotonic() - began

    took = await run.verdicts()
    lines = [
        f"{HISTORY} claims of history by two doors in {loaded:.0f} s; {under_way} of 2 under way at the last payment"
    ]
    for door, (before, meanwhile) in zip(("HTTP", "Kafka"), zip(alone, beside, strict=True), strict=True):
        for when, numbers in (("quiet", before), ("beside", meanwhile)):
            found = spread([took[number] for number in numbers])  # each has its verdict
            lines.append(f"{door}, {when}: n {found.n}, median {found.p50:.2f} s, p99 {found.p99:.2f} s")
            assert found.p99 < MOST, lines
    for when, seconds in late.items():
        found = spread(seconds)
        lines.append(f"deadlines, {when}: n {found.n}, median {found.p50:.2f} s, p99 {found.p99:.2f} s late")
    print("\n" + "\n".join(lines))
    assert spread(late["beside"]).p99 < spread(late["quiet"]).p99 + MOST, lines
