"""Acts that can be undone, over HTTP and a real database: kept before the answer, carried out once, by any replica."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.settlement.conftest import MANAGER, NEGOTIATOR, Service
from tests.integration.settlement.test_races import OFFER, contested
from tests.unit.settlement.world import Script

DECIDED: dict[str, tuple[str, dict[str, Any], str]] = {
    "accept": (f"offers/{OFFER}/accept", {"version": 1}, "claim.settled"),
    "counter": (f"offers/{OFFER}/counter", {"version": 1, "amount": "130000.00"}, "offer.countered"),
    "approve": ("decisions/1", {"approve": True}, "claim.settled"),
    "refuse": ("decisions/1", {"approve": False}, "negotiation.failed"),
}


async def decided(service: Service, kind: str) -> tuple[Script, dict[str, Any]]:
    """An act of a manager that is to be carried out in ten seconds."""
    s = contested()
    await service.receive(s.take())
    path, body, _ = DECIDED[kind]
    async with service.client(MANAGER) as boss:
        answer = await boss.post(f"/v1/claims/{s.claim}/{path}", json={**body, "reason": "fair", "undo_seconds": 10})
    assert answer.status_code == 200, answer.text
    return s, answer.json()


async def fire(service: Service) -> None:
    async with service.runtime.units.begin() as uow:
        rows = await uow.conn.fetch("SELECT DISTINCT claim_id FROM timers WHERE due <= $1", uow.now)
        await service.processor.fire(uow, [str(row["claim_id"]) for row in rows])


@pytest.mark.parametrize("kind", DECIDED)
async def test_an_act_is_stored_before_it_is_answered_and_carried_out_by_one_of_many(
    service: Service, kind: str
) -> None:
    s, told = await decided(service, kind)
    act = told["act"]
    assert (act["act"], act["status"], act["by"]) == (kind, "waiting", "max")
    assert 9 < act["seconds_left"] <= 10
    stored = await service.account(s.claim)  # another process would read just this
    assert stored.act is not None and stored.act.waits
    before = await service.emitted(s.claim)
    await fire(service)
    assert await service.emitted(s.claim) == before, "not before its window ends"
    service.clock.at = stored.act.due + timedelta(seconds=1)
    await asyncio.gather(*(fire(service) for _ in range(4)))
    assert await service.emitted(s.claim) == [*before, DECIDED[kind][2]]
    service.clock.at += timedelta(hours=1)
    await fire(service)
    assert await service.emitted(s.claim) == [*before, DECIDED[kind][2]]


async def test_undone_in_time_and_by_whom(service: Service) -> None:
    s, told = await decided(service, "accept")
    undo = f"/v1/claims/{s.claim}/acts/{told['act']['number']}/undo"
    before = await service.emitted(s.claim)
    async with service.client(NEGOTIATOR) as nina, service.client(MANAGER) as boss, service.client("") as nobody:
        assert (await nobody.post(undo)).status_code == 401
        assert (await nina.post(undo)).status_code == 403
        again = {"version": 1, "reason": "me too", "undo_seconds": 10}
        second = await boss.post(f"/v1/claims/{s.claim}/offers/{OFFER}/accept", json=again)
        assert second.status_code == 409 and "a moment ago" in second.json()["detail"]
        undone = await boss.post(undo)
        assert undone.json()["act"]["status"] == "undone" and undone.json()["phase"] == "pursued"
        assert (await boss.post(undo)).status_code == 409
    service.clock.at += timedelta(minutes=1)
    await fire(service)
    assert await service.emitted(s.claim) == before


async def test_undo_and_the_end_of_the_window_at_the_same_time_one_wins(service: Service) -> None:
    for _ in range(6):
        s, told = await decided(service, "accept")
        stored = await service.account(s.claim)
        assert stored.act is not None
        before = await service.emitted(s.claim)
        service.clock.at = stored.act.due - timedelta(milliseconds=2)
        async with service.client(MANAGER) as boss:
            answer, *_ = await asyncio.gather(
                boss.post(f"/v1/claims/{s.claim}/acts/{told['act']['number']}/undo"), *(fire(service) for _ in range(4))
            )
        service.clock.at += timedelta(seconds=30)
        await fire(service)
        after = await service.account(s.claim)
        assert after.act is not None
        settled = (await service.emitted(s.claim))[len(before) :]
        assert (answer.status_code, after.act.status, settled) in (
            (200, "undone", []),
            (409, "done", ["claim.settled"]),
        )


async def test_an_offer_with_any_name_is_answered(service: Service) -> None:
    for name in ("case/1", "2026/17 b#?", "a%2Fb"):
        s = contested()
        s.heard.pop()
        s.offer("600.00", name, final=True)
        await service.receive(s.take())
        async with service.client(MANAGER) as boss:
            path = f"/v1/claims/{s.claim}/offers/{quote(name, safe='')}/accept"
            answer = await boss.post(path, json={"version": 1, "reason": "fair"})
            assert answer.json()["phase"] == "settled", answer.text
