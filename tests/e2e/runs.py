"""A whole run on a stack of its own, and its outcome in a form that two runs can be compared by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from recoup_tools.demo.figures import Figures
from recoup_tools.demo.readlog import claims_on_log
from recoup_tools.demo.run import Demo
from recoup_tools.stack import Stack

Disturb = Callable[[Stack, asyncio.Event], Coroutine[Any, Any, None]]


class Outcome(msgspec.Struct):
    """What came of a run: for each claim and each service the events it emitted, in its order and without dates."""

    events: dict[str, dict[str, list[tuple[int, str, Any]]]]
    figures: Figures
    discrepancies: list[str]
    dead_letters: dict[str, int]
    traces: dict[str, set[str]]


async def whole_run(directory: Path, *, claims: int, seed: int, disturb: Disturb | None = None) -> Outcome:
    """Generate, submit, play to the end, and read the outcome off the log."""
    stack = Stack(directory, rehearsal=True)
    console = Console(quiet=True)
    try:
        await stack.up(simulator=True)
        demo = Demo(stack, console, claims=claims, seed=seed)
        manifest = demo.write_files()
        over = asyncio.Event()
        trouble = asyncio.create_task(disturb(stack, over)) if disturb else None
        await _play(demo.play(manifest, timeout=400), trouble)
        over.set()
        if trouble is not None:
            await trouble
        books, _ = await demo.check()
        await demo.close()
        events: dict[str, dict[str, list[tuple[int, str, Any]]]] = {}
        traces: dict[str, set[str]] = {}
        async for claim in claims_on_log(stack.bootstrap):
            by_source = events.setdefault(claim.control_number, {})
            traces[claim.control_number] = {envelope.traceparent.split("-")[1] for envelope in claim.log}
            for envelope in claim.log:
                entry = (envelope.sequence, envelope.type, timeless(envelope.data))
                by_source.setdefault(envelope.source, []).append(entry)
        return Outcome(
            events, books.figures(), [str(d) for d in books.discrepancies], await _dead_letters(stack), traces
        )
    finally:
        stack.down()


async def _play(play: Coroutine[Any, Any, None], trouble: asyncio.Task[None] | None) -> None:
    """Play to the end; a fault in what disturbs it ends the run at once, instead of by its time limit."""
    playing = asyncio.create_task(play)
    await asyncio.wait([playing, *([trouble] if trouble else [])], return_when=asyncio.FIRST_COMPLETED)
    if trouble is not None and trouble.done() and trouble.exception() is not None:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        trouble.result()
    await playing


def timeless(value: Any) -> Any:
    """The value without dates: on which day of the calendar a thing happened is not a part of what happened."""
    if isinstance(value, msgspec.Struct):
        return {
            name: timeless(part)
            for name in value.__struct_fields__
            if not isinstance(part := getattr(value, name), date | datetime)
        }
    if isinstance(value, tuple | list):
        return [timeless(part) for part in value]
    if isinstance(value, Decimal):
        return str(value.normalize())
    return value


async def _dead_letters(stack: Stack) -> dict[str, int]:
    import asyncpg

    connection = await asyncpg.connect(stack.admin_dsn)
    try:
        services = ("intake", "benchmark", "appeals", "settlement", "gateway")
        return {s: await connection.fetchval(f"SELECT count(*) FROM {s}.parked") for s in services}
    finally:
        await connection.close()
