"""No barred right is opened: by a stated day it ends, by an assumed one a person is asked; rights follow the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.tasks import tasks
from shared.events.base import Event
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineNoticed, NegotiationOpened, PursuitEnded
from tests.unit.appeals.cases import Story, at, claim, denied, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL

TODAY = date(2026, 11, 30)  # a Monday
LONG_AGO = date(2024, 7, 10)
ATTESTED = Policy(attest=frozenset(("open_negotiation", "commercial_appeal", "state_process")))


def heard(
    received: date, arrived: date | None, policy: Policy | None = None, verdict: Event | None = None, **fields: Any
) -> Story:
    served = {"service_from": date(2024, 5, 2), "service_to": date(2024, 5, 2)}
    story = Story(policy, today=TODAY)
    verdict = verdict or flagged(FEDERAL, notice_on=received, arrived_on=arrived)
    story.receive(claim(**(served | fields)), remittance(FEDERAL), verdict)
    return story


def state_the_day(story: Story, day: date, on: date = TODAY) -> list[Event]:
    before = len(story.events)
    decision, _ = Commands(story.decider.rule_set, at(on)).correct_notice(story.case, day)
    story.state = decision.state
    story.events += decision.events
    return story.events[before:]


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_by_a_stated_day_the_barred_right_ends_and_is_no_miss_of_ours() -> None:
    story = heard(LONG_AGO, None)
    (ended,) = story.events
    # 180 days from 10 July 2024: 21 + 31 + 30 + 31 + 30 + 31 = 174 to the end of the year
    assert isinstance(ended, PursuitEnded)
    assert ended.reason.startswith("barred before it came to us: the plan's appeal was open until 2025-01-06")
    assert "2024-07-10" in ended.reason and ended.rule == "29 CFR 2560.503-1(h)(3)(i)"
    assert not story.case.live and not list(story.decider.timers(story.case))


def test_by_a_stated_day_that_leaves_the_appeal_the_appeal_alone_begins() -> None:
    # open negotiation from 1 September: day 30 is 14 October, Labor Day and Columbus Day out; 180 days: 28 February
    story = heard(date(2026, 9, 1), None)
    (filed,) = story.events
    assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal"


@pytest.mark.parametrize("policy", [None, ATTESTED])
@pytest.mark.parametrize("day", [LONG_AGO, date(2026, 9, 1)])
def test_by_an_assumed_day_that_bars_it_nothing_begins_and_a_person_is_asked(day: date, policy: Policy | None) -> None:
    story = heard(day, TODAY, policy)
    (asked,) = story.events
    assert isinstance(asked, DeadlineNoticed) and asked.notice == "escalation"
    assert story.case.blocked == ("day_of_receipt",)
    for word in ("state the day of receipt", day.isoformat(), "2026-11-30", "open negotiation", "2027-01-12"):
        # 30 November is day 1; Christmas and New Year's Day out: day 30 is 12 January
        assert word in story.case.escalated
    (task,) = tasks(story.case)
    assert task.task.startswith("state the day") and task.day == date(2027, 1, 12)
    assert "nobody has said when the payment or denial was received" in task.why
    assert kinds(story.until(date(2027, 1, 12))) == ["DeadlineNoticed"] * 2, "reminded and escalated, nothing begun"


def test_a_day_that_nobody_states_costs_no_right_but_the_one_that_ended() -> None:
    """Both days bar open negotiation after 12 January; by both, or by the later one, the plan's appeal is open."""
    story = heard(date(2026, 9, 1), TODAY, ATTESTED)
    events = story.until(date(2027, 1, 13))
    assert kinds(events) == ["DeadlineNoticed"] * 3 and story.case.forum == "commercial_appeal"
    file = story.case.deadline("file")
    assert file is not None and (file.until, file.assumed) == (date(2027, 2, 28), True)  # 180 days from 1 September
    assert "open negotiation ended on 2027-01-12" in story.case.escalated and not story.case.blocked

    story = heard(LONG_AGO, TODAY, ATTESTED)
    story.until(date(2027, 1, 13))
    file = story.case.deadline("file")
    # 180 days from 30 November: 31 December, 62, 90, 121, 151 to the end of April, 29 May
    assert file is not None and (file.until, story.case.blocked) == (date(2027, 5, 29), ("day_of_receipt",))
    assert "the plan's appeal ended on 2025-01-06" in story.case.escalated
    assert state_the_day(story, date(2026, 11, 30), on=date(2027, 1, 13)) == []
    assert story.case.live and not story.case.blocked

    story = heard(LONG_AGO, TODAY, ATTESTED)
    assert kinds(story.until(date(2027, 6, 1)))[-1] == "PursuitEnded"


def test_a_denial_is_held_like_an_underpayment() -> None:
    story = heard(LONG_AGO, TODAY, verdict=denied("50", notice_on=LONG_AGO, arrived_on=TODAY))
    assert kinds(story.events) == ["DeadlineNoticed"] and story.case.forum == "commercial_appeal"
    assert kinds(state_the_day(story, TODAY))[-1] == "AppealFiled"


def test_the_day_stated_decides_both_ways() -> None:
    barred = heard(LONG_AGO, TODAY)
    events = state_the_day(barred, date(2024, 7, 15))
    assert kinds(events)[-1] == "PursuitEnded" and "AppealDecided" not in kinds(events)
    assert not barred.case.live and not barred.case.escalated
    opened = heard(LONG_AGO, TODAY)
    events = state_the_day(opened, date(2026, 11, 20))
    assert any(isinstance(e, NegotiationOpened) for e in events)
    assert opened.case.stage == "open" and not opened.case.escalated and not opened.case.blocked
    appeal = heard(LONG_AGO, TODAY)
    events = state_the_day(appeal, date(2026, 9, 1))
    assert [e.forum for e in events if isinstance(e, AppealFiled)] == ["commercial_appeal"]
    assert "NegotiationOpened" not in kinds(events)


def test_an_assumed_day_that_leaves_time_bounds_it_and_is_shown() -> None:
    story = heard(date(2026, 11, 16), TODAY, ATTESTED)
    file = story.case.deadline("file")
    # 16 November is day 1; Thanksgiving and Christmas out: day 30 is 29 December
    assert file is not None and (file.due, file.assumed) == (date(2026, 12, 29), True)
    assert not story.case.blocked and not story.case.escalated
    assert kinds(heard(date(2026, 11, 16), TODAY).events) == ["NegotiationOpened"]


def test_a_first_day_counts_from_the_day_it_arrived() -> None:
    # Texas: from 20 days after the receipt to 90 days after it
    fields: dict[str, Any] = {"service_state": "TX"}
    verdict = flagged(("N883",), notice_on=date(2026, 11, 16), arrived_on=TODAY)
    story = Story(ATTESTED, today=TODAY)
    story.receive(claim(**fields), remittance(("N883",)), verdict)
    assert story.case.forum == "state_process"
    file = story.case.deadline("file")
    assert file is not None
    assert (file.opens, file.until) == (date(2026, 12, 20), date(2027, 2, 14))


def test_an_assignment_found_later_files_nothing_while_the_day_is_wanted() -> None:
    story = heard(LONG_AGO, TODAY, assignment_of_benefits=False)
    decision = Commands(story.decider.rule_set, at(TODAY)).record_facts(story.case, assignment=True)
    assert decision.events == () and decision.state is not None
    assert decision.state.blocked == ("day_of_receipt",)


def test_what_passes_in_our_own_hands_is_still_missed() -> None:
    story = heard(date(2026, 11, 16), None, ATTESTED)
    missed = [e for e in story.until(date(2027, 12, 31)) if isinstance(e, AppealDecided)]
    # open negotiation, and after it the plan's appeal
    assert [(e.forum, e.outcome) for e in missed] == [("open_negotiation", "missed"), ("commercial_appeal", "missed")]


def test_two_years_of_history_open_nothing_that_is_out_of_time() -> None:
    """Twelve days of payments of two years, loaded on one: the first is open only for what the law leaves open."""
    days = [date(2024 + (6 + 2 * n) // 12, (6 + 2 * n) % 12 + 1, 10) for n in range(12)]  # July 2024 to May 2026
    days += [date(2026, 7, 10), date(2026, 9, 10), date(2026, 10, 21)]
    for day in days:
        for arrived in (None, TODAY):
            story = heard(day, arrived)
            begun = [e for e in story.events if isinstance(e, NegotiationOpened | AppealFiled)]
            in_time = (TODAY - day).days <= 180 and arrived is None
            if day == date(2026, 10, 21):  # day 30 is 3 December: Veterans Day and Thanksgiving out
                assert [type(e) for e in begun] == [NegotiationOpened]
            else:
                assert [type(e) for e in begun] == [AppealFiled] * in_time
            assert story.case.dispute is not None and story.case.dispute.target == Decimal("1200.00")
