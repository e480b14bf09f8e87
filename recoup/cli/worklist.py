"""`recoup worklist` and `recoup resolve`: what waits for a person, and what becomes of a payment that does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.claim_names import CLAIM_HELP, gateway, id_of, is_id
from recoup.cli.claims import GatewayUrl, Tenant, tenant_for
from recoup.cli.claims import Token as GatewayToken
from recoup.cli.faults import address, asked, call, print_answer
from recoup.cli.options import StateDir
from recoup.cli.waiting import COLUMNS, KINDS, command_for, waiting
from recoup.local import DEFAULT_DIR, LocalStack
from recoup_client import ApiError, Client
from shared.commands import CommandError, print_json, print_object, read_text
from shared.listing import AsJson, print_rows

Url = Annotated[str, typer.Option(help="intake's address; default: the local stack's", envvar="RECOUP_INTAKE_URL")]
Token = Annotated[
    str, typer.Option(help="a staff token; default: the local stack's operator", envvar="RECOUP_INTAKE_TOKEN")
]
Held = Annotated[bool, typer.Option("--held", help="only payments that cannot be posted as they are: --kind held")]
Recoupments = Annotated[
    bool, typer.Option("--recoupments", help="money that payers took back (PLB WO): --kind recoupment")
]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(worklist)
    app.command()(resolve)


def worklist(
    payment: Annotated[str, typer.Argument(help="one payment's id, to see it beside its candidates; else all")] = "",
    kind: Annotated[
        list[str] | None, typer.Option(help=f"only these, once for each: {', '.join(KINDS)}", metavar="KIND")
    ] = None,
    recoupments: Recoupments = False,
    held: Held = False,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    tenant: Tenant = "",
    token: GatewayToken = "",
) -> None:
    """Everything that waits for a person: kind, claim, what to do, last day, dollars at stake; the most urgent first.

    Cases (escalations, filings to make or attest, offers, decisions), payments that are held or found no claim, money
    taken back, deposits without an 835 and 835s without money. With the id of a payment, all that is known of it:
    patient data.
    """
    kinds = [*(kind or ()), *(["held"] if held else []), *(["recoupment"] if recoupments else [])]
    if payment and kinds:
        raise CommandError("the id of a payment goes alone: leave --kind, --held and --recoupments out", exit_code=2)
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        if payment:
            _print_one(_looked_up(client, payment, tenant))
        else:
            print_rows(waiting(client, tenant, kinds), COLUMNS, as_json=as_json, below=command_for)


def _print_one(page: dict[str, Any]) -> None:
    if sys.stdout.isatty():
        print_json(page)
    else:
        print_object(page)


def _looked_up(client: Client, payment: str, tenant: str) -> dict[str, Any]:
    """A payment of no claim, or a held one."""

    def look() -> dict[str, Any]:
        try:
            return client.payment("remittances", payment, tenant=tenant)
        except ApiError as error:
            if error.status != 404:
                raise
            return client.payment("held", payment, tenant=tenant)

    _require_id(payment)
    return asked(look)


def _require_id(payment: str) -> None:
    if not is_id(payment):
        raise CommandError("what was given is not the id of a payment that waits", "`recoup worklist` has the ids", 1)


def resolve(
    remittance: Annotated[str, typer.Argument(help="the remittance's or recoupment's id, from `recoup worklist`")],
    claim: Annotated[str, typer.Option(help=f"it is for {CLAIM_HELP}")] = "",
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
    content = read_text(amended) if amended else ""
    base, headers = intake(state, url, tenant, token)
    _require_id(remittance)
    if claim:
        claim = id_of(claim, state=state, tenant=headers["X-Tenant"], elsewhere=bool(url), argument="--claim")
    what = "recoupments" if recoupments else "held" if posts else "remittances"
    choice = "post" if post else "correct" if correct else "split" if split else ""
    choice = choice or ("claim" if claim else "none" if none else "unmatch" if unmatch else "dismiss")
    body: dict[str, object] = {"choice": choice, "claim_id": claim or None, "note": note}
    body["force"] = force
    if amended:
        body["x12"] = content
    if claim and not yes and sys.stdin.isatty():
        _ask(base, headers, f"{what}/{remittance}" if what != "recoupments" else what, claim)
    answer = call("POST", f"{base}/v1/worklist/{what}/{remittance}/resolution", headers=headers, json=body)
    if dismiss and answer.status_code == 404 and what == "remittances":
        answer = call("POST", f"{base}/v1/worklist/held/{remittance}/resolution", headers=headers, json=body)
    print_answer(answer)


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
    url = address(url) if url else ""
    headers = {"X-Tenant": tenant_for(state, url, tenant), "Authorization": f"Bearer {token or stack.admin_token}"}
    return url or stack.url("intake"), headers
