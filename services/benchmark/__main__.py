"""Benchmark's own commands: `python -m services.benchmark --help`. The service itself is `services.benchmark.main`."""

from __future__ import annotations

import typer

from services.benchmark.commands import analysis, quote, transparency
from shared.commands import run


def application() -> typer.Typer:
    """All of them."""
    app = typer.Typer(name="benchmark", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_benchmark)
    quote.add_to(app)
    transparency.add_to(app)
    analysis.add_to(app)
    return app


def _benchmark() -> None:
    """Commands of the service benchmark, run with its settings."""


if __name__ == "__main__":
    run(application(), "benchmark")
