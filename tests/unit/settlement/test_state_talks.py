"""Talks under a state's law are bargained like open negotiation, and say nothing of federal law."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.events.settlement import ClaimSettled, NegotiationFailed, OfferCountered
from tests.unit.settlement.world import World


def in_talks(days: int = 30) -> World:
    """Talks that end after so many days, about 200.00 allowed where 600.00 are fair."""
    world = World()
    world.underpaid()
    world.state_talks(days)
    return world


def test_they_are_level_0_of_the_states_process_and_not_federal() -> None:
    world = in_talks()
    proceeding = world.account.proceeding
    assert proceeding is not None and not world.account.federal
    assert (proceeding.forum, proceeding.level, proceeding.case_id) == ("state_process", 0, "C1")
    assert proceeding.ends_on == world.today + timedelta(days=30) and not proceeding.undecided


def test_what_is_fair_is_accepted_and_ends_the_claim_by_agreement() -> None:
    world = in_talks()
    world.offer("600.00")
    assert world.last(ClaimSettled).basis == "offer_accepted"


# the standard policy leaves a counter-offer 14 days, but never longer than the talks
@pytest.mark.parametrize(("talks", "lives"), [(30, 14), (15, 14), (14, 14), (13, 13), (1, 1)])
def test_a_low_offer_is_countered_until_the_talks_end_at_the_latest(talks: int, lives: int) -> None:
    world = in_talks(talks)
    world.offer("220.00")
    assert world.last(OfferCountered).amount > Decimal("220.00")
    (ours,) = [offer for offer in world.account.offers if offer.side == "provider"]
    assert ours.expires_on == world.today + timedelta(days=lives)


def test_a_last_offer_that_is_too_low_ends_the_talks_and_the_filing_begins_anew() -> None:
    world = in_talks()
    world.offer("210.00", final=True)
    assert world.last(NegotiationFailed).last_offer == Decimal("210.00")
    world.appeal(forum="state_process")
    proceeding = world.account.proceeding
    assert proceeding is not None
    assert (proceeding.level, proceeding.undecided, proceeding.over) == (1, True, False)
    # 210.00 of 600.00: the talks brought nothing; the level that begins is not lost with them
    assert [(r.forum, r.level, r.won, r.share) for r in world.account.results] == [
        ("state_process", 0, False, Decimal("0.35"))
    ]


def test_an_offer_that_came_before_the_talks_were_told_is_answered_when_they_are() -> None:
    world = World()
    world.underpaid()
    world.offer("600.00")
    assert "ClaimSettled" not in world.names()
    world.state_talks()
    assert world.last(ClaimSettled).amount == Decimal("600.00")


def test_days_that_are_told_otherwise_move_the_end_and_keep_the_rounds() -> None:
    world = in_talks()
    world.offer("220.00")
    world.today -= timedelta(days=2)
    world.state_talks(7)
    world.today += timedelta(days=2)
    proceeding = world.account.proceeding
    assert proceeding is not None
    assert (proceeding.counters, proceeding.ends_on) == (1, world.today + timedelta(days=5))
    assert proceeding.since == world.today - timedelta(days=2)


def test_talks_told_late_change_nothing_about_a_process_that_was_begun() -> None:
    world = in_talks()
    world.appeal(forum="state_process")
    before = world.account.proceeding
    world.state_talks(5)
    assert world.account.proceeding == before


def test_an_offer_above_the_engines_authority_waits_for_a_person_until_the_offer_ends() -> None:
    world = World(scale=100)
    world.underpaid()
    world.state_talks()
    world.offer("600.00", expires_in=3)
    approval = world.account.approval
    assert approval is not None and approval.until <= world.today + timedelta(days=3)
    assert "ClaimSettled" not in world.names()
