"""Files and functions stay as long as one can take in: 400 lines, and 60. Cyclomatic complexity is held by ruff.

A test that walks a claim through its life is a list of steps, and may have 100 lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_CODE = ("packages", "recoup", "services", "shared")
_FILE_LINES, _FUNCTION_LINES, _TEST_LINES = 400, 60, 100


def sources(*parts: str) -> list[Path]:
    return [path for part in parts for path in sorted((_ROOT / part).rglob("*.py"))]


def too_long(name: str, text: str, most: int = _FUNCTION_LINES) -> Iterator[str]:
    """What of a file is over the limits: itself, and its functions, nested ones too."""
    lines = text.count("\n")
    if lines > _FILE_LINES:
        yield f"{name}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > most:
                yield f"{name}:{node.lineno} {node.name}: {length} lines"


@pytest.mark.parametrize(("parts", "most", "at_least"), [(_CODE, _FUNCTION_LINES, 300), (("tests",), _TEST_LINES, 300)])
def test_no_file_and_no_function_is_over_its_limit(parts: tuple[str, ...], most: int, at_least: int) -> None:
    found = sources(*parts)
    assert len(found) > at_least
    named = [(str(path.relative_to(_ROOT)), path.read_text("utf-8")) for path in found]
    assert [fault for name, text in named for fault in too_long(name, text, most)] == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("x = 1\n" * 400, []),
        ("x = 1\n" * 401, ["a.py: 401 lines"]),
        ("def f():\n" + "    x = 1\n" * 59, []),
        ("def f():\n" + "    x = 1\n" * 60, ["a.py:1 f: 61 lines"]),
        ("class C:\n    async def g(self):\n" + "        x = 1\n" * 60, ["a.py:2 g: 61 lines"]),
        ("class C:\n" + "    x = 1\n" * 100, []),
    ],
)
def test_what_is_over_a_limit_is_found(text: str, faults: list[str]) -> None:
    assert list(too_long("a.py", text)) == faults


@pytest.mark.parametrize(("area", "most"), [("services/settlement", 10), ("services/benchmark", 10), ("shared", 5)])
def test_the_formatters_layout_is_accepted(area: str, most: int) -> None:
    """Tables that are hard to read as it lays them out belong into data files; only a few may keep their own layout."""
    kept = [
        path for path in (_ROOT / area).rglob("*.py") for line in path.open() if line.rstrip().endswith("# fmt: skip")
    ]
    assert len(kept) <= most, sorted({str(path.relative_to(_ROOT)) for path in kept})
