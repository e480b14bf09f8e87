"""Writes to `payer.inbound`. Generated from docs/asyncapi.json; needs confluent-kafka.

    python events/write_payer_inbound.py HOST:PORT TENANT [FILE]

Answers of payers that do not come as X12: offers, appeal decisions, IDR determinations. Without FILE an example is sent.
"""

import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Producer

TOPIC = "payer.inbound"
EXAMPLE = json.dumps(
    {
        "claim_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11",
        "offer_id": "o1",
        "amount": "620.00",
        "offered_on": "2026-03-28",
    }
)
bootstrap, tenant, *rest = sys.argv[1:]
payload = Path(rest[0]).read_bytes() if rest else EXAMPLE.encode()
headers = {
    "ce_specversion": "1.0",
    "ce_id": str(uuid.uuid4()),  # an id of its own for each record
    "ce_type": "recoup.payer.offer.v1",
    "ce_source": "/example",  # who you are
    "ce_time": datetime.now(UTC).isoformat(),
    "ce_tenant": tenant,
    "content-type": "application/json",
}
failed = []
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
producer.produce(
    TOPIC,
    payload,
    key="6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11",
    headers=headers,
    on_delivery=lambda error, record: failed.append(error) if error else None,
)
producer.flush(30)
if failed:
    sys.exit(f"not written: {failed[0]}")
print(headers["ce_id"])
