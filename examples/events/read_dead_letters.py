"""Reads `recoup.dead-letters.v1`. Generated from docs/asyncapi.json; needs confluent-kafka.

    python events/read_dead_letters.py HOST:PORT GROUP [SECONDS]

Records that a service could not handle, with the reason.
Ends after SECONDS without a record; without them it goes on. Take each `ce_id` in with its effect, so that a
repetition changes nothing, and pass over types that you do not know.
"""

import json
import sys
import time

from confluent_kafka import Consumer

TOPIC = "recoup.dead-letters.v1"
TYPES = ["recoup.dead-letter.v1"]
bootstrap, group, *rest = sys.argv[1:]
patience = float(rest[0]) if rest else None
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        # in production: "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", and your user
    }
)
consumer.subscribe([TOPIC])
heard = time.monotonic()
try:
    while patience is None or time.monotonic() - heard < patience:
        record = consumer.poll(1.0)
        if record is None or record.error():
            continue
        heard = time.monotonic()
        headers = {name: value.decode() for name, value in record.headers() or [] if value is not None}
        if headers.get("ce_type") in TYPES:
            print(json.dumps({"headers": headers, "data": json.loads(record.value())}), flush=True)
        consumer.commit(record, asynchronous=False)  # after the effect
finally:
    consumer.close()
