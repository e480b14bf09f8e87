"""`recoup idr`: the cheapest lawful filings of the federal IDR process, and confirming one that was made."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from importlib.metadata import entry_points
from typing import Annotated

import msgspec
import typer

from recoup.cli.claim_names import CLAIM_HELP, find, gateway, is_id
from recoup.cli.claims import GatewayUrl, Tenant, Token, tenant_for
from recoup.cli.faults import asked
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, say

_idr = typer.Typer(no_args_is_help=True, help="Plan and confirm filings of the federal IDR process.")


def add_to(app: typer.Typer) -> None:
    """Mount the commands, with those of the public record where `recoup-odds` is installed."""
    for further in entry_points(group="recoup.idr"):
        with suppress(ModuleNotFoundError):  # told of by a checkout that is not on the path
            further.load()(_idr)
    app.add_typer(_idr, name="idr")


@_idr.command()
def plan(
    on: Annotated[str, typer.Option(help="day of filing, YYYY-MM-DD; default: today")] = "",
    payer: Annotated[str, typer.Option(help="one payer's disputes only")] = "",
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """The cheapest lawful filings: one JSON object a line, the first that closes first, then fees and saving."""
    day = _day(on, "--on") if on else None
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        found = asked(lambda: client.idr_plan(on=day, payer_id=payer, tenant=tenant))
    for filing in found.filings:
        say(msgspec.to_builtins(filing))
    for claim_id, reason in found.left_out:
        say({"left_out": claim_id, "reason": reason})
    whole = {"filings": len(found.filings), "fees": found.fees, "fees_single": found.fees_single}
    say(msgspec.to_builtins({**whole, "saving": found.saving}))


@_idr.command()
def file(
    claims: Annotated[list[str], typer.Argument(help=f"those initiated as one dispute, each by {CLAIM_HELP}")],
    reference: Annotated[str, typer.Option(help="the dispute's number, as the portal gave it")],
    on: Annotated[str, typer.Option(help="the day it was initiated, YYYY-MM-DD")],
    case: Annotated[list[str] | None, typer.Option(help="a dispute of a claim with several; once for each")] = None,
    cooling_off_reason: Annotated[str, typer.Option(help="why it could be, inside a cooling-off period")] = "",
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Confirm that a filing was made in the federal portal: all its claims are initiated, or none and why."""
    day = _day(on, "--on")
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        ids = [one if is_id(one) else find(client, one, tenant=tenant).claim_id for one in claims]
        filed = asked(
            lambda: client.file_idr(
                ids,
                filed_on=day,
                reference=reference,
                tenant=tenant,
                cooling_off_reason=cooling_off_reason,
                case_ids=case or (),
            )
        )
        say(filed)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}: {text} is not a day; write it as 2026-05-01", exit_code=2) from None
