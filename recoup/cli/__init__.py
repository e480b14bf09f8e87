"""The `recoup` command.

Only the module of the command that is asked for is loaded: a command that needs no server starts in a fraction of the
time that all of them together take. The commands of the tools (`recoup-tools`) are found by their entry points where
they are installed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Container
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points, version
from typing import Annotated, Any, cast

import typer

from recoup.cli.services import SERVICES, add_commands
from shared.commands import CommandError, run

COMMANDS: dict[str, tuple[str, ...]] = {
    "claims": ("submit", "status", "dead-letters", "replay"),
    "worklist": ("worklist", "resolve"),
    "payer": ("ask", "correct"),
    "deposits": ("deposits",),
    "paper": ("paper",),
    "idr": ("idr",),
    "history": ("history",),
    "figures": ("figures",),
    "backup": ("backup", "restore", "repartition"),
    "secure": ("secure",),
    "doctor": ("doctor",),
}
"""The modules of `recoup` itself, with the commands each adds; `services.SERVICES` has those of the services."""
TOOLS = ("up", "down", "ps", "demo", "simulate", "bench", "gateway", "screenshots")
"""The commands that the distribution `recoup-tools` adds."""
_ENTRY_POINTS = "recoup.commands"


def application(command: str = "") -> typer.Typer:
    """Build the application.

    Args:
        command: the command that is asked for; only the module that has it is loaded. All where none has it.

    Returns:
        The application. A tool's command that is not installed is in it too, and says what to install.
    """
    app = typer.Typer(
        name="recoup",
        help="Takes out-of-network claims from receipt to settlement and recovers what payers underpay.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=command[:1] in ("", "-"),  # its options stand with those of all commands
    )
    app.callback()(_recoup)
    adders = _of_the_product()
    if command in adders:
        adders[command](app)
        return app
    tools = {one.name: one for one in entry_points(group=_ENTRY_POINTS)}
    if command not in tools:
        for add in dict.fromkeys(adders.values()):  # a module adds several commands
            add(app)
    asked = [command] if command in tools else [name for name in TOOLS if name in tools]
    for tool in {tools[name].value: tools[name] for name in asked}.values():
        cast("Callable[[typer.Typer], None]", tool.load())(app)
    _explain_missing_parts(app, tools)
    return app


def _of_the_product() -> dict[str, Callable[[typer.Typer], None]]:
    """What adds each command of the product, by the command's name, in the order of the help page."""

    def own(module: str) -> Callable[[typer.Typer], None]:
        return lambda app: import_module(f"recoup.cli.{module}").add_to(app)

    found: dict[str, Callable[[typer.Typer], None]] = {}
    for module, names in COMMANDS.items():
        found |= dict.fromkeys(names, own(module))
    for service, modules in SERVICES.items():
        for module, names in modules.items():
            found |= dict.fromkeys(names, partial(add_commands, service=service, module=module))
    return found


def _explain_missing_parts(app: typer.Typer, installed: Container[str]) -> None:
    """Let each command of `TOOLS` that is not installed say what to install; the help page leaves it out."""

    def missing(context: typer.Context) -> None:
        raise CommandError(
            f"`recoup {context.info_name}` is one of the tools, which are not installed here",
            "install the distribution recoup-tools (in a checkout: `uv sync`)",
            2,
        )

    anything: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    for name in TOOLS:
        if name not in installed:
            app.command(name, hidden=True, context_settings=anything)(missing)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"recoup {version('recoup')}")
        raise typer.Exit


def _recoup(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Takes out-of-network claims from receipt to settlement and recovers what payers underpay."""


def main() -> None:
    """Run the command; what goes wrong is told in one line, with an exit code and no stack trace."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    run(application("" if "_RECOUP_COMPLETE" in os.environ else sys.argv[1] if len(sys.argv) > 1 else ""), "recoup")


if __name__ == "__main__":
    main()
