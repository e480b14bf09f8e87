"""How far a consumer group has read each partition, kept in the database beside the states, and believed before Kafka.

Kafka keeps a group's offsets apart from the books: after a restore of the database they are ahead of it, and what lies
between would never be read; they are forgotten when nobody reads for a week, and do not move with a log. A position is
written after the batches before it are committed, so it never is ahead of the states; that it may be behind costs a
repetition. Where database and log do not fit together, the consumer says so and reads from where nothing is missed:
what was taken in before has no effect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from shared.db.pool import Connection
from shared.events.base import CLAIMS_TOPIC
from shared.runtime.topics import administering, log_of
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("positions")
_LONGEST_MINUTES = 15
"""How long deadlines wait, at most, for the log to be read up after a restore."""
_READ = """
SELECT topic, kafka_partition, next, log, until FROM positions WHERE reader = $1 AND topic = ANY($2::text[])
"""
_KNOWN = "SELECT topic, kafka_partition FROM positions WHERE reader = $1 ORDER BY 1, 2"
_COLUMNS = "unnest($2::text[], $3::integer[], $4::bigint[]) AS at(topic, kafka_partition, next)"
_PUT = f"""
INSERT INTO positions AS p (reader, topic, kafka_partition, next, log) SELECT $1, at.*, $5 FROM {_COLUMNS}
ON CONFLICT (reader, topic, kafka_partition) DO UPDATE SET next = excluded.next, log = excluded.log
"""  # noqa: S608 - names are ours
_PUT_BACK = f"""
UPDATE positions AS p SET until = greatest(p.until, at.next),
    put_back_at = CASE WHEN p.next < p.until THEN p.put_back_at ELSE clock_timestamp() END
FROM {_COLUMNS} WHERE (p.reader, p.topic, p.kafka_partition) = ($1, at.topic, at.kafka_partition)
"""  # noqa: S608
_ALL_READ = "UPDATE positions SET put_back_at = NULL WHERE put_back_at IS NOT NULL AND next >= until"
CATCHING_UP = f"""
SELECT EXISTS (SELECT FROM positions WHERE next < until
    AND put_back_at BETWEEN clock_timestamp() - interval '{_LONGEST_MINUTES} minutes' AND clock_timestamp())
"""  # noqa: S608
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


class CatchingUp(Protocol):
    """What a service does about a log that is ahead of its database."""

    async def prepare(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """Learn from these ranges of offsets what the service had decided; they are read after that."""
        ...

    async def finish(self, uow: UnitOfWork) -> None:
        """The claims' log is read up."""
        ...


class Stored(NamedTuple):
    """What the database says: the next offset to read, of which log, and up to where it is read after a restore."""

    next: int
    log: str
    until: int = 0


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
    behind = stored.next < stored.until or (committed is not None and committed > stored.next)
    return stored.next, "database_behind" if behind else ""


async def stored_positions(
    conn: Connection, reader: str, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, Stored]:
    """What the database says of a reader and the topics of these partitions."""
    rows = await conn.fetch(_READ, reader, sorted({partition.topic for partition in partitions}))
    return {TopicPartition(r["topic"], r["kafka_partition"]): Stored(r["next"], r["log"], r["until"]) for r in rows}


async def put_positions(conn: Connection, reader: str, places: Mapping[TopicPartition, int], log: str) -> None:
    """Write where a reader is in a log, be it before where it was."""
    await conn.execute(_PUT, *_arguments(reader, places), log)


async def advance_positions(conn: Connection, reader: str, places: Mapping[TopicPartition, int]) -> None:
    """Write that a reader is this far; nothing goes back."""
    await conn.execute(_ADVANCE, *_arguments(reader, places))


def _arguments(reader: str, offsets: Mapping[TopicPartition, int]) -> tuple[str, list[str], list[int], list[int]]:
    places = sorted(offsets)
    topics, numbers = [place.topic for place in places], [place.partition for place in places]
    return reader, topics, numbers, [offsets[place] for place in places]


class Positions(ConsumerRebalanceListener):
    """The positions of one group member. They are looked up again whenever partitions are given out."""

    def __init__(
        self, units: UnitOfWorkFactory, bootstrap_servers: str, reader: str, catching_up: CatchingUp | None = None
    ) -> None:
        """`catching_up` is asked for what must be known of the log before it is read up after a restore."""
        self._catching_up = catching_up
        self._put_back = False
        self._until: dict[TopicPartition, int] = {}
        self._waiting: set[TopicPartition] = set()
        self._units = units
        self._bootstrap = bootstrap_servers
        self._reader = reader
        self._log = ""
        self.looked = False
        """True if it is known if the database was put back before this process began."""
        self.next: dict[TopicPartition, int] = {}

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Others may read on from now."""
        self._forget()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """They are placed before the next batch, also those that were placed while they were being given out."""
        self._forget()

    def _forget(self) -> None:
        self.next.clear()
        self._until.clear()
        self._waiting.clear()

    async def start(self) -> None:
        """Begin again, on whatever log there is now; sees at once whether the database was put back, whoever reads."""
        self.next.clear()
        async with self._units.pool.acquire() as conn:
            known = [TopicPartition(r["topic"], r["kafka_partition"]) for r in await conn.fetch(_KNOWN, self._reader)]
        async with administering(self._bootstrap) as admin:
            self._log = await log_of(admin)
            # partitions by name: the broker of a machine without Java cannot list all that a group has
            found = await admin.list_consumer_group_offsets(self._reader, partitions=known) if known else {}
        committed: dict[TopicPartition, int] = {one: at.offset for one, at in found.items() if at.offset >= 0}
        async with self._units.begin() as uow:
            stored = await stored_positions(uow.conn, self._reader, committed)
            behind = {
                one: at
                for one, at in committed.items()
                if one in stored and stored[one].next < at and stored[one].log == self._log
            }
            if behind:
                await uow.conn.execute(_PUT_BACK, *_arguments(self._reader, behind))
        self.looked = True

    async def settle(self, consumer: AIOKafkaConsumer) -> None:
        """Before each batch: place what was given to this member, and end a restore when its log is read up."""
        await self._place(consumer)
        await self._go_on(consumer)

    async def _place(self, consumer: AIOKafkaConsumer) -> None:
        """Put partitions that were given to this member to where the database says."""
        new = sorted(consumer.assignment() - self.next.keys())
        if not new:
            return
        begins, ends = await consumer.beginning_offsets(new), await consumer.end_offsets(new)
        committed = {partition: await consumer.committed(partition) for partition in new}
        async with self._units.begin() as uow:
            stored = await stored_positions(uow.conn, self._reader, new)
            places: dict[TopicPartition, int] = {}
            behind: dict[TopicPartition, int] = {}
            for one in new:
                places[one], odd = choose(stored.get(one), self._log, begins[one], ends[one], committed[one])
                if not odd and self._put_back and places[one] < ends[one]:
                    odd = "database_behind"
                if odd == "database_behind":
                    behind[one] = ends[one]
                if odd:
                    metrics.positions_odd.labels(odd).inc()
                    _log.error(_TOLD[odd], topic=one.topic, partition=one.partition, offset=places[one])
            await put_positions(uow.conn, self._reader, places, self._log)
            if behind:
                await uow.conn.execute(_PUT_BACK, *_arguments(self._reader, behind))
        self._put_back = False
        if behind and self._catching_up is not None:
            await self._catching_up.prepare({one: (places[one], end) for one, end in behind.items()})
        for partition, place in places.items():
            if partition in consumer.assignment():
                consumer.seek(partition, place)
                self.next[partition] = place
        self._until |= {one: end for one, end in behind.items() if one in self.next}
        # Other topics wait for the claims' log: when their records counted among its events is written there.
        log = any(one.topic == CLAIMS_TOPIC and self.next[one] < end for one, end in self._until.items())
        self._waiting = {one for one in self.next if one.topic != CLAIMS_TOPIC} if log else set[TopicPartition]()
        if self._waiting:
            consumer.pause(*self._waiting)

    async def _go_on(self, consumer: AIOKafkaConsumer) -> None:
        """Once the claims' log is read up after a restore, end that, and read other topics again."""
        if not self._until or any(
            self.next.get(one, end) < end for one, end in self._until.items() if one.topic == CLAIMS_TOPIC
        ):
            return
        async with self._units.begin() as uow:
            if self._catching_up is not None:
                await self._catching_up.finish(uow)
            await uow.conn.execute(_ALL_READ)
        self._until.clear()
        waiting, self._waiting = self._waiting, set[TopicPartition]()
        if waiting & consumer.assignment():
            consumer.resume(*(waiting & consumer.assignment()))

    async def hold(self, partitions: Collection[TopicPartition]) -> bool:
        """True if the database still knows what was read; False where it was put back under us: all is placed again."""
        async with self._units.pool.acquire() as conn:
            stored = await stored_positions(conn, self._reader, partitions)
        for partition in partitions:
            known = stored.get(partition)
            if known is None or known.next < self.next.get(partition, 0):
                self.next.clear()
                self._put_back = True
                return False
        return True

    async def advance(self, offsets: Mapping[TopicPartition, int]) -> None:
        """All before these offsets is committed."""
        if not offsets:
            return
        async with self._units.pool.acquire() as conn:
            await advance_positions(conn, self._reader, offsets)
        self.next.update({partition: at for partition, at in offsets.items() if partition in self.next})
