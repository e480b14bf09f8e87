"""Kill everything in the middle of a run: its books are those of an undisturbed run, to the cent and to the event."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recoup_tools.stack import SIMULATOR, Stack
from tests.e2e.runs import Outcome, whole_run

CLAIMS = 2_000
SERVICES = ("intake", "benchmark", "appeals", "settlement", "gateway")


async def kill_everything_in_turn(stack: Stack, over: asyncio.Event) -> None:
    """kill -9 each service, the simulator, the broker and the database, and start each again."""
    await asyncio.sleep(1.0)
    for victim in (*SERVICES, SIMULATOR, "kafka", "postgres", "settlement", "intake"):
        stack.process(victim).kill()
        await asyncio.sleep(0.3)
        if victim == "kafka":
            await stack.start_broker()
        elif victim == "postgres":
            await stack.start_database()
        elif victim == SIMULATOR:
            stack.start_simulator()
        else:
            stack.start_service(victim)
        await asyncio.sleep(1.0)


@pytest.fixture(scope="module")
async def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return await whole_run(tmp_path_factory.mktemp("calm"), claims=CLAIMS, seed=11)


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


@pytest.mark.timeout(500)
async def test_a_run_in_which_everything_was_killed_ends_the_same(undisturbed: Outcome, tmp_path: Path) -> None:
    shaken = await whole_run(tmp_path, claims=CLAIMS, seed=11, disturb=kill_everything_in_turn)
    assert shaken.discrepancies == []
    assert set(shaken.dead_letters.values()) == {0}
    assert shaken.figures.paid == undisturbed.figures.paid
    assert shaken.figures.recovered == undisturbed.figures.recovered
    assert shaken.figures.by_end == undisturbed.figures.by_end
    assert shaken.events.keys() == undisturbed.events.keys()
    different = {
        claim: (undisturbed.events[claim], shaken.events[claim])
        for claim in shaken.events
        if shaken.events[claim] != undisturbed.events[claim]
    }
    assert len(different) == 0, next(iter(different.items()))
