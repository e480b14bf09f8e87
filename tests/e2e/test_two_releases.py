"""Replicas of this release and of the next one on one log and one database: the books are those of one release alone.

Host b runs the next release, whose migrations run while replicas of host a work, and whose intake takes the claims in:
it writes a field that host a does not know. Else either release hears half of the log, and both write the same rows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from recoup_tools.bench.recording import record
from recoup_tools.stack import Stack
from shared.db.provision import SERVICES
from shared.events import CLAIMS_TOPIC
from tests.e2e.chaos.cluster import Cluster
from tests.e2e.conftest import CLAIMS, SEED
from tests.e2e.next_release import FIELD, REVISION, STATES, next_release
from tests.e2e.runs import Outcome, differences, whole_run
from tests.stored import texts

_RECEIVED = "recoup.claim.received.v1"


class Look:
    """Looks at the end of the run what stands in the databases and on the log."""

    def __init__(self) -> None:
        self.revisions: dict[str, str] = {}
        self.with_field: Counter[str] = Counter()
        self.on_log: Counter[bool] = Counter()

    async def __call__(self, stack: Stack, over: asyncio.Event) -> None:
        await over.wait()
        connection = await asyncpg.connect(stack.admin_dsn)
        try:
            for service in SERVICES:
                query = f"SELECT version_num FROM {service}.alembic_version"
                self.revisions[service] = await connection.fetchval(query)
            for service, table in STATES.items():
                self.with_field[service] = sum(FIELD in text for text in await texts(connection, f"{service}.{table}"))
        finally:
            await connection.close()
        for event in await record(stack.bootstrap, (CLAIMS_TOPIC,)):
            if event.type == _RECEIVED:
                self.on_log[FIELD.encode() in event.value] += 1


@pytest.mark.timeout(400)
async def test_two_releases_side_by_side_come_to_the_same(undisturbed: Outcome, tmp_path: Path) -> None:
    assert undisturbed.discrepancies == []
    cluster = Cluster(tmp_path / "both", trees={"b": next_release(tmp_path / "next")}, only_on={"intake": "b"})
    look = Look()
    both = await whole_run(cluster, claims=CLAIMS, seed=SEED, disturb=look)
    assert differences(undisturbed, both) == []
    assert look.revisions == dict.fromkeys(SERVICES, REVISION)  # migrated beneath the replicas of this release
    received = sum(
        type_ == _RECEIVED
        for by_source in undisturbed.events.values()
        for told in by_source.values()
        for _, type_, _ in told
    )
    assert received > CLAIMS * 0.9
    assert look.on_log == {True: received}, "what host a heard of every claim has a field that it does not know"
    assert 0 < look.with_field["benchmark"] < look.on_log.total(), "each release keeps the claims that it heard first"
