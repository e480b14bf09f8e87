"""`quote`: what a service is worth, by the shipped tables. Needs no server."""

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
import typer

from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.application.quote import Asked, quote
from services.benchmark.commands import reference
from shared.commands import CommandError


def add_to(app: typer.Typer) -> None:
    """Mount the commands about benchmarks: quote, reference and reprice."""
    app.command("quote")(quote_command)
    reference.add_to(app)


def quote_command(
    code: Annotated[str, typer.Option(help="HCPCS or CPT code")],
    zip_code: Annotated[str, typer.Option("--zip", help="ZIP code of the place of service")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="date of service")],
    modifier: Annotated[list[str], typer.Option(help="a modifier; may be given several times")] = [],  # noqa: B006
    facility: Annotated[bool, typer.Option(help="the service was rendered in a facility")] = False,
    outpatient: Annotated[
        bool, typer.Option(help="the hospital's own claim (OPPS) instead of the professional's")
    ] = False,
    surgery_center: Annotated[
        bool, typer.Option("--surgery-center", help="the surgery center's own claim (ASC) instead of the surgeon's")
    ] = False,
    units: Annotated[int, typer.Option(min=1)] = 1,
    minutes: Annotated[int | None, typer.Option(min=1, help="anesthesia time, which its codes need")] = None,
    payer: Annotated[str, typer.Option(help="payer id, for its own rates and history where they are loaded")] = "",
    specialty: Annotated[str, typer.Option(help="whose weights the fair range uses")] = "general",
) -> None:
    """Print the benchmark of one service as JSON; ends with 1 where there is none, saying why."""
    try:
        asked = Asked(
            code=code.upper(),
            zip=zip_code,
            date=day.date(),
            modifiers=tuple(one.upper() for one in modifier),
            place="24" if surgery_center else "22" if facility else "11",
            units=Decimal(units),
            specialty=specialty,
            payer=payer,
            outpatient=outpatient or surgery_center,
            minutes=None if minutes is None else Decimal(minutes),
        )
    except ValueError as error:
        raise CommandError(f"cannot price this: {error}", "--help shows the options", 2) from None
    quoted = quote(asked, shipped_reference(), load_policy())
    text = msgspec.json.format(msgspec.json.Encoder(decimal_format="string").encode(quoted))
    sys.stdout.write(text.decode() + "\n")
    if quoted.cannot:
        raise typer.Exit(1)
