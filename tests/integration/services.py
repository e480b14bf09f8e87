"""What the tests of every service need: a database of its own, emptied tables, a clock, and events as it hears them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from shared.clock import Clock
from shared.db.migrate import upgrade
from shared.db.pool import Pool, open_pool
from shared.db.provision import dsn_of, provision
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC, Envelope, Event, contract_of
from shared.events.claims import ClaimFacts, ClaimRejected
from shared.runtime.batch_processor import ReceivedEvent
from shared.runtime.parking import Origin
from tests.integration.conftest import Servers


class FixedClock(Clock):
    """A clock that tests move."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.instant = now

    def now(self) -> datetime:
        return self.instant


@asynccontextmanager
async def own_database(servers: Servers, service: str) -> AsyncGenerator[str]:
    """The DSN of `service` on a new database with its role and its tables; dropped at the end."""
    name, password = f"{service}_{uuid.uuid4().hex[:10]}", f"{service}-test"
    admin = await asyncpg.connect(servers.admin_dsn)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        database = urlunsplit(urlsplit(servers.admin_dsn)._replace(path=f"/{name}"))
        await provision(database, {service: password})
        dsn = dsn_of(database, service, password)
        await upgrade(dsn, service)
        yield dsn
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


async def emptied(dsn: str, service: str, *, size: int) -> Pool:
    """A pool on the service's schema with nothing in its tables."""
    pool = await open_pool(dsn, service=service, size=size)
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", service)
    names = ", ".join(row["tablename"] for row in tables if row["tablename"] != "alembic_version")
    await pool.execute(f"TRUNCATE {names}")
    return pool


def heard(events: Sequence[Event], at: datetime) -> list[ReceivedEvent]:
    """Events as a batch off the claims' log."""
    origin = Origin(CLAIMS_TOPIC, 0, 0, None, (), b"")
    return [
        ReceivedEvent(Envelope(id=str(uuid.uuid4()), type=contract_of(e).type, source="test", time=at, data=e), origin)
        for e in events
    ]


def from_payers(events: Sequence[Event], at: datetime) -> list[ReceivedEvent]:
    """The payers' messages as a batch off their topic."""
    return [
        ReceivedEvent(item.envelope, Origin(PAYER_INBOUND_TOPIC, 0, offset, event.claim_id.encode(), (), b"{}"))
        for offset, (item, event) in enumerate(zip(heard(events, at), events, strict=True))
    ]


def of_tenant(event: Event, tenant: str) -> Event:
    """The event with `tenant` where its data name one, as intake writes it."""
    claim = getattr(event, "claim", None)
    if isinstance(claim, ClaimFacts):
        return msgspec.structs.replace(event, claim=msgspec.structs.replace(claim, tenant=tenant))
    return msgspec.structs.replace(event, tenant=tenant) if isinstance(event, ClaimRejected) else event
