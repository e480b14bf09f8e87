"""What a claim costs end to end: rows, WAL, bytes stored, and processor time, on a workload that stays the same.

The whole stack runs on the frozen workload's own day, with the payers played, from empty tables until nothing is left
to do that day. Rows are those inserted, changed and deleted, their indexes' entries not counted; WAL is the server's;
stored is what tables and indexes have grown by, without the room of dead rows, which later claims fill. Processor time
hangs on machine and interpreter, and is shown only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from recoup_tools.bench.endtoend import quiet
from recoup_tools.bench.workload import Workload, frozen_workload
from recoup_tools.stack import SIMULATOR, Stack, StackError
from shared.clock import advance
from shared.db.provision import SERVICES

_SERVERS = ("kafka", "postgres")


class Cost(msgspec.Struct, frozen=True):
    """Of one claim: rows written and bytes stored by service, bytes of WAL, milliseconds of CPU by process."""

    claims: int
    rows: dict[str, float]
    stored: dict[str, float]
    wal: float
    milliseconds: dict[str, float]
    parked: int

    @property
    def all_rows(self) -> float:
        """Rows of all services."""
        return sum(self.rows.values())

    @property
    def all_stored(self) -> float:
        """Bytes of all services."""
        return sum(self.stored.values())


class _Tables(msgspec.Struct, frozen=True):
    rows: dict[str, int]
    stored: dict[str, int]
    parked: int


async def measure_costs(directory: Path, console: Console, workload: Workload | None = None) -> Cost:
    """Run the workload through a stack of its own in `directory`, which is stopped at the end."""
    workload = workload or frozen_workload()
    stack = Stack(directory, say=console.print, rehearsal=True)
    try:
        await stack.up(simulator=True)
        advance(stack.clock_file, workload.at - datetime.now(UTC))
        connection = await asyncpg.connect(stack.admin_dsn)
        try:
            before, log, used = await _tables(connection), await _log(connection), processor_seconds(stack)
            await _submit(stack, workload)
            await quiet(stack)
            written, spent = await _log(connection) - log, processor_seconds(stack)
            for service in SERVICES:  # a session tells the server the last of what it did when it ends
                stack.process(service).stop()
            await _vacuum(connection)
            after = await _tables(connection)
        finally:
            await connection.close()
    finally:
        stack.down()
    each = workload.claims
    return Cost(
        each,
        {name: (after.rows[name] - before.rows.get(name, 0)) / each for name in SERVICES},
        {name: (after.stored[name] - before.stored.get(name, 0)) / each for name in SERVICES},
        written / each,
        {name: (spent[name] - used[name]) * 1000 / each for name in spent},
        after.parked,
    )


async def _submit(stack: Stack, workload: Workload) -> None:
    headers = {"Authorization": f"Bearer {stack.admin_token}", "X-Tenant": stack.tenant}
    async with httpx.AsyncClient(timeout=600, headers=headers) as http:
        for name, content in workload.interchanges:
            answer = await http.post(f"{stack.url('intake')}/v1/edi", content=content)
            if answer.status_code not in (200, 422):  # 422: a file that holds nothing but claims to be refused
                raise StackError(f"intake answered {answer.status_code} to {name}", exit_code=1)


async def _tables(connection: asyncpg.Connection) -> _Tables:
    found = await connection.fetch(
        "SELECT schemaname, sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint AS rows, "
        "sum(pg_total_relation_size(relid))::bigint AS stored FROM pg_stat_user_tables "
        "WHERE schemaname = ANY($1) GROUP BY 1",
        list(SERVICES),
    )
    parked = sum([await connection.fetchval(f"SELECT count(*) FROM {name}.parked") for name in SERVICES])  # noqa: S608
    return _Tables(
        {row["schemaname"]: row["rows"] for row in found}, {row["schemaname"]: row["stored"] for row in found}, parked
    )


async def _log(connection: asyncpg.Connection) -> int:
    """Bytes of WAL since the beginning."""
    return int(await connection.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


async def _vacuum(connection: asyncpg.Connection) -> None:
    found = await connection.fetch(
        "SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables WHERE schemaname = ANY($1)",
        list(SERVICES),
    )
    for row in found:
        await connection.execute(f"VACUUM (FULL) {row['name']}")


def processor_seconds(stack: Stack) -> dict[str, float]:
    """Processor seconds that each process of the stack has had, with its children (the database's sessions)."""
    found: dict[str, float] = {}
    for name in (*SERVICES, SIMULATOR, *_SERVERS):
        process = stack.process(name).find()
        if process is None:
            continue
        try:
            whole = (process, *process.children(recursive=True))
            ended = process.cpu_times()
            own = sum(one.cpu_times().user + one.cpu_times().system for one in whole)
            found[name] = own + ended.children_user + ended.children_system
        except psutil.NoSuchProcess:
            continue
    return found


def print_costs(console: Console, cost: Cost) -> None:
    """The figures as a table."""
    table = Table("", "rows", "bytes stored", "ms CPU")
    for name, spent in cost.milliseconds.items():
        rows, stored = cost.rows.get(name), cost.stored.get(name)
        table.add_row(
            name, "" if rows is None else f"{rows:.1f}", "" if stored is None else f"{stored:,.0f}", f"{spent:.2f}"
        )
    total = sum(cost.milliseconds.values())
    table.add_row("all", f"{cost.all_rows:.1f}", f"{cost.all_stored:,.0f}", f"{total:.2f}")
    console.print(table)
    console.print(f"of each of {cost.claims:,} claims, with {cost.wal:,.0f} bytes of WAL; {cost.parked} events parked")
