"""`recoup paper`: remittances that came on paper, entered from JSON or CSV, with their scans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.claims import Tenant, call
from recoup.cli.options import StateDir
from recoup.cli.worklist import Token, Url, intake, refused
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, say

Check = Annotated[bool, typer.Option("--check", help="say what is wrong with it, and keep nothing")]
Hold = Annotated[bool, typer.Option("--hold", help="take it though it is uneven: what is not certain is held")]
PaperId = Annotated[str, typer.Argument(help="the remittance's id, from `recoup paper enter`")]

paper = typer.Typer(help="Remittances that came on paper.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(paper, name="paper")


@paper.command()
def enter(
    file: Annotated[Path, typer.Argument(help="JSON of one remittance, or CSV (.csv) of several: docs/payments.md")],
    scan: Annotated[list[Path] | None, typer.Option(help="with JSON: a PDF, PNG, JPEG or TIFF of it")] = None,
    check: Check = False,
    hold: Hold = False,
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Enter a remittance, or several; prints what became of each as a JSON object.

    Ends with 1 where something does not come out even, or is held: the output says where and by how much.
    """
    is_csv = file.suffix.lower() == ".csv"
    if is_csv and scan:
        raise CommandError("--scan goes with JSON; for a CSV, use `recoup paper scan`", exit_code=2)
    base, headers = intake(state, url, tenant, token)
    path = f"{base}/v1/remittances/paper{'/csv' if is_csv else ''}"
    asked = {"check": str(check).lower(), "hold": str(hold).lower()}
    kind = {"Content-Type": "text/csv" if is_csv else "application/json"}
    answer = call("POST", path, headers=headers | kind, params=asked, content=file.read_bytes())
    told: dict[str, Any] = answer.json()
    if not answer.is_success and not any(name in told for name in ("findings", "faults", "errors", "remittances")):
        raise refused(told)
    rows: list[dict[str, Any]] = told.get("remittances") or [told]
    for row in rows:
        say(row)
    for one in scan or () if answer.is_success and not check else ():
        _attach(base, headers, told["paper_id"], one)
    if not answer.is_success or any(not _whole(row) for row in rows):
        raise typer.Exit(1)


@paper.command()
def scan(
    paper_id: PaperId,
    files: Annotated[list[Path], typer.Argument(help="PDF, PNG, JPEG or TIFF")],
    state: StateDir = DEFAULT_DIR,
    url: Url = "",
    tenant: Tenant = "",
    token: Token = "",
) -> None:
    """Attach scans; they are kept sealed, each once."""
    base, headers = intake(state, url, tenant, token)
    for one in files:
        _attach(base, headers, paper_id, one)


@paper.command()
def show(
    paper_id: PaperId, state: StateDir = DEFAULT_DIR, url: Url = "", tenant: Tenant = "", token: Token = ""
) -> None:
    """A remittance as it was entered, and its scans: patient data."""
    base, headers = intake(state, url, tenant, token)
    answer = call("GET", f"{base}/v1/remittances/paper/{paper_id}", headers=headers)
    if not answer.is_success:
        raise refused(answer.json())
    typer.echo(json.dumps(answer.json(), indent=2))


def _attach(base: str, headers: dict[str, str], paper_id: str, file: Path) -> None:
    path = f"{base}/v1/remittances/paper/{paper_id}/scans"
    answer = call("POST", path, headers=headers, content=file.read_bytes())
    if not answer.is_success:
        raise refused(answer.json())
    say({"input": str(file), **answer.json()})


def _whole(row: dict[str, Any]) -> bool:
    """Return True if a remittance was taken, or may be, with nothing of it held."""
    if "balanced" in row:
        return bool(row["balanced"])
    return not row.get("summary", {}).get("held")
