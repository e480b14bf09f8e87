"""The documented consumer for platforms really reads the log: in order, once, its own tenant, and resumes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

from services.gateway.settings import GatewaySettings
from shared.events import CLAIMS_TOPIC, Event
from shared.events.codec import encode_data, headers_for
from tests.integration.gateway.conftest import Harness, place_of, start_at_the_end
from tests.unit.gateway.lives import START, fair, new_claim, won

EXAMPLE = Path(__file__).parents[3] / "examples" / "consumer.py"


async def run(harness: Harness, group: str, database: Path, *more: str) -> list[dict[str, object]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), "--bootstrap", harness.servers.bootstrap, "--group", group,
        "--tenant", "example", "--database", str(database), "--silence", "2", *more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.splitlines()]


async def test_a_platform_reads_the_log_with_the_example(harness: Harness, tmp_path: Path) -> None:
    group = f"platform-{new_claim()}"
    settings: GatewaySettings = harness.settings.model_copy(update={"gateway_group": group})
    await start_at_the_end(settings)
    claim, stranger = new_claim(), new_claim()
    events = won(claim)
    ids = await harness.publish(events, tenant="example")
    await repeat(harness, events[-1], ids[-1])
    await harness.publish(fair(stranger), tenant="somebody-else")
    database = tmp_path / "claims.sqlite"
    heard = await run(harness, group, database)
    assert {line["claim"] for line in heard} == {claim}
    kinds = [str(line["type"]).split(".")[-2] for line in heard]
    assert kinds[:4] == ["received", "received", "benchmarked", "flagged"]
    assert [line["new"] for line in heard] == [True] * len(events) + [False]  # the repetition had no effect
    row = sqlite3.connect(database).execute("SELECT last_event, events FROM claims").fetchone()
    assert row == ("recoup.claim.closed.v1", len(events))
    assert await run(harness, group, database) == []  # it goes on where it was


async def repeat(harness: Harness, event: Event, event_id: str) -> None:
    """The same record once more, as a relay sends it that died before it noted the first."""
    producer = AIOKafkaProducer(bootstrap_servers=harness.servers.bootstrap)
    await producer.start()
    headers = headers_for(event, event_id=event_id, time=START, tenant="example")
    place = await place_of(producer, CLAIMS_TOPIC, event.claim_id)
    key = event.claim_id.encode()
    await producer.send_and_wait(CLAIMS_TOPIC, encode_data(event), key=key, headers=headers, partition=place)
    await producer.stop()
