"""A gateway's read model with very many claims: real lives of a real run, cut at every point, under new ids.

The lives are projected by the gateway's own rules, sealed with the stack's own keys and written through its own tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from recoup_tools.bench.recording import Recorded
from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.sql.projection import as_row
from services.gateway.adapters.sql.tables import CLAIMS, TIMELINE_COLUMNS
from services.gateway.application.timeline import Entry, entries
from services.gateway.domain.project import project
from services.gateway.domain.view import ClaimView, Moments
from shared.events.base import Envelope
from shared.events.codec import decode
from shared.runtime.bulk import insert_rows
from shared.runtime.state_table import Stored

TENANTS = tuple(f"provider-{n:02}" for n in range(20))
_ROWS = 10_000
_SPREAD_DAYS = 730
_WHOLE = 0.6  # of the claims have come to their end, as in a portfolio that has been running for a while
_SEARCHED = ("claims", "timeline")


class Life(msgspec.Struct, frozen=True):
    """One real claim at one point: its view there, its account numbers and the rows of its timeline so far."""

    view: ClaimView
    control: str
    payer_claim: str
    rows: tuple[Entry, ...]


def lives(log: Sequence[Recorded], vault: Identifiers) -> list[tuple[Life, ...]]:
    """Every claim on the log, at each point of its life."""
    received: defaultdict[str, list[tuple[Envelope, bytes]]] = defaultdict(list)
    for record in log:
        envelope = decode(record.headers, record.value)
        received[envelope.claim_id].append((envelope, record.value))
    return [tuple(_points(events, vault)) for events in received.values()]


def _points(events: Sequence[tuple[Envelope, bytes]], vault: Identifiers) -> Generator[Life]:
    view: ClaimView | None = None
    rows: list[Entry] = []
    plain = {"patient_control_number": "", "payer_claim_number": ""}

    def identify(tenant: str, claim_id: str, field: str, value: str) -> Any:
        plain[field] = value
        return vault.identify(tenant, claim_id, field, value)

    for n, (envelope, payload) in enumerate(events):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)  # a transaction of its own for each event
        view = project(view, envelope, now, identify)
        rows += entries([(envelope, payload, True)], {envelope.claim_id: view}, now)
        yield Life(view, plain["patient_control_number"], plain["payer_claim_number"], tuple(rows))


async def fill(
    dsn: str, kinds: Sequence[tuple[Life, ...]], vault: Identifiers, *, claims: int, timelines: int
) -> list[str]:
    """Write `claims` claims, the first `timelines` of them with their timelines; returns the ids.

    Indexes are built afterwards, as for any load of this size.
    """
    conn = await asyncpg.connect(dsn, server_settings={"search_path": "gateway"}, command_timeout=3600)
    try:
        indexes = await conn.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'gateway' AND tablename = ANY($1) "
            "AND indexname NOT LIKE '%_pkey'",
            list(_SEARCHED),
        )
        for index in indexes:
            await conn.execute(f'DROP INDEX "{index["indexname"]}"')
        ids: list[str] = []
        rng = Random(1)
        while len(ids) < claims:
            some = [_one(rng, kinds, vault) for _ in range(min(_ROWS, claims - len(ids)))]
            async with conn.transaction():
                now = datetime.now(UTC)
                await CLAIMS.save(conn, [row for row, _ in some], now)
                entries = [entry for _, rows in some[: max(0, timelines - len(ids))] for entry in rows]
                await insert_rows(conn, "timeline", TIMELINE_COLUMNS, [as_row(entry) for entry in entries])
            ids += [row.claim_id for row, _ in some]
        for index in indexes:
            await conn.execute(index["indexdef"])
        await conn.execute("UPDATE webhook_cursor SET last_id = (SELECT max(id) FROM timeline)")
        for table in _SEARCHED:
            await conn.execute(f"VACUUM (ANALYZE) {table}")
        await conn.execute("CHECKPOINT")
        return ids
    finally:
        await conn.close()


def _one(rng: Random, kinds: Sequence[tuple[Life, ...]], vault: Identifiers) -> tuple[Stored[ClaimView], list[Entry]]:
    points = kinds[rng.randrange(len(kinds))]
    life = points[-1] if rng.random() < _WHOLE else points[rng.randrange(len(points))]
    claim_id, tenant = str(UUID(int=rng.getrandbits(128), version=4)), TENANTS[min(int(rng.expovariate(0.2)), 19)]
    ago = timedelta(seconds=rng.randrange(_SPREAD_DAYS * 86_400))
    view, suffix = life.view, f"-{rng.randrange(10**7):07}"
    if life.control:
        sealed = vault.identify(tenant, claim_id, "patient_control_number", life.control + suffix)
        view = replace(view, patient_control_number=sealed)
    if life.payer_claim:
        sealed = vault.identify(tenant, claim_id, "payer_claim_number", life.payer_claim + suffix)
        view = replace(view, payer_claim_number=sealed)
    view = replace(view, calendar=_earlier(view.calendar, ago), last_at=(view.last_at or datetime.now(UTC)) - ago)
    rows = [replace(row, claim_id=claim_id, tenant=tenant) for row in life.rows]
    return Stored(claim_id, view, tenant=tenant), rows


def _earlier(moments: Moments, ago: timedelta) -> Moments:
    return Moments(*(at and at - ago for at in msgspec.structs.astuple(moments)))
