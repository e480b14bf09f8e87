"""`recoup bench`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from recoup_tools.stack import DEFAULT_DIR

_bench = typer.Typer(invoke_without_command=True, help="Measure; always on embedded servers of its own.")


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_bench, name="bench")


@_bench.callback()
def bench(
    context: typer.Context,
    claims: Annotated[int, typer.Option(min=50, help="claims of the bulk run")] = 5000,
    quick: Annotated[bool, typer.Option(help="a smoke test: small numbers, no good figures")] = False,
    state: Annotated[Path, typer.Option(help="where the temporary stacks live")] = DEFAULT_DIR / "bench",
) -> None:
    """Measure end to end, each service alone, the raw limits and the row-at-a-time peer, all in one run.

    Always on embedded servers of its own: between services it deletes every topic, which must never be somebody's.
    """
    if context.invoked_subcommand:
        return
    from recoup_tools.bench.run import run_bench

    _own_servers()
    asyncio.run(run_bench(state, Console(), claims=100 if quick else claims, quick=quick))


@_bench.command()
def costs(
    state: Annotated[Path, typer.Option(help="where the temporary stack lives")] = DEFAULT_DIR / "bench-costs",
) -> None:
    """Measure what a claim costs end to end: rows, WAL, bytes stored, CPU, on a workload that stays the same."""
    from recoup_tools.bench.costs import measure_costs, print_costs
    from recoup_tools.bench.run import clear

    _own_servers()
    clear(state)
    console = Console()
    print_costs(console, asyncio.run(measure_costs(state / "whole", console)))


@_bench.command()
def gateway(
    claims: Annotated[int, typer.Option(min=1000, help="claims in the read model")] = 1_000_000,
    reuse: Annotated[bool, typer.Option(help="measure again what an earlier run has loaded")] = False,
    state: Annotated[Path, typer.Option(help="where the temporary stack lives")] = DEFAULT_DIR / "bench-gateway",
) -> None:
    """Load the read model with very many claims and measure its answers beside the raw lookup."""
    from recoup_tools.bench.status import run_status_bench

    _own_servers()
    asyncio.run(run_status_bench(state, Console(), claims=claims, reuse=reuse))


@_bench.command()
def streams(
    clients: Annotated[int, typer.Option(min=100, max=9000, help="live streams held open")] = 5000,
    state: Annotated[Path, typer.Option(help="where the temporary stack lives")] = DEFAULT_DIR / "bench-streams",
) -> None:
    """Hold very many idle live streams open and measure what they cost, and how soon all of them hear an event."""
    from recoup_tools.bench.streams import run_streams_bench

    _own_servers()
    asyncio.run(run_streams_bench(state, Console(), clients=clients))


def _own_servers() -> None:
    """Forget servers that the environment names."""
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"):
        os.environ.pop(name, None)
