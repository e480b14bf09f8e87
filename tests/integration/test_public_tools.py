"""Public tools read the OpenAPI and AsyncAPI documents: a linter, a parser, and generators whose clients compile."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tests/contracts/tools"
DOCUMENTS = sorted((ROOT / "docs/api").glob("*.json"))
node = pytest.mark.skipif(shutil.which("npm") is None, reason="no Node on this machine (apt install nodejs npm)")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tools as the lock file names them, installed apart from the sources."""
    folder = tmp_path_factory.mktemp("tools")
    for file in (
        ".npmrc",
        ".spectral.yaml",
        "asyncapi.mjs",
        "package.json",
        "package-lock.json",
        "submit.ts",
        "tsconfig.json",
    ):
        shutil.copy(TOOLS / file, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-progress"], cwd=folder, check=True, timeout=300)
    return folder


def run(tools: Path, *command: str) -> str:
    told = subprocess.run(command, cwd=tools, capture_output=True, text=True, check=False, timeout=300)
    assert told.returncode == 0, (told.stdout + told.stderr)[-3000:]
    return told.stdout


@node
def test_the_linter_finds_no_error_and_no_warning(tools: Path) -> None:
    command = ("npx", "--no-install", "spectral", "lint", "--quiet", "--format", "json", "--fail-severity", "warn")
    found = json.loads(run(tools, *command, *map(str, DOCUMENTS)) or "[]")
    assert len(DOCUMENTS) == 5
    assert [(one["source"], one["message"], one["path"]) for one in found] == []


@node
def test_the_events_are_read_by_the_parser_of_their_standard(tools: Path) -> None:
    assert run(tools, "node", "asyncapi.mjs", str(ROOT / "docs/asyncapi.json")) == ""


@node
def test_types_are_generated_and_a_program_that_uses_them_compiles(tools: Path) -> None:
    run(tools, "npx", "--no-install", "openapi-typescript", str(ROOT / "docs/api/gateway.json"), "-o", "gateway.d.ts")
    run(tools, "npx", "--no-install", "tsc")


@pytest.mark.skipif(shutil.which("uv") is None, reason="no uv on this machine")
def test_a_python_client_is_generated_of_every_operation_and_compiles(tmp_path: Path) -> None:
    document = ROOT / "docs/api/gateway.json"
    made = tmp_path / "client"
    generate = ["uv", "tool", "run", "openapi-python-client@0.29.1", "generate", "--meta", "none"]
    command = [*generate, "--path", str(document), "--output-path", str(made)]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert told.returncode == 0, told.stderr[-2000:]
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(made)], check=True, timeout=120)
    paths = json.loads(document.read_text())["paths"].values()
    asked = {operation["operationId"] for item in paths for operation in item.values()}
    generated = {file.stem for file in (made / "api").rglob("*.py")} - {"__init__"}
    assert asked - generated == set()
