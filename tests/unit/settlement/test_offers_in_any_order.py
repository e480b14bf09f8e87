"""Offers about any lines, in any order, before and after their forum is known: each is answered or has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.settlement.domain import acts
from services.settlement.domain.commands import run
from services.settlement.domain.offers import open_offers
from services.settlement.domain.tasks import tasks
from shared.events.settlement import ClaimSettled
from tests.unit.settlement.test_commands import NINA
from tests.unit.settlement.test_lines import two_lines
from tests.unit.settlement.world import D


@pytest.mark.parametrize("lines", [(), (1, 2)], ids=["of all lines", "of both by number"])
def test_an_offer_that_another_agreement_ends_is_passed_over_when_talks_open(lines: tuple[int, ...]) -> None:
    w = two_lines(proceeding=False)
    w.offer("400.00", "A", final=True, lines=(1,))  # the upper fair value of line 1: our demand for it is met
    w.offer("700.00", "B", final=True, lines=lines)
    assert [o.status for o in w.account.offers] == ["open", "open"]
    w.negotiation()
    # line 1 is agreed at 400, so an offer about it and another has lost its object
    assert [(p.line, p.amount) for p in w.account.parts] == [(1, D(400))]
    assert [o.status for o in w.account.offers if o.side == "payer"] == ["accepted", "superseded"]
    assert w.account.phase == "pursued"


def test_an_offer_that_another_agreement_ends_is_passed_over_when_an_act_is_undone() -> None:
    w = two_lines(proceeding=False)
    w.offer("400.00", "A", lines=(2,))
    hold = acts.accept(NINA, "A", 1, why="as good as it gets", window=timedelta(seconds=30))
    w.command(lambda a, now: run(a, now, w.decider.book, hold))
    w.offer("400.00", "B", final=True, lines=(1,))
    w.offer("700.00", "C", final=True)
    w.negotiation()
    act = w.account.act
    assert act is not None and act.waits, "nothing is answered while somebody's act waits"
    assert len(open_offers(w.account.offers, "payer")) == 3
    w.command(lambda a, now: run(a, now, w.decider.book, acts.undo(NINA, act.number)))
    # each line's offer meets our demand for it, its upper fair value: 400 and 400 are agreed, and nothing is left of C
    assert w.last(ClaimSettled).amount == D(800)
    assert [o.status for o in w.account.offers] == ["accepted", "accepted", "superseded"]


def test_a_revision_about_other_lines_takes_the_place_of_the_version_before() -> None:
    w = two_lines(proceeding=False)
    w.offer("310.00", "A")
    w.offer("150.00", "A", lines=(1,))
    assert [(o.version, o.status) for o in w.account.offers] == [(1, "superseded"), (2, "open")]
    w.negotiation()
    assert w.account.phase == "pursued" and not open_offers(w.account.offers, "payer")


def test_a_decision_about_an_offer_that_its_payer_replaced_waits_for_nobody() -> None:
    w = two_lines(scale=200, proceeding=False)
    w.negotiation()
    w.offer("90.00", "C")
    assert w.account.approval is not None, "countering is above the engine's authority"
    w.offer("90.00", "C", lines=(9,))
    assert w.account.approval is None
    assert [(task.kind, task.why) for task in tasks(w.account) if task.kind != "talks"] == [
        ("doubtful_offer", "it names lines that are not in dispute: 9")
    ]


OFFERS = st.tuples(
    st.just("offer"),
    st.sampled_from(("A", "B", "C")),
    st.sampled_from(("90.00", "150.00", "310.00", "400.00", "700.00", "900.00", "1500.00")),
    st.sampled_from(((), (1,), (2,), (1, 2), (9,), (2, 9))),
    st.booleans(),
)
FORUMS = st.tuples(st.sampled_from(("negotiation", "appeal", "idr", "state_talks")))
TAKEN_BACK = st.tuples(st.just("withdrawal"), st.sampled_from(("A", "B", "C")))
PART = st.tuples(st.just("decided"), st.sampled_from(("250.00", "450.00")))
STEPS = st.lists(st.one_of(OFFERS, OFFERS, OFFERS, FORUMS, TAKEN_BACK, PART), min_size=2, max_size=9)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from((1, 10, 200)))
def test_no_order_of_offers_and_forums_parks_a_claim(steps: list[tuple[Any, ...]], scale: int) -> None:
    w = two_lines(scale=scale, proceeding=False)
    for step in steps:
        match step:
            case ("offer", offer_id, amount, lines, final):
                w.offer(amount, offer_id, lines=lines, final=final)
            case ("withdrawal", offer_id):
                w.withdrawal(offer_id)
            case ("decided", awarded):
                w.appeal_decided("partially_overturned", awarded)
            case (forum,):
                getattr(w, forum)()
            case _:
                raise AssertionError(step)
    a = w.account
    seen = [task for task in tasks(a) if task.kind in ("offer", "doubtful_offer", "decision")]
    waiting = open_offers(a.offers, "payer")
    assert len(seen) == len(waiting), "whatever nothing has answered waits for a person"
    assert a.phase == "pursued" or not waiting
