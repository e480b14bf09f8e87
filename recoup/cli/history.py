"""`recoup history`: what of the claims loaded as history is still open, and taking chosen ones up."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from recoup.cli.claim_names import CLAIM_HELP, find, gateway
from recoup.cli.claims import GatewayUrl, Tenant, Token, tenant_for
from recoup.cli.faults import asked
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, say
from shared.listing import AsJson, field, say_rows

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
_MOST = 500
"""Claims that are taken up in one request."""
_history = typer.Typer(help="Claims loaded as history: what is still open, and taking them up.", no_args_is_help=True)


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
    if claims:
        say_rows(found["claims"], _CLAIMS, as_json=as_json)
    else:
        say_rows(found["forums"], _FORUMS, as_json=as_json)
        if not found["forums"]:
            sys.stderr.write("nothing is loaded as history: `recoup submit --history` does that\n")


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
        for start in range(0, len(wanted), _MOST):
            some = wanted[start : start + _MOST]
            done = asked(lambda some=some: client.take_up(some, reason=reason, tenant=tenant))
            say(done)
            refused |= bool(done["refused"])
    if refused:
        raise typer.Exit(1)
