"""Altered 835s through intake itself: every claim payment in their bytes is counted, and every dollar is kept."""

from __future__ import annotations

import random
from decimal import Decimal, InvalidOperation

import pytest

from shared.events.claims import RemittanceReceived, RemittanceReversed
from tests.integration.intake.conftest import Service
from tests.unit.intake.test_payments_mutated import ROWS, changed, payments_sent
from tests.unit.x12.files import encoded, professional

HOW = ("drop", "double", "swap", "move", "cut", "blank", "alter", "insert", "empty")
VALUES = ("0", "-1", "1.005", "22", "25", "D", "2", "20259999", "", "PCN1", "A B")
STORED = """
SELECT coalesce((SELECT sum(amount) FROM held_payments WHERE kind = 'payment'), 0) AS held,
       (SELECT count(*) FROM held_payments WHERE kind = 'payment') AS held_count,
       (SELECT count(*) FROM remittances) AS kept_count
"""


def altered(seed: int) -> bytes:
    """Two 835s in one interchange with up to four things done to them."""
    rng = random.Random(seed)
    rows = ROWS
    for _ in range(rng.randint(1, 4)):
        rows = changed(rows, (rng.choice(HOW), rng.randrange(200), rng.randrange(200), rng.randrange(17),
                              rng.choice(VALUES)))  # fmt: skip
    return encoded(rows)


def dollars(amounts: list[str]) -> Decimal:
    """The sum of those that are amounts."""
    total = Decimal(0)
    for text in amounts:
        try:
            amount = Decimal(text)
        except InvalidOperation:
            continue
        total += amount if amount.is_finite() else 0
    return total


async def posted(service: Service) -> Decimal:
    """Dollars told to claims."""
    events = [e for e in await service.events() if isinstance(e, RemittanceReceived | RemittanceReversed)]
    return sum((event.remittance.paid for event in events), Decimal(0))


async def waiting(service: Service) -> Decimal:
    """Dollars of payments that found no claim yet, or several."""
    rows = (await service.operator("GET", "/v1/worklist/remittances")).json()
    shown = [(await service.operator("GET", f"/v1/worklist/remittances/{row['remittance_id']}")).json() for row in rows]
    return sum((Decimal(one["remittance"]["paid"]) for one in shown), Decimal(0))


@pytest.mark.parametrize("seed", range(8))
async def test_every_claim_payment_of_an_altered_file_is_counted_and_kept(service: Service, seed: int) -> None:
    await service.send(professional())
    data = altered(seed)
    sent = payments_sent(data)
    answer = await service.send(data)
    assert answer.status_code == (200 if sent else answer.status_code), answer.text
    became = answer.json().get("remittances", {})
    assert sum(became.values()) == sent.total(), became
    row = await service.runtime.pool.fetchrow(STORED)
    assert row is not None
    assert row["kept_count"] + row["held_count"] == sent.total() - became.get("duplicate", 0)
    if not became.get("duplicate"):
        amounts = [paid for (_, paid), times in sent.items() for _ in range(times)]
        assert await posted(service) + await waiting(service) + row["held"] == dollars(amounts)
    again: dict[str, int] = (await service.send(data)).json().get("remittances", {})
    assert sum(again.values()) == sent.total() and not again.get("matched")
    after = await service.runtime.pool.fetchrow(STORED)
    assert after == row
