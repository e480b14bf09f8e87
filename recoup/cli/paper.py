"""`recoup paper`: remittances that came on paper, entered from JSON or CSV, with their scans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.claims import Tenant
from recoup.cli.faults import answered, call, refused
from recoup.cli.options import StateDir
from recoup.cli.worklist import Token, Url, intake
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, print_object, read_file
from shared.scans import LARGEST_SCAN, scan_type

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

    Ends with 1 where something does not come out even, or is held: the output says where and by how much. Scans are
    looked at first: where one is not there, or is none, nothing is entered.
    """
    is_csv = file.suffix.lower() == ".csv"
    if is_csv and scan:
        raise CommandError("--scan goes with JSON; for a CSV, use `recoup paper scan`", exit_code=2)
    content = read_file(file)
    scans = {one: _scanned(one) for one in scan or ()}
    base, headers = intake(state, url, tenant, token)
    path = f"{base}/v1/remittances/paper{'/csv' if is_csv else ''}"
    asked = {"check": str(check).lower(), "hold": str(hold).lower()}
    kind = {"Content-Type": "text/csv" if is_csv else "application/json"}
    answer = call("POST", path, headers=headers | kind, params=asked, content=content)
    body: dict[str, Any] = answer.json()
    if not answer.is_success and not any(name in body for name in ("findings", "faults", "errors", "remittances")):
        raise refused(answer)
    rows: list[dict[str, Any]] = body.get("remittances") or [body]
    for row in rows:
        print_object(row)
    if answer.is_success and not check:
        _attach_each(base, headers, body["paper_id"] if scans else "", scans)
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
    scans = {one: _scanned(one) for one in files}
    base, headers = intake(state, url, tenant, token)
    for one, content in scans.items():
        _attach(base, headers, paper_id, one, content)


@paper.command()
def show(
    paper_id: PaperId, state: StateDir = DEFAULT_DIR, url: Url = "", tenant: Tenant = "", token: Token = ""
) -> None:
    """A remittance as it was entered, and its scans: patient data."""
    base, headers = intake(state, url, tenant, token)
    answer = call("GET", f"{base}/v1/remittances/paper/{paper_id}", headers=headers)
    typer.echo(json.dumps(answered(answer), indent=2))


def _scanned(file: Path) -> bytes:
    """A scan that intake will take: of its kinds and its size; `CommandError` (2) for anything else."""
    content = read_file(file, most=LARGEST_SCAN)
    if scan_type(content) is None:
        raise CommandError(f"{file} is no PDF, PNG, JPEG or TIFF", "give the scan as one of these", 2)
    return content


def _attach_each(base: str, headers: dict[str, str], paper_id: str, scans: dict[Path, bytes]) -> None:
    """Attach the scans of a remittance that was just entered; where one fails, say what is done and what is not."""
    left = list(scans)
    for file, content in scans.items():
        try:
            _attach(base, headers, paper_id, file, content)
        except CommandError as error:
            files = " ".join(map(str, left))
            problem = f"the remittance is entered as {paper_id}, but {file} is not attached: {error.message}"
            raise CommandError(problem, f"later: recoup paper scan {paper_id} {files}", error.exit_code) from None
        left.remove(file)


def _attach(base: str, headers: dict[str, str], paper_id: str, file: Path, content: bytes) -> None:
    path = f"{base}/v1/remittances/paper/{paper_id}/scans"
    print_object({"input": str(file), **answered(call("POST", path, headers=headers, content=content))})


def _whole(row: dict[str, Any]) -> bool:
    """Return True if a remittance was taken, or may be, with nothing of it held."""
    if "balanced" in row:
        return bool(row["balanced"])
    return not row.get("summary", {}).get("held")
