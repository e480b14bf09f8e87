"""What is read of the database has declared columns (`shared/db/rows.py`)."""

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


def test_every_query_declares_its_columns() -> None:
    assert _found() == {}, "give the query a `record_class`"


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
