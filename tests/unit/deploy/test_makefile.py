"""What `make` hands to what it starts."""

from __future__ import annotations

import os
import subprocess

from recoup.docs import ROOT


def test_bytecode_is_kept_whatever_the_environment_says() -> None:
    """Without it every process of a run compiles all that it loads, which takes half of a service's start."""
    done = subprocess.run(
        ["make", "-s", "-f", "-", "probe"],
        input='include Makefile\nprobe:\n\t@echo "[$$PYTHONDONTWRITEBYTECODE]"\n',
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_of_all_checks_only_types_may_be_seen_to_fail_after_the_tests_began() -> None:
    done = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True)
    order = [
        done.stdout.index(word) for word in ("ruff check", "ruff format", "lint-imports", "mkdocs", "pytest -q -x")
    ]
    assert order == sorted(order)
    assert "pyright" in done.stdout
