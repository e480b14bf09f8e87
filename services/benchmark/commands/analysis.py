"""`qpa` and `ratios`: what analysts ask of the payments that were judged. Nothing is changed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from services.benchmark.adapters.areas import read_areas
from services.benchmark.adapters.exports import ratios_picture, write_rows
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import shipped_reference
from services.benchmark.application.paid_lines import Ratio
from services.benchmark.application.price_table import price_table
from services.benchmark.commands.service import Address, Token, ask
from shared.commands import CommandError, print_object

_qpa = typer.Typer(help="Qualifying payment amounts that payers disclosed.", no_args_is_help=True)
Since = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="remittances received from this day")]
Areas = Annotated[
    Path | None,
    typer.Option(
        "--areas",
        exists=True,
        help="metropolitan areas, for the regions of the rule: CSV with zip, msa, or HUD's ZIP to CBSA crosswalk",
    ),
]
Delineations = Annotated[
    Path | None,
    typer.Option("--delineations", exists=True, help="Census Bureau's delineation file, which a crosswalk needs"),
]
Payer = Annotated[str, typer.Option(help="only this payer's, by the id that claims carry")]
Tenants = Annotated[
    list[str] | None, typer.Option("--tenant", help="one provider organisation's claims; several times for several")
]
Minimum = Annotated[int, typer.Option(min=1, help="fewest lines, or observations behind a published rate")]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_qpa, name="qpa")
    app.command()(ratios)
    app.command()(prices)


@_qpa.command("audit")
def audit_command(
    since: Since,
    payer: Payer = "",
    areas: Areas = None,
    delineations: Delineations = None,
    minimum: Minimum = 10,
    tenant: Tenants = None,
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """Hold disclosed QPAs against the payer's others, their indexing, Medicare and published contracted rates.

    One JSON object for each that does not fit; how many were looked at, on standard error.
    """
    body = _payments(since, payer, _areas(areas, delineations), minimum, tenant)
    audited = ask(benchmark_url, admin_token, "POST", "/v1/analysis/qpa-audit", body=body)
    for one in audited["found"]:
        print_object(one)
    coarse = "" if areas else "; regions are whole states (--areas gives the rule's own)"
    sys.stderr.write(f"{audited['looked_at']} disclosed QPAs, {len(audited['found'])} that do not fit{coarse}\n")


def ratios(
    since: Since,
    payer: Payer = "",
    areas: Areas = None,
    delineations: Delineations = None,
    minimum: Minimum = 10,
    out: Annotated[Path | None, typer.Option(help="write to FILE.csv, FILE.parquet or FILE.svg; default: CSV")] = None,
    tenant: Tenants = None,
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """What payers allowed in percent of Medicare's amounts and of their own QPAs, by payer, code, region and year."""
    body = _payments(since, payer, _areas(areas, delineations), minimum, tenant)
    rows = msgspec.convert(ask(benchmark_url, admin_token, "POST", "/v1/analysis/ratios", body=body), list[Ratio])
    if not rows:
        raise CommandError(f"no code has {minimum} judged lines", "widen --since or lower --minimum", 1)
    write(rows, out)


def prices(
    zip_code: Annotated[str, typer.Option("--zip", help="ZIP code of the place of service")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="date of service")],
    codes: Annotated[str, typer.Option(help="codes by comma; default: every code of the day's tables")] = "",
    out: Annotated[Path | None, typer.Option(help="write to FILE.csv or FILE.parquet; default: CSV")] = None,
) -> None:
    """Medicare's amounts of a place and day as a table: physicians in and outside facilities, hospitals outpatient.

    By the shipped tables, without a server.
    """
    asked = frozenset(code.strip().upper() for code in codes.split(",") if code.strip())
    if re.fullmatch(r"\d{5}(-?\d{4})?", zip_code) is None:
        raise CommandError(f"{zip_code} is not a ZIP code", "--zip takes five or nine digits", 2)
    rows = price_table(shipped_reference(), zip_code, day.date(), asked)
    if not rows:
        raise CommandError("no code has an amount there", "check --zip, --date and --codes", 1)
    if not any(row["release"] for row in rows):
        sys.stderr.write(f"no physician's amounts: no locality is known for the ZIP code {zip_code}, or none is paid\n")
    if lacking := asked - {row["code"] for row in rows}:
        sys.stderr.write(f"no amount: {', '.join(sorted(lacking))}\n")
    for fallback in dict.fromkeys(row["fallback"] for row in rows if row["fallback"]):
        sys.stderr.write(f"{fallback}\n")
    try:
        write_rows(rows, out)
    except ReferenceFileError as error:
        raise CommandError(str(error), "", 2) from None


def write(rows: list[Ratio], out: Path | None) -> None:
    """To a file by its ending, or as CSV on standard output."""
    if out is not None and out.suffix == ".svg":
        out.write_text(ratios_picture(rows))
        return
    shown: list[dict[str, Any]] = [msgspec.structs.asdict(row) for row in rows]
    try:
        write_rows(shown, out)
    except ReferenceFileError as error:
        raise CommandError(str(error), "", 2) from None


def _payments(
    since: datetime, payer: str, areas: Mapping[str, str] | None, minimum: int, tenants: list[str] | None
) -> dict[str, Any]:
    """The payments that are asked for, as the service takes them."""
    return {
        "since": since.date().isoformat(),
        "payer": payer,
        "areas": areas,
        "minimum": minimum,
        "tenants": tenants or [],
    }


def _areas(path: Path | None, delineations: Path | None) -> Mapping[str, str] | None:
    """Metropolitan areas by ZIP code; a ZIP code without one is of the rest of its state."""
    if path is None:
        return None
    try:
        return read_areas(path, delineations)
    except ReferenceFileError as error:
        raise CommandError(str(error), "docs/benchmark.md names the files and their columns", 2) from None
