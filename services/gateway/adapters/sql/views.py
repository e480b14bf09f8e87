"""Saved views in the gateway's schema; a rebuild of the read model leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.gateway.application.view_ports import SavedView
from shared.db.pool import Pool
from shared.db.rows import Row

TABLES = (
    """
    CREATE TABLE desk_views (
        owner text NOT NULL,
        name text NOT NULL,
        url text NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (owner, name)
    )
    """,
)


class _ViewRow(Row):
    name: str
    url: str


class SqlSavedViews:
    """Documented at the port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def list(self, owner: str) -> Sequence[SavedView]:
        """The views of one caller, by name."""
        rows = await self._pool.fetch(
            "SELECT name, url FROM desk_views WHERE owner = $1 ORDER BY lower(name), name", owner, record_class=_ViewRow
        )
        return [SavedView(row.name, row.url) for row in rows]

    async def keep(self, owner: str, view: SavedView, now: datetime, *, most: int) -> bool:
        """Keep a view in the place of one of its name."""
        done = await self._pool.fetchval(
            "INSERT INTO desk_views AS v (owner, name, url, changed_at) SELECT $1, $2, $3, $4 "
            "WHERE (SELECT count(*) FROM desk_views o WHERE o.owner = $1 AND o.name <> $2) < $5 "
            "ON CONFLICT (owner, name) DO UPDATE SET url = excluded.url, changed_at = excluded.changed_at RETURNING 1",
            owner,
            view.name,
            view.url,
            now,
            most,
        )
        return bool(done)

    async def forget(self, owner: str, name: str) -> None:
        """Forget a view."""
        await self._pool.execute("DELETE FROM desk_views WHERE owner = $1 AND name = $2", owner, name)
