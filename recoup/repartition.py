"""Gives the claims' log another number of partitions, which a claim's order rests on: all of it is laid out anew.

Kafka can add partitions to a topic, and a claim's later events would then stand beside its earlier ones, with no order
between them. So the log is copied out, made again, and copied in, each claim's events in their order to the one
partition that is theirs now. Services read it from its beginning afterwards; what they took in before has no effect.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from recoup.backup import Say, make_private, must_be_stopped
from shared.commands import CommandError
from shared.db.provision import SERVICES
from shared.events.base import CLAIMS_TOPIC
from shared.kafka import client_options
from shared.runtime.log_copy import Copied, copy_out, spread
from shared.runtime.topics import TOPICS, administering, ensure_topics_soon, log_of, partitions_of

_STATE = "repartition.json"
_PATIENCE = 120.0
_RESET = """
WITH gone AS (DELETE FROM {service}.positions WHERE topic = $1 RETURNING reader)
INSERT INTO {service}.positions (reader, topic, kafka_partition, next, log)
SELECT reader, $1, n, 0, $3 FROM (SELECT DISTINCT reader FROM gone) AS readers, generate_series(0, $2::integer - 1) AS n
"""


class _State(msgspec.Struct, frozen=True):
    """What was copied, to how many partitions it goes, and whether all of it is there."""

    log: tuple[Copied, ...]
    partitions: int
    done: bool = False


async def repartition(folder: Path, dsn: str, brokers: str, *, partitions: int, say: Say) -> int:
    """Lay the claims' log out over `partitions`; returns how many records it has.

    All services must be stopped; what waits in their outboxes comes after what is on the log. Where it breaks off it is
    called again with the same folder, and goes on from the copy, which stays until somebody deletes it.

    Args:
        folder: for the copy of the log; as private as the log.
        dsn: the administrator's DSN.
        brokers: host:port list of the Kafka brokers.
        partitions: how many; more than that never cost order, only open files.
        say: told each step in one line.

    Raises:
        CommandError: a service runs, the folder is of a call that has ended, the log has as many partitions, went on
            since it was copied, or is not there.
    """
    await must_be_stopped(dsn, SERVICES)
    state = await _copied(folder, brokers, partitions, say)
    replication = await _made_again(brokers, state)
    say(f"{CLAIMS_TOPIC}: made again with {state.partitions} partitions, {replication} copies of each")
    await spread(brokers, state.log, folder, CLAIMS_TOPIC, state.partitions)
    records = sum(one.records for one in state.log)
    say(f"{CLAIMS_TOPIC}: {records:,} records laid out")
    await _from_the_beginning(dsn, brokers, state.partitions)
    _write(folder, msgspec.structs.replace(state, done=True))
    return records


async def _copied(folder: Path, brokers: str, partitions: int, say: Say) -> _State:
    """The copy that is there already, or one that is made now."""
    file = folder / _STATE
    if file.exists():
        state = msgspec.json.decode(file.read_bytes(), type=_State)
        if state.done:
            raise CommandError(f"{folder} is of a log that was laid out before", "name a new folder", 2)
        now = await _ends(brokers)
        if len(now) == len(state.log) and now != {one.partition: one.next for one in state.log}:
            raise CommandError(f"the log went on since it was copied into {folder}", "name a new folder", 1)
        say(f"{folder}: the copy is whole, and is used")
        return state
    if len(await _ends(brokers)) == partitions:
        raise CommandError(f"{CLAIMS_TOPIC} has {partitions} partitions already", "name another number", 2)
    make_private(folder)
    copied = await copy_out(brokers, [CLAIMS_TOPIC], folder)
    if not copied:
        raise CommandError(f"the broker has no topic {CLAIMS_TOPIC}", "check KAFKA_BOOTSTRAP_SERVERS", 1)
    say(f"{folder}: {sum(one.records for one in copied):,} records of {len(copied)} partitions")
    state = _State(tuple(copied), partitions)
    _write(folder, state)
    return state


async def _ends(brokers: str) -> dict[int, int]:
    """The offset after the last record of each partition; empty where there is no log."""
    consumer = AIOKafkaConsumer(**client_options(brokers))
    await consumer.start()
    try:
        async with administering(brokers) as admin:
            places = [TopicPartition(CLAIMS_TOPIC, n) for n in await partitions_of(admin, CLAIMS_TOPIC)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()} if places else {}
    finally:
        await consumer.stop()


def _write(folder: Path, state: _State) -> None:
    scratch = folder / f"{_STATE}.new"
    scratch.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2))
    scratch.replace(folder / _STATE)


async def _made_again(brokers: str, state: _State) -> int:
    """Delete the topic and make it with the new number of partitions; returns of how many copies."""
    async with administering(brokers) as admin:
        described: Any = await admin.describe_topics([CLAIMS_TOPIC])
        copies = [len(part["replicas"]) for one in described for part in one["partitions"]]
        replication = max(copies, default=1)
        if copies:
            await admin.delete_topics([CLAIMS_TOPIC])
        async with asyncio.timeout(_PATIENCE):
            while CLAIMS_TOPIC in await admin.list_topics():
                await asyncio.sleep(0.2)
    topics = [one for one in TOPICS if one.name == CLAIMS_TOPIC]
    await ensure_topics_soon(
        brokers, partitions=state.partitions, replication_factor=replication, within=_PATIENCE, topics=topics
    )
    return replication


async def _from_the_beginning(dsn: str, brokers: str, partitions: int) -> None:
    """Every reader of the log begins with it: its positions were of the partitions of before."""
    async with administering(brokers) as admin:
        log = await log_of(admin)
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        async with connection.transaction():
            for service in SERVICES:
                await connection.execute(_RESET.format(service=service), CLAIMS_TOPIC, partitions, log)
            await connection.execute("DELETE FROM gateway.progress WHERE topic = $1", CLAIMS_TOPIC)
    finally:
        await connection.close()
