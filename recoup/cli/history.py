"""`recoup history`: what of the claims loaded as history is still open, days of receipt, and taking claims up."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.claim_names import CLAIM_HELP, find, gateway
from recoup.cli.claims import GatewayUrl, Tenant, Token, tenant_for
from recoup.cli.faults import asked
from recoup.cli.history_load import load
from recoup.cli.open_items import OpenItems
from recoup.cli.options import StateDir
from recoup.cli.previewed import Asking, carry_out
from recoup.cli.sheets import Row, day_in, read_each, read_rows
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, print_object
from shared.limits import CLAIMS_AT_ONCE
from shared.listing import AsJson, field, print_rows

Forum = Annotated[str, typer.Option(help="only claims that this forum is open to, such as commercial_appeal")]
_FORUMS = (
    field("forum"),
    field("claims", right=True),
    field("at stake", "at_stake", right=True),
    field("first last day", "first"),
    field("last last day", "last"),
    field("day assumed", "assumed", right=True),
)
_CLAIMS = (
    field("claim", "claim_id"),
    field("forum"),
    field("last day", "until"),
    field("at stake", "at_stake", right=True),
    field("received", "received_on"),
)
_CORRECTED = (
    field("claim", "claim_id"),
    field("became"),
    field("received before", "received_on_before"),
    field("after", "received_on_after"),
    field("forum before", "forum_before"),
    field("until before", "until_before"),
    field("forum after", "forum_after"),
    field("until after", "until_after"),
    field("why", breaks=True),
)
_history = typer.Typer(
    help="Claims from before: loading them, what is still open of them, and taking them up.", no_args_is_help=True
)

_history.command("load")(load)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_history, name="history")


@_history.command("open")
def still_open(
    claims: Annotated[
        bool, typer.Option("--claims", help="the claims themselves, the earliest last day first")
    ] = False,
    forum: Forum = "",
    limit: Annotated[int, typer.Option(min=1, max=5000, help="claims listed")] = 100,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """What could still be pursued of it, by forum: claims, dollars, last days; `nothing` where no forum is open."""
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        found = asked(lambda: client.history(forum=forum, limit=limit, tenant=tenant))
        unanswered = asked(lambda: client.management(history=True, tenant=tenant))["unanswered"]
    if claims:
        print_rows(found["claims"], _CLAIMS, as_json=as_json)
    else:
        print_rows(found["forums"], _FORUMS, as_json=as_json)
        if not found["forums"]:
            sys.stderr.write("nothing is loaded as history: `recoup submit --history` does that\n")
    if unanswered["claims"]:
        sys.stderr.write(
            f"besides, {unanswered['claims']} claims of ${unanswered['amount']} billed were never answered: "
            "nothing asks after them by itself; load their 835s, or `recoup ask CLAIM`\n"
        )


@_history.command("take-up")
def take_up(
    claims: Annotated[list[str] | None, typer.Argument(help=f"{CLAIM_HELP}; or --forum for all of a forum")] = None,
    reason: Annotated[str, typer.Option(help="why, kept with each claim")] = "",
    forum: Forum = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before all of a forum are taken up")] = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Have claims pursued from now on; ends with 1 where one of them cannot be, saying why."""
    if bool(claims) == bool(forum):
        raise CommandError("name claims, or --forum for all that it is open to", "`recoup history open` lists both", 2)
    if not reason:
        raise CommandError("a reason is needed, which is kept with each claim", "add --reason 'in time, ...'", 2)
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        if forum:
            found = asked(lambda: client.history(forum=forum, limit=5000, tenant=tenant))
            wanted = [str(one["claim_id"]) for one in found["claims"]]
            if wanted and not yes and sys.stdin.isatty():
                typer.confirm(f"take up {len(wanted)} claims?", abort=True)
        else:
            wanted = [find(client, claim, tenant=tenant).claim_id for claim in claims or ()]
        refused = False
        for start in range(0, len(wanted), CLAIMS_AT_ONCE):
            some = wanted[start : start + CLAIMS_AT_ONCE]
            done = asked(lambda some=some: client.take_up(some, reason=reason, tenant=tenant))
            print_object(done)
            refused |= bool(done["refused"])
    if refused:
        raise typer.Exit(1)


@_history.command("receipts")
def receipts(
    file: Annotated[Path, typer.Argument(help="CSV or Excel with the columns claim and received_on")],
    reason: Annotated[str, typer.Option(help="why, kept with each claim; no patient data")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="say what it would change, and keep nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before the days are corrected")] = False,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Correct the days on which payments were received; what is begun and late by them is withdrawn.

    Ends with 1 where a claim cannot be corrected, saying why, and with 2 where a line cannot be read: then nothing is
    done.
    """
    if not reason:
        raise CommandError(
            "a reason is needed, which is kept with each claim", "add --reason 'the mail room's stamp'", 2
        )
    rows = read_rows(file, ("claim", "received_on"))
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:

        def named(row: Row) -> tuple[str, date]:
            day = day_in(row, "received_on", needed=True)
            assert day is not None
            return find(client, row["claim"], tenant=tenant).claim_id, day

        days = read_each(file, rows, named)

        def correct(some: Sequence[tuple[str, date]], *, preview: bool) -> Iterator[dict[str, Any]]:
            came = asked(lambda: client.correct_receipts(some, reason=reason, preview=preview, tenant=tenant))
            return map(_flat, came)

        asking = Asking(preview=preview, yes=yes, as_json=as_json)
        carry_out(days, correct, asking, _CORRECTED, lambda count: f"correct {count} claims?")


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    """A row of the table: each fact of before and after under a name of its own."""
    before, after = one.get("before", {}), one.get("after", {})
    what = "refused" if one.get("refused") else "unchanged" if one.get("unchanged") else "corrected"
    shown = {f"{name}_{when}": side.get(name, "") for when, side in (("before", before), ("after", after))
             for name in ("received_on", "forum", "until")}  # fmt: skip
    what = "withdrawn" if one.get("withdrawn") else "resumed" if one.get("resumed") else what
    resumed = "what was barred is open: it is judged anew and goes on" if one.get("resumed") else ""
    return one | shown | {"became": what, "why": one.get("refused") or resumed or after.get("why", "")}


@_history.command("take-over")
def take_over(
    file: Annotated[Path, typer.Argument(help="CSV or Excel of what is open elsewhere: docs/how-to/join.md")],
    reason: Annotated[str, typer.Option(help="where it comes from, kept with each claim; no patient data")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="say where each would stand, and keep nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before the claims are taken over")] = False,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Take over open cases and pending appeals of another system, for claims that are loaded as history.

    Each goes on in its forum, at its level, with its days; nothing is filed again. Ends with 1 where a claim cannot
    stand there, saying why, and with 2 where a line cannot be read: then nothing is done.
    """
    items = OpenItems.read(file, reason)
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        done = items.take_over(client, tenant, Asking(preview=preview, yes=yes, as_json=as_json))
    if any(one.get("refused") for one in done):
        raise typer.Exit(1)
