"""`recoup deadlines` as a person and a script see it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from services.appeals.commands import deadlines as command
from services.appeals.commands.deadlines import deadlines

APP = typer.Typer()
APP.command()(deadlines)


def run(*arguments: str):
    return CliRunner().invoke(APP, list(arguments), env={"COLUMNS": "200"})


def test_the_nsa_calendar_names_each_date_and_rule() -> None:
    result = run("--forum", "nsa", "--paid", "2025-01-15", "--json")
    assert result.exit_code == 0
    rows = {row["kind"]: row for row in json.loads(result.output)["deadlines"]}
    assert rows["open_negotiation_start"]["act_by"] == "2025-02-27"
    assert all(row["rule"] and row["why"] for row in rows.values())
    table = run("--forum", "nsa", "--paid", "2025-01-15").output
    assert "2025-02-27" in table and "45 CFR 149.510(b)(1)(i)" in table


def test_a_real_day_moves_what_follows() -> None:
    result = run("--forum", "nsa", "--paid", "2025-01-15", "--notice", "2025-01-15", "--json")
    rows = {row["kind"]: row for row in json.loads(result.output)["deadlines"]}
    assert rows["idr_initiation"]["opens"] == "2025-03-03" and rows["idr_initiation"]["due"] == "2025-03-05"
    assert "$115.00" in rows["idr_initiation"]["cost"]


# every state with a process of its own has a calendar that names its statute and how sure the row is, or says why not
@pytest.mark.parametrize(
    "state", ["CA", "CO", "DE", "FL", "GA", "IL", "ME", "MO", "NH", "NJ", "NV", "NY", "OH", "TX", "VA"]
)
def test_each_states_arbitration_has_a_calendar(state: str) -> None:
    result = run("--forum", "state", "--state", state, "--paid", "2025-01-15", "--json")
    days = {day["kind"]: day for day in json.loads(result.output)["deadlines"]}
    file, decide = days["state_file"], days["state_decide"]
    assert "arbitration" in file["label"] and file["act_by"] <= file["due"] < decide["due"]
    assert all("not yet verified by a person" in day["why"] and day["rule"] for day in days.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--forum", "state"), "give --state"),
        (("--forum", "state", "--state", "ZZ"), "no row for ZZ"),
        (("--forum", "state", "--state", "AZ"), "use --forum nsa"),
        (("--forum", "state", "--state", "AK"), "Alaska (AK)"),
        (("--forum", "prompt-pay"), "give --state"),
        (("--forum", "prompt-pay", "--state", "CT"), "20 and 45 days"),
    ],
)
def test_what_has_no_calendar_is_said_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments, "--paid", "2025-01-15")
    assert result.exit_code == 2 and said in result.output and len(result.output.splitlines()) == 1


def test_prompt_pay_by_the_way_the_claim_was_sent() -> None:
    result = run("--forum", "prompt-pay", "--state", "fl", "--paid", "2025-01-15", "--json")
    rows = json.loads(result.output)["deadlines"]
    # Fla. Stat. 627.6131: 20 days electronic, 40 on paper
    assert [row["due"] for row in rows] == ["2025-02-04", "2025-02-24"] and "12 % a year" in rows[0]["why"]


def test_erisa_is_the_commercial_ladder_and_help_names_each_forum() -> None:
    erisa, commercial = (
        json.loads(run("--forum", forum, "--paid", "2025-01-15", "--json").output)["deadlines"]
        for forum in ("erisa", "commercial")
    )
    assert erisa == commercial
    assert [row["kind"] for row in erisa] == [
        f"{forum}_{step}" for forum in ("commercial_appeal_1", "commercial_appeal_2", "external_review_1")
        for step in ("file", "decide")
    ]  # fmt: skip
    shown = run("--help").output
    assert all(forum in shown for forum in ("nsa", "erisa", "fehb", "external", "state", "corrected", "prompt-pay"))


@pytest.mark.parametrize(
    ("forum", "first"),
    [("commercial", "2025-07-14"), ("fehb", "2025-07-15"), ("external", "2025-05-15"), ("corrected", "2025-04-15")],
)
def test_each_forum_has_a_calendar(forum: str, first: str) -> None:
    rows = json.loads(run("--forum", forum, "--paid", "2025-01-15", "--json").output)["deadlines"]
    assert rows[0]["due"] == first


def test_a_state_without_a_process_is_said() -> None:
    result = run("--forum", "state", "--state", "az", "--paid", "2025-01-15")
    assert result.exit_code == 2 and "AZ" in result.output
    assert run("--forum", "state", "--state", "tx", "--paid", "2025-01-15").exit_code == 0


@pytest.mark.parametrize("width", [60, 80])
def test_on_a_terminal_it_fits_and_says_the_same_as_in_a_pipe(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--forum", "nsa", "--paid", "2025-01-15")
    whole = run(*words).output
    monkeypatch.setattr(command.sys, "maxsize", width)  # the width in a pipe
    fitting = run(*words).output
    assert max(map(len, fitting.splitlines())) <= width < max(map(len, whole.splitlines()))
    assert fitting.split() == whole.split()
    assert "…" not in fitting
