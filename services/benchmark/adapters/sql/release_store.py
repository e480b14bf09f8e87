"""Reference releases as the routes load, compute and withdraw them."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import msgspec

from services.benchmark.adapters.packed import Packed, PackedRelease, PackedTable, size_of
from services.benchmark.adapters.shipped import shipped_reference
from services.benchmark.adapters.sql.files import SqlClaimStream
from services.benchmark.adapters.sql.references import store, withdraw
from services.benchmark.application.ports import KeptRelease, SnapshotOrder, UnreadableRelease
from services.benchmark.application.snapshot import Snapshot, sharing
from services.benchmark.domain.distributions import OWN
from services.benchmark.domain.statistics import PERCENTS
from shared.clock import Clock
from shared.db.pool import Pool


class SqlReferenceReleases:
    """The table of releases. Documented at its port, `application/ports.py`."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def keep(self, kind: str, content: bytes) -> KeptRelease:
        packed = await asyncio.to_thread(_unpacked, kind, content)
        return await self._keep(packed, kind)

    async def withdraw(self, kind: str, name: str) -> bool:
        async with self._pool.acquire() as conn:
            return await withdraw(conn, kind, name, self._clock.now())

    async def snapshot(self, order: SnapshotOrder) -> KeptRelease | None:
        gathered = Snapshot(order.kind, order.received_from, order.received_to, shipped_reference())
        claims = SqlClaimStream(self._pool)
        whose = sharing(order.tenants, await claims.tenants(), order.agreed.strip())
        async for page in claims.since(order.received_from, whose):
            for _, file in page:
                gathered.add(file)
        rows = await asyncio.to_thread(gathered.rows, order.minimum)
        if not rows:
            return None
        source = f"{OWN}, remittances {order.received_from} to {order.received_to}"
        if len(whose) > 1:
            source += f", by agreement: {order.agreed.strip()}"
        span = (order.effective_from, order.effective_to)
        return await self._keep(
            PackedTable(order.name, order.kind, *span, list(PERCENTS), rows, source, True, whose), order.kind
        )

    async def _keep(self, packed: Packed, kind: str) -> KeptRelease:
        size = size_of(packed)
        async with self._pool.acquire() as conn:
            new = await store(conn, packed, size, self._clock.now())
        return KeptRelease(packed.name, kind, new, size)


def _unpacked(kind: str, content: bytes) -> Packed:
    """What `write_packed` made; its dates must be in order, which nothing else would tell."""
    form = PackedRelease if kind == "cms" else PackedTable
    try:
        packed: Packed = msgspec.json.decode(gzip.decompress(content), type=form)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise UnreadableRelease(f"the content is no {kind} release: {error}") from None
    if isinstance(packed, PackedTable) and packed.kind != kind:
        raise UnreadableRelease(f"the content is a {packed.kind} release, not {kind}")
    if packed.effective_from > packed.effective_to:
        raise UnreadableRelease("the first date of service lies after the last")
    return packed
