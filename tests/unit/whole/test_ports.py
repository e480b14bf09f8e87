"""What an application needs of the world is declared in its `ports.py`, or in a `..._ports.py` beside it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

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
