"""Patient data goes in by every door and shows nowhere: a whole stack is fed with it, then everything is searched.

What is looked for is first found where it belongs, so that a search which finds nothing means something.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from recoup_tools.stack import Stack
from shared.db.provision import SERVICES
from shared.events.base import CLAIMS_TOPIC, DEAD_LETTER_TOPIC, EDI_INBOUND_TOPIC
from tests.e2e import phi
from tests.e2e.conftest import Ran, recoup

EVERYTHING = (*phi.PATIENT, *phi.CONTROL_NUMBERS)
TENANT = "phi-clinic"


class Seeded:
    """What came back while the patient's data went in."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response] = []
        self.commands: list[Ran] = []
        self.claim = ""


@pytest.fixture(scope="module")
async def seeded(running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    seen = Seeded()
    folder = tmp_path_factory.mktemp("phi")
    operator = {"Authorization": f"Bearer {running.admin_token}"}
    sending = {**operator, "X-Tenant": TENANT}
    async with httpx.AsyncClient(timeout=60) as client:
        intake, gateway = running.url("intake"), running.url("gateway")
        for text in (phi.GOOD, phi.PAID_FOR_NO_CLAIM, phi.PAID):
            answer = await client.post(f"{gateway}/v1/edi", content=text, headers=sending)
            assert answer.is_success, answer.text
            seen.answers.append(answer)
        for text, door in itertools.product(phi.REFUSED, (intake, gateway)):
            seen.answers.append(await client.post(f"{door}/v1/edi", content=text, headers=sending))
        await _publish(running)
        await _wait_for_flag(client, gateway, operator, seen)
        await _ask_wrongly(client, running, operator, seen)
    await _use_the_command(running, folder, seen)
    return seen


async def _publish(stack: Stack) -> None:
    """The same over Kafka, and a poisoned event."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
    await producer.start()
    tenant = [("ce_tenant", TENANT.encode())]
    for text in (phi.NO_X12, phi.BROKEN, phi.CUT_SHORT):
        await producer.send_and_wait(EDI_INBOUND_TOPIC, text.encode(), key=b"sender", headers=tenant)
    ours = [("ce_type", b"recoup.claim.received.v1"), ("ce_source", b"/recoup/intake")]
    headers = [*ours, ("ce_id", str(uuid.uuid4()).encode()), *tenant]
    await producer.send_and_wait(CLAIMS_TOPIC, phi.POISON, key=str(uuid.uuid4()).encode(), headers=headers)
    await producer.stop()


async def _wait_for_flag(client: httpx.AsyncClient, gateway: str, operator: dict[str, str], seen: Seeded) -> None:
    async with asyncio.timeout(60):
        while True:
            body = {"patient_control_number": phi.FIRST}
            answer = await client.post(f"{gateway}/v1/claims/search", headers=operator, json=body)
            found = answer.json().get("items") or []
            if found:
                seen.claim = found[0]["claim_id"]
                timeline = await client.get(f"{gateway}/v1/claims/{seen.claim}/timeline", headers=operator)
                if "underpayment.flagged" in timeline.text:
                    seen.answers.append(timeline)
                    return
            await asyncio.sleep(0.3)


async def _ask_wrongly(client: httpx.AsyncClient, stack: Stack, operator: dict[str, str], seen: Seeded) -> None:
    """Requests that carry patient data where none belongs."""
    name = "ZYXWILLOUGHBY"
    wrong: dict[str, Any] = {"patient_control_number": {"of": name}, "payer_id": [name], "limit": name}
    for service in SERVICES:
        base = stack.url(service)
        openapi = (await client.get(f"{base}/openapi.json")).json()
        for path, methods in openapi["paths"].items():
            if path.startswith(("/healthz", "/metrics")) or "stream" in path or "live" in path:
                continue
            url = base + path.replace("{", "").replace("}", "") if "{" not in path else base + _filled(path, name)
            for method in methods:
                if method.upper() not in ("POST", "PUT", "PATCH") or path == "/v1/edi" or "rebuild" in path:
                    continue
                seen.answers.append(await client.request(method, url, headers=operator, json=wrong))
            if "get" in methods and "{" in path:
                seen.answers.append(await client.get(url, headers=operator))


def _filled(path: str, value: str) -> str:
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


async def _use_the_command(stack: Stack, folder: Path, seen: Seeded) -> None:
    state = ("--state", str(stack.dir))
    for number, text in enumerate(phi.REFUSED):
        (folder / f"{number}.edi").write_text(text)
        seen.commands.append(recoup("submit", *state, str(folder / f"{number}.edi")))
        parsed = recoup("parse", str(folder / f"{number}.edi"))
        seen.commands.append(Ran(parsed.code, "", parsed.err))  # what was read is printed as it was asked for
    for arguments in (("status", "ZYXWILLOUGHBY"), ("dead-letters",), ("replay",)):
        seen.commands.append(recoup(arguments[0], *state, *arguments[1:]))


def test_what_is_looked_for_can_be_found() -> None:
    for secret in ("ZYXWILLOUGHBY", "QUENTARIUS", "MBRX7QK93Z1", "PHANTASMAGORIA", "KRYPTONVILLE", "19510314"):
        assert secret in phi.found(phi.GOOD)
    assert phi.found('"born":"1951-03-14"') == ["1951-03-14"]
    assert phi.found("zyxWilloughby")


async def test_the_operator_can_read_the_original_so_it_is_kept(running: Stack, seeded: Seeded) -> None:
    async with httpx.AsyncClient() as client:
        url = f"{running.url('intake')}/v1/claims/{seeded.claim}/original"
        closed = await client.get(url)
        answer = await client.get(url, headers={"Authorization": f"Bearer {running.admin_token}"})
    assert answer.is_success
    assert {"ZYXWILLOUGHBY", "MBRX7QK93Z1", "PHANTASMAGORIA", "19510314"} <= set(phi.found(answer.text))
    assert closed.status_code in (401, 403)
    assert not phi.found(closed.text)


def test_answers_name_places_and_not_patients(seeded: Seeded) -> None:
    assert {answer.status_code for answer in seeded.answers} >= {200, 422}
    for answer in seeded.answers:
        where = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
        shown = phi.found(answer.text) if answer.status_code < 500 else EVERYTHING
        assert not shown, f"{where}: {answer.text[:500]}"
        if answer.is_error:  # a refused claim is named to its sender by the sender's own number, in its receipt alone
            told = answer.json()
            told["receipts"] = [one | {"control_number": ""} for one in told.get("receipts", ())]
            assert not phi.found(json.dumps(told), phi.CONTROL_NUMBERS), f"{where}: {answer.text[:500]}"


def test_problems_of_a_refused_file_show_no_control_number(seeded: Seeded) -> None:
    for answer in seeded.answers:
        if answer.request.url.path == "/v1/edi":
            problems = json.dumps(answer.json().get("problems", []))
            assert not phi.found(problems, EVERYTHING), problems


def test_what_commands_say_of_failures_shows_nobody(seeded: Seeded) -> None:
    assert {ran.code for ran in seeded.commands} >= {0, 1, 2}
    for ran in seeded.commands:
        assert "Traceback" not in ran.err
        assert not phi.found(ran.err, EVERYTHING), ran.err
        assert not phi.found(ran.out), ran.out[:500]


def test_logs_show_nobody(running: Stack, seeded: Seeded) -> None:
    logs = sorted((running.dir / "logs").glob("*.log"))
    assert {log.stem for log in logs} >= {*SERVICES, "postgres", "kafka"}
    for log in logs:
        lines = [line for line in log.read_text(errors="replace").splitlines() if phi.found(line, EVERYTHING)]
        assert not lines, f"{log.name}: {lines[0][:500]}"


@pytest.mark.parametrize("service", SERVICES)
async def test_metrics_show_nobody(running: Stack, seeded: Seeded, service: str) -> None:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{running.url(service)}/metrics")).text
    assert "recoup_events_handled_total" in text
    assert not phi.found(text, EVERYTHING)
    assert seeded.claim not in text


async def _log_of(stack: Stack) -> list[tuple[str, str, str, str]]:
    """(topic, key, headers, value) of every record of every topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    topics = [topic for topic in await admin.list_topics() if not topic.startswith("__")]
    places = [
        TopicPartition(about["topic"], partition["partition"])
        for about in await admin.describe_topics(topics)
        for partition in about["partitions"]
    ]
    await admin.close()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    records: list[tuple[str, str, str, str]] = []
    async with asyncio.timeout(30):
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, batch in (await consumer.getmany(timeout_ms=200)).items():
                for record in batch:
                    headers = " ".join(f"{name}={value.decode('latin-1')}" for name, value in record.headers)
                    texts = [(part or b"").decode("latin-1") for part in (record.key, record.value)]
                    records.append((place.topic, texts[0], headers, texts[1]))
    await consumer.stop()
    return records


async def test_events_show_nobody(running: Stack, seeded: Seeded) -> None:
    records = await _log_of(running)
    topics = {topic for topic, *_ in records}
    assert {CLAIMS_TOPIC, EDI_INBOUND_TOPIC, DEAD_LETTER_TOPIC} <= topics
    payloads = [value for topic, _, _, value in records if topic == CLAIMS_TOPIC and value.encode() != phi.POISON]
    assert any(phi.FIRST in payload for payload in payloads)
    for payload in payloads:
        assert not phi.found(payload), payload[:500]
    for topic, key, headers, _ in records:
        assert not phi.found(f"{key} {headers}", EVERYTHING), f"{topic}: {headers}"


async def test_dead_letters_tell_why_and_not_of_whom(running: Stack, seeded: Seeded) -> None:
    announced = [rest for topic, *rest in await _log_of(running) if topic == DEAD_LETTER_TOPIC]
    assert announced
    for letter in announced:
        assert not phi.found(" ".join(letter), EVERYTHING), letter
    reasons: set[str] = set()
    connection = await asyncpg.connect(running.admin_dsn)
    for service in SERVICES:
        for row in await connection.fetch(f"SELECT reason, detail, headers::text FROM {service}.parked"):
            assert not phi.found(" ".join(map(str, row.values())), EVERYTHING), f"{service}: {row['detail']}"
            reasons.add(row["reason"])
    await connection.close()
    assert {"unreadable_x12", "undecodable"} <= reasons


async def _columns(connection: Any, types: tuple[str, ...]) -> list[tuple[str, str, str]]:
    rows = await connection.fetch(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = ANY($1) AND table_type = 'BASE TABLE' "
        "AND data_type = ANY($2)",
        list(SERVICES),
        list(types),
    )
    return [(row["table_schema"], row["table_name"], row["column_name"]) for row in rows]


async def test_the_database_holds_patients_only_sealed(running: Stack, seeded: Seeded) -> None:
    connection = await asyncpg.connect(running.admin_dsn)
    texts = await _columns(connection, ("text", "character varying", "json", "jsonb", "ARRAY", "date"))
    blobs = await _columns(connection, ("bytea",))
    assert len(texts) > 30
    assert ("intake", "originals", "sealed") in blobs
    patterns = [f"%{secret}%" for secret in phi.PATIENT]
    showing: list[str] = []
    held_number = 0
    for schema, table, column in texts:
        place = f"{schema}.{table}"
        query = f'SELECT count(*) FROM {place} WHERE "{column}"::text ILIKE ANY($1)'
        if await connection.fetchval(query, patterns):
            showing.append(f"{place}.{column}")
        held_number += await connection.fetchval(query, [f"%{phi.FIRST}%"])
    for schema, table, column in blobs:
        # A record that could not be handled is kept as it came, or it could not be replayed.
        if (table, column) == ("parked", "payload"):
            continue
        query = f"SELECT count(*) FROM {schema}.{table} WHERE encode(\"{column}\", 'escape') ILIKE ANY($1)"
        if await connection.fetchval(query, patterns):
            showing.append(f"{schema}.{table}.{column}")
    await connection.close()
    assert held_number > 0  # the search does find what is there
    assert showing == []
