"""Routes translate requests into use cases: they open no transaction, take no connection and write no SQL."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[3] / "services"
ROUTES = sorted(SERVICES.glob("*/adapters/http/**/*.py"))
_CALLS = {"acquire", "transaction", "execute", "executemany", "fetch", "fetchrow", "fetchval"}
_TRANSACTIONS = re.compile(r"(^|\.|_)(units|transactions)\.begin$")
_SQL = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s")


def faults(text: str) -> list[str]:
    """What a route must not do, each with its line."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _CALLS or _TRANSACTIONS.search(ast.unparse(node.func)):
                found.append(f"{node.lineno}: .{node.func.attr}()")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            found.append(f"{node.lineno}: SQL")
    return found


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_routes_speak_no_sql_and_open_no_transaction(path: Path) -> None:
    assert faults(path.read_text()) == []


def test_every_service_is_looked_at() -> None:
    services = {path.relative_to(SERVICES).parts[0] for path in ROUTES}
    assert services == {"appeals", "benchmark", "gateway", "intake", "settlement"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("async def route():\n    async with units.begin() as uow:\n        pass", ["2: .begin()"]),
        ("async def route():\n    async with runtime.pool.acquire() as conn:\n        pass", ["2: .acquire()"]),
        ('rows = await conn.fetch("SELECT 1 FROM claims")', ["1: .fetch()", "1: SQL"]),
        ("known = await gateway.repetitions.begin(key)", []),
        ('summary = "Select one of these"\nawait desk.reader.claim(claim_id)', []),
    ],
)
def test_what_a_route_must_not_do_is_found(text: str, expected: list[str]) -> None:
    assert sorted(faults(text)) == sorted(expected)


_KEPT = re.compile(r"app\.state\.(\w+)")


def routes_of(path: Path) -> list[ast.AsyncFunctionDef | ast.FunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
        and any(ast.unparse(one).startswith("router.") for one in node.decorator_list)
    ]


@pytest.mark.parametrize("service", sorted({path.relative_to(SERVICES).parts[0] for path in ROUTES}))
def test_what_a_process_keeps_is_reached_in_one_typed_place(service: str) -> None:
    texts = [path.read_text() for path in ROUTES if path.is_relative_to(SERVICES / service)]
    named = [name for text in texts for name in _KEPT.findall(text)]
    assert named
    assert [name for name in sorted(set(named)) if named.count(name) > 1] == []


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_routes_declare_who_asks_and_read_no_header_for_it(path: Path) -> None:
    for route in routes_of(path):
        assert "authorization" not in {one.arg for one in (*route.args.args, *route.args.kwonlyargs)}, route.name
        assert not _KEPT.search("\n".join(map(ast.unparse, route.body))), route.name
