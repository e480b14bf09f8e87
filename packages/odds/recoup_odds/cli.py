"""`recoup idr load`, `fit`, `chance` and `evaluate`: the public record of federal IDR on this machine.

The libraries that read and fit take seconds to load. So each command loads what it needs when it runs: `recoup idr
plan`, and the help pages, which list these commands, do not wait for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR
from shared.commands import CommandError, print_object

if TYPE_CHECKING:
    import polars as pl

    from recoup_odds.record import FileCounts

Json = Annotated[bool, typer.Option("--json", help="one JSON object")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group `recoup idr`."""
    app.command("load")(load)
    app.command("fit")(fit_model)
    app.command("publish")(publish)
    app.command("chance")(chance)
    app.command("evaluate")(evaluate_file)


def load(
    files: Annotated[list[Path], typer.Argument(help="CMS's public use files: .csv, .xlsx or .parquet")],
    quarter: Annotated[str, typer.Option(help="of files that do not say it, such as 2025Q2")] = "",
    state: StateDir = DEFAULT_DIR,
) -> None:
    """Read public use files of federal IDR into the record; a quarter that is loaded again is replaced."""
    for file in files:
        lines, source = _read(file, quarter)
        for (name, kind), part in lines.group_by("quarter", "kind"):
            place = _folder(state) / f"{name}-{kind}.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            scratch = place.with_suffix(".new")
            part.write_parquet(scratch)
            scratch.replace(place)
        print_object(msgspec.to_builtins(source))


def fit_model(
    out: Annotated[Path, typer.Option("--out", help="the file to write")] = Path("win-model.json"),
    state: StateDir = DEFAULT_DIR,
) -> None:
    """Fit the win model on the whole record and write it as one JSON file."""
    from recoup_odds.fit import TooLittle, fit

    try:
        model = fit(_record(state))
    except TooLittle as error:
        raise CommandError(str(error), "load more quarters with `recoup idr load`", 2) from None
    out.write_bytes(msgspec.json.encode(model))
    print_object({"model": str(out), "version": model.version, "lines": model.lines, "bytes": out.stat().st_size})


def publish(
    out: Annotated[Path, typer.Option("--out", help="the file to write, for RECOUP_SETTLEMENT_PUBLIC_RECORD")] = Path(
        "public-record.json.gz"
    ),
    state: StateDir = DEFAULT_DIR,
) -> None:
    """Write the record as settlement decides by it: chances by kind, the offers that won, how a chance falls."""
    import gzip

    from recoup_odds.fit import TooLittle
    from recoup_odds.publish import public_record

    try:
        found = public_record(_record(state))
    except TooLittle as error:
        raise CommandError(str(error), "load more quarters with `recoup idr load`", 2) from None
    out.write_bytes(gzip.compress(msgspec.json.encode(found), mtime=0))
    print_object(
        {
            "record": str(out),
            "version": found.version,
            "cells": len(found.winning),
            "response": found.response,
            "bytes": out.stat().st_size,
        }
    )


def chance(
    model: Annotated[Path, typer.Argument(help="a file that `recoup idr fit` wrote")],
    code: Annotated[str, typer.Option(help="the procedure code")],
    payer: Annotated[str, typer.Option(help="who answers for the plan")] = "",
    plan_type: Annotated[str, typer.Option(help="the plan's type, as the portal calls it")] = "",
    place: Annotated[str, typer.Option("--in", help="the state of the service, two letters")] = "",
    entity: Annotated[str, typer.Option(help="the certified IDR entity, or `fee 435` by its fee")] = "",
    ours: Annotated[float | None, typer.Option(help="our offer, as a multiple of the QPA")] = None,
    theirs: Annotated[float | None, typer.Option(help="the payer's offer, likewise")] = None,
) -> None:
    """The chance that our offer is chosen, nine-of-ten bounds, and a sentence for each factor."""
    from services.settlement.domain.cpt_services import service_of
    from services.settlement.domain.win_model import Case, WinModel

    try:
        fitted = msgspec.json.decode(model.read_bytes(), type=WinModel)
    except (OSError, msgspec.DecodeError) as error:
        raise CommandError(
            f"{model} is no win model: {type(error).__name__}", "write one with `recoup idr fit`", 2
        ) from None
    service = service_of(code.upper())
    case = Case(
        kind="air" if service == "air ambulance" else "medical", service=service, payer=payer, plan_type=plan_type,
        state=place.upper(), code=code.upper(), entity=entity, provider_offer=ours, payer_offer=theirs,
    )  # fmt: skip
    print_object(msgspec.to_builtins(fitted.of(case)))


def evaluate_file(
    file: Annotated[Path, typer.Argument(help="a public use file of a later quarter")],
    quarter: Annotated[str, typer.Option(help="the quarter to score; default: the last one of the file")] = "",
    state: StateDir = DEFAULT_DIR,
    json: Json = False,
    svg: Annotated[Path | None, typer.Option(help="a file for the reliability diagram")] = None,
) -> None:
    """Score a quarter by a model fitted on the quarters of the record before it."""
    from recoup_odds.evaluate import evaluate
    from recoup_odds.fit import TooLittle
    from recoup_odds.picture import reliability

    lines, source = _read(file, quarter if len(quarter) == len("2025Q2") else "")
    wanted = quarter or max(source.quarters)
    if wanted not in source.quarters:
        raise CommandError(f"{file.name} has no lines of {wanted}", f"it has {', '.join(source.quarters)}", 2)
    try:
        score = evaluate(_record(state), lines, wanted)
    except TooLittle as error:
        raise CommandError(str(error), f"load quarters before {wanted} with `recoup idr load`", 2) from None
    if svg is not None:
        svg.write_text(reliability(score), encoding="utf-8")
    if json:
        print_object(msgspec.to_builtins(score))
        return
    typer.echo(f"{wanted}: {score.lines:,} contested lines, fitted on {score.fitted_on[0]} to {score.fitted_on[-1]}")
    typer.echo(
        f"Brier {score.brier:.4f}, {score.better_by:.1%} below {score.base_brier:.4f} of the base rate {score.base:.1%}"
    )
    typer.echo(f"calibration in the large {100 * score.calibration_in_the_large:+.1f} points")
    typer.echo(f"{score.coverage_90:.0%} of {score.cells} cells' rates in their 90 % bounds")
    for one in score.deciles:
        typer.echo(f"  said {one.chance:6.1%}  came {one.won:6.1%}  of {one.lines:,}")


def _read(file: Path, quarter: str) -> tuple[pl.DataFrame, FileCounts]:
    from recoup_odds.record import RecordError, read

    if not file.is_file():
        raise CommandError(f"{file} is not there", "give a file of CMS's public record", 2)
    try:
        return read(file, quarter)
    except RecordError as error:
        raise CommandError(str(error), "see docs/odds.md for the files that are read", 2) from None


def _folder(state: Path) -> Path:
    return state / "idr"


def _record(state: Path) -> pl.DataFrame:
    import polars as pl

    from recoup_odds.record import COLUMNS

    files = sorted(_folder(state).glob("*.parquet"))
    if not files:
        return pl.DataFrame(schema=COLUMNS)
    return pl.concat([pl.read_parquet(file) for file in files])
