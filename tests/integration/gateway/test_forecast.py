"""The cash of open disputes on a running gateway: whose it is, and that what has ended is in it no more."""

from __future__ import annotations

from decimal import Decimal

from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import new_claim, won


async def test_open_disputes_are_forecast_by_payer_and_forum_within_the_wall(harness: Harness) -> None:
    for n in range(3):
        await harness.publish(won(new_claim(), control=f"E-{n}"), tenant="cash")
    for n in range(2):
        await harness.publish(won(new_claim(), control=f"O-{n}")[:6], tenant="cash")  # an offer waits
    await harness.tell(won(new_claim(), control="S-1")[:10], tenant="cash")  # settled, and not paid
    async with harness.client(await make_key(harness, "manager", "cash")) as client:
        found = (await client.get("/v1/portfolio/forecast")).json()
        assert (found["disputes"], found["learned_from"], len(found["weeks"])) == (3, 3, 26)
        assert [one["key"] for one in found["by_forum"]] == ["open_negotiation"]
        assert len(found["by_payer"]) == 1
        for week in found["weeks"]:
            ends = [Decimal(week[f"{end}_{level}"]) for level in (90, 80, 50) for end in ("low",)]
            assert ends == sorted(ends) and ends[-1] <= Decimal(week["high_50"]) <= Decimal(week["high_90"])
        assert sum(Decimal(week["mean"]) for week in found["weeks"]) <= 3 * 450, "450.00 is short of each"
    async with harness.client(await make_key(harness, "manager", "cash-b")) as client:
        none = (await client.get("/v1/portfolio/forecast")).json()
        assert (none["disputes"], none["by_payer"]) == (0, [])
