"""What a claim costs the database end to end is held, on a workload that was recorded once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.console import Console

from recoup_tools.bench.costs import measure_costs, print_costs
from recoup_tools.bench.workload import frozen_workload
from recoup_tools.stack.processes import free_port
from shared.db.provision import SERVICES

# What was measured (82.3 rows, 60,155 bytes of WAL, 23,368 stored), and what repetitions differ by.
# Aims: 60 rows, 40,000 bytes of WAL, 24,000 stored.
MOST_ROWS = 85
MOST_WAL = 63_200
MOST_STORED = 24_000


def test_the_workload_is_the_one_that_was_recorded() -> None:
    workload = frozen_workload()
    assert (workload.claims, workload.at.isoformat()) == (400, "2025-12-15T15:00:00+00:00")
    assert (len(workload.interchanges), sum(len(content) for _, content in workload.interchanges)) == (8, 875_143)


def test_a_claim_costs_no_more_than_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    for service in SERVICES:
        monkeypatch.setenv(f"RECOUP_PORT_{service.upper()}", str(free_port()))
    cost = asyncio.run(measure_costs(tmp_path / "whole", Console(quiet=True)))
    print_costs(Console(), cost)
    assert cost.parked == 0
    assert set(cost.rows) == {"intake", "benchmark", "appeals", "settlement", "gateway"}
    assert min(cost.rows.values()) > 1  # every service had its part
    assert cost.all_rows <= MOST_ROWS, cost.rows
    assert cost.wal <= MOST_WAL
    assert cost.all_stored <= MOST_STORED, cost.stored
