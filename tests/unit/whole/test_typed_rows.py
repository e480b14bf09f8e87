"""What is read of the database has declared columns (`shared/db/rows.py`); the places that have none only get fewer."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.rows import fits

ROOT = Path(__file__).parents[3]
PLAIN = ("shared/runtime/", "shared/db/")
"""What moves thousands of rows a second, and what administers databases, takes rows as the driver gives them."""
UNTYPED: dict[str, int] = {
    "services/appeals/adapters/sql/worklist.py": 2,
    "services/gateway/adapters/sql/management.py": 5,
    "services/gateway/adapters/sql/ops.py": 4,
    "services/gateway/adapters/sql/outcomes.py": 1,
    "services/gateway/adapters/sql/portfolio.py": 1,
    "services/intake/adapters/sql/adjustments.py": 1,
    "services/intake/adapters/sql/answers.py": 1,
    "services/intake/adapters/sql/bank_files.py": 7,
    "services/intake/adapters/sql/deposits.py": 13,
    "services/intake/adapters/sql/event_names.py": 2,
    "services/intake/adapters/sql/held.py": 5,
    "services/intake/adapters/sql/ledger.py": 1,
    "services/intake/adapters/sql/outgoing.py": 3,
    "services/intake/adapters/sql/paper.py": 3,
    "services/intake/adapters/sql/recoupments.py": 1,
    "services/intake/adapters/sql/reseal.py": 1,
    "services/intake/adapters/sql/store.py": 12,
    "services/intake/adapters/sql/worklist.py": 4,
    "services/settlement/adapters/sql/payer_histories.py": 3,
    "services/settlement/adapters/sql/worklist.py": 1,
}
"""Queries of a module that are still read without declared columns; a row as a whole (`dict(row)`) among them."""


def _untyped(source: str) -> int:
    """How many queries give rows without a class of their own."""
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("fetch", "fetchrow", "cursor")
        and all(keyword.arg != "record_class" for keyword in node.keywords)
        for node in ast.walk(ast.parse(source))
    )


def _found() -> Counter[str]:
    files = [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]
    named = {str(path.relative_to(ROOT)): path for path in files if "migrations" not in path.parts}
    assert len(named) > 400
    counts = {name: _untyped(path.read_text()) for name, path in named.items() if not name.startswith(PLAIN)}
    return Counter({name: count for name, count in counts.items() if count})


def test_no_more_queries_are_read_without_declared_columns() -> None:
    found = _found()
    assert {name: count for name, count in found.items() if count > UNTYPED.get(name, 0)} == {}, "declare their columns"


def test_the_list_of_those_is_no_longer_than_it_need_be() -> None:
    found = _found()
    assert {name: count for name, count in UNTYPED.items() if found[name] < count} == {}, "shorten the list"


@pytest.mark.parametrize(
    ("source", "untyped"),
    [
        ("await conn.fetch('SELECT 1')", 1),
        ("await conn.fetch('SELECT 1', 2, record_class=Number)", 0),
        ("conn.cursor('SELECT 1', prefetch=5)", 1),
        ("await conn.fetchval('SELECT 1')", 0),
    ],
)
def test_the_search_finds_queries_without_columns(source: str, untyped: int) -> None:
    assert _untyped(source) == untyped


@pytest.mark.parametrize(
    ("value", "declared", "fit"),
    [
        (1, int, True),
        (True, int, False),
        (None, str | None, True),
        (None, str, False),
        (["a"], list[str], True),
        ([1], list[str], False),
        ("waiting", Literal["waiting", "failed"], True),
        ("other", Literal["waiting", "failed"], False),
        (date(2026, 1, 1), date, True),
    ],
)
def test_a_value_is_held_to_its_declared_type(value: object, declared: Any, fit: bool) -> None:
    assert fits(value, declared) is fit
