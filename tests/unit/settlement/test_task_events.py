"""What waits for people is told on the log whenever it changes, and an offer that ended without another word."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from services.settlement.domain.task_events import tasks_changed
from shared.events.settlement import OfferCountered
from shared.events.tasks import AccountTasksChanged
from tests.unit.settlement.test_acts import waiting
from tests.unit.settlement.world import CLAIM, START, World


def test_a_decision_that_waits_is_told_with_its_day_role_and_offer() -> None:
    w = waiting()
    (event,) = tasks_changed(None, w.account)
    assert isinstance(event, AccountTasksChanged)
    (task,) = event.tasks
    assert (task.kind, task.role, task.day) == ("decision", "manager", START + timedelta(days=10))
    assert event.open_offers == (task.offer_id,) != ("",)


def test_nothing_is_told_where_nothing_changed_and_an_empty_list_where_it_is_done() -> None:
    w = waiting()
    assert tasks_changed(w.account, w.account) == ()
    assert tasks_changed(w.account, replace(w.account, charge=w.account.charge + 1)) == ()
    done = replace(w.account, phase="settled", approval=None, act=None)
    assert tasks_changed(w.account, done) == (AccountTasksChanged(claim_id=CLAIM),)


def test_an_offer_that_ends_silently_is_told_and_one_that_was_countered_is_not_told_twice() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("300.00", expires_in=20)
    (offer,) = (o for o in w.account.offers if o.side == "payer")
    assert offer.status == "declined", "the engine has countered"
    before = replace(w.account, offers=(replace(offer, status="open", ended_on=None),))
    after = replace(w.account, offers=(offer,))
    countered = OfferCountered(
        claim_id=CLAIM, offer_id=offer.offer_id, counter_id="k", round=1, amount=offer.amount,
        expected_value=offer.amount, policy="p",
    )  # fmt: skip
    # an open offer is a task of its own; without it the lists are the same
    assert tasks_changed(replace(after, offers=()), after, (countered,)) == ()
    assert tasks_changed(replace(after, offers=()), after) == (AccountTasksChanged(claim_id=CLAIM),)
    assert tasks_changed(before, after, (countered,)) == (AccountTasksChanged(claim_id=CLAIM),), "its task is gone"
