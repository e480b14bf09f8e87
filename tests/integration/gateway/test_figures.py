"""Figures are kept while nothing happens; only those that take long to reckon are given old, and say so."""

from __future__ import annotations

import asyncio

import msgspec

from services.gateway.adapters.sql.figures import Figures
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import new_claim, received


async def test_a_figure_is_reckoned_anew_after_every_event_and_only_then(harness: Harness) -> None:
    key = await make_key(harness, "platform", "figures")
    figures = harness.app.state.gateway.figures
    reckoned = 0

    async def count() -> int:
        nonlocal reckoned
        reckoned += 1
        return reckoned

    async with harness.client(key) as client:
        for claims in (1, 2):
            await harness.tell([received(new_claim())], tenant="figures")
            for _ in range(3):
                assert (await client.get("/v1/portfolio")).json()["claims"] == claims
            assert [(await figures.get(("test", "figures"), count)).value for _ in range(3)] == [claims] * 3
    other = await make_key(harness, "platform", "figures-of-others")
    async with harness.client(other) as client:
        assert (await client.get("/v1/portfolio")).json()["claims"] == 0


async def test_a_figure_that_takes_long_is_given_again_for_a_while_and_tells_its_age(harness: Harness) -> None:
    figures = Figures(harness.app.state.runtime.pool)
    reckoned = 0

    async def slow() -> int:
        nonlocal reckoned
        reckoned += 1
        await asyncio.sleep(0.3)
        return reckoned

    first = await figures.get(("slow",), slow)
    await harness.tell([received(new_claim())], tenant="figures-slow")
    again = await figures.get(("slow",), slow)
    assert (first.value, again.value, reckoned) == (1, 1, 1)
    long_ago = msgspec.structs.replace(first, at=first.at - 20 * first.took)
    assert long_ago.age >= 6
    assert long_ago.holds(first.position) and not long_ago.holds(first.position + 1)
