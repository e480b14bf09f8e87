"""`codes`: newer code lists and NCCI tables for intake; kept in a folder, picked up without a restart."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup_x12.codes import SHIPPED
from recoup_x12.codes import releases as releases_of
from services.intake.adapters import codes as releases
from services.intake.domain.code_lists import ended_lists
from shared.calendar import EASTERN, legal_day
from shared.commands import CommandError, Yes, confirm, print_object, setting, source_refused

FOLDER = "RECOUP_INTAKE_CODES_DIR"
Folder = Annotated[
    Path | None,
    typer.Option("--dir", help="intake's folder of code tables", envvar=FOLDER),
]
_codes = typer.Typer(help="Code lists and NCCI tables of intake: update, list, withdraw.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_codes, name="codes")


@_codes.command()
def update(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="the list as published")],
    kind: Annotated[str, typer.Option("--list", help=" | ".join(releases.KINDS))],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first date of service it is for")],
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="last date of service it speaks for")
    ] = None,
    version: Annotated[str, typer.Option(help="its name, as findings will cite it; default: the date of --from")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="take the place of the release of that day")] = False,
    rejects: Annotated[Path | None, typer.Option(help="reject file; default: FILE.rejects.csv")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read and check, load nothing")] = False,
    folder: Folder = None,
) -> None:
    """Load one release: all of it or, where any row is malformed, nothing; the rows go to the reject file.

    A release holds from its first day on; the one before it keeps the days before. NCCI and MUE tables come in
    several files: name all of one table in one call. docs/case-review.md tells how each list is laid out.
    """
    if kind not in releases.KINDS:
        raise CommandError(f"list {kind!r} is unknown", f"one of {', '.join(releases.KINDS)}", 2)
    if last is not None and first > last:
        raise CommandError("--from lies after --to", "", 2)
    try:
        release = releases.read_release(
            kind, files, version=version or f"{first:%Y-%m-%d}", valid_from=first.date(),
            valid_to=last.date() if last else None,
        )  # fmt: skip
        new = False if dry_run else releases.store(_folder(folder), release, replacing=replace)
    except releases.SourceError as error:
        out = rejects or files[0].with_name(f"{files[0].name}.rejects.csv")
        raise source_refused(error, error.refused, out) from None
    except releases.CodesError as error:
        raise CommandError(str(error), "give --replace to correct it", 1) from None
    except OSError as error:
        raise CommandError(f"the folder of code tables cannot be written: {error.strerror}", "", 1) from None
    print_object(
        {"checked" if dry_run else "loaded" if new else "already loaded": release.version, **_release_view(release)}
    )


@_codes.command("list")
def list_releases(folder: Folder = None) -> None:
    """Every release, shipped and loaded, as one JSON object a line."""
    for one in (release for name in SHIPPED for release in releases_of(name)):
        print_object({"list": one.name, "version": one.version, "shipped": True, "codes": len(one.codes),
              "from": one.valid_from, "to": one.valid_to})  # fmt: skip
    kept: list[releases.Release] = []
    try:
        kept = releases.kept(_folder(folder))
        for release in kept:
            print_object({"version": release.version, **_release_view(release)})
    except releases.CodesError as error:
        raise CommandError(str(error), "", 1) from None
    finally:
        _warn_of_ended(kept)


def today() -> date:
    """The legal day of the hour, in the zone that is the default everywhere."""
    return legal_day(datetime.now(UTC), EASTERN)


def _warn_of_ended(kept: list[releases.Release]) -> None:
    """Say on standard error which lists have ended by today, counting what is loaded."""
    last = {release.kind: release.valid_to for release in sorted(kept, key=lambda one: one.valid_from)}
    for one in ended_lists(today()):
        if one.name in last and (last[one.name] is None or str(last[one.name]) > str(one.valid_to)):
            continue
        typer.echo(
            f"{one.name}: {one.version} ended on {one.valid_to}, {one.days} days ago: codes new since are not known. "
            "Load the newer release with `codes update`.",
            err=True,
        )


@_codes.command("withdraw")
def withdraw_release(
    kind: Annotated[str, typer.Argument(help="the list")],
    first: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="its first day")],
    yes: Yes = False,
    folder: Folder = None,
) -> None:
    """Use a loaded release no longer."""
    confirm(f"check nothing by the {kind} release from {first:%Y-%m-%d} any more?", yes=yes)
    if not releases.withdraw(_folder(folder), kind, first.date()):
        raise CommandError(f"no release of {kind} from {first:%Y-%m-%d} is kept", "`codes list` shows them", 1)
    print_object({"withdrawn": kind, "from": first.date()})


def _folder(folder: Path | None) -> Path:
    found = folder or setting(FOLDER)
    if not found:
        raise CommandError("no folder of code tables is named", f"set {FOLDER} as for the service, or give --dir", 2)
    return Path(found)


def _release_view(release: releases.Release) -> dict[str, Any]:
    return {"list": release.kind, "from": release.valid_from, "to": release.valid_to, "bytes": len(release.content)}
