"""A service on its way up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from shared.db.pool import Pool
from shared.runtime import boot
from shared.runtime.boot import Boot
from shared.runtime.runtime import Runtime
from shared.settings import Settings

AHEAD = timedelta(days=9)


class ServerWithAnotherTime:
    """Stands for a database whose clock is ahead of this host's."""

    async def fetchval(self, query: str) -> datetime:
        assert query == "SELECT clock_timestamp()"
        return datetime.now(UTC) + AHEAD


async def nothing(*_: Any, **__: Any) -> None:
    """Stands for what needs servers."""


async def test_a_wrong_clock_is_set_right_before_the_service_assembles_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boot, "upgrade", nothing)
    monkeypatch.setattr(boot, "ensure_topics", nothing)
    seen: list[datetime] = []

    async def assemble(runtime: Runtime) -> None:
        seen.append(runtime.clock.now())
        runtime.background.clear()

    settings = Settings(DATABASE_URL=SecretStr("postgresql://nowhere"))  # pyright: ignore[reportCallIssue]
    await Boot(FastAPI(), "probe", settings, cast(Pool, ServerWithAnotherTime()), assemble).up()
    (began,) = seen
    assert abs(began - AHEAD - datetime.now(UTC)) < timedelta(seconds=30)
