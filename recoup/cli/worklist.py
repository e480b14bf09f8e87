"""`recoup worklist` and `recoup resolve`: claim payments and recoupments that could not be matched by themselves."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from recoup.cli.claims import Tenant, call, tenant_for
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR, LocalStack
from shared.commands import CommandError, say

Url = Annotated[str, typer.Option(help="intake's address; default: the local stack's", envvar="RECOUP_INTAKE_URL")]
Token = Annotated[
    str, typer.Option(help="a staff token; default: the local stack's operator", envvar="RECOUP_INTAKE_TOKEN")
]
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
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Payments for a person: held ones, and those that found no claim, or several; a JSON object a line, oldest first.

    With the id of one of them, all that is known of it: patient data.
    """
    if recoupments and (remittance or held):
        raise CommandError("--recoupments lists them all: leave the id and --held out", exit_code=2)
    base, headers = intake(state, url, tenant, token)
    lists = ["recoupments"] if recoupments else ["held"] if held else ["remittances", "held"]
    for what in lists:
        answer = call("GET", f"{base}/v1/worklist/{what}{'/' if remittance else ''}{remittance}", headers=headers)
        if remittance and answer.status_code == 404 and what != lists[-1]:
            continue
        if not answer.is_success:
            raise refused(answer.json())
        for row in [answer.json()] if remittance else answer.json():
            say(row)
        if remittance:
            return


def resolve(
    remittance: Annotated[str, typer.Argument(help="the remittance's or recoupment's id, from `recoup worklist`")],
    claim: Annotated[str, typer.Option(help="it is for this claim")] = "",
    none: Annotated[bool, typer.Option("--none", help="for none of the candidates: it waits on for its claim")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="for none of our claims: it is set aside")] = False,
    post: Annotated[bool, typer.Option("--post", help="a held payment: post it as it is")] = False,
    correct: Annotated[
        Path | None, typer.Option(help="a held payment: post it as this X12 has it, from CLP on")
    ] = None,
    split: Annotated[Path | None, typer.Option(help="a held payment: post the several of this X12 instead")] = None,
    unmatch: Annotated[bool, typer.Option("--unmatch", help="take it off the claim that it was matched to")] = False,
    force: Annotated[bool, typer.Option("--force", help="match it though it does not fit; say why in --note")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask, on a terminal, before it is matched")] = False,
    recoupments: Recoupments = False,
    note: Annotated[str, typer.Option(help="why; kept sealed with the decision")] = "",
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Decide which claim a remittance is for, what becomes of a held payment, or whose money a recoupment took.

    The decision is kept with who took it; once taken it counts once. A held payment is posted to its claim with
    --post, to another with --post --claim ID, as corrected with --correct FILE, in parts with --split FILE, or laid
    aside with --dismiss; all but --post with a --note.
    """
    amended = correct or split
    posts = [post, correct is not None, split is not None].count(True)
    if posts > 1 or (not posts and bool(claim) + none + dismiss + unmatch != 1):
        given = "--claim ID, --none, --dismiss, --unmatch, --post, --correct FILE and --split FILE"
        raise CommandError(f"give one of {given}", exit_code=2)
    if posts and (none or dismiss or unmatch or recoupments or (split and claim)):
        raise CommandError("--post and --correct go with --claim ID, or alone; --split goes alone", exit_code=2)
    if recoupments and none:
        raise CommandError("a recoupment takes --claim ID, --unmatch or --dismiss", exit_code=2)
    if (force or unmatch or amended) and not note:
        raise CommandError("say why in --note", exit_code=2)
    base, headers = intake(state, url, tenant, token)
    what = "recoupments" if recoupments else "held" if posts else "remittances"
    choice = "post" if post else "correct" if correct else "split" if split else ""
    choice = choice or ("claim" if claim else "none" if none else "unmatch" if unmatch else "dismiss")
    body: dict[str, object] = {"choice": choice, "claim_id": claim or None, "note": note}
    body["force"] = force
    if amended:
        body["x12"] = _read(amended)
    if claim and not yes and sys.stdin.isatty():
        _ask(base, headers, f"{what}/{remittance}" if what != "recoupments" else what, claim)
    answer = call("POST", f"{base}/v1/worklist/{what}/{remittance}/resolution", headers=headers, json=body)
    if dismiss and answer.status_code == 404 and what == "remittances":
        answer = call("POST", f"{base}/v1/worklist/held/{remittance}/resolution", headers=headers, json=body)
    say_answer(answer)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", exit_code=2) from None


def _ask(base: str, headers: dict[str, str], listed: str, claim: str) -> None:
    """Show what is `listed` on the worklist and the claim side by side, and go on only where a person says so."""
    for path in (f"/v1/worklist/{listed}", f"/v1/claims/{claim}"):
        answer = call("GET", base + path, headers=headers)
        if answer.is_success:
            typer.echo(json.dumps(answer.json(), indent=2), err=True)
    typer.confirm("Is the payment for this claim?", abort=True, err=True)


def intake(state: StateDir, url: str, tenant: str, token: str) -> tuple[str, dict[str, str]]:
    """Intake's address, and the headers of a person of its staff."""
    stack = LocalStack(state)
    headers = {"X-Tenant": tenant_for(state, url, tenant), "Authorization": f"Bearer {token or stack.admin_token}"}
    return url or stack.url("intake"), headers


def say_answer(answer: httpx.Response) -> Any:
    """Print what intake answered as one JSON object and return it; raises its refusal as a `CommandError`."""
    told = answer.json()
    if not answer.is_success:
        raise refused(told)
    say(told)
    return told


def refused(problem: dict[str, Any]) -> CommandError:
    """What intake refused, as the command says it."""
    reasons = "; ".join((*problem.get("misfits", ()), *(one["message"] for one in problem.get("problems", ()))))
    detail = problem.get("detail", "refused")
    return CommandError(f"{detail} {reasons}".strip(), problem.get("how_to_fix", ""), 1)
