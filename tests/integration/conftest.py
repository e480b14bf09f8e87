"""Real Postgres and real Kafka for the whole session: given by the environment, or started here."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from recoup_tools.stack import Stack
from shared.runtime.topics import ensure_topics
from tests.declared import hold_answers_to_their_schemas
from tests.rows import hold_rows_to_their_types

hold_rows_to_their_types()
hold_answers_to_their_schemas()


@dataclass(frozen=True)
class Servers:
    admin_dsn: str
    bootstrap: str


@pytest.fixture(scope="session")
async def servers() -> AsyncGenerator[Servers]:
    """`DATABASE_URL` and `KAFKA_BOOTSTRAP_SERVERS` where they are set; what is not set is started and stopped here."""
    # Not pytest's own temporary directory: every later run of pytest closes that to the user PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="recoup-tests-") as folder:
        stack = Stack(Path(folder) / "stack")
        try:
            await stack.up_servers()
            await ensure_topics(stack.bootstrap, partitions=4, replication_factor=1)
            yield Servers(stack.admin_dsn, stack.bootstrap)
        finally:
            stack.down()
