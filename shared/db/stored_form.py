"""In which form a service writes the states of its claims: packed, or as JSON while an older release runs beside it.

Releases up to 0.1 read JSON only. So a database that holds claims when it is migrated goes on with JSON, until an
operator says that no replica of an older release is left (`POST /admin/stored-form/packed`). From then on each state is
packed when it is next written; both forms are read for ever. A new database begins with the packed form.
"""

from __future__ import annotations

import time

from shared.db.pool import Connection

_EVERY_SECONDS = 60.0


class StoredForm:
    """The form that is in force: JSON until the database was asked, which is done again every minute."""

    def __init__(self) -> None:
        self.packed = False
        self._asked = -_EVERY_SECONDS

    def create(self, table: str) -> tuple[str, ...]:
        """The statements of a migration: the form's table, with JSON where `table` holds claims already."""
        return (
            "CREATE TABLE stored_form (form text NOT NULL CHECK (form IN ('json', 'packed')))",
            f"INSERT INTO stored_form SELECT CASE WHEN EXISTS (SELECT FROM {table}) THEN 'json' ELSE 'packed' END",  # noqa: S608
        )

    async def look(self, conn: Connection) -> None:
        """Take up the form that the database says, where that was not asked of late."""
        now = time.monotonic()
        if now - self._asked >= _EVERY_SECONDS:
            self._asked = now
            self.packed = await conn.fetchval("SELECT form FROM stored_form") == "packed"


async def pack_from_now(conn: Connection) -> None:
    """Say that no replica is left which reads JSON only."""
    await conn.execute("UPDATE stored_form SET form = 'packed' WHERE form = 'json'")
