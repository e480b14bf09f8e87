"""The whole stack, every service a process of its own, for the tests that need it running."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from recoup_tools.stack import Stack
from recoup_tools.stack.processes import free_port
from shared.db.provision import SERVICES
from tests.e2e.runs import Outcome, whole_run

ROOT = Path(__file__).parents[2]
CLAIMS = 80
SEED = 23
"""Of the small runs that are disturbed by restores and releases, and of the undisturbed one that they are held to."""


@dataclass(frozen=True)
class Ran:
    """What a command ended with and said."""

    code: int
    out: str
    err: str


def recoup(*arguments: str, stdin: bytes = b"", timeout: float = 120) -> Ran:
    """Run the command as a person would, in a process of its own, for no longer than `timeout` seconds."""
    argv = [sys.executable, "-c", "from recoup.cli import main; main()", *arguments]
    done = subprocess.run(argv, input=stdin, capture_output=True, cwd=ROOT, timeout=timeout, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="package")
async def running() -> AsyncGenerator[Stack]:
    """A stack with all services, on servers of its own and on ports that nobody uses."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="recoup-e2e-") as folder:
        for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "RECOUP_BROKER"):
            patch.delenv(name, raising=False)
        with pytest.MonkeyPatch.context() as ports:
            for service in SERVICES:
                ports.setenv(f"RECOUP_PORT_{service.upper()}", str(free_port()))
            ports.setenv("RECOUP_GATEWAY_WEBHOOK_PRIVATE", "true")  # receivers of tests are on this machine
            stack = Stack(Path(folder) / "state")
            try:
                await stack.up(partitions=4)
            except BaseException:
                stack.down()
                raise
        try:
            yield stack
        finally:
            stack.down()


@pytest.fixture(scope="package")
async def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the small run comes to where nothing disturbs it."""
    return await whole_run(tmp_path_factory.mktemp("calm"), claims=CLAIMS, seed=SEED)
