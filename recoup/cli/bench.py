"""`recoup bench`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from recoup.stack import DEFAULT_DIR


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(bench)


def bench(
    claims: Annotated[int, typer.Option(min=50, help="claims of the bulk run")] = 5000,
    quick: Annotated[bool, typer.Option(help="a smoke test: small numbers, no good figures")] = False,
    state: Annotated[Path, typer.Option(help="where the temporary stacks live")] = DEFAULT_DIR / "bench",
) -> None:
    """Measure end to end, each service alone, the raw limits and the row-at-a-time peer, all in one run."""
    from recoup.bench.run import run_bench

    asyncio.run(run_bench(state, Console(), claims=200 if quick else claims, quick=quick))
