"""`recoup ask` and `recoup correct`: what leaves for the payer about a claim, as X12 of intake's."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from recoup.cli.claim_names import CLAIM_HELP, id_of
from recoup.cli.claims import Tenant
from recoup.cli.faults import call, print_answer
from recoup.cli.options import StateDir
from recoup.cli.worklist import Token, Url, intake
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError

Claim = Annotated[str, typer.Argument(help=CLAIM_HELP)]
Key = Annotated[
    str, typer.Option(help="names the sending, 8 to 50 letters, digits or hyphens; the same key sends once")
]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(ask)
    app.command()(correct)


def ask(
    claim: Claim,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", help="ask for coverage, plan and group (270), not for the claim's status (276)"),
    ] = False,
    key: Key = "",
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Ask the payer where a claim stands, or what covers its patient; the answer is told on the claim's timeline."""
    base, headers = intake(state, url, tenant, token)
    claim = id_of(claim, state=state, tenant=headers["X-Tenant"], elsewhere=bool(url))
    what = "coverage-inquiries" if coverage else "inquiries"
    body = {"key": key or str(uuid4())}
    print_answer(call("POST", f"{base}/v1/claims/{claim}/{what}", headers=headers, json=body))


def correct(
    claim: Claim,
    change: Annotated[
        list[str] | None,
        typer.Option(
            help="FIELD=VALUE of the claim, or LINE.FIELD=VALUE of a line: 1.modifiers=25 59; nothing clears it"
        ),
    ] = None,
    void: Annotated[
        bool, typer.Option("--void", help="withdraw the claim (frequency 8) instead of replacing it")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="send it; without it only what differs is shown")] = False,
    payer_claim_number: Annotated[
        str, typer.Option(help="the payer's number; default: that of its newest payment")
    ] = "",
    key: Key = "",
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Correct a claim at its payer, or void it: shows what differs, and with --send lets the 837 leave.

    Ends with 1 where the corrected claim would be refused. Fields are those of `POST /v1/claims/{id}/corrections`.
    """
    if void == bool(change):
        raise CommandError("give --change, once for each, or --void", exit_code=2)
    changes = [_change(one) for one in change or ()]
    base, headers = intake(state, url, tenant, token)
    claim = id_of(claim, state=state, tenant=headers["X-Tenant"], elsewhere=bool(url))
    body: dict[str, object] = {
        "key": key or str(uuid4()),
        "kind": "void" if void else "replacement",
        "changes": changes,
        "payer_claim_number": payer_claim_number,
        "preview": not send,
    }
    shown = print_answer(call("POST", f"{base}/v1/claims/{claim}/corrections", headers=headers, json=body))
    if not send and any(problem.get("severity") == "error" for problem in shown.get("problems", ())):
        raise typer.Exit(1)


def _change(text: str) -> dict[str, object]:
    """`1.modifiers=25 59` of line 1, `diagnoses=E11.9 I10` of the claim."""
    name, mark, value = text.partition("=")
    line, dot, field = name.strip().partition(".")
    if not mark or (dot and not line.isdecimal()):
        raise CommandError(f"--change {name!r} is not FIELD=VALUE or LINE.FIELD=VALUE", exit_code=2)
    return {"field": field if dot else line, "value": value, "line": int(line) if dot else 0}
