"""Where Node is, the desk is built again from the lock file: what is in the repository is that, byte for byte."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_BUILT = _ROOT / "services/gateway/adapters/http/desk_files"
pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="no Node on this machine (apt install nodejs npm)")


def test_the_built_files_are_made_from_the_sources_and_the_lock_file(tmp_path: Path) -> None:
    subprocess.run([_ROOT / ".ci/desk"], check=True, timeout=300)  # installs what the lock file names
    command = ["npx", "--no-install", "vite", "build", "--outDir", str(tmp_path / "built"), "--logLevel", "error"]
    subprocess.run(command, cwd=_ROOT / "desk", check=True, timeout=300)
    record = json.loads((tmp_path / "built" / "build.json").read_text())
    assert record == json.loads((_BUILT / "build.json").read_text()), "run `make desk`, and commit what it makes"
    for name in record["files"]:
        assert (tmp_path / "built" / name).read_bytes() == (_BUILT / name).read_bytes(), name
