"""Claims loaded as history: nothing begins, and what is still open is told with the last day that would hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.appeals.domain.commands import Commands
from services.appeals.domain.history import still_open
from shared.decider import IllegalTransition
from shared.events.assessment import HistoryJudged
from tests.unit.appeals.cases import NOTICE, SERVED, Story, at, claim, denied, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL

TODAY = date(2026, 11, 30)  # a Monday
EARLIER = date(2026, 2, 2)  # served before all that may be stated of its answer


def _judged(received: date, verdict: str = "underpaid", **fields: Any) -> HistoryJudged:
    flag = flagged(FEDERAL, notice_on=received)
    values: dict[str, Any] = {
        "claim_id": flag.claim_id, "remittance_id": flag.remittance_id, "verdict": verdict, "specialty": "emergency",
        "policy": "default", "allowed": Decimal("180.00"), "target": Decimal("1200.00"), "notice_on": received,
        "lines": flag.lines, "carcs": ("45",), "remark_codes": FEDERAL,
    }  # fmt: skip
    return HistoryJudged(**(values | fields))


def _loaded(received: date, served: date = SERVED, **fields: Any) -> Story:
    story = Story(today=TODAY)
    story.receive(claim(service_from=served, service_to=served), remittance(FEDERAL), _judged(received, **fields))
    return story


def test_nothing_begins_and_no_timer_runs() -> None:
    story = _loaded(date(2026, 11, 2))
    assert story.events == []
    assert not story.case.live and list(story.decider.timers(story.case)) == []


@pytest.mark.parametrize(
    ("received", "forum", "until"),
    [
        # 45 CFR 149.510(b)(1)(i): 30 business days beginning on the day of receipt, Veterans Day and Thanksgiving out:
        # 2-30 November are 19, 1-15 December 11
        (date(2026, 11, 2), "open_negotiation", date(2026, 12, 15)),
        # open negotiation ended in July; 29 CFR 2560.503-1(h)(3)(i): 180 days, 25 left of June, 31, 31, 30, 31, 30, 2
        (date(2026, 6, 5), "commercial_appeal", date(2026, 12, 2)),
        # 180 days ended on 30 June 2026: nothing is open, and nothing may be opened
        (date(2026, 1, 1), None, None),
    ],
)
def test_what_is_still_open_of_it(received: date, forum: str | None, until: date | None) -> None:
    story = _loaded(received)
    found = still_open(story.decider.rule_set, story.case, TODAY)
    assert found is not None
    assert (found.forum, found.until) == (forum, until)
    assert found.at_stake == Decimal("1020.00")
    assert ("barred before it came to us" in found.why) == (forum is None)
    assert story.case.forum is None, "weighing it begins nothing"


def test_what_the_assumed_day_bars_is_not_offered_either() -> None:
    """History was received on its own day at the latest: no other day is asked for, and nothing is opened by asking."""
    story = _loaded(date(2026, 1, 1), date(2025, 12, 1), arrived_on=date(2026, 1, 1))
    found = still_open(story.decider.rule_set, story.case, TODAY)
    assert found is not None and (found.forum, found.until) == (None, None)
    assert "barred before it came to us" in found.why
    story.receive(flagged(FEDERAL, notice_on=date(2026, 1, 1), arrived_on=date(2026, 1, 1)))  # a person takes it up
    assert not story.case.live and story.case.lapsed is not None and story.case.lapsed.barred


def test_an_assumed_day_is_marked() -> None:
    story = _loaded(date(2026, 6, 5), arrived_on=date(2026, 6, 5))
    found = still_open(story.decider.rule_set, story.case, TODAY)
    assert found is not None and found.assumed and found.until == date(2026, 12, 2)


@pytest.mark.parametrize("verdict", ["paid_fairly", "unjudged"])
def test_of_what_is_not_disputed_nothing_is_open(verdict: str) -> None:
    story = _loaded(NOTICE, verdict=verdict, lines=(), allowed=Decimal(0), target=Decimal(0))
    assert still_open(story.decider.rule_set, story.case, TODAY) is None


def test_a_later_judgement_takes_the_place_of_an_earlier_one() -> None:
    story = _loaded(NOTICE)
    story.receive(_judged(NOTICE, verdict="paid_fairly", lines=(), target=Decimal(0), allowed=Decimal(0)))
    assert story.case.history is None


@pytest.mark.parametrize("verdict", [flagged(FEDERAL, notice_on=NOTICE), denied("50", remarks=FEDERAL)])
def test_a_verdict_ends_the_history_and_is_pursued(verdict: Any) -> None:
    story = _loaded(NOTICE)
    story.receive(verdict)
    assert story.case.history is None and story.case.live


def _corrected(story: Story, day: date) -> None:
    commands = Commands(story.decider.rule_set, at(story.today))
    decision, moved = commands.correct_notice(story.case, day, "as stamped on arrival")
    assert decision.events == () and moved == ()
    story.state = decision.state


def test_a_corrected_day_of_receipt_counts_for_what_is_open_and_for_the_verdict() -> None:
    """29 CFR 2560.503-1(h)(3)(i): 180 days from 5 June end on 2 December, from 8 June on 5 December, a Saturday."""
    story = _loaded(date(2026, 6, 5), EARLIER, arrived_on=date(2026, 6, 5))
    _corrected(story, date(2026, 6, 8))
    found = still_open(story.decider.rule_set, story.case, TODAY)
    assert found is not None
    assert (found.received_on, found.assumed, found.until) == (date(2026, 6, 8), False, date(2026, 12, 5))
    story.receive(_judged(date(2026, 6, 5), arrived_on=date(2026, 6, 5)))  # judged anew by other tables
    assert story.case.history is not None and story.case.history.notice_on == date(2026, 6, 8)
    story.receive(flagged(FEDERAL, notice_on=date(2026, 6, 5), arrived_on=date(2026, 6, 5)))  # taken up
    dispute = story.case.dispute
    assert story.case.forum == "commercial_appeal" and dispute is not None
    assert (dispute.notice_on, dispute.arrived_on) == (date(2026, 6, 8), None)


def test_a_corrected_day_may_bar_what_was_open() -> None:
    story = _loaded(date(2026, 6, 5), EARLIER)
    _corrected(story, date(2026, 3, 2))
    found = still_open(story.decider.rule_set, story.case, TODAY)
    assert found is not None and found.forum is None and "barred before it came to us" in found.why


@pytest.mark.parametrize(
    ("day", "why"),
    [(date(2026, 12, 1), "lies in the future"), (date(2026, 8, 31), "lies before the service of 2026-09-01")],
)
def test_a_day_that_cannot_be_is_refused_of_history_too(day: date, why: str) -> None:
    story = _loaded(NOTICE)
    with pytest.raises(IllegalTransition, match=why):
        Commands(story.decider.rule_set, at(story.today)).correct_notice(story.case, day)
