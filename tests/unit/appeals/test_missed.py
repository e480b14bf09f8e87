"""A filing that was not made in time costs the right that ended, and no other: the plan's appeal is taken with the days
it has left, and a filing attested later as sent in time takes the case back.

The payment or denial came on 5 October 2026; the plan's appeal is open for 180 days, until Saturday 3 April 2027.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.base import Event
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineNoticed, NegotiationOpened, PursuitEnded
from shared.forums import Forum
from tests.unit.appeals.cases import Story, at, claim, denied, remittance
from tests.unit.appeals.steps_by_hand import attest
from tests.unit.appeals.test_pursuit import begun

APPEAL_UNTIL = date(2027, 4, 3)
D = date.fromisoformat

# by whom nothing is filed, the case, and the last day by its rule
MISSED: dict[Forum, tuple[Callable[..., Story], date, type[Event]]] = {
    # 30 business days beginning on 5 October, Columbus Day and Veterans Day out
    "open_negotiation": (begun, D("2026-11-17"), NegotiationOpened),
    # notice of 5 October: day 30 is 17 November by one reading and the 18th by the other; four business days from then
    "federal_idr": (begun, D("2026-11-23"), IdrInitiated),
    # Texas: 90 days, Sunday 3 January
    "state_process": (
        lambda **more: begun(remarks=("N858",), service_state="TX", **more), D("2027-01-03"), AppealFiled,
    ),
    # 90 days
    "corrected_claim": (lambda **more: begun(remarks=(), verdict=denied("16"), **more), D("2027-01-03"), AppealFiled),
}  # fmt: skip


def missed(forum: Forum, *others: Forum) -> tuple[Story, date, type[Event]]:
    make, last, kind = MISSED[forum]
    story = make(policy=attest(forum, *others))
    story.until(date.fromordinal(last.toordinal() + 1))
    return story, last, kind


@pytest.mark.parametrize("forum", MISSED)
def test_the_case_goes_on_to_the_plans_appeal_with_the_days_left(forum: Forum) -> None:
    story, last, _ = missed(forum, "commercial_appeal")
    case = story.case
    assert (case.forum, case.level, case.stage) == ("commercial_appeal", 1, "prepare")
    item = case.deadline("file")
    assert item is not None and item.until == APPEAL_UNTIL
    left = (APPEAL_UNTIL - story.today).days
    assert last.isoformat() in case.escalated and f"{left} days are left" in case.escalated
    (decided,) = [e for e in story.events if isinstance(e, AppealDecided)]
    assert (decided.forum, decided.outcome, decided.exhausted) == (forum, "missed", False)
    assert not [e for e in story.events if isinstance(e, PursuitEnded)]
    said = [e.due_on for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
    assert last in said, "the miss is said all the same"
    assert any(last.isoformat() in task.why for task in tasks(case))


@pytest.mark.parametrize("forum", MISSED)
def test_where_the_service_files_by_itself_it_appeals_at_once(forum: Forum) -> None:
    story, last, _ = missed(forum)
    filed = story.events[-1]
    assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal"
    assert filed.filed_on == date.fromordinal(last.toordinal() + 1)


@pytest.mark.parametrize("appealed", [False, True])
@pytest.mark.parametrize("forum", MISSED)
def test_a_filing_attested_later_as_sent_in_time_goes_before_the_appeal(forum: Forum, appealed: bool) -> None:
    story, last, kind = missed(forum, *(() if appealed else ("commercial_appeal",)))
    commands = Commands(story.decider.rule_set, at(story.today))
    with pytest.raises(IllegalTransition, match="the time ended on"):
        commands.attest_filing(story.case, story.today, "M-1", "", forum)
    with pytest.raises(IllegalTransition, match="lies before"):
        commands.attest_filing(story.case, D("2026-10-01"), "M-1", "", forum)
    decided = commands.attest_filing(story.case, last, "M-1", "", forum)
    assert any(isinstance(e, kind) for e in decided.events)
    filing = decided.state.filings[-1]
    assert (filing.forum, filing.filed_on, filing.reference) == (forum, last, "M-1")
    assert decided.state.forum == forum and decided.state.live and decided.state.lapsed is None
    with pytest.raises(IllegalTransition, match="no filing in"):
        Commands(story.decider.rule_set, at(story.today)).attest_filing(decided.state, last, "M-2", "", forum)


def test_what_was_not_missed_is_not_attested_as_given_up() -> None:
    story = begun(policy=attest("open_negotiation"))
    commands = Commands(story.decider.rule_set, at(story.today))
    with pytest.raises(IllegalTransition, match="no filing in"):
        commands.attest_filing(story.case, story.today, "M-1", "", "federal_idr")


def test_where_the_appeal_is_over_too_the_pursuit_ends() -> None:
    """Florida: twelve months, 5 October 2027; the plan's appeal ended in April."""
    story = begun(remarks=("N858",), service_state="FL", policy=Policy(attest=frozenset(("state_process",))))
    assert story.case.forum == "state_process"
    story.until(D("2027-10-10"))
    assert story.case.stage == "ended" and "not filed by" in story.case.ended
    (decided,) = [e for e in story.events if isinstance(e, AppealDecided)]
    assert decided.exhausted


def test_an_appeal_that_was_missed_too_ends_the_pursuit_once() -> None:
    story, *_ = missed("open_negotiation", "commercial_appeal")
    story.until(D("2027-04-10"))
    assert story.case.stage == "ended"
    assert sum(isinstance(e, PursuitEnded) for e in story.events) == 1
    assert [e.exhausted for e in story.events if isinstance(e, AppealDecided)] == [False, True]


def test_a_corrected_claim_that_is_over_when_it_comes_leaves_the_appeal() -> None:
    """Received on 10 July 2026: 90 days ended on 8 October, 180 days end on 6 January 2027."""
    story = Story(today=D("2026-10-20"))
    story.receive(claim(), remittance(), denied("16", notice_on=D("2026-07-10")))
    assert story.case.forum == "commercial_appeal" and story.case.live
