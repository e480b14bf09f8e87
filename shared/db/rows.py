"""Rows of queries whose columns are declared, so that what is read of a row has a name and a type.

    class Due(Row):
        filing_id: UUID
        attempts: int

    rows = await conn.fetch(_DUE, now, record_class=Due)
    return [Filing(str(row.filing_id), row.attempts) for row in rows]

The type is a promise of the query; the integration tests hold every value that is read to it. What moves thousands of
rows a second (`shared/runtime`) reads by position or key, as fast as the driver gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg


class Row(asyncpg.Record):
    """The base of declared rows; a column is an attribute."""

    if not TYPE_CHECKING:

        def __getattr__(self, column: str) -> Any:
            try:
                return self[column]
            except KeyError:
                raise AttributeError(f"{type(self).__name__}: the query has no column {column!r}") from None


class ClaimId(Row):
    """A claim's id."""

    claim_id: str
