"""Lines that the filed case does not cover: a person appeals for them, or says why not, and the date is dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from services.appeals.domain.commands import Commands
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.assessment import DisputeWidened
from shared.events.pursuit import DeadlineNoticed
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, flagged
from tests.unit.appeals.test_pursuit import FEDERAL, begun

TOLD = date(2026, 10, 12)  # the payer denies a line a week after the negotiation began
# 180 days from 12 October: 19 + 30 + 31 + 31 + 28 + 31 = 170 to the end of March; 10 April is a Saturday
LAST, PLANNED = date(2027, 4, 10), date(2027, 4, 9)


def widened() -> Story:
    """Widened by a line that the payer does not name by its number: it cannot be told from the others as a dispute."""
    story = begun()
    line = msgspec.structs.replace(
        flagged(FEDERAL).lines[0], line=0, verdict="denied", allowed=Decimal("0.00"), paid=Decimal("0.00")
    )
    event = DisputeWidened(
        claim_id=CLAIM, remittance_id="33333333-3333-5333-8333-333333333333", allowed=Decimal("0.00"),
        floor=Decimal("700.00"), target=Decimal("700.00"), stretch=Decimal("700.00"), notice_on=TOLD, lines=(line,),
        carcs=("50",),
    )  # fmt: skip
    story.receive(event, on=TOLD)
    return story


@dataclass
class Told:
    """What a person says, and when."""

    on: date | None
    today: date
    reference: str = "M-7012"


def say(story: Story, told: Told) -> None:
    story.until(told.today)
    decided = Commands(story.decider.rule_set, at(told.today)).further_lines(story.case, told.on, told.reference)
    story.state, story.events = decided.state, [*story.events, *decided.events]


def of_lines(story: Story) -> list[tuple[str, date]]:
    return [(d.kind, d.due) for d in story.case.deadlines if d.kind.startswith("further")]


def test_an_appeal_for_the_lines_takes_their_date_and_waits_for_its_decision() -> None:
    story = widened()
    assert of_lines(story) == [("further_lines", PLANNED)]
    before = story.case
    say(story, Told(date(2026, 11, 2), date(2026, 11, 4)))
    # 60 days from 2 November (29 CFR 2560.503-1(i)(2)(iii)(A)): 28 + 31 = 59 to the end of the year
    assert of_lines(story) == [("further_decision", date(2027, 1, 1))]
    assert (story.case.stage, story.case.forum, story.case.filings) == (before.stage, before.forum, before.filings)
    assert story.case.further_filed is not None and story.case.further_filed.on == date(2026, 11, 2)
    assert "further_lines" not in {task.kind for task in tasks(story.case)}
    story.until(date(2027, 1, 4))
    (task,) = [task for task in tasks(story.case) if task.kind == "further_decision"]
    assert task.task.startswith("ask for the decision on the lines") and task.day == date(2027, 1, 1)
    say(story, Told(None, date(2027, 1, 5)))
    assert of_lines(story) == [] and story.case.further_due is None


def test_a_person_says_why_no_appeal_is_made() -> None:
    story = widened()
    say(story, Told(None, TOLD))
    assert of_lines(story) == []
    story.until(date(2027, 6, 1))
    assert [e for e in story.events if isinstance(e, DeadlineNoticed) and e.deadline.startswith("further")] == []
    with pytest.raises(IllegalTransition, match="none wait"):
        say(story, Told(None, date(2027, 6, 1)))


def test_the_date_stands_through_the_steps_of_the_case_and_its_appeal_does_too() -> None:
    story = widened()
    story.until(date(2026, 11, 25))  # the window for IDR opened, and it was initiated
    assert story.case.forum == "federal_idr" and of_lines(story) == [("further_lines", PLANNED)]
    say(story, Told(date(2026, 11, 25), date(2026, 11, 25)))
    story.until(date(2026, 12, 20))
    assert [kind for kind, _ in of_lines(story)] == ["further_decision"]


@pytest.mark.parametrize("on", [LAST, date(2026, 10, 12)])
def test_one_that_was_sent_in_time_and_told_after_the_miss_is_taken(on: date) -> None:
    story = widened()
    story.until(date(2027, 4, 12))
    assert of_lines(story) == [] and "lines not appealed" in story.case.escalated
    say(story, Told(on, date(2027, 4, 13)))
    assert [kind for kind, _ in of_lines(story)] == ["further_decision"] and story.case.escalated == ""


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Told(date(2027, 4, 11), date(2027, 4, 12)), "the time ended on 2027-04-10"),
        (Told(date(2026, 10, 11), date(2026, 11, 4)), "came on 2026-10-12"),
        (Told(date(2026, 11, 5), date(2026, 11, 4)), "in the future"),
        (Told(date(2026, 11, 2), date(2026, 11, 4), " "), "a reference or proof"),
    ],
)
def test_what_cannot_be_is_refused(told: Told, why: str) -> None:
    with pytest.raises(IllegalTransition, match=why):
        say(widened(), told)


def test_where_no_lines_wait_there_is_nothing_to_say() -> None:
    for told in (Told(NOTICE, NOTICE), Told(None, NOTICE)):
        with pytest.raises(IllegalTransition, match="none wait"):
            say(begun(), told)
