"""Sizes follow from costs, and the queue of a size is short; by hand for 10 million claims a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup_tools.bench.sizing import MEASURED, percentile, size, waits

_PAGE = Path(__file__).parents[3] / "docs" / "scaling.md"


def test_a_size_by_hand() -> None:
    """10,000,000 / 86,400 × 4 = 462.96 claims a second; intake 1.25 ms each at half of a core: 1.157… cores."""
    found = size(10_000_000)
    assert found.replicas == {"intake": 2, "benchmark": 2, "appeals": 2, "settlement": 2, "gateway": 2}
    assert size(100_000_000).replicas == {
        "intake": 12,  # 4,629.63 × 1.25 / 1000 / 0.5 = 11.57
        "benchmark": 6,  # 5.56
        "appeals": 9,  # 8.15
        "settlement": 9,  # 8.89
        "gateway": 9,  # 8.70
    }
    assert (found.partitions, size(100_000_000).partitions) == (8, 64)
    assert found.connections == 80
    assert round(found.database_cores, 2) == 1.06  # 462.96 × 2.3 / 1000
    assert round(found.wal_a_second / 1e6, 1) == 40.7
    assert round(found.stored_a_year / 1e12, 1) == 160.6
    assert round(found.log_a_year / 1e12, 1) == 34.3


@pytest.mark.parametrize("claims", [10**5, 10**6, 10**7, 10**8])
def test_the_page_s_table_is_what_comes_out(claims: int) -> None:
    found = size(claims)
    replicas = " / ".join(str(count) for count in found.replicas.values())
    row = (
        f"| {claims:,} | {claims / 86_400 * 4:,.1f} | {replicas} | {found.partitions} | {found.connections} | "
        f"{found.database_cores:.2f} | {found.wal_a_second / 1e6:,.1f} | {found.stored_a_year / 1e12:,.1f} | "
        f"{found.log_a_year / 1e12:,.2f} |"
    )
    assert row in _PAGE.read_text("utf-8")


@pytest.mark.parametrize(("claims", "seconds"), [(10**6, 1200), (10**7, 120), (10**8, 12)])
def test_the_queue_of_every_service_is_as_short_as_the_page_says(claims: int, seconds: int) -> None:
    """Half of the claims in files of 5,000: a file is worked off by all replicas in seconds, one claim at once."""
    found = size(claims)
    for service, replicas in found.replicas.items():
        taken = waits(
            claims / 86_400 * 4, MEASURED.milliseconds[service], replicas, found.partitions, seconds=seconds, seed=7
        )
        assert percentile(taken, 0.5) < 3, service
        assert percentile(taken, 0.99) < 10, service


def test_a_replica_too_few_is_seen() -> None:
    """At 1.16 times what one core can, the queue grows for as long as it lasts."""
    taken = waits(926, 1.25, 1, 8, seconds=200)
    assert percentile(taken[-1000:], 0.5) > 20


def test_a_queue_that_is_never_full_waits_for_its_work_alone() -> None:
    """Single claims at 1 % of a core: hardly more than the 1.25 ms that each takes; a file's half waits 3 s."""
    assert 0.0005 < percentile(waits(8, 1.25, 2, 8, seconds=20, seed=3), 0.5) < 0.01
