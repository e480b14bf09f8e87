"""Gateway's own commands: `python -m services.gateway --help`. The service itself is `services.gateway.main`."""

from __future__ import annotations

import typer

from services.gateway.commands import estimate
from shared.commands import run


def application() -> typer.Typer:
    """All of them."""
    app = typer.Typer(name="gateway", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_gateway)
    estimate.add_to(app)
    return app


def _gateway() -> None:
    """Commands of the service gateway, run with its settings."""


if __name__ == "__main__":
    run(application(), "gateway")
