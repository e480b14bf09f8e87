"""`deadlines`: the whole calendar of a dispute, with the rule behind each date. Needs no server."""

from __future__ import annotations

import shutil
import sys
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.deadline_calendar import CALENDARS, deadline_calendar
from services.appeals.domain.schedule import Dated, Known, Schedule
from shared.calendar import BusinessDays
from shared.listing import paragraph


class Reading(StrEnum):
    """How a period "beginning on" a day counts that day."""

    SAFE = "safe"
    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


_ISO = ["%Y-%m-%d"]
_FORUMS = (
    "nsa: open negotiation and federal IDR; commercial or erisa: the plan's appeals and external review; fehb: Federal "
    "Employees plans; external: external review alone; state: a state's own process (--state); corrected: a corrected "
    "claim; prompt-pay: when a state's law makes the plan pay (--state)."
)


def _calendar(name: str) -> str:
    if name not in CALENDARS:
        raise typer.BadParameter(f"{name} is not one of {', '.join(CALENDARS)}")
    return name


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(deadlines)


def deadlines(
    forum: Annotated[str, typer.Option(help=_FORUMS, parser=_calendar, metavar=f"[{'|'.join(CALENDARS)}]")],
    paid: Annotated[
        datetime,
        typer.Option(
            "--paid",
            "--received",
            formats=_ISO,
            help="Day the payment, denial or decision was received (prompt-pay: the claim, by the plan).",
        ),
    ],
    notice: Annotated[
        datetime | None, typer.Option(formats=_ISO, help="Day the open-negotiation notice was sent.")
    ] = None,
    initiated: Annotated[datetime | None, typer.Option(formats=_ISO, help="Day IDR was initiated.")] = None,
    selected: Annotated[datetime | None, typer.Option(formats=_ISO, help="Day the IDR entity was final.")] = None,
    determined: Annotated[datetime | None, typer.Option(formats=_ISO, help="Day of the determination.")] = None,
    filed: Annotated[datetime | None, typer.Option(formats=_ISO, help="Day the appeal was filed.")] = None,
    decided: Annotated[datetime | None, typer.Option(formats=_ISO, help="Day the first level was decided.")] = None,
    state: Annotated[str, typer.Option(help="Two letters, for --forum state and prompt-pay.")] = "",
    convention: Annotated[Reading, typer.Option(help="How the first day of a period counts.")] = Reading.SAFE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Print every deadline of a dispute with the rule behind it.

    Steps without a given day are placed on their last safe day.
    """
    schedule = Schedule(load_rules(), BusinessDays(), convention.value)
    known = Known(
        notice_sent=_day(notice), initiated=_day(initiated), selected=_day(selected), determined=_day(determined),
        filed=_day(filed), decided=_day(decided),
    )  # fmt: skip
    try:
        rows = deadline_calendar(schedule, forum, paid.date(), known, state=state.upper())
    except (LookupError, ValueError) as error:
        typer.echo(f"deadlines: {error.args[0]}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        document = {"forum": forum, "received": paid.date(), "convention": convention.value, "deadlines": rows}
        typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        _show(rows, forum, paid.date(), schedule.reading())


def _day(value: datetime | None) -> date | None:
    return value.date() if value is not None else None


def _show(rows: list[Dated], forum: str, received: date, reading: str) -> None:
    """Each step as a paragraph: no column is so narrow that a rule is cut off. In a pipe its lines are whole."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    lines = [f"{forum}: received {received:%a %Y-%m-%d}"]
    for row in rows:
        days = (("opens", row.opens), ("act by", row.act_by), ("due", row.due))
        when = ", ".join(f"{name} {day:%a %Y-%m-%d}" for name, day in days if day is not None)
        lines += ["", *paragraph(f"{row.label} ({row.mover})", width), *paragraph(when, width, "  ")]
        for text in (row.why, row.rule, row.cost):
            lines += paragraph(text, width, "  ")
    if forum in ("nsa", "state"):
        lines += ["", *paragraph(f'Periods "beginning on" a day are {reading}.', width)]
    typer.echo("\n".join(lines))
