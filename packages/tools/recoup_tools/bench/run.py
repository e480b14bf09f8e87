"""The whole benchmark, in one run: `recoup bench`."""

from __future__ import annotations

import os
import platform
import secrets
import shutil
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from recoup_tools.bench import assessing, endtoend, limits
from recoup_tools.bench.alone import Alone, run_alone
from recoup_tools.bench.peer import row_at_a_time
from recoup_tools.bench.recording import Recorded, fresh_topics, one_log, preload, record
from recoup_tools.stack import Stack, StackError
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase
from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.domain.claim_file import ClaimFile
from services.gateway.adapters.identifiers import Identifiers
from services.gateway.application.decider import ClaimViewDecider
from services.gateway.domain.view import ClaimView
from services.settlement.application.decider import SettlementDecider
from services.settlement.domain.account import Account
from shared.decider import Decider
from shared.events import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, PAYER_INBOUND_TOPIC, contract_of
from shared.events.codec import Header

PARTITIONS = 8
_STACKS = ("whole", "alone")
_TOPICS = {
    "benchmark": (CLAIMS_TOPIC,),
    "appeals": (CLAIMS_TOPIC,),  # payers' answers belong on a topic of their own, where they would come ahead of all
    "settlement": (CLAIMS_TOPIC,),
    "gateway": (CLAIMS_TOPIC,),
}


class Row(msgspec.Struct):
    """One service's figures. Events a second; ratios against the slower raw limit and against the peers."""

    service: str
    received: int
    emitted: int
    per_second: float
    raw_consume: float
    raw_insert: float
    of_limit: float
    peer: float | None
    times_peer: float | None
    batch_peer: float | None
    times_batch_peer: float | None
    peak_mib: float
    parked: int


class Result(msgspec.Struct):
    """One run."""

    at: datetime
    machine: str
    claims: int
    bulk_claims_per_second: float
    trickle_per_second: int
    trickle_latency: dict[str, endtoend.Latency]
    bulk_latency: dict[str, endtoend.Latency]
    services: list[Row]
    assessing: assessing.Assessing


async def run_bench(directory: Path, console: Console, *, claims: int, quick: bool) -> Result:
    """Measure, print, and write `bench.json` into `directory`."""
    clear(directory)
    a_second, seconds = (10, 2) if quick else (20, 15)
    whole = Stack(directory / "whole", say=console.print, rehearsal=True)
    try:
        console.print("end to end: every service and the payers' side")
        await whole.up(simulator=True, partitions=PARTITIONS)
        slowly = await endtoend.trickle(whole, directory / "trickle", a_second=a_second, seconds=seconds)
        rate, at_once = await endtoend.bulk(whole, directory / "bulk", claims)
        log = await record(whole.bootstrap, (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC))
    finally:
        whole.down()
    rows = await _each_alone(directory, console, log, sample=100 if quick else 1500)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    result = Result(
        datetime.now(UTC),
        machine,
        claims,
        rate,
        a_second,
        endtoend.latencies(log, slowly),
        endtoend.latencies(log, at_once),
        rows,
        assessing.measure(assessing.pairs_of(log)),
    )
    (directory / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    print_result(console, result)
    return result


def clear(directory: Path) -> None:
    """Forget the run before: stop what it left running, remove its state. Refuses a directory of anything else."""
    stacks = [directory / name for name in _STACKS]
    if directory.is_dir() and any(directory.iterdir()) and not any(part.is_dir() for part in stacks):
        raise StackError(f"{directory} holds no benchmark of before", "give --state a directory of its own")
    for part in stacks:
        if part.is_dir():
            Stack(part).down()
    shutil.rmtree(directory, ignore_errors=True)


async def _each_alone(directory: Path, console: Console, log: list[Recorded], *, sample: int) -> list[Row]:
    stack = Stack(directory / "alone", say=console.print, rehearsal=True)
    rows: list[Row] = []
    try:
        await stack.up_servers()
        await stack.prepare(PARTITIONS)
        await stack.migrate()
        rows.append(await _intake(stack, console, directory / "bulk"))
        for service, topics in _TOPICS.items():
            console.print(f"{service} alone")
            subscribes_to = _subscribes_to(service)
            received = one_log(r for r in log if r.topic in topics and r.type in subscribes_to)
            await fresh_topics(stack.bootstrap, PARTITIONS)
            await preload(stack.bootstrap, received)
            consume = await limits.plain_consume(stack.bootstrap, (CLAIMS_TOPIC,), len(received))
            insert = await limits.plain_insert(stack.admin_dsn, received)
            alone = await run_alone(stack, service, len({_id(r) for r in received}))
            decider, struct = _deciders()[service]
            story = whole_stories(received, sample)
            peer = await row_at_a_time(stack.admin_dsn, stack.bootstrap, decider, struct, story)
            batches = await _in_batches(stack, decider, struct, len(received), console)
            rows.append(_row(alone, consume, insert, peer, batches))
    finally:
        stack.down()
    return rows


async def _in_batches(
    stack: Stack, decider: Decider[Any], struct: type[Any], received: int, console: Console
) -> float | None:
    try:
        from recoup_tools.bench.batch_peer import batch_at_a_time
    except ModuleNotFoundError as error:  # a peer only: the tools do not depend on it
        console.print(f"not compared with FastStream: {error.name} is missing (`uv sync --group bench`)")
        return None
    return await batch_at_a_time(stack.admin_dsn, stack.bootstrap, decider, struct, received)


async def _intake(stack: Stack, console: Console, files: Path) -> Row:
    """Intake alone: every interchange of the bulk run as a record of `edi.inbound`; the unit is a claim or payment."""
    console.print("intake alone")
    paths = _interchanges(files)
    interchanges = [
        Recorded(EDI_INBOUND_TOPIC, n % PARTITIONS, path.name.encode(), path.read_bytes(), _sent(path), 0)
        for n, path in enumerate(paths)
    ]
    await preload(stack.bootstrap, interchanges)
    alone = await run_alone(stack, "intake", len(interchanges))
    connection = await asyncpg.connect(stack.admin_dsn)
    claims = await connection.fetchval("SELECT count(*) FROM intake.claims")
    payments = await connection.fetchval("SELECT count(*) FROM intake.remittances")
    await connection.close()
    units = claims + payments
    log = await record(stack.bootstrap, (CLAIMS_TOPIC,))
    consume = await limits.plain_consume(stack.bootstrap, (CLAIMS_TOPIC,), len(log))
    insert = await limits.plain_insert(stack.admin_dsn, log)
    counted = Alone("intake", units, alone.emitted, alone.seconds, alone.peak_mib, alone.parked)
    return _row(counted, consume, insert)


def _sent(path: Path) -> tuple[Header, ...]:
    """The headers of one interchange on `edi.inbound`: whose it is, who sent it and under which name."""
    return (("ce_tenant", b"demo"), ("ce_source", b"bench"), ("ce_id", path.name.encode()))


def whole_stories(received: Sequence[Recorded], sample: int) -> list[Recorded]:
    """About `sample` records: all those of as many claims as that takes, in their order."""
    claims = list(dict.fromkeys(r.key for r in received))
    chosen = set(claims[: max(1, sample * len(claims) // max(1, len(received)))])
    return [r for r in received if r.key in chosen]


def _interchanges(files: Path) -> list[Path]:
    return [path for path in sorted(files.iterdir()) if path.suffix not in (".json", ".ndjson")]


def _subscribes_to(service: str) -> frozenset[str]:
    return frozenset(contract_of(event).type for event in _deciders()[service][0].subscribes_to)


def _deciders() -> dict[str, tuple[Decider[Any], type[Any]]]:
    if not _DECIDERS:
        _DECIDERS["benchmark"] = (BenchmarkDecider(shipped_reference(), load_policy()), ClaimFile)
        _DECIDERS["appeals"] = (AppealsDecider(load_rules()), AppealCase)
        _DECIDERS["settlement"] = (SettlementDecider(), Account)
        _DECIDERS["gateway"] = (
            ClaimViewDecider(Identifiers(b64encode(secrets.token_bytes(36)).decode()).identify),
            ClaimView,
        )
    return _DECIDERS


_DECIDERS: dict[str, tuple[Decider[Any], type[Any]]] = {}


def _id(record: Recorded) -> bytes:
    return next((value for name, value in record.headers if name == "ce_id"), b"") or b""


def _row(alone: Alone, consume: float, insert: float, peer: float | None = None, batches: float | None = None) -> Row:
    rate = alone.per_second
    return Row(
        alone.service,
        alone.received,
        alone.emitted,
        round(rate),
        round(consume),
        round(insert),
        round(rate / min(consume, insert), 3),
        None if peer is None else round(peer),
        None if peer is None else round(rate / peer, 1),
        None if batches is None else round(batches),
        None if batches is None else round(rate / batches, 2),
        round(alone.peak_mib),
        alone.parked,
    )


def print_result(console: Console, result: Result) -> None:
    """The figures as tables."""
    console.print(f"\n{result.machine}; {result.claims:,} claims in bulk")
    console.print(f"end to end: {result.bulk_claims_per_second:,.0f} claims/s from submission until all is quiet")
    kinds = ((f"at {result.trickle_per_second} claims/s", result.trickle_latency), ("in bulk", result.bulk_latency))
    for how, latencies in kinds:
        for name, latency in latencies.items():
            console.print(
                f"  {how}, submission to {name}: p50 {latency.p50:.3f} s, p99 {latency.p99:.3f} s (n {latency.n})"
            )
    table = Table(
        "service",
        "in",
        "out",
        "in/s",
        "raw consume/s",
        "raw insert/s",
        "of limit",
        "peer/s",
        "× peer",
        "FastStream/s",
        "× FastStream",
        "MiB",
    )
    for row in result.services:
        table.add_row(
            row.service,
            f"{row.received:,}",
            f"{row.emitted:,}",
            f"{row.per_second:,.0f}",
            f"{row.raw_consume:,.0f}",
            f"{row.raw_insert:,.0f}",
            f"{row.of_limit:.0%}",
            "" if row.peer is None else f"{row.peer:,.0f}",
            "" if row.times_peer is None else f"{row.times_peer:.1f}",
            "" if row.batch_peer is None else f"{row.batch_peer:,.0f}",
            "" if row.times_batch_peer is None else f"{row.times_batch_peer:.2f}",
            f"{row.peak_mib:.0f}",
        )
    console.print(table)
    console.print(assessing.summary(result.assessing))
    for row in result.services:
        if row.parked:
            console.print(f"[red]{row.service} parked {row.parked} events: its figures count for nothing[/red]")
