"""`plans`: what public data sets say of plans, as rows of `plan_registry.csv`. Needs no server."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.appeals.adapters.form5500 import DataSetError, read_forms
from shared.calendar import EASTERN, legal_day
from shared.commands import CommandError, readable
from shared.plan_registry import print_rows, read_groups

_plans = typer.Typer(help="What public data sets say of plans, as rows of plan_registry.csv.", no_args_is_help=True)


@_plans.callback()
def _group() -> None:
    """Keep `form5500` a command of its own though it is the only one."""


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.add_typer(_plans, name="plans")


@_plans.command()
def form5500(
    path: Annotated[Path, typer.Argument(help="the data set f_5500_YEAR_latest.csv of the Department of Labor")],
    groups: Annotated[
        Path, typer.Option(help="CSV with payer_id, group_number, ein and, if known, plan_number: the plans asked for")
    ],
    schedule_a: Annotated[
        Path | None, typer.Option(help="F_SCH_A_YEAR_latest.csv: decides where insurance and own means are marked")
    ] = None,
    known_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="since when it is known here [default: today]")
    ] = None,
) -> None:
    """What Forms 5500 say of plans: EIN, name, sponsor, that ERISA governs, and funding where the form decides it."""
    for one in (path, *([schedule_a] if schedule_a else ())):
        readable(one)
    asked = read_groups(groups)
    try:
        found = read_forms(path, asked, schedule_a)
    except DataSetError as error:
        raise CommandError(str(error), "", 1) from None
    day = known_on.date() if known_on else legal_day(datetime.now(UTC), EASTERN)
    count = print_rows(found.stated, day)
    for reason in found.left_out:
        sys.stderr.write(f"left out: {reason}\n")
    if not count:
        raise CommandError("no form of a health plan has these EINs", "give the sponsor's EIN, not the payer's", 1)
