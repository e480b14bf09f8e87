"""A whole run on a stack of its own, and its outcome in a form that two runs can be compared by."""

from __future__ import annotations

import asyncio
from collections import Counter
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


_APART = "recoup.idr.valued.v1"
"""Told when appeals says that talks began: the payer's first offer comes by another topic, so either may be first."""
_LISTS = ("recoup.case.tasks-changed.v1", "recoup.account.tasks-changed.v1")
"""What waits for people, told anew with each change: of what came in either order the last list has to be the same."""


class Outcome(msgspec.Struct):
    """What came of a run: for each claim and each service the events it emitted, in its order and without dates."""

    events: dict[str, dict[str, list[tuple[int, str, Any]]]]
    figures: Figures
    discrepancies: list[str]
    dead_letters: dict[str, int]
    traces: dict[str, set[str]]


async def whole_run(
    on: Path | Stack, *, claims: int, seed: int, disturb: Disturb | None = None, timeout: float = 400
) -> Outcome:
    """Generate, submit, play to the end, and read the outcome off the log; in a folder, or on a stack of one's own."""
    stack = on if isinstance(on, Stack) else Stack(on, rehearsal=True)
    console = Console(quiet=True)
    try:
        await stack.up(simulator=True)
        demo = Demo(stack, console, claims=claims, seed=seed)
        manifest = demo.write_files()
        over = asyncio.Event()
        trouble = asyncio.create_task(disturb(stack, over)) if disturb else None
        await _play(demo.play(manifest, timeout=timeout), trouble)
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
            apart: Counter[str] = Counter()
            for envelope in claim.log:
                source, number = envelope.source, envelope.sequence - apart[envelope.source]
                if envelope.type in (_APART, *_LISTS):
                    apart[source] += 1
                    source, number = f"{source}, {envelope.type}", 0
                if envelope.type in _LISTS:
                    by_source.pop(source, None)
                    if envelope.data == type(envelope.data)(claim_id=envelope.data.claim_id):
                        continue  # nothing waits: the same as where nothing ever did, so that none was told
                by_source.setdefault(source, []).append((number, envelope.type, timeless(envelope.data)))
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


def differences(calm: Outcome, shaken: Outcome) -> list[str]:
    """Where a run came to something else than an undisturbed one of the same input: books, claims, events, cents."""
    found = [f"discrepancy: {told}" for told in shaken.discrepancies]
    found += [f"{n} dead letters of {service}" for service, n in shaken.dead_letters.items() if n]
    for figure in ("claims", "paid", "recovered", "by_end"):
        before, after = getattr(calm.figures, figure), getattr(shaken.figures, figure)
        if before != after:
            found.append(f"{figure}: {after} instead of {before}")
    for claim in sorted(calm.events.keys() | shaken.events.keys()):
        before, after = calm.events.get(claim, {}), shaken.events.get(claim, {})
        if before != after:
            told = ((source, _first(before.get(source), after.get(source))) for source in sorted(before | after))
            found += [f"claim {claim}, {source}: {first}" for source, first in told if first]
    return found


def _first(before: Any, after: Any, place: str = "") -> str:
    """The first place at which two values differ, and both of what stands there."""
    if before == after:
        return ""
    if isinstance(before, dict) and isinstance(after, dict):
        parts = ((f"{place}.{name}", before.get(name), after.get(name)) for name in before | after)
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        parts = ((f"{place}[{n}]", *both) for n, both in enumerate(zip(before, after, strict=True)))
    else:
        return f"{place}: {after!r} instead of {before!r}"[:2000]
    return next(told for where, *both in parts if (told := _first(*both, where)))


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
