"""Queries look into a state only where its excerpt has something: every name in their SQL is a queried path's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from services.appeals.adapters.sql.tables import CASES
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.gateway.adapters.sql.tables import CLAIMS
from services.intake.adapters.sql.tables import CLAIMS as RECORDS
from services.settlement.adapters.sql.tables import ACCOUNTS
from shared.runtime.state_table import StateTable

ROOT = Path(__file__).parents[3] / "services"
TABLES: dict[str, StateTable[Any]] = {
    "intake": RECORDS,
    "benchmark": CLAIM_FILES,
    "appeals": CASES,
    "settlement": ACCOUNTS,
    "gateway": CLAIMS,
}
_KEY = re.compile(r"(?:->>?|\?)\s*'(\w+)'")
_PATH = re.compile(r"#>>?\s*'\{([\w,]+)\}'")
_JSONPATH = re.compile(r"jsonb_path_exists\(state, '\$\.([\w.\[\]*]+)'")


def names_in(text: str) -> set[str]:
    """Names by which SQL looks into JSON."""
    whole = [one.split(",") for one in _PATH.findall(text)]
    by_path = [one.replace("[*]", "").split(".") for one in _JSONPATH.findall(text)]
    return {*_KEY.findall(text), *(name for path in (*whole, *by_path) for name in path)}


@pytest.mark.parametrize("service", TABLES)
def test_every_name_is_queried(service: str) -> None:
    queried = {name for path in TABLES[service].queried for name in path.split(".")}
    for path in sorted((ROOT / service / "adapters").rglob("*.py")):
        text = path.read_text()
        if re.search(r"\bstate\s*(->|#>|\?)|\(state, '\$|\ba?\.?state\)", text):
            assert names_in(text) - queried == set(), f"{path.name} looks where the excerpt of a state is empty"


def test_names_are_found() -> None:
    sql = """state -> 'a' ->> 'b', state #>> '{c,d}', one->>'e', state ? 'f', jsonb_path_exists(state, '$.g[*].h.i')"""
    assert names_in(sql) == set("abcdefghi")
