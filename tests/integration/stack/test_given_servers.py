"""Servers named by the environment that do not answer: one clear line, nothing started, no password shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup_tools.stack import Stack, StackError
from recoup_tools.stack.processes import free_port


@pytest.mark.parametrize(
    "dsn", ["postgresql://me:hunter2@127.0.0.1:{port}/db", "postgresql://me:hunter2@nowhere.invalid/db", "nonsense"]
)
async def test_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dsn: str) -> None:
    monkeypatch.setenv("DATABASE_URL", dsn.format(port=free_port()))
    with pytest.raises(StackError) as caught:
        await Stack(tmp_path).up(services=())
    assert "DATABASE_URL" in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint
    assert caught.value.exit_code == 3
    assert not (tmp_path / "run").exists()


async def test_a_broker_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", given)
    monkeypatch.setattr("recoup_tools.stack.local._GIVEN_BROKER_SECONDS", 1.0)
    with pytest.raises(StackError) as caught:
        await Stack(tmp_path).up(services=())
    assert given in caught.value.message
    assert "KAFKA_BOOTSTRAP_SERVERS" in caught.value.hint
    assert caught.value.exit_code == 3
    assert not (tmp_path / "run").exists()
