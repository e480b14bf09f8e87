"""Intake's own commands: `python -m services.intake --help`. The service itself is `services.intake.main`."""

from __future__ import annotations

import typer

from services.intake.commands import codes, parse
from shared.commands import run


def application() -> typer.Typer:
    """All of them."""
    app = typer.Typer(name="intake", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_intake)
    codes.add_to(app)
    parse.add_to(app)
    return app


def _intake() -> None:
    """Commands of the service intake, run with its settings."""


if __name__ == "__main__":
    run(application(), "intake")
