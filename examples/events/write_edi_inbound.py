"""Writes to `edi.inbound`. Generated from docs/asyncapi.json; needs confluent-kafka.

    python events/write_edi_inbound.py HOST:PORT TENANT [FILE]

X12 of senders, an input a record: 837, 835, 277, 271 and acknowledgments of what we sent. Without FILE an example is sent.
"""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Producer

TOPIC = "edi.inbound"
EXAMPLE = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECOUP         *260304*1200*^*00501*000000001*1*T*:~TA1*000000002*260303*1200*A*000~IEA*0*000000001~"
bootstrap, tenant, *rest = sys.argv[1:]
payload = Path(rest[0]).read_bytes() if rest else EXAMPLE.encode()
headers = {
    "ce_specversion": "1.0",
    "ce_id": str(uuid.uuid4()),  # an id of its own for each record
    "ce_type": "edi.input",
    "ce_source": "/example",  # who you are
    "ce_time": datetime.now(UTC).isoformat(),
    "ce_tenant": tenant,
    "content-type": "application/edi-x12",
}
failed = []
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
producer.produce(
    TOPIC,
    payload,
    key=headers["ce_id"],
    headers=headers,
    on_delivery=lambda error, record: failed.append(error) if error else None,
)
producer.flush(30)
if failed:
    sys.exit(f"not written: {failed[0]}")
print(headers["ce_id"])
