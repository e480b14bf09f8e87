"""Payments, their reversals and their corrections recognise each other in whatever order they come."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.events.claims import RemittanceReceived, RemittanceReversed
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_held import held
from tests.integration.intake.test_held_posted import reversal

ORIGINAL, REVERSAL, CORRECTION = "original", "reversal", "correction"


def sent(what: str, day: str = "") -> bytes:
    """$100 of 20 May; its reversal of 28 May; $110 instead of 28 May, under another trace number."""
    if what == REVERSAL:
        return reversal("EFT10").replace(b"20250601", day.encode() or b"20250528")
    if what == ORIGINAL:
        return payment("PCN1").replace(b"20250601", day.encode() or b"20250520")
    more = payment("PCN1", "ICN9B", trace="EFT11").replace(b"20250601", day.encode() or b"20250528")
    for old, new in (
        (b"BPR*I*100*", b"BPR*I*110*"), (b"*150.5*100*20.5*", b"*150.5*110*20.5*"),
        (b"*100*60**1", b"*100*70**1"), (b"CAS*CO*45*30", b"CAS*CO*45*20"),
    ):  # fmt: skip
        assert old in more, old
        more = more.replace(old, new)
    return more


async def told(service: Service) -> list[int]:
    """Dollars of each payment and reversal that was told, in order."""
    events = [e for e in await service.events() if isinstance(e, RemittanceReceived | RemittanceReversed)]
    return [int(event.remittance.paid) for event in events]


@pytest.mark.parametrize(
    ("order", "outcomes", "events"),
    [
        ((ORIGINAL, REVERSAL, CORRECTION), ("matched", "matched", "matched"), [100, -100, 110]),
        ((ORIGINAL, CORRECTION, REVERSAL), ("matched", "held", "matched"), [100, -100, 110]),
        ((REVERSAL, ORIGINAL, CORRECTION), ("held", "matched", "matched"), [100, -100, 110]),
        ((REVERSAL, CORRECTION, ORIGINAL), ("held", "matched", "duplicate"), [110]),
        ((CORRECTION, REVERSAL, ORIGINAL), ("matched", "held", "duplicate"), [110]),
        ((CORRECTION, ORIGINAL, REVERSAL), ("matched", "held", "duplicate"), [110]),
    ],
)
@pytest.mark.parametrize("known", [True, False])
async def test_in_every_order_the_claim_comes_to_the_correction(
    service: Service, order: tuple[str, ...], outcomes: tuple[str, ...], events: list[int], known: bool
) -> None:
    """The claim there from the start, or after all of them."""
    if known:
        await service.send(claims_of_one_patient("PCN1"))
    became = [(await service.send(sent(what))).json()["remittances"] for what in order]
    if known:
        assert became == [{outcome: 1} for outcome in outcomes]
    else:
        assert became == [{"waiting": 1}] * 3
        await service.send(claims_of_one_patient("PCN1"))
    assert await told(service) == events
    assert await held(service) == []
    for what in order:
        assert (await service.send(sent(what))).json()["remittances"] == {"duplicate": 1}
    assert await told(service) == events


async def test_a_payment_after_a_reversal_is_no_other_than_what_it_says(service: Service) -> None:
    """The reversal takes back what was paid before this system; the same amount paid again on a later day stands."""
    await service.send(claims_of_one_patient("PCN1"))
    assert (await service.send(sent(REVERSAL))).json()["remittances"] == {"held": 1}
    assert (await service.send(sent(ORIGINAL, "20250530"))).json()["remittances"] == {"matched": 1}
    assert await told(service) == [100]
    (row,) = await held(service)
    assert Decimal(row["amount"]) == -100
