"""`recoup deadlines` as a person and a script see it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from recoup.cli.deadlines import deadlines

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
