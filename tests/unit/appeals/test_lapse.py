"""A right given up for time that was kept: by a filing sent in time, or by a day of receipt that leaves it open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from services.appeals.domain.commands import Commands
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.filing import give_up
from services.appeals.domain.forums.registry import forum_in
from shared.decider import IllegalTransition
from shared.events.base import Event
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealFiled, DeadlineCorrected, NegotiationOpened, PursuitEnded, PursuitResumed
from tests.unit.appeals.cases import NOTICE, Story, at, denied, flagged
from tests.unit.appeals.steps_by_hand import OFFICE
from tests.unit.appeals.test_days_that_cannot_be import second_level
from tests.unit.appeals.test_held_answers import closed
from tests.unit.appeals.test_pursuit import FEDERAL, begun, settled
from tests.unit.appeals.test_receipt import LONG_AGO, TODAY, heard, state_the_day
from tests.unit.appeals.test_steps import RUNGS
from tests.unit.appeals.test_tasks import BY_HAND

APPEALED = flagged(())  # the verdict that comes again when the claim is judged again
FEDERALLY = flagged(FEDERAL)

# the case, the verdict, the last day, the day after it, and the event that tells of the filing
MISSED: dict[str, tuple[Callable[[], Story], Event, date, type[Event], int]] = {
    "plan's appeal": (RUNGS["commercial_appeal", "prepare"], APPEALED, date(2027, 4, 3), AppealFiled, 1),  # 180 days
    "open negotiation": (
        lambda: begun(policy=BY_HAND), FEDERALLY, date(2026, 11, 17), NegotiationOpened, 1,  # 30 business days
    ),
    "second level": (second_level, denied("50"), date(2027, 1, 1), AppealFiled, 2),  # 60 days from 2 November
    "federal idr": (RUNGS["federal_idr", "prepare"], FEDERALLY, date(2026, 11, 23), IdrInitiated, 1),
}  # fmt: skip


def attest(story: Story, on: date, reference: str = "M-1") -> list[Event]:
    decided = Commands(story.decider.rule_set, at(story.today)).attest_filing(story.case, on, reference)
    story.state, events = decided.state, list(decided.events)
    story.events += events
    return events


def given_up(story: Story) -> None:
    """As a release before left a filing that was not made in time: the pursuit ended with it, whatever was open."""
    builder = DecisionBuilder(story.decider.rule_set, story.case, story.today)
    item, forum = story.case.deadline("file"), forum_in(story.case)
    assert item is not None and forum is not None
    give_up(builder, forum, item.until, f"not filed by {item.until.isoformat()}", item.rule)
    decided = builder.decision()
    story.state, story.events = decided.state, [*story.events, *decided.events]


def missed(name: str) -> tuple[Story, Event, date, type[Event], int]:
    make, verdict, last, kind, level = MISSED[name]
    story = make()
    if kind in (NegotiationOpened, IdrInitiated):
        story.until(last)
        story.today = date.fromordinal(last.toordinal() + 10)
        given_up(story)
    else:
        story.until(date.fromordinal(last.toordinal() + 10))
    assert story.case.stage == "ended" and isinstance(story.events[-1], PursuitEnded)
    story.receive(closed("pursuit_ended"))
    return story, verdict, last, kind, level


def test_the_negotiation_stands_where_idr_goes_on() -> None:
    """45 CFR 149.510(b)(2)(i): IDR is initiated after open negotiation; the claim, reopened, is told of it first."""
    story, verdict, last, _, _ = missed("federal idr")
    attest(story, last)
    negotiated, initiated = story.receive(verdict)
    assert isinstance(negotiated, NegotiationOpened) and isinstance(initiated, IdrInitiated)
    assert negotiated.notice_on == NOTICE and negotiated.case_id == initiated.case_id


@pytest.mark.parametrize("days", [0, 1])
@pytest.mark.parametrize("name", MISSED)
def test_a_filing_sent_in_time_and_told_after_the_miss_is_taken(name: str, days: int) -> None:
    story, verdict, last, kind, level = missed(name)
    on, case_id = date.fromordinal(last.toordinal() - days), story.case.case_id
    (resumed,) = attest(story, on)
    assert isinstance(resumed, PursuitResumed) and on.isoformat() in resumed.reason
    events = story.receive(verdict)
    (filed,) = [e for e in events if isinstance(e, kind)]
    assert getattr(filed, "level", 1) == level and filed.case_id == case_id  # type: ignore[attr-defined]
    assert story.case.filings[-1].filed_on == on and story.case.filings[-1].reference == "M-1"
    assert story.case.live and story.case.ended == "" and story.case.lapsed is None and story.case.proof is None
    with pytest.raises(IllegalTransition):
        attest(story, on)


@pytest.mark.parametrize("name", MISSED)
def test_one_sent_too_late_is_refused_and_nothing_goes_on(name: str) -> None:
    story, _, last, _, _ = missed(name)
    before = story.case
    for on, why in ((date.fromordinal(last.toordinal() + 1), "the time ended on"), (date(2020, 1, 1), "before")):
        with pytest.raises(IllegalTransition, match=why):
            attest(story, on)
    with pytest.raises(IllegalTransition, match="reference"):
        attest(story, last, " ")
    assert story.case == before


def test_what_was_blocked_is_not_filed_by_a_word_alone() -> None:
    story = begun(assignment_of_benefits=False, **OFFICE)
    story.until(date(2027, 4, 10))
    with pytest.raises(IllegalTransition, match="assignment_of_benefits"):
        attest(story, date(2026, 11, 2))


@pytest.mark.parametrize("how", ["settled", "given up", "won"])
def test_what_ended_otherwise_does_not_go_on(how: str) -> None:
    story = RUNGS["commercial_appeal", "prepare"]()
    if how == "given up":
        story.today = date(2026, 11, 10)
        story.state = Commands(story.decider.rule_set, at(NOTICE)).withdraw(story.case, "not worth it").state
    else:
        story.until(date(2027, 4, 10))
        story.receive(settled() if how == "settled" else closed())
    with pytest.raises(IllegalTransition, match="has ended"):
        attest(story, date(2026, 11, 2))


def test_a_corrected_receipt_opens_what_was_barred() -> None:
    verdict = flagged(FEDERAL, notice_on=LONG_AGO)
    story = heard(LONG_AGO, None)
    story.receive(closed("pursuit_ended"))
    with pytest.raises(IllegalTransition, match="correct that day first"):
        attest(story, TODAY)
    corrected, resumed = state_the_day(story, date(2026, 11, 20))
    # 20 November is day 1; Thanksgiving, Christmas and New Year's Day out: day 30 is 5 January. The appeal: 180 days
    assert isinstance(corrected, DeadlineCorrected) and isinstance(resumed, PursuitResumed)
    assert (corrected.was_on, corrected.due_on) == (date(2025, 1, 6), date(2027, 5, 19))
    (opened,) = story.receive(verdict)
    assert isinstance(opened, NegotiationOpened)
    assert story.case.dispute is not None and story.case.dispute.notice_on == date(2026, 11, 20)


def test_a_corrected_receipt_by_which_it_is_barred_too_opens_nothing() -> None:
    story = heard(LONG_AGO, None)
    story.receive(closed("pursuit_ended"))
    before = story.case
    with pytest.raises(IllegalTransition, match="had to be filed by 2025-01-11"):  # 180 days from 15 July 2024
        state_the_day(story, date(2024, 7, 15))
    assert story.case == before


def test_a_corrected_receipt_opens_what_we_missed_too() -> None:
    story = RUNGS["commercial_appeal", "prepare"]()
    story.until(date(2027, 4, 10))  # 180 days from 5 October had ended on 3 April
    story.receive(closed("pursuit_ended"))
    events = state_the_day(story, date(2026, 11, 2), date(2027, 4, 10))
    assert isinstance(events[-1], PursuitResumed)
    story.receive(APPEALED)
    item = story.case.deadline("file")
    assert item is not None and item.until == date(2027, 5, 1)  # 180 days from 2 November, a Saturday
    assert story.case.stage == "prepare"
