"""The raw limits of broker and database: what nothing built on aiokafka and asyncpg in Python can exceed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaConsumer

from recoup_tools.bench.recording import Recorded
from shared.events.codec import new_event_id
from shared.kafka import client_options

_ROWS_A_STATEMENT = 500


async def plain_consume(bootstrap: str, topics: Sequence[str], records: int) -> float:
    """Records a second of an aiokafka consumer that does nothing with them."""
    batch = min(500, max(1, records // 4))  # the first batch isn't timed: there must be others
    consumer = AIOKafkaConsumer(
        *topics,
        **client_options(bootstrap),
        group_id=f"bench-{new_event_id()}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    await consumer.start()
    try:
        first, seen, started = 0, 0, 0.0
        while seen < records:
            polled = await consumer.getmany(timeout_ms=500, max_records=batch)
            seen += sum(len(several) for several in polled.values())
            if seen and not first:  # the wait for the group and the first fetch is not a limit of the broker
                first, started = seen, time.perf_counter()
        return (seen - first) / max(time.perf_counter() - started, 1e-6)
    finally:
        await consumer.stop()


async def plain_insert(dsn: str, records: Sequence[Recorded]) -> float:
    """Rows a second of asyncpg inserting the payloads, 500 rows a statement, one table with a uuid key."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "DROP TABLE IF EXISTS bench_raw; CREATE TABLE bench_raw "
            "(id uuid PRIMARY KEY, claim text, type text, sequence int, payload jsonb, at timestamptz DEFAULT now())"
        )
        rows = [(new_event_id(), r.key.decode(), r.type, 1, r.value.decode()) for r in records]
        started = time.perf_counter()
        for at in range(0, len(rows), _ROWS_A_STATEMENT):
            columns = [list(column) for column in zip(*rows[at : at + _ROWS_A_STATEMENT], strict=True)]
            await connection.execute(
                "INSERT INTO bench_raw SELECT * FROM "
                "unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::jsonb[])",
                *columns,
            )
        seconds = time.perf_counter() - started
        await connection.execute("DROP TABLE bench_raw")
        return len(rows) / seconds
    finally:
        await connection.close()
