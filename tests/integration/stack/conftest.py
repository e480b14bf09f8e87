"""A stack of this suite's own, whatever servers the environment offers."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from recoup_tools.stack import Stack


@pytest.fixture(scope="package", autouse=True)
def no_servers_given() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "RECOUP_BROKER"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def folder() -> Generator[Path]:
    """A state directory; what still runs in it at the end is stopped."""
    with tempfile.TemporaryDirectory(prefix="recoup-stack-") as scratch:
        path = Path(scratch) / "state"
        yield path
        Stack(path).down()
