"""Deadlines against clocks that jump: what is late is said as it is, and nothing is said twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from shared.calendar import EASTERN, day_begins, day_ends
from shared.clock import Clock, advance
from shared.decider import IllegalTransition, TimerDue
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineCorrected, DeadlineNoticed, PursuitEnded
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL, begun

ATTESTED = Policy(attest=frozenset(("open_negotiation", "federal_idr", "commercial_appeal")))
DUE = date(2026, 11, 17)  # 30 business days from 5 October 2026, that day being day 1; Columbus and Veterans Day out
REMIND = date(2026, 11, 9)  # five business days before: 16, 13, 12, 10, 9 (11 November is Veterans Day)


def fire(story: Story, now: datetime) -> None:
    """Everything that is due at an instant, as the scheduler would."""
    for _ in range(50):
        due = sorted((t for t in story.decider.timers(story.case) if t.due <= now), key=lambda t: (t.due, t.kind))
        if not due:
            return
        decision = story.decider.decide(story.case, TimerDue(CLAIM, due[0].kind, due[0].due), now)
        assert due[0] not in tuple(story.decider.timers(decision.state)), "a timer that fired is gone"
        story.state = decision.state
        story.events += decision.events
    pytest.fail("timers do not come to an end")


def notices(story: Story) -> list[str]:
    return [e.notice for e in story.events if isinstance(e, DeadlineNoticed)]


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (at(date(2026, 11, 8)), []),
        (day_begins(REMIND, EASTERN), ["reminder"]),
        (at(date(2026, 11, 16)), ["reminder"]),  # the outage ended on the day before: still of use
        (day_begins(DUE, EASTERN), ["escalation"]),  # today: a reminder would be too late
        (day_ends(DUE, EASTERN) - timedelta(minutes=1), ["escalation"]),  # 23:59 in the East
        (day_ends(DUE, EASTERN), ["missed"]),
        (at(DUE + timedelta(days=7)), ["missed"]),  # a week's outage
    ],
)
def test_after_an_outage_what_is_true_is_said(back: datetime, said: list[str]) -> None:
    story = begun(policy=ATTESTED)
    assert story.case.deadlines[0].due == DUE and story.case.deadlines[0].remind_on == REMIND
    fire(story, back)
    assert notices(story) == said
    assert [e.outcome for e in story.events if isinstance(e, AppealDecided)] == ["missed"] * (said == ["missed"])


INSTANTS = st.lists(
    st.integers(-20 * 24, 80 * 24).map(lambda hours: at(NOTICE) + timedelta(hours=hours)), min_size=1, max_size=25
)


@given(INSTANTS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_clock_that_jumps_to_and_fro_says_nothing_twice_and_loses_no_miss(
    instants: list[datetime], own: bool
) -> None:
    story = begun(policy=ATTESTED, assignment_of_benefits=False, remarks=FEDERAL if own else (), service_state="TX")
    for now in instants:  # forwards and back: a replica ahead of its time, one behind, and one that was put right
        fire(story, now)
    fire(story, at(NOTICE + timedelta(days=400)))
    said = [((e.deadline, e.rule), e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]
    assert len(said) == len(set(said)), "each notice once"
    missed = [of for of, notice in said if notice == "missed" and of[0] == "file"]
    assert 1 <= len(missed) <= 1 + own, "the end of a deadline is never lost"
    assert sum(isinstance(e, PursuitEnded) for e in story.events) == 1
    for deadline in {d for d, _ in said}:
        order = [n for d, n in said if d == deadline]
        assert order == sorted(order, key=["reminder", "escalation", "missed"].index), "in their order"


class Wrong(Clock):
    """A host whose clock is off."""

    def __init__(self, by: timedelta, offset_file: Path | None = None) -> None:
        super().__init__(offset_file)
        self._by = by

    def _system(self) -> datetime:
        return datetime.now(UTC) + self._by


@pytest.mark.parametrize("by", [timedelta(days=30), timedelta(days=-30), timedelta(seconds=-90)])
def test_a_wrong_clock_follows_the_databases(by: timedelta, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    advance(file, timedelta(days=5))
    clock = Wrong(by, file)
    assert abs(clock.now() - by - timedelta(days=5) - datetime.now(UTC)) < timedelta(seconds=1)
    assert abs(clock.follow(datetime.now(UTC)) + by) < timedelta(seconds=1)
    assert abs(clock.now() - timedelta(days=5) - datetime.now(UTC)) < timedelta(seconds=1), (
        "the calendar's offset stays"
    )


def test_what_reading_the_time_takes_is_no_drift() -> None:
    clock = Clock()
    assert clock.follow(datetime.now(UTC) + timedelta(seconds=1)) == timedelta()
    assert clock.drift == timedelta()


class TestCorrectedDate:
    def correct(self, story: Story, day: date, on: date = NOTICE, reason: str = "stamp on the envelope") -> None:
        decision, self.moved = Commands(story.decider.rule_set, at(on)).correct_notice(story.case, day, reason)
        story.state = decision.state
        story.events += decision.events

    def test_the_timeline_hears_the_old_and_the_new_day_and_why(self) -> None:
        story = begun(policy=ATTESTED)
        self.correct(story, date(2026, 9, 28))
        (said,) = story.events
        assert isinstance(said, DeadlineCorrected)
        # 28 September to 9 November: 30 weekdays and Columbus Day, 28 September being day 1
        assert (said.deadline, said.was_on, said.due_on) == ("file", DUE, date(2026, 11, 9))
        assert said.rule == "45 CFR 149.510(b)(1)(i)"
        assert said.reason == "received on 2026-09-28, not on 2026-10-05: stamp on the envelope"
        assert self.moved[0].why == said.reason
        fire(story, at(date(2026, 11, 10)))
        assert notices(story) == ["missed"], "the old day's timers are gone"

    def test_a_day_that_moves_nothing_says_nothing(self) -> None:
        story = begun(policy=ATTESTED)
        self.correct(story, NOTICE)
        assert story.events == [] and self.moved == ()

    def test_a_corrected_day_that_ends_open_negotiation_leaves_the_plans_appeal(self) -> None:
        story = begun(policy=ATTESTED)
        self.correct(story, date(2026, 9, 2), on=date(2026, 11, 1))
        (said,) = story.events
        # 2 September is day 1; Labor Day and Columbus Day struck out: day 30 was 15 October. 180 days: 1 March
        assert isinstance(said, DeadlineCorrected) and (said.was_on, said.due_on) == (DUE, date(2027, 3, 1))
        assert (story.case.forum, story.case.stage) == ("commercial_appeal", "prepare")

    def test_the_federal_review_moves_with_it_and_its_loss_is_said(self) -> None:
        story = begun(remarks=(), service_state="TX", policy=ATTESTED)
        self.correct(story, date(2026, 9, 28))
        assert {(e.deadline, e.due_on) for e in story.events if isinstance(e, DeadlineCorrected)} == {
            ("federal_review", date(2026, 11, 9)),
            ("state_review", date(2026, 12, 24)),  # 90 days: Sunday 27 December, so the day before Christmas
            ("file", date(2027, 3, 26)),  # 180 days from 28 September: Saturday 27 March, so Friday
        }
        story.events = []
        self.correct(story, date(2026, 9, 2), on=date(2026, 11, 2))
        review, file, state = story.events
        assert isinstance(state, DeadlineCorrected) and state.due_on == date(2026, 12, 1)  # Texas: 90 days
        assert isinstance(file, DeadlineCorrected) and file.deadline == "file"
        assert isinstance(review, DeadlineNoticed) and review.notice == "missed"

    def test_a_notice_that_turns_out_late_is_withdrawn_for_the_plans_appeal(self) -> None:
        story = Story(today=date(2026, 10, 20))
        story.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
        assert story.case.stage == "open", "sent on 20 October, in time for a payment received on 5 October"
        story.events = []
        self.correct(story, date(2026, 9, 2), on=date(2026, 10, 21))  # whose last day was 15 October
        withdrawn, filed = story.events
        assert isinstance(withdrawn, AppealDecided)
        assert (withdrawn.forum, withdrawn.outcome, withdrawn.exhausted) == ("open_negotiation", "withdrawn", False)
        assert "begun on 2026-10-20, after its last day, 2026-10-15" in withdrawn.reason
        assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal"
        assert not [e for e in story.until(date(2026, 12, 31)) if isinstance(e, IdrInitiated)]

    def test_a_notice_that_stays_in_time_goes_on(self) -> None:
        story = begun()
        self.correct(story, date(2026, 9, 1), on=date(2026, 10, 6))
        assert not story.case.escalated, "5 October is day 24"
        assert isinstance(story.until(date(2026, 11, 19))[0], IdrInitiated)

    def test_a_day_before_the_service_is_refused(self) -> None:
        with pytest.raises(IllegalTransition, match="before the service"):
            self.correct(begun(policy=ATTESTED), date(2026, 8, 31))

    def test_the_future_is_refused(self) -> None:
        with pytest.raises(IllegalTransition, match="future"):
            self.correct(begun(policy=ATTESTED), date(2026, 10, 6))
