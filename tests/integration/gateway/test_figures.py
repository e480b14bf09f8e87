"""Figures are kept while nothing happens, and are never old."""

from __future__ import annotations

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
            assert [await figures.get(("test", "figures"), count) for _ in range(3)] == [claims] * 3
    other = await make_key(harness, "platform", "figures-of-others")
    async with harness.client(other) as client:
        assert (await client.get("/v1/portfolio")).json()["claims"] == 0
