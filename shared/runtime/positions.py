"""How far a consumer group has read each partition, kept in the database beside the states, and believed before Kafka.

Kafka keeps a group's offsets apart from the books: after a restore of the database they are ahead of it, and what lies
between would never be read; they are forgotten when nobody reads for a week, and do not move with a log. A position is
written after the batches before it are committed, so it never is ahead of the states; that it may be behind costs a
repetition. Where database and log do not fit together, the consumer says so and reads from where nothing is missed:
what was taken in before has no effect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.db.pool import Connection
from shared.runtime.unit_of_work import UnitsOfWork
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("positions")
_READ = "SELECT topic, kafka_partition, next, log FROM positions WHERE reader = $1 AND topic = ANY($2::text[])"
_COLUMNS = "unnest($2::text[], $3::integer[], $4::bigint[]) AS at(topic, kafka_partition, next)"
_PUT = f"""
INSERT INTO positions (reader, topic, kafka_partition, next, log) SELECT $1, at.*, $5 FROM {_COLUMNS}
ON CONFLICT (reader, topic, kafka_partition) DO UPDATE SET next = excluded.next, log = excluded.log
"""  # noqa: S608 - names are ours
_ADVANCE = f"""
UPDATE positions AS p SET next = at.next FROM {_COLUMNS}
WHERE (p.reader, p.topic, p.kafka_partition) = ($1, at.topic, at.kafka_partition) AND p.next < at.next
"""  # noqa: S608
_TOLD = {
    "other_log": "the log is another one than was read before; it is read from its beginning",
    "log_behind": "the log ends before what was read of it; it is read from its beginning",
    "records_gone": "the log no longer holds what comes next; it is read from its beginning",
    "database_behind": "the database is behind what was read, as after a restore; the log is read from there",
}


class Stored(NamedTuple):
    """What the database says: the next offset to read, and of which log."""

    next: int
    log: str


def choose(stored: Stored | None, log: str, begin: int, end: int, committed: int | None) -> tuple[int, str]:
    """Where to read on in a partition that holds the offsets from `begin` up to `end`, and what is odd about it.

    `committed` is the group's own offset: believed only where the database says nothing, as after the update from a
    release that kept no positions.
    """
    if stored is None:
        return (begin if committed is None else max(begin, min(committed, end))), ""
    if stored.log and log and stored.log != log:
        return begin, "other_log"
    if stored.next > end:
        return begin, "log_behind"
    if stored.next < begin:
        return begin, "records_gone"
    return stored.next, "database_behind" if committed is not None and committed > stored.next else ""


class Positions(ConsumerRebalanceListener):
    """The positions of one group member. They are looked up anew whenever partitions are given out."""

    def __init__(self, units: UnitsOfWork, bootstrap_servers: str, reader: str) -> None:
        self._units = units
        self._bootstrap = bootstrap_servers
        self._reader = reader
        self._log = ""
        self.next: dict[TopicPartition, int] = {}

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Others may read on from now."""
        self.next.clear()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """They are placed before the next batch."""

    async def start(self) -> None:
        """Begin anew, on whatever log there is now."""
        self.next.clear()
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            await admin.start()
            self._log = str((await admin.describe_cluster()).get("cluster_id") or "")
        finally:
            await admin.close()

    async def place(self, consumer: AIOKafkaConsumer) -> None:
        """Put partitions that were given to this member to where the database says."""
        new = sorted(consumer.assignment() - self.next.keys())
        if not new:
            return
        begins, ends = await consumer.beginning_offsets(new), await consumer.end_offsets(new)
        committed = {partition: await consumer.committed(partition) for partition in new}
        async with self._units.begin() as uow:
            stored = await self._stored(uow.conn, new)
            places: dict[TopicPartition, int] = {}
            for one in new:
                places[one], odd = choose(stored.get(one), self._log, begins[one], ends[one], committed[one])
                if odd:
                    metrics.positions_odd.labels(odd).inc()
                    _log.error(_TOLD[odd], topic=one.topic, partition=one.partition, offset=places[one])
            await uow.conn.execute(_PUT, *self._arguments(places), self._log)
        for partition, place in places.items():
            if partition in consumer.assignment():
                consumer.seek(partition, place)
                self.next[partition] = place

    async def hold(self, partitions: Collection[TopicPartition]) -> bool:
        """Whether the database still knows what was read; False where it was put back under us: all is placed anew."""
        async with self._units.pool.acquire() as conn:
            stored = await self._stored(conn, partitions)
        for partition in partitions:
            known = stored.get(partition)
            if known is None or known.next < self.next.get(partition, 0):
                self.next.clear()
                return False
        return True

    async def advance(self, offsets: Mapping[TopicPartition, int]) -> None:
        """All before these offsets is committed."""
        async with self._units.pool.acquire() as conn:
            await conn.execute(_ADVANCE, *self._arguments(offsets))
        self.next.update({partition: at for partition, at in offsets.items() if partition in self.next})

    async def _stored(self, conn: Connection, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Stored]:
        rows = await conn.fetch(_READ, self._reader, sorted({partition.topic for partition in partitions}))
        return {TopicPartition(r["topic"], r["kafka_partition"]): Stored(r["next"], r["log"]) for r in rows}

    def _arguments(self, offsets: Mapping[TopicPartition, int]) -> tuple[str, list[str], list[int], list[int]]:
        places = sorted(offsets)
        topics, numbers = [place.topic for place in places], [place.partition for place in places]
        return self._reader, topics, numbers, [offsets[place] for place in places]
