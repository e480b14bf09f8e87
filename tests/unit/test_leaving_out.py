"""What the suite says of tests that are not run, and where that is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SKIPPED = "import pytest\n\n@pytest.mark.skip(reason='no browser here')\ndef test_a():\n    pass\n"
_OUTSIDE = "import pytest\n\n@pytest.mark.outside('/nowhere/at/all')\ndef test_a():\n    pass\n"
_RUN = "def test_b():\n    pass\n"


@pytest.mark.parametrize(
    ("content", "strict", "workers", "code", "told"),
    [
        (_SKIPPED + _RUN, "", (), 0, "no browser here"),
        (_SKIPPED + _RUN, "1", ("-n", "1"), 1, "no browser here"),
        (_OUTSIDE + _RUN, "1", (), 0, ""),
    ],
)
def test_a_test_that_was_not_run_is_named_and_in_ci_an_error(
    tmp_path: Path, content: str, strict: str, workers: tuple[str, ...], code: int, told: str
) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_some.py").write_text(content)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = outside(path): as in the project\n")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers, str(tmp_path)]
    environment = {**os.environ, "RECOUP_TESTS_SKIP_NONE": strict}
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("NOT RUN" in done.stdout) == bool(told)
    assert told in done.stdout


@pytest.mark.parametrize("root", [False, True])
def test_the_set_up_installs_what_is_missing_or_says_what_is_not_run(tmp_path: Path, root: bool) -> None:
    """On a machine that has neither browser nor kubectl, with an apt-get that notes what it is asked for."""
    commands = {
        "id": f"echo {0 if root else 1000}",
        "apt-get": f'echo "$*" >> {tmp_path}/asked; [ "$1" = install ] && printf "#!/bin/sh\\n" > {tmp_path}/${{!#}} '
        f"&& chmod +x {tmp_path}/${{!#}}; true",
    }
    for name, body in commands.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "bash").symlink_to("/bin/bash")
    (tmp_path / "chmod").symlink_to("/bin/chmod")
    done = subprocess.run(
        ["/bin/bash", str(ROOT / ".ci" / "tools")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    asked = (tmp_path / "asked").read_text() if (tmp_path / "asked").exists() else ""
    if root:
        assert asked.count("update") == 1
        assert "install -y -qq --no-install-recommends chromium" in asked
        assert "install -y -qq --no-install-recommends kubernetes-client" in asked
        assert "tests in a browser" not in done.stderr  # the stand-in made a `chromium`
    else:
        assert asked == ""
        assert done.stderr.count("NOT RUN on this machine") == 5
    assert done.returncode == 0
