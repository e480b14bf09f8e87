"""Commands about the local stack: up, down, ps, demo."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer
from rich.console import Console

from recoup.cli.options import StateDir
from recoup.local import known_services
from recoup_tools.stack import DEFAULT_DIR, Stack
from shared.commands import CommandError
from shared.db.provision import SERVICES

_ATTEST = "RECOUP_APPEALS_ATTEST"
_console = Console()
_err = Console(stderr=True)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(ps)
    app.command()(demo)


def up(
    state: StateDir = DEFAULT_DIR,
    simulator: Annotated[bool, typer.Option(help="also play the payers")] = False,
    partitions: Annotated[
        int, typer.Option(min=1, help="partitions of topics made now", envvar="RECOUP_PARTITIONS")
    ] = 8,
) -> None:
    """Start database, broker and services, and leave them running.

    What is to be filed waits for a person, who says at the desk when it was sent; nothing is filed by itself.
    """
    stack = Stack(state, say=_err.print)
    if not stack.rehearsal and os.environ.get(_ATTEST):
        raise CommandError(
            f"{_ATTEST} is set: in the forums it leaves out, the services would file without a person",
            f"unset {_ATTEST}",
        )
    asyncio.run(stack.up(simulator=simulator, partitions=partitions))
    for service in SERVICES:
        _console.print(f"{service:<12} {stack.url(service)}  (OpenAPI at {stack.url(service)}/docs)")
    _console.print(f"{'kafka':<12} {stack.bootstrap}  ({stack.broker})")
    _console.print(f"{'postgres':<12} {stack.admin_dsn.rpartition('@')[2]}")
    _console.print(f"{'token':<12} {stack.admin_token}  (operators' bearer token; kept in {stack.dir / 'stack.json'})")
    _console.print(f"To sign in, open {stack.url('gateway')}/ in a browser and give the token there as the key.")
    if stack.rehearsal:
        _console.print("This state directory is a rehearsal's: its filings are attested by nobody and go nowhere.")


def down(
    state: StateDir = DEFAULT_DIR,
    service: Annotated[list[str] | None, typer.Option("--service", help="one service only; once for each")] = None,
) -> None:
    """Stop everything, or some services and leave the rest running; what they stored stays."""
    named = known_services(service)
    stack = Stack(state)
    if named:
        for name in named:
            stack.process(name).stop()
        _console.print(f"stopped: {', '.join(named)}")
        return
    stack.down()
    _console.print(f"stopped; the state stays in {state}")


def ps(state: StateDir = DEFAULT_DIR) -> None:
    """What runs where."""
    for name, running, address in Stack(state).status():
        _console.print(f"{name:<16} {'running' if running else 'stopped':<8} {address}", highlight=False)


def demo(
    claims: Annotated[int, typer.Option(min=1, help="how many claims")] = 2000,
    seed: Annotated[int, typer.Option(help="other seeds give other claims")] = 1,
    keep: Annotated[bool, typer.Option(help="leave the stack running at the end")] = False,
    state: StateDir = DEFAULT_DIR / "demo",
) -> None:
    """Run the whole lifecycle: X12 files in, settled claims out, and check the books."""
    from recoup_tools.demo.run import run_demo  # the demo brings much that the other commands do not need

    if not asyncio.run(run_demo(state, _console, claims=claims, seed=seed, keep=keep)):
        raise typer.Exit(1)
