"""The desk's built files belong to its sources: `desk_files/build.json` says of both what they were at the build.

Where Node is, `tests/integration/test_desk_build.py` builds them again from the lock file.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_DESK, _BUILT = _ROOT / "desk", _ROOT / "services/gateway/adapters/http/desk_files"
_SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts", "build.ts")
_STALE = "run `make desk` (it needs Node), and commit what it makes"


def digests(root: Path, *names: str) -> dict[str, str]:
    """SHA-256 of every file below `names`, by its path from `root`."""
    found = [
        path for name in names for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*"))
    ]
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in found if path.is_file()}


def test_the_built_files_are_those_of_the_sources() -> None:
    record = json.loads((_BUILT / "build.json").read_text())
    assert record["sources"] == digests(_DESK, *_SOURCES), _STALE
    made = digests(_BUILT, *(path.name for path in _BUILT.iterdir() if path.name != "build.json"))
    assert record["files"] == made, _STALE
    assert len(made) > 5


def test_every_package_is_pinned_and_its_digest_known() -> None:
    wanted = json.loads((_DESK / "package.json").read_text())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert version[0].isdigit(), f"{name}: {version} is a range"
    locked = json.loads((_DESK / "package-lock.json").read_text())["packages"]
    loose = [name for name, one in locked.items() if name and "integrity" not in one and not one.get("inBundle")]
    assert loose == []
