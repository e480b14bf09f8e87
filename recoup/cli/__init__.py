"""The `recoup` command."""

from __future__ import annotations

import logging
import sys

import typer

from recoup.cli import (
    bench,
    claims,
    codes,
    deadlines,
    estimate,
    gateway,
    quote,
    simulate,
    stack,
    transparency,
    worklist,
)
from recoup.stack import StackError

app = typer.Typer(
    name="recoup",
    help="Takes out-of-network claims from receipt to settlement and recovers what payers underpay.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
stack.add_to(app)
claims.add_to(app)
codes.add_to(app)
worklist.add_to(app)
quote.add_to(app)
estimate.add_to(app)
app.command()(deadlines.deadlines)
simulate.add_to(app)
transparency.add_to(app)
bench.add_to(app)
gateway.add_to(app)


def main() -> None:
    """Run the command; what goes wrong is told in one line, with an exit code and no stack trace."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except StackError as error:
        sys.stderr.write(f"recoup: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"        {error.hint}\n")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        sys.stderr.write("recoup: interrupted\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
