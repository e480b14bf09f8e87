"""How each service of the system is, as the ops view asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from services.gateway.domain.service_health import Finding, Level, Minute, Standing, Thresholds


class ServiceRow(msgspec.Struct, frozen=True):
    """A service now, and its last hour."""

    service: str
    level: Annotated[Level, Meta(description="the worst of its findings; good where there are none")]
    findings: Annotated[list[Finding], Meta(description="what is not well, in words, the worst first")]
    version: Annotated[str, Meta(description="release that the process heard last runs; empty: none was heard")]
    replicas: Annotated[list[str], Meta(description="processes heard within the last minute")]
    answered_at: Annotated[datetime | None, Meta(description="when it was heard last; null: not since the start")]
    behind: Annotated[int | None, Meta(description="events of the log that it has not handled; null: broker silent")]
    behind_seconds: Annotated[float, Meta(description="how long the oldest of these has waited, at most an hour", ge=0)]
    rate: Annotated[float, Meta(description="events handled a second over the last minute", ge=0)]
    errors: Annotated[int, Meta(description="records parked and deadlines failed within the hour", ge=0)]
    retries: Annotated[int, Meta(description="batches tried again within the hour", ge=0)]
    restarts: Annotated[int, Meta(description="consumers and loops started again within the hour", ge=0)]
    last_commit_at: Annotated[datetime | None, Meta(description="when it last handled a batch; null: not known")]
    outbox: Annotated[int, Meta(description="events waiting for its relay", ge=0)]
    parked: Annotated[int, Meta(description="dead letters that wait", ge=0)]
    standing: Annotated[list[Standing], Meta(description="partitions that have more and do not move")]
    history: Annotated[list[Minute], Meta(description="the last hour by the minute, the oldest first")]


class Services(msgspec.Struct, frozen=True):
    """Every service, those in the way of a claim in its order; `thresholds` say from when on one is not well."""

    at: datetime
    broker: Annotated[bool, Meta(description="the broker answers")]
    thresholds: Thresholds
    items: list[ServiceRow]


class ServiceWatch(Protocol):
    """Watches all services in the background."""

    def rows(self) -> Services:
        """How each is now."""
        ...
