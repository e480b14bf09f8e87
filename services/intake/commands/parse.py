"""`parse`: needs no server, and loads nothing that only servers need."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer

from recoup_x12.records import parse_path
from shared.commands import CommandError


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(parse)


def parse(
    file: Annotated[str, typer.Argument(help="an X12 file, plain, gzip or zip, or - for standard input")],
) -> None:
    """Read a file without any server: one JSON object a claim or payment, problems on standard error.

    Ends with 0 when all is accepted, 1 when some of it is refused, 2 when it cannot be read.
    """
    try:
        parsed = parse_path(file)
        encoder = msgspec.json.Encoder(decimal_format="string")
        for one in parsed:
            if one.record is not None:
                sys.stdout.buffer.write(
                    encoder.encode({"kind": one.kind, "accepted": one.accepted, **one.record}) + b"\n"
                )
            for problem in one.problems:
                sys.stderr.buffer.write(encoder.encode(problem) + b"\n")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", exit_code=2) from None
    raise typer.Exit(parsed.exit_code)
