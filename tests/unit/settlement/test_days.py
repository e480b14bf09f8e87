"""An offer stands, and a decision may be taken, to the end of its last day where the provider is.

5 November 2026 is in winter time: the day ends at 05:00 UTC of the 6th in New York, and at 08:00 UTC in Los Angeles.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.settlement.application.decider import SettlementDecider
from services.settlement.domain.commands import Actor, accept_offer, decide_waiting, run
from services.settlement.domain.offers import OfferRefused
from shared.calendar import TimeZones
from shared.events.payer import PayerOffer
from shared.events.settlement import ClaimSettled, NegotiationFailed, OfferExpired, OfferReceived
from tests.unit.settlement.world import START, D, World, without_the_record

MAX = Actor("max", "manager")
LAST = date(2026, 11, 5)
ZONES = TimeZones(tenants={"west": ZoneInfo("America/Los_Angeles")})
HOURS = {
    "default": ("2026-11-05T21:30", "2026-11-06T04:30", "2026-11-06T04:59:59"),  # 16:30, 23:30, 23:59:59
    "west": ("2026-11-06T00:30", "2026-11-06T07:30", "2026-11-06T07:59:59"),
}
AFTER = {"default": "2026-11-06T05:00", "west": "2026-11-06T08:00"}
IN_TIME = [(tenant, hour) for tenant, hours in HOURS.items() for hour in hours]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def offered(tenant: str) -> World:
    """A final offer, good through 5 November, that waits for a manager."""
    w = World(scale=200)
    w.decider = SettlementDecider(without_the_record(), ZONES).for_tenant(tenant)
    w.underpaid()
    w.negotiation()
    offer = PayerOffer(
        claim_id=w.claim, offer_id="O1", amount=w.usd("500.00"), offered_on=START, expires_on=LAST, final=True
    )
    w.receive(offer)
    assert w.account.approval is not None and w.account.approval.until == LAST
    return w


def fire(w: World, now: datetime) -> list[type]:
    """What the scheduler does at an instant."""
    from shared.decider import TimerDue

    events: list[Any] = []
    while due := sorted((t for t in w.decider.timers(w.account) if t.due <= now), key=lambda t: (t.due, t.kind)):
        decision = w.decider.decide(w.state, TimerDue(w.claim, due[0].kind, due[0].due), now)
        w.state = decision.state
        events += decision.events
    return [type(event) for event in events]


@pytest.mark.parametrize(("tenant", "hour"), IN_TIME)
def test_offer_is_accepted_up_to_the_last_second_of_its_last_day(tenant: str, hour: str) -> None:
    w, now = offered(tenant), at(hour)
    assert fire(w, now) == [], "nothing has ended yet"
    decision = run(w.account, now, w.decider.book, accept_offer(MAX, "O1", 1, why="fair"))
    (settled,) = [event for event in decision.events if isinstance(event, ClaimSettled)]
    assert (settled.settled_on, settled.amount) == (LAST, D("100000.00"))


@pytest.mark.parametrize(("tenant", "hour"), IN_TIME)
def test_what_waits_for_a_person_is_decided_up_to_the_last_second(tenant: str, hour: str) -> None:
    w, now = offered(tenant), at(hour)
    assert w.account.approval is not None
    rule = decide_waiting(MAX, w.account.approval.decision, approve=True, why="good")
    assert run(w.account, now, w.decider.book, rule).state.phase != "expected"
    assert fire(w, now) == []


@pytest.mark.parametrize("tenant", list(HOURS))
def test_after_midnight_there_is_nothing_left_to_accept(tenant: str) -> None:
    w, now = offered(tenant), at(AFTER[tenant])
    with pytest.raises(OfferRefused):
        run(w.account, now, w.decider.book, accept_offer(MAX, "O1", 1, why="too late"))
    assert fire(w, now) == [OfferExpired, NegotiationFailed]


@pytest.mark.parametrize(("tenant", "hour"), IN_TIME)
def test_offer_that_comes_on_its_last_evening_is_answered(tenant: str, hour: str) -> None:
    w = World()
    w.decider = SettlementDecider(without_the_record(), ZONES).for_tenant(tenant)
    w.underpaid()
    w.negotiation()
    offer = PayerOffer(claim_id=w.claim, offer_id="O9", amount=w.usd("590.00"), offered_on=LAST, expires_on=LAST)
    envelope = _envelope(offer, at(hour))
    decision = w.decider.decide(w.state, envelope, at(hour))
    kinds = [type(event) for event in decision.events]
    assert kinds[0] is OfferReceived and OfferExpired not in kinds and len(kinds) == 2
    received = decision.events[0]
    assert isinstance(received, OfferReceived) and received.received_on == LAST


def test_books_are_dated_by_the_day_of_the_tenant() -> None:
    w = offered("west")
    decision = run(w.account, at("2026-11-06T07:30"), w.decider.book, accept_offer(MAX, "O1", 1, why="fair"))
    assert {entry.on for entry in decision.state.books.fresh} == {LAST}


def _envelope(event: Any, now: datetime) -> Any:
    from shared.events.base import Envelope, contract_of

    return Envelope(id="x", type=contract_of(event).type, source="test", time=now, data=event)
