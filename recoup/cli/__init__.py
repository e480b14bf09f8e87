"""The `recoup` command.

Only the module of the command that is asked for is loaded: a command that needs no server starts in a fraction of the
time that all of them together take. The commands of the tools (`recoup-tools`) are found by their entry points where
they are installed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Container
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

import typer

from recoup.errors import StackError

COMMANDS: dict[str, tuple[str, ...]] = {
    "claims": ("submit", "status", "dead-letters", "replay"),
    "parse": ("parse",),
    "codes": ("codes",),
    "worklist": ("worklist", "resolve"),
    "idr": ("idr",),
    "quote": ("quote", "reference", "reprice"),
    "estimate": ("estimate",),
    "deadlines": ("deadlines",),
    "transparency": ("tic",),
}
"""The modules in the order of the help page, with the commands each adds."""
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
        add_completion=False,
    )
    app.callback()(_recoup)
    owner = next((module for module, commands in COMMANDS.items() if command in commands), None)
    if owner:
        import_module(f"recoup.cli.{owner}").add_to(app)
        return app
    tools = {one.name: one for one in entry_points(group=_ENTRY_POINTS)}
    if command not in tools:
        for module in COMMANDS:
            import_module(f"recoup.cli.{module}").add_to(app)
    asked = [command] if command in tools else [name for name in TOOLS if name in tools]
    for tool in {tools[name].value: tools[name] for name in asked}.values():  # a module adds several commands
        cast("Callable[[typer.Typer], None]", tool.load())(app)
    _say_what_is_missing(app, tools)
    return app


def _say_what_is_missing(app: typer.Typer, installed: Container[str]) -> None:
    """Let each command of `TOOLS` that is not installed say what to install; the help page leaves it out."""

    def missing(context: typer.Context) -> None:
        raise StackError(
            f"`recoup {context.info_name}` is one of the tools, which are not installed here",
            "install the distribution recoup-tools (in a checkout: `uv sync`)",
            2,
        )

    anything = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    for name in TOOLS:
        if name not in installed:
            app.command(name, hidden=True, context_settings=anything)(missing)


def _recoup() -> None:
    """Takes out-of-network claims from receipt to settlement and recovers what payers underpay."""


def main() -> None:
    """Run the command; what goes wrong is told in one line, with an exit code and no stack trace."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        application(sys.argv[1] if len(sys.argv) > 1 else "")()
    except StackError as error:
        sys.stderr.write(f"recoup: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"        {error.hint}\n")
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"recoup: {where}{error.strerror or type(error).__name__}\n")
        raise SystemExit(3) from None
    except KeyboardInterrupt:
        sys.stderr.write("recoup: interrupted\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
