"""Cooling-off (42 USC 300gg-111(c)(5)(E)(ii), 45 CFR 149.510(c)(4)(vii)(B)) and what is said about deadlines."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.appeals.adapters.sql.disputes import disputed
from services.appeals.domain.batching import plan_filings
from services.appeals.domain.case import Policy
from shared.events.pursuit import AppealDecided, DeadlineNoticed, IdrInitiated, PursuitEnded
from shared.fold import TimerDue
from tests.unit.appeals.cases import CLAIM, Story, at, denied
from tests.unit.appeals.test_pursuit import begun

KEY = ("99101", "123456789", "99284")
# The notice of Monday 5 October 2026 (Columbus Day and Veterans Day inside): talks end 18 November, initiation from 19
# to 23 November.
OPENS = date(2026, 11, 19)


def cooling(story: Story, until: date, key: tuple[str, str, str] = KEY) -> None:
    story.fold = story.fold.knowing({key: until})


def test_initiation_waits_for_the_end_of_a_cooling_off_period() -> None:
    story = begun()
    cooling(story, date(2027, 1, 15))  # determined 17 October: talks ended inside the period
    (notice,) = story.until(OPENS)
    assert isinstance(notice, DeadlineNoticed)
    # 15 January 2027 is a Friday and the 18th a holiday; the 30th business day from the 19th is 2 March
    assert (notice.notice, notice.from_on, notice.due_on) == ("postponed", date(2027, 1, 19), date(2027, 3, 2))
    assert notice.rule == "45 CFR 149.510(c)(4)(vii)(B)"
    assert story.until(date(2027, 1, 18)) == []
    (initiated,) = story.until(date(2027, 1, 19))
    assert isinstance(initiated, IdrInitiated) and initiated.initiated_on == date(2027, 1, 19)


def test_the_plan_files_it_in_the_postponed_window_only() -> None:
    story = begun()
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)
    dispute = disputed(story.case)
    assert dispute is not None
    schedule = story.fold.house.schedule
    early = plan_filings([dispute], schedule, date(2027, 1, 18), fee_share=Decimal("0.5"))
    assert early.filings == () and "2027-01-19 to 2027-03-02" in early.left_out[0][1]
    (filing,) = plan_filings([dispute], schedule, date(2027, 3, 2), fee_share=Decimal("0.5")).filings
    assert (filing.opens, filing.closes) == (date(2027, 1, 19), date(2027, 3, 2))


def test_a_further_determination_meanwhile_postpones_again() -> None:
    story = begun()
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)
    cooling(story, date(2027, 3, 1))
    (notice,) = story.until(date(2027, 1, 19))
    assert isinstance(notice, DeadlineNoticed) and notice.from_on == date(2027, 3, 2)


def test_a_period_that_began_after_the_talks_ended_takes_the_window() -> None:
    story = begun()
    cooling(story, date(2027, 2, 17))  # determined 19 November, a day after the talks ended
    (ended,) = story.until(OPENS)
    assert isinstance(ended, PursuitEnded) and ended.rule == "45 CFR 149.510(c)(4)(vii)(B)"


@pytest.mark.parametrize(
    ("key", "until"),
    [
        (("99102", "123456789", "99284"), date(2027, 1, 15)),  # another payer
        (("99101", "987654321", "99284"), date(2027, 1, 15)),  # another provider
        (("99101", "123456789", "99285"), date(2027, 1, 15)),  # another service
        (KEY, date(2026, 11, 18)),  # the period's last day was yesterday
    ],
)
def test_other_parties_codes_and_days_are_free(key: tuple[str, str, str], until: date) -> None:
    story = begun()
    cooling(story, until, key)
    (initiated,) = story.until(OPENS)
    assert isinstance(initiated, IdrInitiated)


def _notices(story: Story) -> list[tuple[str, str]]:
    return [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]


def test_a_deadline_of_ours_is_reminded_escalated_and_missed_once_each() -> None:
    story = begun(policy=Policy(attest=frozenset(("open_negotiation",))))
    due = story.case.deadlines[0].due
    story.until(due)
    assert _notices(story) == [("file", "reminder"), ("file", "escalation")]
    story.until(due + timedelta(days=400))
    assert _notices(story) == [("file", "reminder"), ("file", "escalation"), ("file", "missed")]
    assert [e.outcome for e in story.events if isinstance(e, AppealDecided)] == ["missed"]


def test_after_an_outage_the_miss_is_said_once_and_nobody_is_reminded_of_a_day_that_passed() -> None:
    story = begun(policy=Policy(attest=frozenset(("open_negotiation",))))
    due = story.case.deadlines[0].due
    late = at(due + timedelta(days=7))
    while timers := sorted((t for t in story.fold.timers(story.case) if t.due <= late), key=lambda t: (t.due, t.kind)):
        decision = story.fold.decide(story.case, TimerDue(CLAIM, timers[0].kind, timers[0].due), late)
        story.state, story.events = decision.state, [*story.events, *decision.events]
    assert _notices(story) == [("file", "missed")]
    assert {e.due_on for e in story.events if isinstance(e, DeadlineNoticed)} == {due}


def test_a_late_reviewer_is_said_to_be_overdue() -> None:
    story = begun(remarks=(), place="11", codes=("99214",), verdict=denied("50"))
    story.until(date(2027, 12, 31))
    assert _notices(story) == [("decision", "overdue")]  # external review; the plan's silence exhausts a level
