"""Faults of every kind in the middle of a run: its books are those of an undisturbed run, to the cent and the event.

The long form, which adds up over runs, is in `test_soak.py`.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chaos import faults
from tests.e2e.chaos.cluster import Cluster
from tests.e2e.chaos.faults import Chaos, Kind
from tests.e2e.runs import Outcome, differences, whole_run

CLAIMS = 2_000
SEED = 11


@pytest.fixture(scope="module")
async def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return await whole_run(tmp_path_factory.mktemp("calm"), claims=CLAIMS, seed=SEED)


@pytest.mark.timeout(400)
async def test_an_undisturbed_run_keeps_its_books(undisturbed: Outcome) -> None:
    assert undisturbed.discrepancies == []
    assert set(undisturbed.dead_letters.values()) == {0}
    assert undisturbed.figures.claims == CLAIMS
    assert undisturbed.figures.recovered > 0


async def test_one_trace_spans_a_claims_whole_life(undisturbed: Outcome) -> None:
    assert {len(traces) for traces in undisturbed.traces.values()} == {1}
    assert len(set().union(*undisturbed.traces.values())) == CLAIMS


async def test_disputes_that_may_share_a_filing_do_and_their_fees_are_paid_once(undisturbed: Outcome) -> None:
    batches: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for by_source in undisturbed.events.values():
        for _, type_, event in (entry for entries in by_source.values() for entry in entries):
            if type_ == "recoup.idr.initiated.v1" and event["batch_id"]:
                batches[event["batch_id"]].append(event)
    assert batches, "the run has disputes of one payer, provider and code"
    for parts in batches.values():
        assert {part["batch_claims"] for part in parts} == {len(parts)}, "every claim of a batch is initiated, once"
        assert len({part["claim_id"] for part in parts}) == len(parts) > 1
        # the administrative fee since 11 June 2026, and half way in a batch's published range (up to 25 lines)
        assert sum(Decimal(part["administrative_fee"]) for part in parts) == Decimal("15.00")
        assert sum(Decimal(part["entity_fee"]) for part in parts) == Decimal("720.50")


@pytest.fixture(scope="module")
def impossible(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, str]:
    return faults.impossible(tmp_path_factory.mktemp("machine"))


async def test_every_kind_of_fault_can_be_made_here(impossible: dict[Kind, str]) -> None:
    if impossible:
        pytest.skip("; ".join(impossible.values()))


@pytest.mark.timeout(500)
async def test_a_run_on_two_hosts_under_faults_of_every_kind_ends_the_same(
    undisturbed: Outcome, impossible: dict[Kind, str], tmp_path: Path
) -> None:
    planned = faults.plan(SEED, len(faults.BAG), impossible)
    chaos = Chaos(Cluster(tmp_path / "state"), planned, tmp_path / "faults.log")
    print(f"faults of seed {SEED}, each with its instant in {chaos.log}")
    shaken = await whole_run(chaos.cluster, claims=CLAIMS, seed=SEED, disturb=lambda _, over: chaos.run(over))
    assert differences(undisturbed, shaken) == []
    assert chaos.by_kind.keys() == {*faults.BAG} - impossible.keys(), "all of them while the run went on"
