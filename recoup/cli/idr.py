"""`recoup idr`: the cheapest lawful filings of the federal IDR process, and confirming one that was made."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from recoup.cli.claim_names import CLAIM_HELP, find, gateway, is_id
from recoup.cli.claims import GatewayUrl, Tenant, Token, tenant_for
from recoup.cli.faults import asked
from recoup.cli.idr_file import COLUMNS, read_reports
from recoup.cli.messages import read_messages
from recoup.cli.options import StateDir
from recoup.cli.previewed import Asking, carry_out
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, print_object
from shared.listing import AsJson, field

_TOLD = (
    field("row", right=True),
    field("what"),
    field("on"),
    field("dispute"),
    field("claim", "claim_id"),
    field("became"),
    field("claims", right=True),
    field("forum"),
    field("step"),
    field("until"),
    field("why not", "why_not", breaks=True),
)
_idr = typer.Typer(
    no_args_is_help=True, help="Plan and confirm filings of federal IDR, and record what is told of them."
)


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
        print_object(msgspec.to_builtins(filing))
    for claim_id, reason in found.left_out:
        print_object({"left_out": claim_id, "reason": reason})
    whole = {"filings": len(found.filings), "fees": found.fees, "fees_single": found.fees_single}
    print_object(msgspec.to_builtins({**whole, "saving": found.saving}))


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
        print_object(filed)


@_idr.command()
def record(
    file: Annotated[Path, typer.Argument(help="CSV or Excel with the columns what, on, and claim or dispute")],
    reason: Annotated[str, typer.Option(help="where it is from, kept with each claim; no patient data")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="say what it would change, and keep nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before it is kept")] = False,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Record what portal, entity and payer told of IDR disputes: selections, offers, determinations, closings, fees.

    A row with a portal's number in `dispute` is told of all claims that were filed under it. Ends with 1 where a row is
    refused, saying why, and with 2 where a line cannot be read: then nothing is done.
    """
    if not reason:
        raise CommandError("a reason is needed, which is kept with each claim", "add --reason 'portal export'", 2)
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        rows = read_reports(file, client, tenant)

        def send(some: Sequence[dict[str, Any]], *, preview: bool) -> Iterator[dict[str, Any]]:
            came = asked(lambda: client.report_idr(some, reason=reason, preview=preview, tenant=tenant))
            return map(_flat, some, came)

        asking = Asking(preview=preview, yes=yes, as_json=as_json)
        carry_out(rows, send, asking, _TOLD, lambda count: f"keep {count} rows?", refused="why_not")


@_idr.command()
def messages(
    files: Annotated[list[Path], typer.Argument(help="e-mails saved as .eml, or folders of them")],
    rows: Annotated[Path, typer.Option("--rows", help="write what is proposed there, as CSV for `recoup idr record`")],
    entity: Annotated[
        list[str] | None, typer.Option(help="domain of an IDR entity, as in fhas.com; once for each")
    ] = None,
) -> None:
    """Read e-mails of portal, IDR entities and payers for dispute number, days and amounts; a person confirms them.

    Prints what each tells, one JSON object a line, with what a person completes in the rows before `recoup idr record`
    shows and keeps them. Nothing is kept by this command, and no other text of a message is shown. Ends with 1 where a
    message proposes nothing.
    """
    try:
        found = read_messages(files)
    except (OSError, ValueError) as error:
        raise CommandError(str(error), "save each message as .eml, and give the files or their folder", 2) from None
    proposed = [row for message in found if (row := message.row(entity or ()))]
    for message in found:
        print_object(msgspec.to_builtins({
            "file": message.file, "sent_on": message.sent_on, "sender": message.sender, "disputes": message.disputes,
            "tells": message.kinds, "days": message.days, "due": message.due,
            "amounts": [f"{amount:.2f}" for amount in message.amounts], "to_see_to": message.doubt,
        }))  # fmt: skip
    _write_rows(rows, proposed)
    if len(proposed) < len(found):
        raise typer.Exit(1)


@_idr.command()
def archive(
    claim: Annotated[str, typer.Argument(help=CLAIM_HELP)],
    out: Annotated[Path, typer.Argument(help="the file to write, .zip")],
    filing: Annotated[int, typer.Option(help="number of the filing; the draft of the next has the next number")],
    entity: Annotated[bool, typer.Option("--entity", help="our offer, for the IDR entity alone")] = False,
    case: Annotated[str, typer.Option(help="the dispute, where the claim has several")] = "",
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """All papers of a filing for a portal: PDF, the form's fields and lines as CSV and Excel, and what is uploaded."""
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        claim_id = claim if is_id(claim) else find(client, claim, tenant=tenant).claim_id
        to = "entity" if entity else "addressee"
        content = asked(lambda: client.filing_archive(claim_id, filing, to=to, case_id=case))
    out.write_bytes(content)
    print_object({"claim_id": claim_id, "filing": filing, "file": str(out), "bytes": len(content)})


@_idr.command()
def complaints(
    out: Annotated[Path, typer.Argument(help="the file to write, .csv or .xlsx")],
    rows: Annotated[
        Path | None, typer.Option(help="write there too, as CSV for `recoup idr record`, what is to be told of each")
    ] = None,
    payer: Annotated[str, typer.Option(help="one payer's only, by its id")] = "",
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Complaints about payers' duties that are still to be made, a row each with the fields of the complaint.

    `--rows` begins the file that records them: fill in `on` and `reference`, the complaint's number, of each.
    """
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("csv", "xlsx"):
        raise CommandError(f"{out}: a file of this kind is not written", "name it .csv or .xlsx", 2)
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        found = asked(lambda: client.idr_complaints(payer_id=payer, tenant=tenant))
        content = asked(lambda: client.idr_complaints_file(kind, payer_id=payer, tenant=tenant))
    made = found["complaints"]
    out.write_bytes(content)
    if rows is not None:
        told = ({"what": "duty_complained", "claim": one["claim_id"], "case_id": one["case_id"],
                 "duty": one["duty"]["kind"]} for one in made)  # fmt: skip
        _write_rows(rows, list(told))
    by_hand = sum(bool(one["by_hand"]) for one in made)
    print_object({"complaints": len(made), "with_fields_to_fill_in": by_hand, "left_out": found["left_out"]})


def _write_rows(file: Path, rows: Sequence[dict[str, str]]) -> None:
    """A file for `recoup idr record`."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, ["what", "on", *COLUMNS], restval="")
        writer.writeheader()
        writer.writerows(rows)


def _flat(row: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """A row of the table: what was told, of how many claims, and where the first of them stands after it."""
    disputes = result.get("disputes", [])
    first: dict[str, Any] = disputes[0] if disputes else {}
    what = "refused" if result.get("refused") else "unchanged" if result.get("unchanged") else "told"
    return row | {
        "row": result["row"], "became": what, "claims": len(disputes), "forum": first.get("forum", ""),
        "step": first.get("step", ""), "until": first.get("until", ""), "why_not": result.get("refused", ""),
    }  # fmt: skip


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}: {text} is not a day; write it as 2026-05-01", exit_code=2) from None
