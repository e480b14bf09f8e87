"""Intake as a process on real servers: killed in mid-file, and heard over Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from recoup_tools.stack.processes import Process, port_for
from shared.db.provision import dsn_of, provision
from shared.events import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, EDI_OUTBOUND_TOPIC, Envelope
from shared.events.answers import ClaimsAcknowledged, InterchangeAnswered
from shared.events.claims import ClaimReceived
from shared.events.codec import decode
from tests.integration.conftest import Servers
from tests.integration.intake.conftest import PHI_KEYS, TOKEN
from tests.integration.intake.files import claims_of_one_patient
from tests.stored import texts

TENANT = "clinic"
SETS, CLAIMS = 16, 200
OPERATOR = {"Authorization": f"Bearer {TOKEN}", "X-Tenant": TENANT}


class Replica:
    """One intake process over a database of its own."""

    def __init__(self, folder: Path, dsn: str, bootstrap: str) -> None:
        self.dsn = dsn
        self.drop = folder / "drop"
        (self.drop / TENANT / "in").mkdir(parents=True)
        self.port = port_for("intake", None)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Process(folder, "intake")
        self.env = os.environ | {
            "DATABASE_URL": dsn,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "RECOUP_PORT": str(self.port),
            "RECOUP_PARTITIONS": "4",
            "RECOUP_PHI_KEYS": PHI_KEYS,
            "RECOUP_ADMIN_TOKEN": TOKEN,
            "RECOUP_INTAKE_DROP_FOLDER": str(self.drop),
            "RECOUP_INTAKE_DROP_SETTLE_SECONDS": "0",
        }

    async def start(self) -> None:
        """Wait until it takes requests; its consumer waits on for the broker to give up the killed one's partitions."""
        self.process.start([sys.executable, "-m", "services.intake.main"], self.env)
        async with httpx.AsyncClient() as client:

            async def ready() -> bool:
                try:
                    return (await client.get(f"{self.url}/v1/worklist/remittances", headers=OPERATOR)).is_success
                except httpx.HTTPError:
                    return False

            await until(ready)

    def kill(self) -> None:
        self.process.stop(how=signal.SIGKILL)

    async def ask(self, query: str) -> int:
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "intake"})
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def claims_named(self, part: str) -> int:
        """How many claims have this in their state."""
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "intake"})
        try:
            return sum(part in text for text in await texts(connection, "claims"))
        finally:
            await connection.close()


def parked_of(places: list[int]) -> str:
    """Counts those of these inbound records that are parked: records of a test before may be read again, too."""
    ours = f"kafka_partition = 0 AND kafka_offset IN ({', '.join(map(str, places))})"
    return f"SELECT count(*) FROM parked WHERE topic = '{EDI_INBOUND_TOPIC}' AND {ours}"


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.02)


@pytest.fixture
async def replica(servers: Servers, tmp_path: Path) -> AsyncGenerator[Replica]:
    database = f"intake_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(servers.admin_dsn)
    await admin.execute(f"CREATE DATABASE {database}")
    own_admin = f"{servers.admin_dsn.partition('?')[0].rpartition('/')[0]}/{database}"
    await provision(own_admin, {"intake": "intake-test"})
    made = Replica(tmp_path, dsn_of(own_admin, "intake", "intake-test"), servers.bootstrap)
    try:
        await made.start()
        yield made
    finally:
        made.process.stop()
        await admin.execute(f"DROP DATABASE {database} WITH (FORCE)")
        await admin.close()


class Log:
    """What a topic holds from now on."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)

    async def __aenter__(self) -> Log:
        await self._consumer.start()
        found = await _partitions(self._consumer, self._topic)
        self._consumer.assign(found)
        await self._consumer.seek_to_end(*found)
        for place in found:
            await self._consumer.position(place)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def envelopes(self, wanted: Callable[[list[Envelope]], bool], seconds: float = 30) -> list[Envelope]:
        """Every event once, by its id, until `wanted` is content; then what else comes within a moment."""
        found: dict[str, Envelope] = {}
        deadline = time.monotonic() + seconds
        while not wanted(list(found.values())):
            assert time.monotonic() < deadline, f"{len(found)} events only"
            await self._poll(found, 200)
        await self._poll(found, 500)
        return list(found.values())

    async def _poll(self, found: dict[str, Envelope], wait_ms: int) -> None:
        for records in (await self._consumer.getmany(timeout_ms=wait_ms)).values():
            for record in records:
                envelope = decode(record.headers, record.value)
                if envelope.tenant == TENANT:
                    found.setdefault(envelope.id, envelope)


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    while not (found := consumer.partitions_for_topic(topic)):
        await consumer._client.force_metadata_update()
        await asyncio.sleep(0.1)
    return [TopicPartition(topic, n) for n in sorted(found)]


def big(prefix: str) -> bytes:
    """Sixteen interchanges of a hundred claims."""
    parts = (
        claims_of_one_patient(*(f"{prefix}{s}X{n}" for n in range(CLAIMS)), isa=f"{s + 1:09}") for s in range(SETS)
    )
    return b"".join(parts)


def received(events: list[Envelope], prefix: str) -> Counter[str]:
    return Counter(
        e.data.claim.patient_control_number
        for e in events
        if isinstance(e.data, ClaimReceived) and e.data.claim.patient_control_number.startswith(prefix)
    )


async def test_edi_inbound_is_applied_answered_parked_and_replayed(servers: Servers, replica: Replica) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap)
    await producer.start()
    headers = [("ce_tenant", TENANT.encode()), ("ce_id", b"delivery-1")]
    places: list[int] = []
    async with Log(servers.bootstrap, EDI_OUTBOUND_TOPIC) as log, httpx.AsyncClient(timeout=60) as client:
        for text in (claims_of_one_patient("KAFKA1", "KAFKA2"), b"no X12 at all"):
            for _ in range(2):  # a sender that was not sure
                own = headers if text.startswith(b"ISA") else [headers[0], ("ce_id", b"delivery-2")]
                sent = await producer.send_and_wait(EDI_INBOUND_TOPIC, text, key=b"sender", headers=own, partition=0)
                places.append(sent.offset)
        await producer.stop()
        events = await log.envelopes(lambda found: len(found) >= 3)
        answered = [e.data for e in events if isinstance(e.data, InterchangeAnswered)]
        assert [(a.kind, a.verdict, a.claims_accepted) for a in answered] == [("999", "A", 0), ("277CA", "A", 2)]
        (told,) = (e.data for e in events if isinstance(e.data, ClaimsAcknowledged))
        assert [(c.patient_control_number, c.accepted, bool(c.claim_id)) for c in told.claims] == [
            ("KAFKA1", True, True),
            ("KAFKA2", True, True),
        ]
        path = f"{replica.url}/v1/interchanges/{answered[0].interchange_id}"
        assert (await client.get(path, headers=OPERATOR)).json()["claims"] == {"accepted": 2}
        assert (await client.get(f"{path}/answers", headers=OPERATOR)).text.count("ISA*") == 2

        async def is_parked() -> bool:
            return await replica.ask(parked_of(places)) == 1

        await until(is_parked)
        replayed = await client.post(f"{replica.url}/admin/dead-letters/replay", headers=OPERATOR)
        assert replayed.json()["handled"] == 0
        letters = (await client.get(f"{replica.url}/admin/dead-letters", headers=OPERATOR)).json()
        assert [letter["reason"] for letter in letters if letter["offset"] in places] == ["unreadable_x12"]
        assert await replica.claims_named("KAFKA") == 2


async def test_a_hostile_record_is_parked_and_the_good_one_behind_it_is_read(
    servers: Servers, replica: Replica
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap)
    await producer.start()
    good = claims_of_one_patient("BEHIND1")
    tenant = ("ce_tenant", TENANT.encode())
    hostile: list[tuple[list[tuple[str, bytes | None]], bytes | None]] = [
        ([("ce_tenant", b"acme\0"), ("ce_id", b"h1")], claims_of_one_patient("NUL1")),
        ([tenant, ("ce_id", b"\xff\0")], b"\xff\0\xff"),
        ([tenant, ("ce_id", b"h3")], None),
        ([tenant, ("ce_id", None)], b"ISA" + b"*" * 200_000),
    ]
    places: list[int] = []
    for headers, value in hostile:
        sent = await producer.send_and_wait(EDI_INBOUND_TOPIC, value, key=b"s", headers=headers, partition=0)
        places.append(sent.offset)
    await producer.send_and_wait(EDI_INBOUND_TOPIC, good, key=b"s", headers=[tenant, ("ce_id", b"g")], partition=0)
    await producer.stop()

    async def read() -> bool:
        return await replica.claims_named("BEHIND1") == 1

    await until(read)
    assert await replica.ask(parked_of(places)) == len(hostile)
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"{replica.url}/healthz/ready")).is_success
        replayed = await client.post(f"{replica.url}/admin/dead-letters/replay", headers=OPERATOR)
        assert replayed.json()["handled"] == 0
        assert await replica.ask(parked_of(places)) == len(hostile), "a replay reads them again, and parks them again"
        letters = (await client.get(f"{replica.url}/admin/dead-letters", headers=OPERATOR)).json()
        assert {letter["topic"] for letter in letters} == {EDI_INBOUND_TOPIC}


async def test_killed_in_mid_file_it_loses_nothing_and_doubles_nothing(servers: Servers, replica: Replica) -> None:
    every = {f"{prefix}{s}X{n}" for prefix in ("HTTP", "DROP") for s in range(SETS) for n in range(CLAIMS)}
    async with Log(servers.bootstrap, CLAIMS_TOPIC) as log, httpx.AsyncClient(timeout=60) as client:

        async def send() -> httpx.Response:
            headers = {"X-Tenant": TENANT, "Idempotency-Key": "the-file", **OPERATOR}
            return await client.post(f"{replica.url}/v1/edi", content=big("HTTP"), headers=headers)

        async def half_way() -> bool:
            return await replica.ask("SELECT count(*) FROM claims") > 0

        sending = asyncio.create_task(send())
        await until(half_way)
        replica.kill()
        with pytest.raises(httpx.HTTPError):
            await sending
        assert await replica.ask("SELECT count(*) FROM claims") < SETS * CLAIMS, "it was over before the kill"
        assert await replica.ask("SELECT count(*) FROM interchanges WHERE finished_at IS NULL") == 1
        await replica.start()
        answer = await send()
        assert answer.json()["claims"] == {"accepted": SETS * CLAIMS}
        assert (await send()).content == answer.content
        answers = await client.get(
            f"{replica.url}/v1/interchanges/{answer.json()['interchange_id']}/answers?kind=277", headers=OPERATOR
        )
        # of each 277CA one STC is the batch's
        assert (answers.text.count("STC*A2:20"), answers.text.count("A3:54")) == (SETS * CLAIMS, 0)

        scratch = replica.drop / TENANT / "in" / "big.837.part"
        scratch.write_bytes(big("DROP"))
        scratch.rename(scratch.with_suffix(""))

        async def half_way_again() -> bool:
            return await replica.ask("SELECT count(*) FROM claims") >= SETS * CLAIMS + 1

        await until(half_way_again)
        replica.kill()
        assert await replica.ask("SELECT count(*) FROM claims") < 2 * SETS * CLAIMS, "it was over before the kill"
        assert len(list((replica.drop / TENANT / "working").iterdir())) == 1
        await replica.start()

        async def filed_away() -> bool:
            return len(list((replica.drop / TENANT / "processed").iterdir())) == 1

        await until(filed_away)
        out = "".join(path.read_text() for path in (replica.drop / TENANT / "out").glob("*277CA.edi"))
        assert (out.count("STC*A2:20"), out.count("A3:54")) == (SETS * CLAIMS, 0)

        events = await log.envelopes(lambda found: len(found) >= len(every))
        assert received(events, "HTTP") + received(events, "DROP") == Counter(every)
        assert await replica.ask("SELECT count(*) FROM originals") == len(every)
