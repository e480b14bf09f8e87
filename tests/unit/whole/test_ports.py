"""What an application needs of the world is declared in its `ports.py`, or in a `..._ports.py` beside it."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import recoup_client as client
import recoup_x12

SERVICES = Path(__file__).parents[3] / "services"
APPLICATIONS = sorted(p for p in SERVICES.glob("*/application") if p.is_dir())


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda path: path.parent.name)
def test_protocols_lie_in_ports(application: Path) -> None:
    elsewhere = [
        f"{path.name}: {node.name}"
        for path in sorted(application.rglob("*.py"))
        if path.name != "ports.py" and not path.name.endswith("_ports.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split(".")[-1] == "Protocol" for base in node.bases)
    ]
    assert elsewhere == []


def test_all_five_services_are_looked_at() -> None:
    assert {path.parent.name for path in APPLICATIONS} == {
        "appeals", "benchmark", "gateway", "intake", "settlement",
    }  # fmt: skip


MANY = 3
"""Arguments from which on a method of a port, and a use case, says what each of them is."""


def _undescribed(source: str, many: int = MANY) -> list[str]:
    """Public functions and methods with many arguments whose docstring does not name each of them under `Args`."""
    found: list[str] = []
    body = ast.parse(source).body
    public = [one for one in body if isinstance(one, ast.ClassDef) and not one.name.startswith("_")]
    for method in (*body, *(part for one in public for part in one.body)):
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) or method.name.startswith("_"):
            continue
        names = [one.arg for one in (*method.args.args, *method.args.kwonlyargs) if one.arg not in ("self", "cls")]
        described = (ast.get_docstring(method) or "").partition("Args:\n")[2]
        if len(names) >= many and any(f"    {name}: " not in described for name in names):
            found.append(method.name)
    return found


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda path: path.parent.name)
def test_methods_of_ports_with_many_arguments_describe_each(application: Path) -> None:
    ports = [path for path in sorted(application.rglob("*.py")) if path.name.endswith("ports.py")]
    assert ports
    assert {path.name: bare for path in ports if (bare := _undescribed(path.read_text()))} == {}


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda path: path.parent.name)
def test_use_cases_with_many_arguments_describe_each(application: Path) -> None:
    files = sorted(application.rglob("*.py"))
    bare = {path.name: names for path in files if (names := _undescribed(path.read_text()))}
    assert files and bare == {}


@pytest.mark.parametrize("package", [recoup_x12, client], ids=lambda package: package.__name__)
def test_what_a_package_gives_to_others_describes_each_of_many_arguments(package: ModuleType) -> None:
    given = [getattr(package, name) for name in package.__all__]
    sources = {one.__name__: inspect.getsource(one) for one in given if inspect.isfunction(one) or inspect.isclass(one)}
    assert sources
    assert {name: bare for name, source in sources.items() if (bare := _undescribed(source))} == {}


@pytest.mark.parametrize(
    ("docstring", "bare"),
    [
        ("Do it.", ["act"]),
        ("Do it.\n\n        Args:\n            a: One.\n            b: Two.\n            c: Three.\n        ", []),
        ("Do it.\n\n        Args:\n            a: One.\n            b: Two.\n        ", ["act"]),
    ],
)
def test_the_search_finds_arguments_that_are_not_described(docstring: str, bare: list[str]) -> None:
    source = f'class P:\n    def act(self, a, b, *, c):\n        """{docstring}"""\n    def few(self, a, b): ...\n'
    assert _undescribed(source) == bare
    assert _undescribed(source, 4) == []
    assert _undescribed(source.replace("class P", "class _P")) == [], "nobody else can call it"
