"""`recoup deposits`: what banks say has come, the 835s that explain it, and what a person decides about the rest."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from recoup.cli.claims import Tenant
from recoup.cli.faults import answered, call, print_answer, refused
from recoup.cli.options import StateDir
from recoup.cli.worklist import Token, Url, intake
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, print_object, read_file, readable
from shared.listing import AsJson, Row, field, print_rows

Note = Annotated[str, typer.Option(help="why; kept sealed with the decision")]
DepositId = Annotated[str, typer.Argument(help="the deposit's id, from `recoup deposits list`")]

_DEPOSITS = (
    field("day", "posted_on"), field("amount", right=True), field("method"), field("numbers", "traces", breaks=True),
    field("payer", breaks=True), field("why it waits", "reason", breaks=True),
)  # fmt: skip
_ADVICES = (
    field("paid on", "paid_on"), field("amount", right=True), field("in the bank", "deposited", right=True),
    field("number", "trace_number", breaks=True), field("payer", breaks=True),
)  # fmt: skip

deposits = typer.Typer(help="Deposits of banks, and the 835s that explain them.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(deposits, name="deposits")


@deposits.command()
def submit(
    files: Annotated[
        list[str], typer.Argument(help="BAI2, CAMT.053, ACH (NACHA) or CSV files, or - for standard input")
    ],
    column: Annotated[
        list[str] | None, typer.Option(help="of a CSV with headings of its own: FIELD:HEADING, once for each")
    ] = None,
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Send a bank's files; prints what became of each as one JSON object a line.

    Ends with 1 where a file is refused, or a deposit has no 835: `recoup deposits list` shows those.
    """
    for name in files:  # none is sent where one is not there
        if name != "-":
            readable(name)
    base, headers = intake(state, url, tenant, token)
    incomplete = False
    for name in files:
        body = read_file(name)
        answer = call(
            "POST", f"{base}/v1/deposits/files", headers=headers, content=body, params={"columns": column or []}
        )
        outcome: dict[str, Any] = answer.json()
        if not answer.is_success and "faults" not in outcome:
            raise refused(answer)
        print_object({"input": name, **outcome})
        incomplete |= not answer.is_success or outcome["left"] > 0
    if incomplete:
        raise typer.Exit(1)


@deposits.command()
def record(
    amount: Annotated[str, typer.Option(help="dollars, as 1234.50")],
    number: Annotated[str, typer.Option(help="the check's, card payment's or EFT's number")],
    posted_on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="the day of the deposit")],
    method: Annotated[str, typer.Option(help="check, card, ach or wire")] = "check",
    payer: Annotated[str, typer.Option(help="who paid")] = "",
    payer_id: Annotated[str, typer.Option(help="the payer's tax id, as in TRN03")] = "",
    note: Note = "",
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Record a check, virtual card or transfer that no bank file tells of. The same again counts once."""
    base, headers = intake(state, url, tenant, token)
    body = {
        "amount": _dollars(amount), "number": number, "posted_on": posted_on.date().isoformat(), "method": method,
        "payer": payer, "payer_id": payer_id, "note": note,
    }  # fmt: skip
    print_answer(call("POST", f"{base}/v1/deposits", headers=headers, json=body))


@deposits.command("list")
def list_(
    undeposited: Annotated[bool, typer.Option("--undeposited", help="835s without their money, instead")] = False,
    days: Annotated[
        int | None, typer.Option(help="business days that the money may take; default: the setting")
    ] = None,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Money without an 835, or 835s without money, oldest first: a table, or in a pipe a JSON object a line."""
    base, headers = intake(state, url, tenant, token)
    params = {} if days is None else {"days": days}
    answer = call(
        "GET", f"{base}/v1/worklist/{'undeposited' if undeposited else 'deposits'}", headers=headers, params=params
    )
    print_rows(answered(answer), _ADVICES if undeposited else _DEPOSITS, as_json=as_json, below=_id_of)


def _id_of(row: Row) -> str:
    return str(row.get("deposit_id") or row.get("advice_id") or "")


@deposits.command()
def show(
    deposit: DepositId, state: StateDir = DEFAULT_DIR, url: Url = "", tenant: Tenant = "", token: Token = ""
) -> None:
    """All that is known of one deposit; the bank's narrative may name a patient."""
    base, headers = intake(state, url, tenant, token)
    print_answer(call("GET", f"{base}/v1/deposits/{deposit}", headers=headers))


@deposits.command()
def resolve(
    deposit: Annotated[str, typer.Argument(help="a deposit's id, or with --no-money that of an 835's payment")],
    pays: Annotated[
        list[str] | None, typer.Option(help="it pays this 835's payment (advice_id); once for each")
    ] = None,
    unmatch: Annotated[bool, typer.Option("--unmatch", help="it does not pay what it was matched to")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="it is not a payment of a payer's")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="take it up again")] = False,
    no_money: Annotated[
        bool, typer.Option("--no-money", help="with --dismiss or --reopen: it is about an 835")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="match though the sums differ; say why in --note")] = False,
    note: Note = "",
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Decide what a deposit pays, or that no money will come for an 835. Kept with who decided and why."""
    if bool(pays) + unmatch + dismiss + reopen != 1:
        raise CommandError("give one of --pays ID, --unmatch, --dismiss and --reopen", exit_code=2)
    if no_money and (pays or unmatch):
        raise CommandError("--no-money goes with --dismiss or --reopen", exit_code=2)
    if (unmatch or dismiss or force) and not note:
        raise CommandError("say why in --note", exit_code=2)
    base, headers = intake(state, url, tenant, token)
    choice = "match" if pays else "unmatch" if unmatch else "dismiss" if dismiss else "reopen"
    body: dict[str, Any] = {"choice": choice, "note": note}
    if not no_money:
        body |= {"advice_ids": pays or [], "force": force}
    what = "undeposited" if no_money else "deposits"
    print_answer(call("POST", f"{base}/v1/worklist/{what}/{deposit}/resolution", headers=headers, json=body))


def _dollars(text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise CommandError("--amount is not a sum of dollars", "Write it as 1234.50.", 2) from None
    return f"{amount:f}"
