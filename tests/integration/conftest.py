"""Real Postgres and real Kafka for the whole session: given by the environment, or started here."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from shared.runtime.topics import ensure_topics


@dataclass(frozen=True)
class Servers:
    admin_dsn: str
    bootstrap: str


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Servers]:
    dsn, bootstrap = os.environ.get("DATABASE_URL"), os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    assert dsn and bootstrap
    await ensure_topics(bootstrap, partitions=4, replication_factor=1)
    yield Servers(dsn, bootstrap)
