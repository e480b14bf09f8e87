"""The end of the timeline, followed once for all listeners of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.tables import details_and_sentence
from services.gateway.application.access import Principal
from services.gateway.application.live import Frame, Listener, LiveSubscriptions
from shared.db.pool import TRANSIENT, Pool
from shared.db.rows import Row
from shared.telemetry.logging import Log


class _TailRow(Row):
    id: int
    claim_id: UUID
    tenant: str
    position: int
    type: str
    after: str
    sentence: str
    occurred_at: datetime
    details: str
    packed: bytes | None
    quiet: bool


_log = Log("live")
_EVERY_SECONDS = 0.1
_BATCH = 1000
_COLUMNS = "id, claim_id, tenant, position, type, after, sentence, occurred_at, details, packed"


class _Live(msgspec.Struct, frozen=True):
    id: str
    claim_id: str
    tenant: str
    position: int
    type: str
    state_after: str
    sentence: str
    occurred_at: str
    data: msgspec.Raw


class Tail:
    """Reads new rows of the timeline and gives them to the switchboard. Idle while nobody listens."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.switchboard = LiveSubscriptions()
        self._last = 0
        self._listening = asyncio.Event()
        self._lock = asyncio.Lock()

    async def listen(self, listener: Listener) -> int:
        """Join; returns the id after which everything will be offered to the listener."""
        async with self._lock:
            if self.switchboard.count == 0:
                self._last = await self._pool.fetchval("SELECT coalesce(max(id), 0) FROM timeline") or 0
            self.switchboard.add(listener)
            self._listening.set()
            return self._last

    def leave(self, listener: Listener) -> None:
        """Take a listener off; with the last one the following pauses."""
        self.switchboard.remove(listener)
        if self.switchboard.count == 0:
            self._listening.clear()

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            await self._listening.wait()
            try:
                async with self._lock:
                    full = await self._step()
            except (asyncpg.PostgresError, *TRANSIENT) as error:
                _log.warning("the tail of the timeline was interrupted", error_type=type(error).__name__)
                full = False
            await asyncio.sleep(0 if full else _EVERY_SECONDS)

    async def _step(self) -> bool:
        # Ids are given in the order of commits, so "above the last" misses nothing; a rebuild's rows are old news.
        rows = await self._pool.fetch(
            f"SELECT {_COLUMNS}, quiet FROM timeline WHERE id > $1 ORDER BY id LIMIT $2",  # noqa: S608
            self._last,
            _BATCH,
            record_class=_TailRow,
        )
        if rows:
            self._last = rows[-1].id
            self.switchboard.publish(frame(row) for row in rows if not row.quiet)
        return len(rows) == _BATCH


async def missed(reader: Reader, who: Principal, listener: Listener, after: int, limit: int) -> Sequence[Frame]:
    """What a listener missed, as its caller may see it."""
    async with reader.session(who) as conn:
        rows = await conn.fetch(
            f"SELECT {_COLUMNS} FROM timeline WHERE id > $1 AND NOT quiet "  # noqa: S608
            "AND ($2::uuid IS NULL OR claim_id = $2) AND ($3::text[] = '{}' OR type = ANY($3)) ORDER BY id LIMIT $4",
            after,
            listener.claim_id,
            sorted(listener.types),
            limit,
            record_class=_TailRow,
        )
    return [frame(row) for row in rows]


def frame(row: _TailRow) -> Frame:
    """A row of the timeline as a frame of `text/event-stream`."""
    details, sentence = details_and_sentence(row)
    live = _Live(
        str(row.id),
        str(row.claim_id),
        row.tenant,
        row.position,
        row.type,
        row.after,
        sentence,
        row.occurred_at.isoformat(),
        msgspec.Raw(details),
    )
    text = b"id: %d\nevent: claim\ndata: %b\n\n" % (row.id, msgspec.json.encode(live))
    return Frame(row.id, row.tenant, str(row.claim_id), row.type, text)
