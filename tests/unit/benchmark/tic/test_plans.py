"""`tic plans`: what a table of contents says of plans. Fields by CMS's price-transparency guide, table of contents."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.commands import transparency
from shared.commands import CommandError

GROUP = {"plan_market_type": "group", "plan_id_type": "EIN", "plan_id": "123456789", "plan_name": "ACME PPO"}
SINGLE = {
    "plan_market_type": "individual",
    "plan_id_type": "hios",
    "plan_id": "12345TX0010001",
    "plan_name": "Silver 3",
}


def said(tmp_path: Path, asked: str, *plans: dict[str, str], head: dict[str, str] | None = None) -> Any:
    files = [{"location": "https://x.example/f", "description": "f"}]
    structure = [{"reporting_plans": [plan], "in_network_files": files} for plan in plans]
    file = tmp_path / "index.json"
    whole = {"reporting_entity_name": "Acme Benefits", "reporting_structure": structure, **(head or {})}
    file.write_text(json.dumps(whole))
    groups = tmp_path / "groups.csv"
    groups.write_text(f"payer_id,group_number,ein,hios,name\n{asked}\n")
    app = typer.Typer()
    transparency.add_to(app)
    words = ["tic", "plans", str(file), "--groups", str(groups), "--of", "2026-11", "--known-on", "2026-11-30"]
    return CliRunner().invoke(app, words)


def rows(done: Any) -> dict[str, str]:
    assert done.exit_code == 0, (done.output, done.exception)
    return {row["what"]: row["value"] for row in csv.DictReader(io.StringIO(done.stdout))}


@pytest.mark.parametrize(
    ("asked", "plans", "expected"),
    [
        ("60054,77,12-3456789,,", [GROUP, SINGLE], {"ein": "12-3456789", "name": "ACME PPO"}),
        ("60054,77,,,acme  ppo", [GROUP, SINGLE], {"ein": "12-3456789", "name": "ACME PPO"}),
        (
            "60054,77,,12345tx0010001,",
            [GROUP, SINGLE],
            {"hios": "12345TX0010001", "name": "Silver 3", "kind": "individual"},
        ),
        (
            "60054,77,12-3456789,,",
            [{**GROUP, "plan_sponsor_name": "Acme, Inc.", "issuer_name": "Acme Life"}],
            {"ein": "12-3456789", "name": "ACME PPO", "sponsor": "Acme, Inc."},
        ),
    ],
)
def test_a_plan_is_found_by_ein_hios_id_or_name(
    tmp_path: Path, asked: str, plans: list[dict[str, str]], expected: dict[str, str]
) -> None:
    assert rows(said(tmp_path, asked, *plans)) == expected


def test_each_row_has_the_files_publisher_and_day(tmp_path: Path) -> None:
    (_, row, *_) = said(tmp_path, "60054,77,12-3456789,,", GROUP).stdout.splitlines()
    source = '"Transparency-in-Coverage table of contents of Acme Benefits, 2026-11"'
    assert row == f"60054,77,ein,12-3456789,2026-11-30,{source},,"
    own = said(tmp_path, "60054,77,12-3456789,,", GROUP, head={"last_updated_on": "2026-11-01"}).stdout
    assert "Acme Benefits, 2026-11-01" in own


def test_what_the_file_says_in_two_ways_is_told_and_is_no_row(tmp_path: Path) -> None:
    """An employer with two plans under one EIN: which of them the group is, a person says."""
    done = said(tmp_path, "60054,77,12-3456789,,", GROUP, {**GROUP, "plan_name": "ACME HSA"})
    assert rows(done) == {"ein": "12-3456789"}
    assert "name of group 77: 2 in the file" in done.stderr


def test_a_file_that_says_nothing_of_them_is_said(tmp_path: Path) -> None:
    done = said(tmp_path, "60054,77,99-9999999,,", GROUP)
    assert isinstance(done.exception, CommandError) and "says nothing of these plans" in str(done.exception)
