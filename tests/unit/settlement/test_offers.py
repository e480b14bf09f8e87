"""Offers under every order of events: exactly one of acceptance, expiry, withdrawal and replacement wins."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.settlement.domain import offers
from services.settlement.domain.commands import Actor, NotAllowed, accept_offer, counter_offer, run, withdraw_offer
from services.settlement.domain.decide import timers
from services.settlement.domain.offers import Offer, OfferRefused, Side
from services.settlement.domain.policy import ROLES
from shared.calendar import EASTERN
from shared.events.settlement import ClaimSettled, OfferExpired, OfferWithdrawn
from tests.unit.settlement.world import START, D, World

IDS = st.sampled_from(["A", "B", "C"])
SIDES: st.SearchStrategy[Side] = st.sampled_from(["payer", "provider"])
AMOUNTS = st.integers(1, 5).map(lambda n: Decimal(n * 100))


class OfferBook(RuleBasedStateMachine):
    """Drives offers in any order and keeps its own note of what ended which way."""

    def __init__(self) -> None:
        super().__init__()
        self.offers: offers.Offers = ()
        self.today = START
        self.ended: dict[tuple[str, int], str] = {}
        self.accepted = 0

    @rule(offer_id=IDS, side=SIDES, amount=AMOUNTS, days=st.one_of(st.none(), st.integers(0, 4)))
    def receive(self, offer_id: str, side: Side, amount: Decimal, days: int | None) -> None:
        offer = Offer(
            offer_id=f"{side}-{offer_id}",
            side=side,
            source="payer",
            amount=amount,
            made_on=self.today,
            expires_on=None if days is None else self.today + timedelta(days=days),
        )
        try:
            self.offers, recorded = offers.receive(self.offers, offer)
        except OfferRefused:
            newest = offers.find(self.offers, offer.offer_id)
            assert newest is not None and newest.status == "accepted"
            return
        if recorded is not None:
            assert recorded.status == "open" and offers.find(self.offers, offer.offer_id) == recorded

    @rule(offer_id=IDS, side=SIDES, version=st.integers(1, 3))
    def accept(self, offer_id: str, side: Side, version: int) -> None:
        before = offers.find(self.offers, f"{side}-{offer_id}")
        could = (
            before is not None
            and before.version == version
            and before.status == "open"
            and (before.expires_on is None or before.expires_on >= self.today)
        )
        try:
            self.offers, accepted = offers.accept(self.offers, f"{side}-{offer_id}", version, self.today)
        except OfferRefused:
            assert not could
            return
        assert could and accepted.status == "accepted"
        self.accepted += 1

    @rule(offer_id=IDS, side=SIDES)
    def withdraw(self, offer_id: str, side: Side) -> None:
        before = offers.find(self.offers, f"{side}-{offer_id}")
        try:
            self.offers = offers.withdraw(self.offers, f"{side}-{offer_id}", self.today)
        except OfferRefused:
            assert before is None or before.status != "open"
            return
        assert before is not None and before.status == "open"

    @rule(days=st.integers(1, 3))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.offers = offers.expire(self.offers, self.today)
        assert not any(o.status == "open" and o.expires_on and o.expires_on < self.today for o in self.offers)

    @invariant()
    def an_end_is_final(self) -> None:
        for offer in self.offers:
            key = (offer.offer_id, offer.version)
            if offer.status != "open":
                assert self.ended.setdefault(key, offer.status) == offer.status
            else:
                assert key not in self.ended
        assert sum(o.status == "accepted" for o in self.offers) == self.accepted

    @invariant()
    def each_version_once_and_one_open_offer_a_side(self) -> None:
        keys = [(o.offer_id, o.version) for o in self.offers]
        assert len(keys) == len(set(keys))
        for side in ("payer", "provider"):
            assert len(offers.open_offers(self.offers, side)) <= 1


TestOfferBook = OfferBook.TestCase
TestOfferBook.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


class Race(RuleBasedStateMachine):
    """The same race through the service's rules: a large offer waits for a person while time and payer move."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(scale=200)
        self.world.underpaid()
        self.world.negotiation()
        self.number = 0

    def _open(self) -> bool:
        return self.world.account.phase == "pursued"

    @precondition(_open)
    @rule(amount=st.sampled_from(["400.00", "500.00", "600.00"]), days=st.integers(1, 6))
    def payer_offers(self, amount: str, days: int) -> None:
        self.number += 1
        self.world.offer(amount, f"O{self.number}", final=True, expires_in=days)

    @precondition(_open)
    @rule(amount=st.sampled_from(["450.00", "550.00"]))
    def payer_revises(self, amount: str) -> None:
        self.world.offer(amount, f"O{self.number}", final=True, expires_in=3)

    @rule(by_event=st.booleans())
    def payer_withdraws(self, by_event: bool) -> None:
        if by_event:
            self.world.withdrawal(f"O{self.number}")
        else:
            self._try(withdraw_offer("payer", f"O{self.number}"))

    @rule(role=st.sampled_from(ROLES[1:]))
    def person_counters(self, role: str) -> None:
        newest = offers.find(self.world.account.offers, f"O{self.number}")
        if newest is not None:
            ask, version = newest.amount + D(1000), newest.version
            self._try(counter_offer(Actor("p", role), f"O{self.number}", version, ask, why="more"))  # pyright: ignore[reportArgumentType]

    @precondition(_open)
    @rule(forum=st.sampled_from(["idr", "ended"]))
    def pursuit_moves(self, forum: str) -> None:
        getattr(self.world, forum)()

    @rule(role=st.sampled_from(ROLES[1:]))
    def person_accepts(self, role: str) -> None:
        newest = offers.find(self.world.account.offers, f"O{self.number}")
        version = newest.version if newest else 1
        self._try(accept_offer(Actor("p", role), f"O{self.number}", version, why="fair enough"))  # pyright: ignore[reportArgumentType]

    @rule(days=st.integers(1, 4))
    def time_passes(self, days: int) -> None:
        self.world.wait_until(self.world.today + timedelta(days=days))

    def _try(self, rule_: object) -> None:
        try:
            self.world.command(lambda account, now: run(account, now, self.world.decider.book, rule_))  # pyright: ignore
        except (OfferRefused, NotAllowed):
            return

    @invariant()
    def one_settlement_for_one_accepted_offer(self) -> None:
        accepted = [o for o in self.world.account.offers if o.status == "accepted"]
        settled = [e for e in self.world.events if isinstance(e, ClaimSettled)]
        assert len(accepted) == len(settled) <= 1
        if settled:
            assert settled[0].amount == accepted[0].amount
            assert accepted[0].expires_on is None or settled[0].settled_on <= accepted[0].expires_on

    @invariant()
    def every_end_of_an_offer_is_told_once(self) -> None:
        """Accepted, withdrawn, expired: as many events as offers that ended so, each about its own offer."""
        for status, kind in (("withdrawn", OfferWithdrawn), ("expired", OfferExpired)):
            ended = [(o.offer_id, o.amount) for o in self.world.account.offers if o.status == status]
            told = [(e.offer_id, e.amount) for e in self.world.events if isinstance(e, kind)]
            assert sorted(ended) == sorted(told), status

    @invariant()
    def nothing_waits_without_an_open_offer(self) -> None:
        account = self.world.account
        if account.approval is not None:
            offer = offers.find(account.offers, account.approval.offer_id)
            assert offer is not None and offer.status == "open"
            assert any(t.kind == "approval_due" for t in timers(account, EASTERN))


TestRace = Race.TestCase
TestRace.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)


def test_the_last_day_counts_and_the_next_does_not() -> None:
    offer = Offer(
        offer_id="A", side="payer", source="payer", amount=D(100), made_on=START, expires_on=date(2026, 11, 10)
    )
    book, _ = offers.receive((), offer)
    assert offers.accept(book, "A", 1, date(2026, 11, 10))[1].status == "accepted"
    try:
        offers.accept(book, "A", 1, date(2026, 11, 11))
    except OfferRefused as error:
        assert "expired on 2026-11-10" in str(error)
    else:
        raise AssertionError("an expired offer was accepted")
