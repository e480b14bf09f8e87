"""What a service says of itself to whoever watches all of them: version, consumers, counts since its start, outbox."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import msgspec
from msgspec import Meta
from prometheus_client import Counter, Gauge

from shared.runtime.runtime import Runtime
from shared.telemetry import metrics

_STARTED = datetime.now(UTC)


class Member(msgspec.Struct, frozen=True):
    """One consumer of the service: its consumer group, what it reads, and how it goes."""

    group: Annotated[str, Meta(description="consumer group on the broker")]
    topics: Annotated[list[str], Meta(description="what it reads")]
    healthy: Annotated[bool, Meta(description="it polls, and does not fail again and again")]
    seconds_since_commit: Annotated[
        float | None, Meta(description="since it last handled a batch and committed; null: never since the start")
    ]


class Counts(msgspec.Struct, frozen=True):
    """What this process counted since its start; a lower number than before means that it was started again."""

    handled: Annotated[int, Meta(description="events handled, each once", ge=0)]
    emitted: Annotated[int, Meta(description="events written to the outbox", ge=0)]
    retries: Annotated[int, Meta(description="batches tried again after a transient error", ge=0)]
    errors: Annotated[int, Meta(description="records parked, and deadlines that could not be acted on", ge=0)]
    restarts: Annotated[
        int, Meta(description="consumers and background loops that failed and were started again", ge=0)
    ]


class ServiceStatus(msgspec.Struct, frozen=True):
    """A process of a service as it sees itself now."""

    service: Annotated[str, Meta(description="its name")]
    replica: Annotated[str, Meta(description="host:port; what names this process among those of the service")]
    version: Annotated[str, Meta(description="release of the code that runs")]
    started_at: Annotated[datetime, Meta(description="when this process began")]
    database: Annotated[bool, Meta(description="the database answers and has this service's tables")]
    broker: Annotated[bool, Meta(description="the broker answers")]
    publishing: Annotated[bool, Meta(description="the outbox moves")]
    members: Annotated[list[Member], Meta(description="its consumers")]
    counts: Annotated[Counts, Meta(description="since its start")]
    outbox: Annotated[int, Meta(description="events waiting for the relay, sampled every half minute", ge=0)]
    parked: Annotated[int, Meta(description="dead letters that wait", ge=0)]


def release() -> str:
    """The version of the code, or `unknown` where it is not installed as a distribution."""
    try:
        return version("recoup")
    except PackageNotFoundError:
        return "unknown"


async def status_of(runtime: Runtime) -> ServiceStatus:
    """Ask database and broker, three seconds at most, and read the counts of this process."""
    database, broker = await asyncio.gather(runtime.database_ready(), runtime.broker_ready())
    return ServiceStatus(
        service=runtime.name,
        replica=runtime.replica,
        version=release(),
        started_at=_STARTED,
        database=database,
        broker=broker,
        publishing=runtime.upkeep.publishing,
        members=[
            Member(
                consumer.group,
                list(consumer.topics),
                consumer.healthy and not consumer.crash_looping,
                consumer.seconds_since_commit,
            )
            for consumer in runtime.consumers
        ],
        counts=Counts(
            handled=total(metrics.events_handled),
            emitted=total(metrics.events_emitted),
            retries=total(metrics.retries),
            errors=total(metrics.events_parked) + total(metrics.timers_failed),
            restarts=total(metrics.consumer_restarts) + total(metrics.loop_restarts),
        ),
        outbox=total(metrics.outbox_pending),
        parked=total(metrics.parked_now),
    )


def total(metric: Counter | Gauge) -> int:
    """The sum of a metric over all its labels."""
    return int(
        sum(
            sample.value
            for family in metric.collect()
            for sample in family.samples
            if not sample.name.endswith("_created")
        )
    )
