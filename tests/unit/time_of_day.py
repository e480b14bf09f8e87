"""The hour at which tests of rules live.

Tests of the services' rules are run twice: at noon UTC, when every clock of the country shows the same day, and at
23:30 Eastern, when UTC is a day ahead. A rule that takes the day from UTC passes the first and fails the second.
A module that asks for no instant, nor imports a module of tests that does, does the same at both and is run once.
"""

from __future__ import annotations

import ast
import unittest
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import pytest

from shared.calendar import EASTERN

NOON = time(12, tzinfo=UTC)
LATE = time(23, 30, tzinfo=EASTERN)
_now = NOON
_ROOT = Path(__file__).parents[2]


def instant_on(day: date) -> datetime:
    """The instant at which tests live on a day of the Eastern calendar."""
    return datetime.combine(day, _now).astimezone(UTC)


@cache
def lives_at_an_hour(path: Path) -> bool:
    """Whether a module of tests, or one that it imports from tests, asks for the instant at which tests live."""
    seen: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for name in _imported(module):
            if name == f"{__name__}.{instant_on.__name__}":
                return True
            file = _ROOT.joinpath(*name.split("."))
            found = (file.with_suffix(".py"), file / "__init__.py")
            waiting += [one for one in found if name.startswith("tests.") and one.exists()]
    return False


@cache
def _imported(module: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update((node.module, *(f"{node.module}.{one.name}" for one in node.names)))
    return frozenset(found)


def twice(metafunc: pytest.Metafunc) -> None:
    """For a conftest's `pytest_generate_tests`: every test of the folder that may depend on the hour, at both."""
    if not lives_at_an_hour(metafunc.definition.path):
        return
    if metafunc.cls is None or not issubclass(metafunc.cls, unittest.TestCase):
        metafunc.parametrize("time_of_day", [NOON, LATE], ids=["noon", "23:30"], indirect=True)


@pytest.fixture(autouse=True)
def time_of_day(request: pytest.FixtureRequest) -> Iterator[None]:
    """Live at the hour that the test is run for."""
    global _now
    _now = getattr(request, "param", NOON)
    yield
    _now = NOON
