"""The benchmark runs to its end, so that it cannot rot; its figures here mean nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from recoup_tools.bench.run import Result
from tests.e2e.conftest import recoup


async def test_quick_run_measures_every_service(tmp_path: Path) -> None:
    ran = await asyncio.to_thread(recoup, "bench", "--quick", "--state", str(tmp_path / "bench"), timeout=280)
    if "java" in ran.err.lower() or "tansu" in (ran.out + ran.err).lower():
        pytest.skip("no Kafka on this machine")
    assert ran.code == 0, ran.err
    result = msgspec.json.decode((tmp_path / "bench" / "bench.json").read_bytes(), type=Result)
    assert [row.service for row in result.services] == ["intake", "benchmark", "appeals", "settlement", "gateway"]
    for row in result.services:
        assert row.received > 0
        assert row.per_second > 0
        assert row.peak_mib > 10
        assert row.parked == 0
        peers = (row.peer, row.times_peer, row.batch_peer, row.times_batch_peer)
        assert all(figure is None if row.service == "intake" else figure and figure > 0 for figure in peers), row
    assert result.bulk_claims_per_second > 0
    for latencies in (result.trickle_latency, result.bulk_latency):
        assert 0 < latencies["flagged"].p50 <= latencies["flagged"].p99
    assert "flagged" in ran.out
