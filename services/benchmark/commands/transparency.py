"""`tic`: Transparency in Coverage files, from their table of contents to a table of median contracted rates."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from services.benchmark.adapters.packed import PackedTable
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.tic.contents import read_contents
from services.benchmark.adapters.tic.rates import Found, Wanted, read_allowed, read_in_network
from services.benchmark.adapters.tic.sources import fetch_reference, opened
from services.benchmark.commands.reference import Database, keep_release
from services.benchmark.domain.contracted import SUFFICIENT, Contracted, rows_of
from services.benchmark.domain.statistics import PERCENTS
from shared.commands import CommandError, say, source_refused

_tic = typer.Typer(help="Transparency in Coverage files of payers (CMS schemas 1.x and 2.x).", no_args_is_help=True)
File = Annotated[str, typer.Argument(help="path or https address; plain or .gz")]
Codes = Annotated[str, typer.Option(help="codes by comma, or @FILE with one a line; default: all, which takes memory")]
Npis = Annotated[str, typer.Option(help="only rates of these providers: NPIs by comma, or @FILE")]
Place = Annotated[str, typer.Option(help="only rates good for this place of service, such as 23")]
Geography = Annotated[str, typer.Option(help="what the file speaks for: us, state:TX or zip3:770")]
Places = Annotated[
    Path | None, typer.Option(exists=True, help="CSV with npi, zip, state: contracts then count where they practise")
]
Allowed = Annotated[bool, typer.Option("--allowed", help="an allowed-amounts file (payments out of network)")]
Fetch = Annotated[bool, typer.Option("--fetch", help="fetch provider groups that are kept at other addresses")]
Since = Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="leave out rates expired before")]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_tic, name="tic")


@_tic.command()
def index(path: File, plan: Annotated[str, typer.Option(help="part of a plan's name, sponsor or id")] = "") -> None:
    """The files that a table of contents lists, as one JSON object a line."""
    try:
        with opened(path) as local:
            for listed in read_contents(local, plan):
                say(msgspec.to_builtins(listed))
    except ReferenceFileError as error:
        raise CommandError(str(error), "", 1) from None


@_tic.command()
def medians(
    path: File,
    codes: Codes = "",
    npis: Npis = "",
    place: Place = "",
    geography: Geography = "us",
    places: Places = None,
    allowed: Allowed = False,
    fetch: Fetch = False,
    since: Since = None,
) -> None:
    """Percentiles of the rates in a file, no server needed: one JSON object for each code and place.

    p50 is the median contracted rate, a proxy of the QPA by the rule of 45 CFR 149.140; `n` counts contracts.
    """
    found, counted = _read(path, codes, npis, place, geography, places, allowed, fetch, since)
    for row in counted.rows:
        amounts = {f"p{percent}": str(amount) for percent, amount in zip(PERCENTS, row.amounts, strict=True)}
        head = {"code": row.code, "modifier": row.modifier, "billing_class": row.billing_class}
        say({**head, "geography": row.geography, "n": row.n, **amounts})
    _tell(found, counted)


@_tic.command()
def load(
    path: File,
    name: Annotated[str, typer.Option(help="the release's name, as prices will cite it")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first date of service")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last date of service")],
    payer: Annotated[str, typer.Option(help="the payer's id as claims carry it; needed for in-network rates")] = "",
    codes: Codes = "",
    npis: Npis = "",
    place: Place = "",
    geography: Geography = "us",
    places: Places = None,
    allowed: Allowed = False,
    fetch: Fetch = False,
    database_url: Database = "",
) -> None:
    """Load the percentiles of a file as one release: all of it or, where anything is malformed, nothing."""
    if first > last:
        raise CommandError("--from lies after --to", "", 2)
    if not payer and not allowed:
        raise CommandError("--payer is missing", "a contracted rate argues against the payer that agreed to it", 2)
    found, counted = _read(path, codes, npis, place, geography, places, allowed, fetch, first, "" if allowed else payer)
    if not counted.rows:
        raise CommandError(f"no service has {SUFFICIENT} contracts", "`tic medians` tells what was left out", 1)
    entity = found.header.get("reporting_entity_name", "unknown payer")
    updated = found.header.get("last_updated_on", "no date")
    table = PackedTable(
        name,
        "ucr_allowed" if allowed else "in_network",
        first.date(),
        last.date(),
        list(PERCENTS),
        counted.rows,
        f"Transparency in Coverage, {entity}, {updated}",
        True,
    )
    keep_release(table, table.kind, database_url)
    _tell(found, counted)


def _read(
    path: str,
    codes: str,
    npis: str,
    place: str,
    geography: str,
    places: Path | None,
    allowed: bool,
    fetch: bool,
    since: datetime | None,
    payer: str = "",
) -> tuple[Found, Contracted]:
    wanted = Wanted(frozenset(_listed(codes)), _numbers(npis), place, date.min if since is None else since.date())
    try:
        with opened(path) as local:
            if allowed:
                found = read_allowed(local, wanted)
            else:
                found = read_in_network(local, wanted, fetch_reference if fetch else None)
    except ReferenceFileError as error:
        out = Path(f"{Path(path.partition('?')[0]).name}.rejects.csv")
        raise source_refused(error, error.rejects, out, what="element") from None
    at = _practices(places, {npi for one in found.observed for npi in one.npis}) if places else None
    return found, rows_of(found.observed, geography=geography, places=at, payer=payer)


def _listed(text: str) -> list[str]:
    if not text.startswith("@"):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return Path(text[1:]).read_text().split()
    except OSError as error:
        raise CommandError(f"{text[1:]} cannot be read: {error.strerror}", "", 2) from None


def _numbers(text: str) -> frozenset[int]:
    listed = _listed(text)
    if not all(part.isdecimal() and len(part) == 10 for part in listed):
        raise CommandError("an NPI has ten digits", "", 2)
    return frozenset(int(part) for part in listed)


def _practices(path: Path, asked: set[int]) -> dict[int, tuple[str, ...]]:
    """Where the providers asked for practise; a file of every provider in the country may be given."""
    found: dict[int, set[str]] = defaultdict(set)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"npi", "zip", "state"} <= set(rows.fieldnames or ()):
            raise CommandError(f"{path.name}: the header lacks npi, zip or state", "", 2)
        for row in rows:
            if row["npi"].isdecimal() and (npi := int(row["npi"])) in asked:
                found[npi] |= {f"zip3:{row['zip'][:3]}", f"state:{row['state'].strip().upper()}"}
    return {npi: tuple(sorted(where)) for npi, where in found.items()}


def _tell(found: Found, counted: Contracted) -> None:
    """What was left out, on standard error, so that the rows can be piped on."""
    for reason, count in sorted(found.left_out.items()):
        sys.stderr.write(f"left out: {count} for {reason}\n")
    if found.unresolved:
        sys.stderr.write(f"left out: {found.unresolved} rates of provider groups that are not in the file (--fetch)\n")
    if counted.insufficient:
        sys.stderr.write(f"insufficient information (fewer than {SUFFICIENT} contracts): {counted.insufficient}\n")
