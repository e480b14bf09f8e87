"""`recoup figures`: what is collected, open, refused, won and written off, each figure with what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, cast

import typer

from recoup.cli.claim_names import gateway
from recoup.cli.claims import GatewayUrl, Tenant, Token
from recoup.cli.faults import asked
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR
from shared.listing import AsJson, field, print_rows

_DAY = ["%Y-%m-%d"]
_COLUMNS = (field("figure", breaks=True), field("claims", right=True), field("amount", right=True),
            field("rate", right=True))  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(figures)


def figures(
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="first payments and decisions from here")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="and up to here")] = None,
    payer: Annotated[str, typer.Option(help="one payer's id")] = "",
    history: Annotated[bool, typer.Option("--history", help="of what was loaded as history, not of our work")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="say what each figure is made of")] = False,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """What is collected, open, refused, won and written off; `--json` has all of it, and the definitions."""

    def day(at: datetime | None) -> date | None:
        return at.date() if at is not None else None

    with gateway(state, url, token) as client:
        found = asked(
            lambda: client.management(
                since=day(since), until=day(until), payer_id=payer, tenant=tenant, history=history
            )
        )
    print_rows([found] if as_json else list(_rows(found)), _COLUMNS, as_json=as_json)
    if explain and not as_json:
        for name, meaning in found["definitions"].items():
            typer.echo(f"{name.replace('_', ' ')}: {meaning}")


def _rows(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row a figure, those of a list under its name."""

    def row(figure: str, one: dict[str, Any], amount: str = "amount", claims: str = "claims") -> dict[str, Any]:
        rate: Any = one.get("rate")
        shown: Any = cast("dict[str, Any]", rate)["value"] if isinstance(rate, dict) else rate
        return {"figure": figure, "claims": one.get(claims), "amount": one.get(amount), "rate": shown}

    collected, receivable = found["net_collection"], found["receivable"]
    yield {"figure": "claims first answered", "claims": found["claims"], "amount": found["billed"]}
    yield row("net collection rate, of closed claims", collected, "paid")
    yield row("open (A/R)", receivable)
    yield {"figure": "days in A/R", "rate": receivable["days"]}
    yield row("of these never answered", found["unanswered"])
    for one in found["aging"]:
        until = f" to {one['to_days']} days" if one["to_days"] is not None else " days and older"
        yield row(f"open, {one['from_days']}{until}", one)
    yield row("denied at first", found["denials"], "billed", "denied")
    for one in found["denials"]["by_carc"]:
        yield row(f"denied for CARC {one['carc']}", one, "billed")
    for one in found["decisions"]:
        where = f"{one['forum'].replace('_', ' ')}, level {one['level']}"
        yield row(f"overturned by {where}, of {one['decided']}", one, claims="overturned")
    yield row("written off", found["written_off"])
    yield row("put right by payers themselves", found["corrected_by_payers"])
    for one in found["by_month"]:
        yield row(f"{one['month']}: paid, of {one['billed']} billed", one, "paid")
