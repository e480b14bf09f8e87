"""`quote`: what a service is worth, by the shipped tables. Needs no server."""

from __future__ import annotations

import re
import sys
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import load_policy, reference_of, shipped_reference, zip_places
from services.benchmark.application.quote import Asked, AskedClaim, answer, decode_asked
from services.benchmark.commands import reference
from services.benchmark.domain.reference import Reference
from shared.commands import CommandError, read_file

EXAMPLE = """{
  "zip": "10001",
  "date": "2025-11-03",
  "place": "23",
  "specialty": "emergency",
  "lines": [
    {"code": "99285", "modifiers": ["25"]},
    {"code": "12002", "units": "1"}
  ]
}
"""
"""A claim of an emergency department's physician, as `--claim` takes it; its other members have defaults."""


Outpatient = Annotated[bool, typer.Option(help="the hospital's own claim (OPPS) instead of the professional's")]
SurgeryCenter = Annotated[
    bool, typer.Option("--surgery-center", help="the surgery center's own claim (ASC) instead of the surgeon's")
]
WageIndex = Annotated[
    str, typer.Option("--wage-index", help="of the hospital, for --outpatient and stays; default: the nation's, 1")
]
Ccn = Annotated[
    str, typer.Option(help="the hospital's Medicare number instead: its wage index is looked up in --tables")
]
Participant = Annotated[
    bool, typer.Option("--participant", help="of an advanced alternative payment model: from 2026 on paid higher")
]
Tables = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="a folder of CMS's files that count besides what is shipped"),
]
WholeClaim = Annotated[
    str, typer.Option(help="a whole claim instead: a JSON file as --example prints it, or - for standard input")
]


def add_to(app: typer.Typer) -> None:
    """Mount the commands about benchmarks: quote, reference and reprice."""
    app.command("quote")(quote_command)
    reference.add_to(app)


def quote_command(
    code: Annotated[str, typer.Option(help="HCPCS or CPT code")] = "",
    zip_code: Annotated[str, typer.Option("--zip", help="ZIP code of the place of service")] = "",
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="date of service")] = None,
    modifier: Annotated[list[str], typer.Option(help="a modifier; may be given several times")] = [],  # noqa: B006
    facility: Annotated[bool, typer.Option(help="the service was rendered in a facility")] = False,
    place: Annotated[str, typer.Option(help="place of service, such as 23; default: 22 with --facility, else 11")] = "",
    outpatient: Outpatient = False,
    surgery_center: SurgeryCenter = False,
    units: Annotated[int, typer.Option(min=1)] = 1,
    minutes: Annotated[int | None, typer.Option(min=1, help="anesthesia time, which its codes need")] = None,
    payer: Annotated[str, typer.Option(help="payer id, for its own rates and history where they are loaded")] = "",
    specialty: Annotated[str, typer.Option(help="whose weights the fair range uses")] = "general",
    taxonomy: Annotated[str, typer.Option(help="who rendered it: NUCC taxonomy, such as 363LF0000X")] = "",
    wage_index: WageIndex = "",
    ccn: Ccn = "",
    participant: Participant = False,
    days: Annotated[int | None, typer.Option(min=0, help="of a stay, from admission to discharge")] = None,
    discharge: Annotated[str, typer.Option(help="patient status at the end of a stay: 02 is a transfer")] = "",
    tables: Tables = None,
    claim: WholeClaim = "",
    example: Annotated[bool, typer.Option("--example", help="print such a claim, to be changed, and end")] = False,
) -> None:
    """Print the benchmark of one service, or of a whole claim, as JSON; ends with 1 where there is none, saying why.

    A claim has zip, date and lines, each with a code and with what else is not the claim's; --example prints one.
    """
    if example:
        sys.stdout.write(EXAMPLE)
        return
    try:
        if claim:
            asked = decode_asked(_content(claim))
        else:
            if not code or not zip_code or day is None:
                raise ValueError("--code, --zip and --date are needed, or --claim")
            asked = Asked(
                code=code,
                zip=zip_code,
                date=day.date(),
                modifiers=tuple(modifier),
                place=place or ("24" if surgery_center else "22" if facility else "11"),
                units=Decimal(units),
                specialty=specialty,
                payer=payer,
                outpatient=outpatient or surgery_center,
                minutes=None if minutes is None else Decimal(minutes),
                wage_index=Decimal(wage_index) if wage_index else None,
                taxonomy=taxonomy,
                ccn=ccn,
                participant=participant,
                days=days,
                discharge=discharge,
            )
    except InvalidOperation:
        raise CommandError("cannot price this: --wage-index is not a number", "--help shows the options", 2) from None
    except (ValueError, msgspec.DecodeError) as error:
        hint = "`recoup quote --example` prints a claim that can be" if claim else "--help shows the options"
        raise CommandError(f"cannot price this: {_place(error)}", hint, 2) from None
    _print_quotes(asked, tables)


def _print_quotes(asked: Asked | AskedClaim | list[Asked | AskedClaim], tables: Path | None) -> None:
    reference, policy = _reference(tables), load_policy()
    quoted = [answer(one, reference, policy) for one in (asked if isinstance(asked, list) else [asked])]
    shown = quoted if isinstance(asked, list) else quoted[0]
    text = msgspec.json.format(msgspec.json.Encoder(decimal_format="string").encode(shown))
    sys.stdout.write(text.decode() + "\n")
    if any(one.cannot for one in quoted):
        raise typer.Exit(1)


def _place(error: Exception) -> str:
    """What is wrong, and in which field: decoders write `$.lines[0].code` for it, counted from 0."""

    def named(match: re.Match[str]) -> str:
        lines = re.sub(r"\[(\d+)\]", lambda at: f" {int(at[1]) + 1}", match[1])
        return f" in {lines.replace('lines ', 'line ').lstrip('.').replace('.', ', ')}"

    message = re.sub(r" - at `\$([^`]*)`", named, str(error))
    message = message.replace("Object missing required field", "it lacks the field")
    return message.replace("Object contains unknown field", "it has an unknown field")


def _reference(tables: Path | None) -> Reference:
    """What is shipped, with a folder of CMS's files that speaks for every day."""
    if tables is None:
        return shipped_reference()
    try:
        packed = read_cms(tables, name=tables.resolve().name, effective_from=date.min, effective_to=date.max)
    except ReferenceFileError as error:
        raise CommandError(str(error), "--tables takes a folder as `reference load --kind cms` does", 2) from None
    return reference_of((read_release(write_packed(packed), zip_places),))


def _content(path: str) -> bytes:
    try:
        return read_file(path)
    except CommandError as error:
        raise CommandError(f"cannot price this: {error.message}", error.hint, 2) from None
