"""The `recoup` command.

Only the module of the command that is asked for is loaded: a command that needs no server starts in a fraction of the
time that all of them together take.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import typer

from recoup.errors import StackError

COMMANDS: dict[str, tuple[str, ...]] = {
    "stack": ("up", "down", "ps", "demo"),
    "claims": ("submit", "status", "dead-letters", "replay"),
    "parse": ("parse",),
    "codes": ("codes",),
    "worklist": ("worklist", "resolve"),
    "idr": ("idr",),
    "quote": ("quote", "reference", "reprice"),
    "estimate": ("estimate",),
    "deadlines": ("deadlines",),
    "simulate": ("simulate",),
    "transparency": ("tic",),
    "bench": ("bench",),
    "gateway": ("gateway", "screenshots"),
}
"""The modules in the order of the help page, with the commands each adds."""


def application(command: str = "") -> typer.Typer:
    """The application with the commands of the module that has `command`; with all where none has it."""
    app = typer.Typer(
        name="recoup",
        help="Takes out-of-network claims from receipt to settlement and recovers what payers underpay.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_recoup)
    owners = [module for module, commands in COMMANDS.items() if command in commands]
    for module in owners or COMMANDS:
        import_module(f"recoup.cli.{module}").add_to(app)
    return app


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
