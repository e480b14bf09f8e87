"""`recoup simulate`: the same disputes under several negotiation policies, side by side.

Its figures compare policies under the payer model (docs/payer-simulator.md); they are no forecast of what real payers
do.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from recoup_tools.simulation import history as histories
from recoup_tools.simulation.cases import Case, made_up_cases
from recoup_tools.simulation.report import (
    accepted_at_once,
    in_words,
    reliability,
    side_by_side,
    summary,
    under_models,
    uplift,
)
from recoup_tools.simulation.stress import under_every_model
from recoup_tools.simulation.world import play
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.settlement.adapters.policies import load_rulebook, simulation_file
from services.settlement.domain.fees import FeeError
from services.settlement.domain.policy import PolicyError
from services.settlement.domain.policy_simulation import PolicySimulation, encode

_console = Console()


def _fail(message: str) -> typer.Exit:
    sys.stderr.write(f"recoup simulate: {message}\n")
    return typer.Exit(2)


def _disputes(history: Path | None, log: str, claims: int, seed: int) -> tuple[list[Case], str]:
    """The disputes, and where they come from."""
    if history is not None:
        try:
            return histories.from_file(history), "a history of events"
        except (OSError, ValueError) as error:
            raise _fail(f"{history}: {error}") from None
    if log:
        return asyncio.run(histories.from_log(log)), "the claims' log"
    return made_up_cases(claims, seed), "made up"


def _keep(name: str, simulation: PolicySimulation) -> None:
    """Write a policy's trial beside it."""
    try:
        simulation_file(name).write_bytes(encode(simulation))
    except OSError as error:
        raise _fail(str(error)) from None


def simulate(
    policy: Annotated[list[str], typer.Option(help="a shipped policy's name or a TOML file; repeat to compare")],
    history: Annotated[Path | None, typer.Option(help="NDJSON of events, each with `type` and `data`")] = None,
    log: Annotated[str, typer.Option(help="brokers (host:port) whose claims' log is the history")] = "",
    claims: Annotated[int, typer.Option(min=1, help="made-up disputes, where no history is given")] = 200,
    seed: Annotated[int, typer.Option(help="of the payer model and the made-up disputes")] = 7,
    approve: Annotated[
        bool, typer.Option(help="people approve what the engine proposes above its authority; else it lapses")
    ] = True,
    record: Annotated[
        bool,
        typer.Option("--record", help="write each policy's trial beside it: settlement needs one"),
    ] = False,
    stress: Annotated[
        bool,
        typer.Option("--stress", help="play each policy under payer models that are wrong, too; --record does"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> None:
    """Run negotiation policies against the same disputes and the payer model; nothing is sent anywhere."""
    try:
        books = {name: load_rulebook(name) for name in policy}
    except (PolicyError, FeeError, OSError) as error:
        raise _fail(str(error)) from None
    cases, source = _disputes(history, log, claims, seed)
    if not cases:
        raise _fail("the history holds no dispute (a claim with its remittance and an underpayment or denial)")
    appeals = AppealsDecider(load_rules())
    played = {name: play(book, cases, seed=seed, approve=approve, appeals=appeals) for name, book in books.items()}
    baseline = accepted_at_once(next(iter(played.values())))
    figures = {name: summary(outcomes) for name, outcomes in played.items()}
    for name, one in figures.items():
        of = books[name].policy
        one["uplift after fees"] = uplift(one, baseline)
        one["policy"] = {"label": of.label, "sha256": of.digest}
        tried = (
            under_every_model(books[name], cases, seed=seed, approve=approve, appeals=appeals)
            if record or stress
            else {}
        )
        if record:
            _keep(
                name,
                PolicySimulation(
                    policy=of.label, sha256=of.digest, disputes=len(cases), source=source, seed=seed, figures=one,
                    stress=tried,
                ),
            )  # fmt: skip
        figures[name] = {**one, "stress": in_words(tried)}
    if as_json:
        answer = {"policies": figures, "first payment accepted": baseline, "model": "docs/payer-simulator.md"}
        sys.stdout.write(json.dumps({**answer, "seed": seed}) + "\n")
        return
    _console.print(side_by_side(figures, baseline))
    for one in figures.values():
        _console.print(reliability(one["policy"]["label"], one["calibration"]))
        if one["stress"]:
            _console.print(under_models(one["policy"]["label"], one["stress"]))
    _console.print("Payers are a model (docs/payer-simulator.md): compare the columns, do not forecast by them.")


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(simulate)
