"""Files that the documents name are there: a document that leads nowhere is worse than none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if "decisions" not in path.parts),
]
_PLACES = ("services", "shared", "recoup", "packages", "tests", "docs", "deploy", "examples")
_NAMED = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|csv|toml|typ|yaml))(?::[^`]*)?`")


def named(text: str) -> Iterator[str]:
    """The files that a document names in code marks: whole paths, or the end of one."""
    yield from _NAMED.findall(text)


@pytest.fixture(scope="module")
def files() -> list[str]:
    found = [f"/{path.name}" for path in ROOT.iterdir() if path.is_file()]
    for place in _PLACES:
        found += [f"/{path.relative_to(ROOT)}" for path in (ROOT / place).rglob("*.*") if path.is_file()]
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document: Path, files: list[str]) -> None:
    missing = [name for name in named(document.read_text()) if not any(file.endswith(f"/{name}") for file in files)]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("verifies it (`domain/money_in.py`) and", ["domain/money_in.py"]),
        ("`agreement.py: settle` emits", ["agreement.py"]),
        ("a row of `rules/limits.csv`; `recoup.claims.v1`, `a/b`", ["rules/limits.csv"]),
        ("no code marks: domain/money_in.py", []),
    ],
)
def test_what_a_document_names_is_found(text: str, expected: list[str]) -> None:
    assert list(named(text)) == expected
