"""`estimate`: good-faith estimates for patients who pay themselves. Needs no server and keeps nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from services.gateway.adapters.estimates import Form, Unfit, parse, render_now
from services.gateway.domain.patient.estimate import DisputeRequest, EstimateRequest, compare, compute_estimate
from services.gateway.domain.patient.letter import Language
from shared.commands import CommandError

T = TypeVar("T")
commands = typer.Typer(
    help="Good-faith estimates (45 CFR 149.610) and which bills may be disputed (149.620).", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(help="JSON file; - for standard input; see docs/patients.md")]
_encoder = msgspec.json.Encoder(decimal_format="string")


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(commands, name="estimate")


@commands.command("reckon")
def estimate_command(file: File) -> None:
    """Print sums, due day and what the estimate lacks as JSON; ends with 1 where it lacks something or is late."""
    made = compute_estimate(_read(file, EstimateRequest))
    _show(made)
    if made.lacks or made.late:
        raise typer.Exit(1)


@commands.command("write")
def write_command(
    file: File,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="where to write; standard output if left out")] = None,
    form: Annotated[Form, typer.Option("--format")] = "pdf",
    language: Annotated[Language, typer.Option(help="en or es")] = "en",
) -> None:
    """Write the estimate to hand to the patient."""
    request = _read(file, EstimateRequest)
    try:
        made = render_now(request, form, language)
    except Unfit as unfit:
        raise _error(unfit) from None
    if out is None:
        sys.stdout.buffer.write(made)
        return
    try:
        out.write_bytes(made)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}", exit_code=2) from None


@commands.command("dispute")
def dispute_command(file: File) -> None:
    """Hold bills against the estimate and print which may be disputed, and until when; ends with 1 where none may."""
    found = compare(_read(file, DisputeRequest))
    _show(found)
    if not any(one.eligible for one in found):
        raise typer.Exit(1)


def _show(value: object) -> None:
    sys.stdout.write(msgspec.json.format(_encoder.encode(value)).decode() + "\n")


def _read(file: Path, struct: type[T]) -> T:
    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", exit_code=2) from None
    try:
        return parse(body, struct)
    except Unfit as unfit:
        raise _error(unfit) from None


def _error(unfit: Unfit) -> CommandError:
    return CommandError(str(unfit), f"at {', '.join(unfit.places)}" if unfit.places else "", 2)
