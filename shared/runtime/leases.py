"""Names that one process at a time holds, kept as rows: whoever stops renewing a lease loses it.

A lease is a row and no lock of a session, so it survives a pooler that gives each transaction another session, and ends
with its time where a process hangs, is cut off or dies with its host. Time is the database's alone. Each statement
stands for itself: a process that is stopped in the middle of renewing leaves no lock behind that others wait for.

`token` is greater with every new holder. What a holder may only do while it is the holder names its token in the
statement that does it, so that an earlier one, late, changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from shared.db.pool import Connection
from shared.events.codec import new_event_id

SECONDS = 10.0
"""How long a lease lasts that is not renewed."""
RENEW_EVERY = 2.5
"""Seconds between renewals: three may fail. With `SECONDS` this is how soon others take over: 12.5 s at most."""
_STATEMENT_SECONDS = 5.0


def _free(lasting: str) -> str:
    """SQL for a lease that nobody holds; one that ends later than any could was given before the clock was put back."""
    return f"(held.expires_at <= clock_timestamp() OR held.expires_at > clock_timestamp() + 2 * {lasting}::interval)"


_TAKE = f"""
INSERT INTO leases AS held (name, holder, expires_at)
SELECT name, $2, clock_timestamp() + $3::interval FROM unnest($1::text[]) AS wanted(name) ORDER BY name
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
    token = CASE WHEN held.holder = excluded.holder THEN held.token ELSE excluded.token END
WHERE held.holder = excluded.holder OR {_free("$3")}
RETURNING name, token
"""  # noqa: S608 - names are ours
_LIVING = f"SELECT name, holder FROM leases AS held WHERE starts_with(name, $1) AND NOT {_free('$2')}"  # noqa: S608
_RELEASE = "DELETE FROM leases WHERE name = ANY($1::text[]) AND holder = $2"
_FORGET = "DELETE FROM leases WHERE expires_at < clock_timestamp() - interval '1 day'"


class Leases:
    """What one holder, a process or a part of one, has taken of a service's leases."""

    def __init__(self, *, seconds: float = SECONDS, holder: str = "") -> None:
        self.holder = holder or new_event_id()
        self._lasting = timedelta(seconds=seconds)

    async def take(self, conn: Connection, names: Iterable[str]) -> dict[str, int]:
        """Take names that are free and renew those already held; returns all that are held now, with their tokens."""
        rows = await conn.fetch(_TAKE, sorted(names), self.holder, self._lasting, timeout=_STATEMENT_SECONDS)
        return {row["name"]: row["token"] for row in rows}

    async def living(self, conn: Connection, prefix: str) -> dict[str, str]:
        """The leases in force whose names begin with `prefix`, with their holders."""
        rows = await conn.fetch(_LIVING, prefix, self._lasting, timeout=_STATEMENT_SECONDS)
        return {row["name"]: row["holder"] for row in rows}

    async def release(self, conn: Connection, names: Collection[str]) -> None:
        """Give names back at once; those that are another's by now are left alone."""
        if names:
            await conn.execute(_RELEASE, sorted(names), self.holder, timeout=_STATEMENT_SECONDS)


async def forget_ended(conn: Connection) -> None:
    """Delete the leases of holders that are long gone."""
    await conn.execute(_FORGET)
