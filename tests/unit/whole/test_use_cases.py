"""Use cases lie in `application`: an adapter translates, and of adapters those on SQL alone open transactions.

What a use case refuses it names; how that is said over HTTP, with status and headers, is said by the routes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[3] / "services"
ADAPTERS = sorted(SERVICES.glob("*/adapters/**/*.py"))
_TRANSACTIONS = re.compile(r"(^|\.|_)(units|transactions)\.begin$")
_PASS_ON_PROBLEMS = {"gateway/adapters/upstream.py", "gateway/adapters/sql/access_log.py"}
"""What another service answered, and the gateway's refusal to serve what it cannot log, are HTTP problems already."""


def faults(name: str, text: str) -> Iterator[str]:
    """What an adapter must not do, each with its line."""
    of_sql, of_http = ("sql" in Path(name).parts), ("http" in Path(name).parts)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and not of_sql and _TRANSACTIONS.search(ast.unparse(node.func)):
            yield f"{node.lineno}: opens a transaction"
        elif isinstance(node, ast.ImportFrom) and node.module == "shared.problem" and not of_http:
            yield f"{node.lineno}: words an HTTP problem"


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: str(path.relative_to(SERVICES)))
def test_adapters_translate(path: Path) -> None:
    name = str(path.relative_to(SERVICES))
    found = [one for one in faults(name, path.read_text()) if name not in _PASS_ON_PROBLEMS or "problem" not in one]
    assert found == []


def test_use_cases_word_no_http_problem() -> None:
    found = [
        str(path.relative_to(SERVICES))
        for layer in ("application", "domain")
        for path in SERVICES.glob(f"*/{layer}/**/*.py")
        if "from shared.problem" in path.read_text()
    ]
    assert found == []


_BEGIN = "async def ask(self):\n    async with self._units.begin() as uow:\n        pass"
_RAISE = "from shared.problem import Problem\nraise Problem(404, 'unknown', 'Unknown.')"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("intake/adapters/inquiring.py", _BEGIN, ["2: opens a transaction"]),
        ("intake/adapters/paper/reception.py", _BEGIN.replace("units", "transactions"), ["2: opens a transaction"]),
        ("intake/adapters/sql/inputs.py", _BEGIN, []),
        ("intake/adapters/inquiring.py", _RAISE, ["1: words an HTTP problem"]),
        ("intake/adapters/sql/store.py", _RAISE, ["1: words an HTTP problem"]),
        ("intake/adapters/http/desk.py", _RAISE, []),
        ("intake/adapters/kafka/inbound.py", "await inputs.begin(interchange_id, sha256, source)", []),
    ],
)
def test_what_an_adapter_must_not_do_is_found(name: str, text: str, expected: list[str]) -> None:
    if text.startswith("await"):
        text = f"async def one():\n    {text}"
    assert list(faults(name, text)) == expected
