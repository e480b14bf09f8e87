"""No program asks which forum it is in outside that forum's folder: it asks for a fact of the forum.

A forum that is added would else be forgotten there. What an event or a person names may be written out; what is decided
by a name may not, in Python, in templates, or at the desk.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.forums import CASE_FORUMS

ROOT = Path(__file__).parents[3]
FOLDERS = ROOT / "services/appeals/domain/forums"
PLACES = ("services", "shared", "recoup", "packages/tools", "packages/odds")
# `collection` is an English word: it counts where a forum is compared
_SCRIPT = re.compile(
    rf"""[=!]==?\s*["'](?:{"|".join(CASE_FORUMS)})["']|["'](?:{"|".join(CASE_FORUMS)})["']\s*[=!]==?"""
    rf"""|case\s+["'](?:{"|".join(CASE_FORUMS)})["']"""
)


def _files(*endings: str) -> list[Path]:
    found = [path for place in PLACES for ending in endings for path in (ROOT / place).rglob(f"*.{ending}")]
    return sorted(path for path in found if FOLDERS not in path.parents)


def _names(node: ast.AST) -> Iterator[str]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    for part in parts:
        if isinstance(part, ast.Constant) and part.value in CASE_FORUMS:
            yield str(part.value)


def _decided(source: str) -> list[tuple[int, str]]:
    """Line and name of each forum that Python compares with, looks for among others, or matches."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            found += [(node.lineno, name) for side in (node.left, *node.comparators) for name in _names(side)]
        elif isinstance(node, ast.MatchValue):
            found += [(node.lineno, name) for name in _names(node.value)]
    return found


def test_no_condition_of_a_program_names_a_forum() -> None:
    files = _files("py")
    assert len(files) > 500
    found = {str(path.relative_to(ROOT)): _decided(path.read_text()) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_condition_of_a_page_or_a_template_names_a_forum() -> None:
    files = _files("js", "typ", "html")
    assert len(files) > 15
    found = {str(path.relative_to(ROOT)): _SCRIPT.findall(path.read_text()) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('if case.forum != "collection": pass', ["collection"]),
        ('x = forum in ("open_negotiation", other)', ["open_negotiation"]),
        ('match forum:\n    case "external_review":\n        pass', ["external_review"]),
        ('x = Case(forum="federal_idr")', []),
    ],
)
def test_the_search_finds_conditions_in_python(source: str, found: list[str]) -> None:
    assert [name for _, name in _decided(source)] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('const idr = now.forum === "federal_idr";', True),
        ('#let to-payer = data.forum != "state_process"', True),
        ("""switch (f) { case 'collection': }""", True),
        ('const LABEL = { federal_idr: "IDR" };', False),
    ],
)
def test_the_search_finds_conditions_in_scripts(source: str, found: bool) -> None:
    assert bool(_SCRIPT.search(source)) is found
