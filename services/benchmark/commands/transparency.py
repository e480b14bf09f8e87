"""`tic`: Transparency in Coverage files, from their table of contents to a table of median contracted rates."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from services.benchmark.adapters.packed import PackedTable
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import shipped_reference
from services.benchmark.adapters.tic.contents import read_contents
from services.benchmark.adapters.tic.plans import read_plans
from services.benchmark.adapters.tic.rates import Found, Wanted, read_allowed, read_in_network
from services.benchmark.adapters.tic.sources import fetch_reference, opened
from services.benchmark.commands.reference import keep_release
from services.benchmark.commands.service import Address, Token
from services.benchmark.domain.contracted import SUFFICIENT, Contracted, Outlier, plausible, rows_of
from services.benchmark.domain.coverage import mistyped
from services.benchmark.domain.national import national_amount
from services.benchmark.domain.schedules import drg_of
from services.benchmark.domain.statistics import PERCENTS
from shared.calendar import EASTERN, legal_day
from shared.commands import CommandError, print_object, read_text, readable, source_refused
from shared.plan_registry import print_rows, read_groups
from shared.procedures import plain_code

_tic = typer.Typer(help="Transparency in Coverage files of payers (CMS schemas 1.x and 2.x).", no_args_is_help=True)
_SHOWN = 5
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
Network = Annotated[str, typer.Option(help="only rates of this network, where the file names networks (schema 2.x)")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="leave out and count what is malformed, instead of refusing the file")
]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], help="leave out rates expired before this day [default: today]"),
]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_tic, name="tic")


@_tic.command()
def index(path: File, plan: Annotated[str, typer.Option(help="part of a plan's name, sponsor or id")] = "") -> None:
    """The files that a table of contents lists, as one JSON object a line."""
    _require_file(path)
    try:
        with opened(path) as local:
            for listed in read_contents(local, plan):
                print_object(msgspec.to_builtins(listed))
    except ReferenceFileError as error:
        raise CommandError(str(error), "", 1) from None


@_tic.command()
def plans(
    path: File,
    groups: Annotated[
        Path, typer.Option(help="CSV with payer_id, group_number, and ein, hios or name: the plans asked for")
    ],
    of: Annotated[str, typer.Option(help="the day or month the file is of, where it does not say it")] = "",
    known_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="since when it is known here [default: today]")
    ] = None,
) -> None:
    """What a table of contents says of plans, as rows of `plan_registry.csv`: EIN, HIOS id, name, sponsor, kind.

    Where it says several things of one plan they are told on standard error, and are no rows.
    """
    _require_file(path)
    asked = read_groups(groups)
    try:
        with opened(path) as local:
            found = read_plans(local, asked, of)
    except ReferenceFileError as error:
        raise CommandError(str(error), "", 1) from None
    day = known_on.date() if known_on else legal_day(datetime.now(UTC), EASTERN)
    count = print_rows(found.stated, day)
    for one in found.unclear:
        sys.stderr.write(f"left out: {one}\n")
    if not count:
        raise CommandError("the file says nothing of these plans", "`tic index` shows what it lists", 1)


@_tic.command()
def medians(
    path: File,
    codes: Codes = "",
    npis: Npis = "",
    place: Place = "",
    network: Network = "",
    geography: Geography = "us",
    places: Places = None,
    allowed: Allowed = False,
    fetch: Fetch = False,
    skip_bad: SkipBad = False,
    since: Since = None,
) -> None:
    """Percentiles of the rates in a file, no server needed.

    One JSON object for each code and place, and for each network, origin of the rates and kind of place, which are
    never joined.

    p50 is the median contracted rate, a proxy of the QPA by the rule of 45 CFR 149.140; `n` counts contracted rates.
    """
    asked = _Asked(path, codes, npis, place, network, geography, places, allowed, fetch, skip_bad, since)
    found, counted, outliers = _read(asked)
    for row, apart in zip(counted.rows, counted.apart, strict=True):
        amounts = {f"p{percent}": str(amount) for percent, amount in zip(PERCENTS, row.amounts, strict=True)}
        head = {"code": row.code, "modifier": row.modifier, "billing_class": row.billing_class}
        counts = {name: value for name, value in msgspec.structs.asdict(apart).items() if value}
        print_object({**head, "geography": row.geography, **({} if allowed else counts), "n": row.n, **amounts})
    _print_summary(path, found, counted, outliers)
    unknown = sorted(asked.named() - {row.code for row in counted.rows})
    for code in unknown:
        sys.stderr.write(f"no rates shown for {code}: {_why_none(code, found, outliers)}\n")
    if unknown and not counted.rows:
        raise typer.Exit(1)


def _why_none(code: str, found: Found, outliers: list[Outlier]) -> str:
    """Why a code that was asked for has no row."""
    if drg_of(code) is None and (reason := mistyped(code)):
        return reason
    seen = sum(one.service.code == code for one in found.observed)
    odd = sum(one.observed.service.code == code for one in outliers)
    if seen > odd:
        return f"the file has {seen - odd} of it in a place, fewer than {SUFFICIENT}"
    if odd:
        return f"the {odd} that the file has are not plausible"
    if code in found.named or code.removeprefix("DRG ") in found.named:
        return "what the file has of it was left out, as counted above"
    return "the file does not name it"


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
    network: Network = "",
    basis: Annotated[
        str, typer.Option(help="origin of the rates: negotiated, 'fee schedule' or derived")
    ] = "negotiated",
    geography: Geography = "us",
    places: Places = None,
    allowed: Allowed = False,
    fetch: Fetch = False,
    skip_bad: SkipBad = False,
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """Load the percentiles of a file as one release: all of it or, where anything is malformed, nothing."""
    if first > last:
        raise CommandError("--from lies after --to", "", 2)
    if not payer and not allowed:
        raise CommandError("--payer is missing", "a contracted rate argues against the payer that agreed to it", 2)
    asked = _Asked(path, codes, npis, place, network, geography, places, allowed, fetch, skip_bad, first)
    found, counted, outliers = _read(asked, "" if allowed else payer, "" if allowed else basis)
    if not counted.rows:
        raise CommandError(f"no service has {SUFFICIENT} contracted rates", "`tic medians` tells what was left out", 1)
    mixed = counted.mixed()
    if mixed:
        options = ", ".join("--place" if one == "places" else f"--{one}" for one in mixed)
        warning = f"rates of one service differ by {' and '.join(mixed)}, and are not joined in one median"
        raise CommandError(warning, f"choose by {options}; `tic medians` shows each", 2)
    entity, plan = found.header.get("reporting_entity_name", "unknown payer"), found.header.get("plan_name", "")
    updated = found.header.get("last_updated_on", "no date")
    table = PackedTable(
        name,
        "ucr_allowed" if allowed else "in_network",
        first.date(),
        last.date(),
        list(PERCENTS),
        counted.rows,
        ", ".join(filter(None, ("Transparency in Coverage", entity, plan, network, updated))),
        True,
    )
    keep_release(table, table.kind, benchmark_url, admin_token)
    _print_summary(path, found, counted, outliers)


class _Asked(msgspec.Struct):
    """What a command was called with."""

    path: str
    codes: str
    npis: str
    place: str
    network: str
    geography: str
    places: Path | None
    allowed: bool
    fetch: bool
    skip_bad: bool
    since: datetime | None

    def named(self) -> frozenset[str]:
        """The codes asked for as tables have them; none where all are."""
        return frozenset(_named(one) for one in _listed(self.codes))

    @property
    def day(self) -> date:
        """The day that rates must not have expired before."""
        return legal_day(datetime.now(UTC), EASTERN) if self.since is None else self.since.date()


def _read(asked: _Asked, payer: str = "", basis: str = "") -> tuple[Found, Contracted, list[Outlier]]:
    """What a file holds, its medians, and the rates that are not plausible; of one `basis`, or of all."""
    _require_file(asked.path)
    wanted = Wanted(
        asked.named(),
        _numbers(asked.npis),
        asked.place,
        asked.day,
        asked.network,
        asked.skip_bad,
    )
    try:
        with opened(asked.path) as local:
            if asked.allowed:
                found = read_allowed(local, wanted)
            else:
                found = read_in_network(local, wanted, fetch_reference if asked.fetch else None)
    except ReferenceFileError as error:
        out = Path(f"{Path(asked.path.partition('?')[0]).name}.rejects.csv")
        raise source_refused(error, error.rejects, out, what="element") from None
    observed = [one for one in found.observed if not basis or one.apart.basis == basis]
    if len(observed) < len(found.observed):
        found.left_out[f"another origin than {basis} (--basis)"] += len(found.observed) - len(observed)
    reference, on = shipped_reference(), asked.day
    kept, outliers = plausible(observed, lambda service: national_amount(reference, service, on))
    at = _practices(asked.places, {npi for one in kept for npi in one.npis}) if asked.places else None
    return found, rows_of(kept, geography=asked.geography, places=at, payer=payer), outliers


def _require_file(path: str) -> None:
    """Raise `CommandError` (2) where a path, not an address, names nothing that can be read."""
    if not path.startswith(("https://", "http://")):
        readable(path)


def _listed(text: str) -> list[str]:
    if not text.startswith("@"):
        return [part.strip() for part in text.split(",") if part.strip()]
    return read_text(text[1:]).split()


def _named(code: str) -> str:
    """A code as tables have it; of a stay `DRG 470`, however it is written."""
    drg = drg_of(code)
    return f"DRG {drg}" if drg else plain_code(code)


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


def _print_summary(path: str, found: Found, counted: Contracted, outliers: list[Outlier]) -> None:
    """What was left out, on standard error, so that the rows can be piped on; rates that are not plausible, listed."""
    for reason, count in sorted(found.left_out.items()):
        sys.stderr.write(f"left out: {count} for {reason}\n")
    if found.unresolved:
        sys.stderr.write(f"left out: {found.unresolved} rates of provider groups that are not in the file (--fetch)\n")
    if counted.insufficient:
        sys.stderr.write(f"insufficient information (fewer than {SUFFICIENT} rates): {counted.insufficient}\n")
    if not outliers:
        return
    out = Path(f"{Path(path.partition('?')[0]).name}.outliers.csv")
    with out.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("code", "modifier", "billing_class", "contract", "rate", "reason"))
        for one in outliers:
            service = msgspec.structs.astuple(one.observed.service)
            rows.writerow((*service, one.observed.contract, one.observed.rate, one.reason))
    sys.stderr.write(f"left out: {len(outliers)} rates that are not plausible; they are listed in {out}\n")
    for one in outliers[:_SHOWN]:
        sys.stderr.write(f"  {one.observed.service.code} of {one.observed.contract}: {one.reason}\n")
