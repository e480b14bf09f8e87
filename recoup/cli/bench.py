"""`recoup bench`."""

from __future__ import annotations

import asyncio
import os
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
    """Measure end to end, each service alone, the raw limits and the row-at-a-time peer, all in one run.

    Always on embedded servers of its own: between services it deletes every topic, which must never be somebody's.
    """
    from recoup.bench.run import run_bench

    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"):
        os.environ.pop(name, None)
    asyncio.run(run_bench(state, Console(), claims=100 if quick else claims, quick=quick))
