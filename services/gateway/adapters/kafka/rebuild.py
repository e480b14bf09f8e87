"""Rebuild the read model from the claims' log: forget it, and read the log again from its beginning.

The gateway must not run meanwhile. Nobody is told the old news again: rows of events that had been taken in before are
marked quiet, and live streams and webhooks pass over them. Each step may be repeated after a crash.
Whatever is sealed is sealed again with the newest key, so that an old key can go afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.kafka.lag import started
from services.gateway.adapters.sql.webhooks import Webhooks
from services.gateway.settings import GatewaySettings
from shared.db.pool import open_pool
from shared.events.base import CLAIMS_TOPIC
from shared.kafka import client_options
from shared.runtime.topics import partitions_of


class StillRunning(Exception):
    """A gateway of this consumer group is running; stop it first."""


class Rebuilt(msgspec.Struct, frozen=True):
    """What was forgotten, and how many records there are to read again."""

    claims_forgotten: int
    records_to_read: int


async def rebuild(settings: GatewaySettings, *, begin: Mapping[int, int] | None = None) -> Rebuilt:
    """Prepare the rebuild; the gateway does the reading when it is started again. Raises `StillRunning`.

    `begin` gives each partition's offset to read from, where that is not the log's beginning.
    """
    records = await _rewind(settings, begin)
    pool = await open_pool(settings.database_url.get_secret_value(), service="gateway", size=2)
    try:
        async with pool.acquire() as conn, conn.transaction():
            forgotten = await conn.fetchval("SELECT count(*) FROM claims") or 0
            await conn.execute(
                "UPDATE progress SET quiet_until = greatest(quiet_until, kafka_offset), kafka_offset = -1"
            )
            await conn.execute("TRUNCATE claims, timeline, illegal_transition, inbox, set_aside, desk, traces")
            await conn.execute("DELETE FROM parked WHERE topic = $1", CLAIMS_TOPIC)
            # Without a position of its own the gateway begins at its group's offsets, which were put back above.
            await conn.execute("DELETE FROM positions WHERE reader = $1", settings.gateway_group)
        await Webhooks(pool, Identifiers(settings.phi_keys.get_secret_value())).reseal()
    finally:
        await pool.close()
    return Rebuilt(forgotten, records)


async def _rewind(settings: GatewaySettings, begin: Mapping[int, int] | None) -> int:
    """Put the group's offsets to the beginning; returns how many records lie before it.

    Done first: should the rest not happen, the claims still know every event and the reading changes nothing.
    """
    bootstrap, group = settings.kafka_bootstrap_servers, settings.gateway_group
    admin = await started(AIOKafkaAdminClient(**client_options(bootstrap)))
    try:
        described: list[Any] = await admin.describe_consumer_groups([group])
        if any(members for response in described for *_, members, _ in response.groups):
            raise StillRunning(f"a gateway of group {group} is running: stop it first (recoup down)")
        partitions = [TopicPartition(CLAIMS_TOPIC, n) for n in await partitions_of(admin, CLAIMS_TOPIC)]
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer(**client_options(bootstrap), group_id=group, enable_auto_commit=False)
    await started(consumer)
    try:
        consumer.assign(partitions)
        first = await consumer.beginning_offsets(partitions)
        if begin is not None:
            first = {tp: max(offset, begin.get(tp.partition, 0)) for tp, offset in first.items()}
        ends = await consumer.end_offsets(partitions)
        await consumer.commit(first)
    except KafkaError as error:
        raise StillRunning(f"the offsets of group {group} could not be set: {type(error).__name__}") from error
    finally:
        await consumer.stop()
    return sum(ends[tp] - first[tp] for tp in partitions)
