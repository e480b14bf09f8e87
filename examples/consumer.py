"""A platform's own reader of the claims' log: `python examples/consumer.py --bootstrap HOST:PORT --group my-platform`.

Needs only aiokafka. What every reader of the log must do is marked 1 to 4; docs/asyncapi.json has the schema of every
event, docs/lifecycle.md which may follow which.
"""

import argparse
import asyncio
import json
import sqlite3
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition

TOPIC = "recoup.claims.v1"


class Ledger:
    """What this example keeps: the latest state it was told of each claim. Stands for your own database."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path)
        self.db.execute("CREATE TABLE IF NOT EXISTS seen (event_id TEXT PRIMARY KEY)")
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS claims (claim_id TEXT PRIMARY KEY, last_event TEXT, events INTEGER)"
        )

    def take(self, event_id: str, claim_id: str, event_type: str) -> bool:
        """Take one event in; False where it was taken before."""
        with self.db:  # 1. The event's id and its effect are kept in one transaction: a repetition changes nothing.
            if self.db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (event_id,)).rowcount == 0:
                return False
            self.db.execute(
                "INSERT INTO claims VALUES (?, ?, 1) ON CONFLICT (claim_id) DO UPDATE "
                "SET last_event = excluded.last_event, events = events + 1",
                (claim_id, event_type),
            )
        return True


async def read(options: argparse.Namespace) -> None:
    """Read for ever, or until the log is silent for `--silence` seconds."""
    ledger = Ledger(options.database)
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=options.bootstrap,
        group_id=options.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while True:
            batch = await consumer.getmany(timeout_ms=int(options.silence * 1000) or 1000)
            if not batch and options.silence:
                return
            for partition, records in batch.items():
                for (
                    record
                ) in records:  # 2. One claim's events are on one partition: handled in order, they are in order.
                    headers = {name: value.decode() for name, value in record.headers}
                    event_type = headers["ce_type"]
                    if options.types and event_type not in options.types:
                        continue  # 3. Types and members you do not know are passed over: newer versions add some.
                    if headers.get("ce_tenant") != options.tenant:
                        continue
                    event = json.loads(record.value)
                    claim_id = record.key.decode()
                    new = ledger.take(headers["ce_id"], claim_id, event_type)
                    sys.stdout.write(
                        json.dumps({"claim": claim_id, "type": event_type, "new": new, "members": len(event)}) + "\n"
                    )
                # 4. The offset is committed after the effect, so that a crash repeats events and loses none.
                await consumer.commit({TopicPartition(partition.topic, partition.partition): records[-1].offset + 1})
            sys.stdout.flush()
    finally:
        await consumer.stop()


def main() -> None:
    """Read events into the database until interrupted, or until there are none for `--silence` seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--group", required=True)
    parser.add_argument("--tenant", required=True, help="events of this tenant only")
    parser.add_argument("--types", nargs="*", default=[], help="only these event types")
    parser.add_argument("--database", default="claims.sqlite")
    parser.add_argument("--silence", type=float, default=0, help="stop after so many seconds without an event")
    asyncio.run(read(parser.parse_args()))


if __name__ == "__main__":
    main()
