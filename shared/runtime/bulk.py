"""Set-based writes: one statement whatever the number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.db.pool import Connection

COPY_FROM = 300
"""Rows from which COPY's extra round trip pays; below it one INSERT over unnested arrays is faster (measured)."""


async def insert_rows(
    conn: Connection, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], *, suffix: str = ""
) -> None:
    """Insert rows; `columns` maps names to Postgres types, `suffix` is an ON CONFLICT clause (then never COPY)."""
    if not rows:
        return
    if len(rows) >= COPY_FROM and not suffix:
        await conn.copy_records_to_table(table, records=rows, columns=list(columns))
        return
    await conn.execute(insert_statement(table, columns, suffix), *transpose(rows))


def insert_statement(table: str, columns: Mapping[str, str], suffix: str = "") -> str:
    """`INSERT … SELECT` over one array parameter a column."""
    names = ", ".join(columns)
    arrays = ", ".join(f"${i}::{pg_type}[]" for i, pg_type in enumerate(columns.values(), 1))
    return f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {suffix}"  # noqa: S608 - names are ours


def transpose(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows to columns, as array parameters want them."""
    return [list(column) for column in zip(*rows, strict=True)]
