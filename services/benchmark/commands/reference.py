"""`reference` and `reprice`: load reference data into benchmark; see what a policy would change.

Files are read and checked here, and sent to the running service, which keeps them, or judges its claims by them.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import Packed, size_of, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import read_policy
from services.benchmark.adapters.tables import read_provider_and_service, read_table_file
from services.benchmark.application.snapshot import SnapshotKind
from services.benchmark.commands.service import Address, Token, ask
from services.benchmark.domain.distributions import KINDS, TableKind
from shared.commands import CommandError, Yes, confirm, print_object, read_text, source_refused

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
_FILE_KINDS = ("cms", "puf", *KINDS)
_reference = typer.Typer(help="Reference data of benchmark: load, list, withdraw, snapshot.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_reference, name="reference")
    app.command()(reprice)


@_reference.command()
def load(
    path: Annotated[Path, typer.Argument(exists=True, help="a folder of CMS's files, or a table file")],
    kind: Annotated[str, typer.Option(help=" | ".join(_FILE_KINDS))],
    name: Annotated[str, typer.Option(help="the release's name, as prices will cite it")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first date of service")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last date of service")],
    source: Annotated[str, typer.Option(help="where the table comes from")] = "",
    rejects: Annotated[Path | None, typer.Option(help="reject file; default: PATH.rejects.csv")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read and check, load nothing")] = False,
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """Load one release: all of it or, where any row is malformed, nothing; the rows go to the reject file.

    cms: a folder with CMS's files as unzipped: PPRRVU, GPCI, and as there are any ZIP5, ANES, ANESBASE, OPPSCAP; OPPS
    and ASC addenda, ambulance, laboratory, ASP, DMEPOS and IPPS tables, wage indices, Hospital Enrollments, with them
    or alone.
    puf: CMS's "by Provider and Service" file, without anesthesia. The others: a CSV or Parquet table as
    docs/benchmark.md describes.
    """
    if kind not in _FILE_KINDS:
        raise CommandError(f"kind {kind!r} is unknown", f"one of {', '.join(_FILE_KINDS)}", 2)
    try:
        packed = _read(path, kind, name, first.date(), last.date(), source)
    except ReferenceFileError as error:
        out = rejects or path.with_name(f"{path.name}.rejects.csv")
        raise source_refused(error, error.rejects, out) from None
    if dry_run:
        print_object({"checked": name, "kind": kind, **size_of(packed)})
        return
    keep_release(packed, kind, benchmark_url, admin_token)


def keep_release(packed: Packed, kind: str, url: str, token: str) -> None:
    """Load a release that was read as a whole, and say so."""
    content = write_packed(packed)
    kept = ask(url, token, "POST", "/v1/reference/releases", query={"kind": kind}, content=content)
    print_object({"loaded" if kept["new"] else "already loaded": kept["name"], "kind": kind, **kept["size"]})


def _read(path: Path, kind: str, name: str, first: date, last: date, source: str) -> Packed:
    if first > last:
        raise CommandError("--from lies after --to", "", 2)
    if kind == "cms":
        return read_cms(path, name=name, effective_from=first, effective_to=last)
    if kind == "puf":
        return read_provider_and_service(path, name=name, effective_from=first, effective_to=last)
    found: dict[str, TableKind] = {one: one for one in KINDS}
    return read_table_file(path, name=name, kind=found[kind], effective_from=first, effective_to=last, source=source)


@_reference.command("list")
def list_releases(benchmark_url: Address = "", admin_token: Token = "") -> None:
    """Every release, shipped and loaded, as one JSON object a line."""
    known = ask(benchmark_url, admin_token, "GET", "/v1/reference")
    for release in known["shipped"]:
        print_object({"kind": "cms", "shipped": True, **release})
    for release in known["loaded"]:
        print_object(release)


@_reference.command("withdraw")
def withdraw_release(
    name: str,
    kind: Annotated[str, typer.Option(help="cms or a table's kind")],
    yes: Yes = False,
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """Use a loaded release no longer; it stays on record."""
    confirm(f"judge no claim by the {kind} release {name} any more?", yes=yes)
    done = ask(benchmark_url, admin_token, "POST", "/v1/reference/withdraw", query={"kind": kind, "name": name})
    print_object({"withdrawn": done["name"], "kind": done["kind"]})


@_reference.command()
def snapshot(
    kind: Annotated[str, typer.Option(help="ucr_charge: what providers charged; payer_history: what payers allowed")],
    name: Annotated[str, typer.Option(help="the release's name, as prices will cite it")],
    received_from: Annotated[datetime, typer.Option("--received-from", formats=["%Y-%m-%d"])],
    received_to: Annotated[datetime, typer.Option("--received-to", formats=["%Y-%m-%d"])],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first date of service it is for")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last date of service it is for")],
    minimum: Annotated[int, typer.Option(min=2, help="fewest lines behind a row")] = 10,
    tenant: Annotated[list[str] | None, typer.Option(help="whose claims; may be given several times")] = None,
    agreed: Annotated[str, typer.Option(help="where those of several agree to be pooled; kept with it")] = "",
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """Compute a percentile table out of the claims benchmark has heard of, and load it as a release.

    It judges the claims of those organisations alone out of whose claims it is. Several are pooled only where each of
    them has agreed.
    """
    if kind not in get_args(SnapshotKind):
        raise CommandError(f"kind {kind!r} is unknown", f"one of {', '.join(get_args(SnapshotKind))}", 2)
    if first > last or received_from > received_to:
        raise CommandError("a span ends before it begins", "--from lies before --to", 2)
    order = {
        "kind": kind,
        "name": name,
        "received_from": received_from.date().isoformat(),
        "received_to": received_to.date().isoformat(),
        "effective_from": first.date().isoformat(),
        "effective_to": last.date().isoformat(),
        "minimum": minimum,
        "tenants": tenant or [],
        "agreed": agreed,
    }
    kept = ask(benchmark_url, admin_token, "POST", "/v1/reference/snapshots", body=order)
    print_object({"loaded": kept["name"], "kind": kind, **kept["size"]})


def reprice(
    policy: Annotated[Path, typer.Option(exists=True, help="the policy file to try")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="remittances received from this day")],
    changes: Annotated[int, typer.Option(min=0, help="most changed claims to list")] = 20,
    benchmark_url: Address = "",
    admin_token: Token = "",
) -> None:
    """What another policy would have said of the payments judged since a day; nothing is changed or emitted."""
    text = read_text(policy)
    try:
        read_policy(text, policy.name)
    except ValueError as error:
        raise CommandError(str(error), "docs/benchmark.md explains every field", 2) from None
    body = {"policy": text, "since": since.date().isoformat()}
    repriced = ask(benchmark_url, admin_token, "POST", "/v1/analysis/repricing", body=body)
    changed = repriced["changes"]
    shown = repriced | {"changed": len(changed), "changes": changed[:changes]}
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")
