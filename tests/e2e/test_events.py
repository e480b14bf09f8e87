"""The generated readers and writers of topics, run with a client library that the product does not use."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

import jsonschema

from recoup.docs_events import READ, WRITTEN, file_of
from recoup_tools.stack import Stack
from shared.events.base import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, EDI_OUTBOUND_TOPIC, PAYER_INBOUND_TOPIC
from tests.e2e.conftest import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/asyncapi.json").read_text())


async def run(topic: str, *arguments: str) -> list[str]:
    script = ROOT / "examples" / file_of(topic)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines()


async def read(running: Stack, topic: str) -> list[dict[str, Any]]:
    """What a new reader of the topic hears, held to the document."""
    lines = await run(topic, running.bootstrap, f"stranger-{uuid.uuid4()}", "8")
    records = [json.loads(line) for line in lines]
    for record in records:
        message = DOCUMENT["components"]["messages"][record["headers"]["ce_type"]]
        for part, value in (("headers", record["headers"]), ("payload", record["data"])):
            jsonschema.Draft202012Validator({**message[part], "components": DOCUMENT["components"]}).validate(value)
    return records


async def test_what_is_written_by_the_document_is_answered_by_the_document(running: Stack, tmp_path: Path) -> None:
    text = (ROOT / "examples/837p-surgery-center.edi").read_text()
    claim = tmp_path / "claim.edi"
    claim.write_text(text.replace("EXSC0001", "EVTS0001"))
    (sent,) = await run(EDI_INBOUND_TOPIC, running.bootstrap, "events", str(claim))
    (acknowledged,) = await run(EDI_INBOUND_TOPIC, running.bootstrap, "events")
    await run(PAYER_INBOUND_TOPIC, running.bootstrap, "events")
    answers = await read(running, EDI_OUTBOUND_TOPIC)
    mine = [one for one in answers if one["headers"].get("ce_causationid") == sent]
    assert {one["headers"]["ce_type"] for one in mine} >= {
        "recoup.interchange.answered.v1", "recoup.claims.acknowledged.v1",
    }  # fmt: skip
    told = next(one for one in mine if one["headers"]["ce_type"] == "recoup.claims.acknowledged.v1")
    assert [one["accepted"] for one in told["data"]["claims"]] == [True]
    assert acknowledged != sent
    claim_id = told["data"]["claims"][0]["claim_id"]
    life = [one for one in await read(running, CLAIMS_TOPIC) if one["data"]["claim_id"] == claim_id]
    assert life[0]["headers"]["ce_type"] == "recoup.claim.received.v1"
    assert {one["headers"]["ce_tenant"] for one in life} == {"events"}


def test_there_is_one_of_each_topic() -> None:
    assert {*READ, *WRITTEN} == {channel["address"] for channel in DOCUMENT["channels"].values()}
