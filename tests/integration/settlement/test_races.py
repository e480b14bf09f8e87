"""Commands, events and deadlines about one offer at the same time, on a real database: exactly one of them wins."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from services.settlement.adapters.sql.journal import audit
from services.settlement.domain.account import Account
from services.settlement.domain.offers import Offer
from tests.integration.settlement.conftest import MANAGER, Service
from tests.unit.settlement.world import D, Script

OFFER = "O1"
CLAIMS = 12


def contested() -> Script:
    """A claim with a final offer of 120,000 that waits for a manager and may be accepted until 7 November."""
    s = Script(scale=200, claim=str(uuid.uuid4()))
    s.underpaid()
    s.negotiation()
    s.offer("600.00", OFFER, final=True, expires_in=5)
    return s


def newest(account: Account) -> Offer:
    return [o for o in account.offers if o.offer_id == OFFER][-1]


Contender = Callable[[Service, httpx.AsyncClient, Script], Awaitable[bool | None]]
"""Tries to end the offer; whether it did, None where only the state afterwards tells."""


async def accepts(_: Service, client: httpx.AsyncClient, s: Script) -> bool:
    answer = await client.post(f"/v1/claims/{s.claim}/offers/{OFFER}/accept", json={"version": 1, "reason": "fair"})
    assert answer.status_code in (200, 409)
    return answer.status_code == 200


async def counters(_: Service, client: httpx.AsyncClient, s: Script) -> bool:
    body = {"version": 1, "amount": "130000.00", "reason": "more"}
    answer = await client.post(f"/v1/claims/{s.claim}/offers/{OFFER}/counter", json=body)
    assert answer.status_code in (200, 409)
    return answer.status_code == 200


async def withdraws(_: Service, client: httpx.AsyncClient, s: Script) -> bool:
    answer = await client.post(f"/v1/claims/{s.claim}/offers/{OFFER}/withdraw", json={"side": "payer"})
    assert answer.status_code in (200, 409)
    return answer.status_code == 200


async def withdraws_by_event(service: Service, _: httpx.AsyncClient, s: Script) -> None:
    s.withdrawal(OFFER)
    await service.receive(s.take())


async def expires(service: Service, _: httpx.AsyncClient, s: Script) -> None:
    async with service.runtime.units.begin() as uow:
        await service.processor.fire(uow, [s.claim])


async def revises(service: Service, _: httpx.AsyncClient, s: Script) -> None:
    s.offer("610.00", OFFER, final=True, expires_in=5)
    await service.receive(s.take())


RACES: dict[str, tuple[tuple[Contender, ...], bool]] = {
    "acceptance, withdrawal by command and by event": ((accepts, withdraws, withdraws_by_event), False),
    "two acceptances and a counter": ((accepts, accepts, counters), False),
    "acceptance and revision": ((accepts, revises), False),
    "everything at the moment of expiry": ((accepts, counters, withdraws, withdraws_by_event, expires), True),
}
EVENT = {"accepted": "claim.settled", "withdrawn": "offer.withdrawn", "expired": "offer.expired"}


@pytest.mark.parametrize("race", RACES)
async def test_exactly_one_ends_an_offer(service: Service, race: str) -> None:
    contenders, late = RACES[race]
    scripts = [contested() for _ in range(CLAIMS)]
    await service.receive([e for s in scripts for e in s.take()])
    if late:
        # expiry is due, but no timer has fired yet: the rules themselves must refuse what comes too late
        service.clock.at = datetime(2026, 11, 8, 5, tzinfo=UTC)  # midnight in New York
    async with service.client(MANAGER) as client:

        async def run(s: Script) -> list[bool | None]:
            turned = contenders[int(s.claim[0], 16) % len(contenders) :]
            order = (*turned, *contenders[: len(contenders) - len(turned)])
            return await asyncio.gather(*(contender(service, client, s) for contender in order))

        answers = await asyncio.gather(*(run(s) for s in scripts))
        if late:  # a deadline whose claim was locked is left to the next round of the timers
            for s in scripts:
                await expires(service, client, s)
    ends: Counter[str] = Counter()
    for s, answered in zip(scripts, answers, strict=True):
        account = await service.account(s.claim)
        emitted = await service.emitted(s.claim)
        versions = [o for o in account.offers if o.offer_id == OFFER]
        first = versions[0]
        ends[first.status] += 1
        assert first.status != "open"
        assert answered.count(True) <= 1, "two were told that they had won"
        assert (account.settlement is not None) == any(o.status == "accepted" for o in versions)
        assert account.settlement is None or account.settlement.amount == D(120_000)
        for status, event in EVENT.items():
            assert emitted.count(event) == sum(o.status == status for o in versions), (status, emitted)
        assert emitted.count("offer.countered") == sum(o.side == "provider" for o in account.offers) <= 1
        assert account.approval is None or newest(account).status == "open"
    assert sum(ends.values()) == CLAIMS
    if late:
        assert set(ends) == {"expired"}, "after its last day an offer can only expire"
    async with service.pool.acquire() as conn:
        assert await audit(conn) == []
