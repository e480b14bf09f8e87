"""What is made of the AsyncAPI document: a page for people, and a reader or writer of each topic for a start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from recoup.docs_client import formatted
from shared.events.asyncapi import document
from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
)

READ = (CLAIMS_TOPIC, EDI_OUTBOUND_TOPIC, DEAD_LETTER_TOPIC)
WRITTEN = (EDI_INBOUND_TOPIC, PAYER_INBOUND_TOPIC)
_HEAD = """# Topics and events

Generated from [asyncapi.json](asyncapi.json) (AsyncAPI 3), which has the schema and an example of every message; the
gateway serves it at `/asyncapi.json`. Records are CloudEvents 1.0 in binary mode: the headers `ce_…` say what a record
is, the value is JSON. The connection is TLS with a user or certificate of your own ([how](how-to/secure-kafka.md)).
"""
_READER = '''"""Reads `{topic}`. Generated from docs/asyncapi.json; needs confluent-kafka.

    python {name} HOST:PORT GROUP [SECONDS]

{description}
Ends after SECONDS without a record; without them it goes on. Take each `ce_id` in with its effect, so that a
repetition changes nothing, and pass over types that you do not know.
"""

import json
import sys
import time

from confluent_kafka import Consumer

TOPIC = {topic!r}
TYPES = {types!r}
bootstrap, group, *rest = sys.argv[1:]
patience = float(rest[0]) if rest else None
consumer = Consumer(
    {{
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        # in production: "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", and your user
    }}
)
consumer.subscribe([TOPIC])
heard = time.monotonic()
try:
    while patience is None or time.monotonic() - heard < patience:
        record = consumer.poll(1.0)
        if record is None or record.error():
            continue
        heard = time.monotonic()
        headers = {{name: value.decode() for name, value in record.headers() or [] if value is not None}}
        if headers.get("ce_type") in TYPES:
            print(json.dumps({{"headers": headers, "data": json.loads(record.value())}}), flush=True)
        consumer.commit(record, asynchronous=False)  # after the effect
finally:
    consumer.close()
'''
_WRITER = '''"""Writes to `{topic}`. Generated from docs/asyncapi.json; needs confluent-kafka.

    python {name} HOST:PORT TENANT [FILE]

{description}
"""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Producer

TOPIC = {topic!r}
EXAMPLE = {example}
bootstrap, tenant, *rest = sys.argv[1:]
payload = Path(rest[0]).read_bytes() if rest else EXAMPLE.encode()
headers = {{
    "ce_specversion": "1.0",
    "ce_id": str(uuid.uuid4()),  # an id of its own for each record
    "ce_type": {type!r},
    "ce_source": "/example",  # who you are
    "ce_time": datetime.now(UTC).isoformat(),
    "ce_tenant": tenant,
    "content-type": {media!r},
}}
failed = []
producer = Producer({{"bootstrap.servers": bootstrap, "enable.idempotence": True}})
producer.produce(
    TOPIC, payload, key={key}, headers=headers,
    on_delivery=lambda error, record: failed.append(error) if error else None,
)
producer.flush(30)
if failed:
    sys.exit(f"not written: {{failed[0]}}")
print(headers["ce_id"])
'''


def page() -> str:
    """The page of topics and events."""
    whole = document()
    lines = [_HEAD.rstrip()]
    for name, channel in whole["channels"].items():
        ways = sorted(
            {one["action"] for one in whole["operations"].values() if one["channel"]["$ref"].endswith(f"/{name}")}
        )
        verb = "Recoup writes it; you may read it." if ways == ["send"] else "You write it; Recoup reads it."
        lines += ["", f"## `{channel['address']}`", "", f"{channel['description']} {verb}", ""]
        key = next(iter(_messages(whole, channel)))["bindings"]["kafka"]["key"]["description"]
        lines += [
            f"Key: {key}. Example: `examples/{file_of(channel['address'])}`.",
            "",
            "| message | what it says |",
            "|---|---|",
        ]
        lines += [f"| `{one['name']}` | {one['summary']} |" for one in _messages(whole, channel)]
    return "\n".join(lines) + "\n"


def _messages(whole: dict[str, Any], channel: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (whole["components"]["messages"][name] for name in channel["messages"])


def file_of(topic: str) -> str:
    """The example of a topic, below `examples`."""
    verb = "read" if topic in READ else "write"
    return f"events/{verb}_{topic.removeprefix('recoup.').removesuffix('.v1').replace('.', '_').replace('-', '_')}.py"


def example(topic: str) -> str:
    """A reader or writer of a topic."""
    whole = document()
    channel = cast("dict[str, Any]", next(one for one in whole["channels"].values() if one["address"] == topic))
    name = file_of(topic)
    if topic in READ:
        types = sorted(channel["messages"])
        return formatted(_READER.format(topic=topic, name=name, types=types, description=channel["description"]))
    message = next(_messages(whole, channel))
    payload = message["examples"][0]["payload"]
    text = isinstance(payload, str)
    made = _WRITER.format(
        topic=topic, name=name, description=f"{channel['description']} Without FILE an example is sent.",
        example=repr(payload) if text else f"json.dumps({payload!r})", type=message["name"],
        media=message["contentType"],
        key='headers["ce_id"]' if text else repr(payload["claim_id"]),
    )  # fmt: skip
    return formatted(made if text else made.replace("import sys\n", "import json\nimport sys\n"))
