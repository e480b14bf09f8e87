"""`recoup worklist` and `recoup resolve`: claim payments and recoupments that could not be matched by themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from recoup.cli.claims import call
from recoup.cli.output import say
from recoup.cli.stack import StateDir
from recoup.stack import DEFAULT_DIR, Stack, StackError

Url = Annotated[str, typer.Option(help="intake's address; default: the local stack's", envvar="RECOUP_INTAKE_URL")]
Token = Annotated[
    str, typer.Option(help="a staff token; default: the local stack's operator", envvar="RECOUP_INTAKE_TOKEN")
]
Tenant = Annotated[str, typer.Option(help="the provider organisation")]
Held = Annotated[bool, typer.Option("--held", help="only what is held because it cannot be posted as it is")]
Recoupments = Annotated[
    bool, typer.Option("--recoupments", help="money that payers took back (PLB WO), instead of payments")
]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(worklist)
    app.command()(resolve)


def worklist(
    remittance: Annotated[str, typer.Argument(help="one remittance, beside its candidates; without it all")] = "",
    recoupments: Recoupments = False,
    held: Held = False,
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "default",
    token: Token = "",
) -> None:
    """Payments for a person: held ones, and those that found no claim, or several; a JSON object a line, oldest first.

    With the id of one of them, all that is known of it: patient data.
    """
    if recoupments and (remittance or held):
        raise StackError("--recoupments lists them all: leave the id and --held out", exit_code=2)
    base, headers = _intake(state, url, tenant, token)
    lists = ["recoupments"] if recoupments else ["held"] if held else ["remittances", "held"]
    for what in lists:
        answer = call("GET", f"{base}/v1/worklist/{what}{'/' if remittance else ''}{remittance}", headers=headers)
        if remittance and answer.status_code == 404 and what != lists[-1]:
            continue
        if not answer.is_success:
            raise _refused(answer.json())
        for row in [answer.json()] if remittance else answer.json():
            say(row)
        if remittance:
            return


def resolve(
    remittance: Annotated[str, typer.Argument(help="the remittance's or recoupment's id, from `recoup worklist`")],
    claim: Annotated[str, typer.Option(help="it is for this claim")] = "",
    none: Annotated[bool, typer.Option("--none", help="for none of the candidates: it waits on for its claim")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="for no claim of ours: it is laid aside")] = False,
    post: Annotated[bool, typer.Option("--post", help="a held payment: post it as it is")] = False,
    recoupments: Recoupments = False,
    note: Annotated[str, typer.Option(help="why; kept sealed with the decision")] = "",
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "default",
    token: Token = "",
) -> None:
    """Decide which claim a remittance is for, what becomes of a held payment, or whose money a recoupment took.

    The decision is kept with who took it; once taken it counts once. A held payment is posted to its claim with
    --post, to another with --post --claim ID, or laid aside with --dismiss and a --note.
    """
    if not post and bool(claim) + none + dismiss != 1:
        raise StackError("give one of --claim ID, --none, --dismiss and --post", exit_code=2)
    if post and (none or dismiss or recoupments):
        raise StackError("--post goes with --claim ID, or alone", exit_code=2)
    if recoupments and none:
        raise StackError("a recoupment takes --claim ID or --dismiss", exit_code=2)
    base, headers = _intake(state, url, tenant, token)
    what = "recoupments" if recoupments else "held" if post else "remittances"
    choice = "post" if post else "claim" if claim else "none" if none else "dismiss"
    body = {"choice": choice, "claim_id": claim or None, "note": note}
    answer = call("POST", f"{base}/v1/worklist/{what}/{remittance}/resolution", headers=headers, json=body)
    if dismiss and answer.status_code == 404 and what == "remittances":
        answer = call("POST", f"{base}/v1/worklist/held/{remittance}/resolution", headers=headers, json=body)
    if not answer.is_success:
        raise _refused(answer.json())
    say(answer.json())


def _intake(state: StateDir, url: str, tenant: str, token: str) -> tuple[str, dict[str, str]]:
    stack = Stack(state)
    return url or stack.url("intake"), {"X-Tenant": tenant, "Authorization": f"Bearer {token or stack.admin_token}"}


def _refused(problem: dict[str, str]) -> StackError:
    return StackError(problem.get("detail", "refused"), problem.get("mend", ""), 1)
