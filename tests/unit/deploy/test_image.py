"""The image holds what the services need, and needs nothing that only developers have."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch

from tests.unit.deploy.environment import ROOT, SETTINGS, image_is_pinned

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COPIED = {
    source for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]
}


def test_every_package_and_everything_the_build_reads_is_copied() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, "pyproject.toml", "uv.lock", PROJECT["project"]["readme"]} <= COPIED
    assert all((ROOT / source).exists() for source in COPIED)
    assert set(PROJECT["project"].get("license-files", [])) <= COPIED


def test_what_is_copied_is_in_the_build_context_and_nothing_else() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert ignored[0] == "*"
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    assert set(let_in) == COPIED
    assert not any(fnmatch(secret, pattern) for secret in (".env", ".recoup", ".git") for pattern in let_in)


def test_images_name_a_version_and_nothing_runs_as_root() -> None:
    for image in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE):
        assert image_is_pinned(image)
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*$", final, re.MULTILINE)
    assert re.search(r"pip install [^\n]*uv==\d", DOCKERFILE)


def test_the_image_installs_the_lock_without_developers_groups() -> None:
    syncs = re.findall(r"uv sync ([^\n]+)", DOCKERFILE)
    assert syncs
    for options in syncs:
        assert {"--frozen", "--no-dev"} <= set(options.split())
        assert "--no-group tools" in options


def test_services_provisioning_and_probe_start_without_developers_packages() -> None:
    tools = tomllib.loads((ROOT / "packages/tools/pyproject.toml").read_text())["project"]["dependencies"]
    left_out = {*PROJECT["dependency-groups"]["dev"], *tools} - {*PROJECT["project"]["dependencies"], "recoup"}
    names = {re.split(r"[<>=\[ ]", entry)[0].replace("-", "_") for entry in left_out} | {"recoup_tools"}
    names |= {"yaml", "pytest_asyncio", "_pytest"}
    modules = [*(f"services.{name}.main" for name in SETTINGS), "recoup.provision", "recoup.probe"]
    code = f"import sys\nsys.modules.update(dict.fromkeys({sorted(names)!r}))\n" + "\n".join(
        f"import {module}" for module in modules
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-600:]
