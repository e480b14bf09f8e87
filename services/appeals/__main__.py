"""Appeals's own commands: `python -m services.appeals --help`. The service itself is `services.appeals.main`."""

from __future__ import annotations

import typer

from services.appeals.commands import deadlines, plans
from shared.commands import run


def application() -> typer.Typer:
    """All of them."""
    app = typer.Typer(name="appeals", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_appeals)
    deadlines.add_to(app)
    plans.add_to(app)
    return app


def _appeals() -> None:
    """Commands of the service appeals, run with its settings."""


if __name__ == "__main__":
    run(application(), "appeals")
