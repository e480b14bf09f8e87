"""A filing that is said to have gone out before what it is about, and a payer's day that cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from services.appeals.domain.commands import Commands
from services.appeals.settings import ALL_FORUMS
from shared.decider import IllegalTransition
from tests.unit.appeals.cases import NOTICE, Story, at, claim, denied
from tests.unit.appeals.steps_by_hand import OFFICE, attest
from tests.unit.appeals.test_collection import unpaid
from tests.unit.appeals.test_pursuit import begun, decision
from tests.unit.appeals.test_records import asked
from tests.unit.appeals.test_steps import RUNGS
from tests.unit.appeals.test_tasks import BY_HAND


def second_level() -> Story:
    """Level 1 attested for 5 October, upheld on 2 November."""
    story = begun(policy=BY_HAND, verdict=denied("50"), **OFFICE)
    story.state = Commands(story.decider.rule_set, at(NOTICE)).attest_filing(story.case, NOTICE, "M-1").state
    story.receive(decision(story, "upheld", date(2026, 11, 2)), on=date(2026, 11, 4))
    return story


# the case, today, the first day that can be, and what lies behind it
EARLIEST: dict[str, tuple[Callable[[], Story], date, date, str]] = {
    "plan's appeal": (RUNGS["commercial_appeal", "prepare"], date(2026, 11, 10), NOTICE, "the receipt on 2026-10-05"),
    "corrected claim": (RUNGS["corrected_claim", "prepare"], date(2026, 11, 10), NOTICE, "the receipt on 2026-10-05"),
    "open negotiation": (RUNGS["open_negotiation", "prepare"], date(2026, 11, 10), NOTICE, "the receipt on"),
    "second level": (second_level, date(2026, 11, 10), date(2026, 11, 2), "the answer of 2026-11-02"),
    "external review": (RUNGS["external_review", "prepare"], date(2026, 12, 10), date(2026, 12, 2), "the answer of"),
    # 30 business days from 5 October end on 17 November if that is day 1: the window opens on the 18th at the earliest
    "federal idr": (RUNGS["federal_idr", "prepare"], date(2026, 11, 20), date(2026, 11, 18), "before"),
    "demand": (lambda: unpaid(attest=ALL_FORUMS), date(2026, 12, 10), date(2026, 11, 2), "the settlement of"),
}


@pytest.mark.parametrize("name", EARLIEST)
def test_a_filing_before_what_it_is_about_is_refused_and_on_that_day_taken(name: str) -> None:
    make, today, first, why = EARLIEST[name]
    story = make()
    commands = Commands(story.decider.rule_set, at(today))
    for early in (date.fromordinal(first.toordinal() - 1), date(2020, 1, 1)):
        with pytest.raises(IllegalTransition, match=why):
            commands.attest_filing(story.case, early, "proof")
    assert commands.attest_filing(story.case, first, "proof").state.filings[-1].filed_on == first


def test_a_shared_filing_before_the_window_is_refused_too() -> None:
    story = begun(policy=attest("federal_idr"))
    story.until(date(2026, 11, 20))
    commands = Commands(story.decider.rule_set, at(date(2026, 11, 20)))
    with pytest.raises(IllegalTransition, match=r"not before 2026-11-18; 45 CFR 149\.510\(b\)\(2\)\(i\)"):
        commands.file_in_batch(story.case, date(2026, 11, 17), "DISP-1", None)


@pytest.mark.parametrize(
    ("payers", "due", "kept"),
    [
        (date(2026, 10, 5), date(2026, 10, 5), True),
        (date(2026, 12, 20), date(2026, 12, 18), True),  # a Sunday: kept on the Friday
        (date(2026, 10, 4), date(2026, 11, 19), False),  # 45 days from 5 October
        (date(2020, 1, 1), date(2026, 11, 19), False),
        (date(2099, 12, 31), date(2026, 11, 19), False),
    ],
)
def test_a_payers_day_for_records_that_cannot_be_meant_does_not_take_the_laws(
    payers: date, due: date, kept: bool
) -> None:
    story = Story(BY_HAND)
    story.receive(claim(), asked(due_on=payers))
    (item,) = story.case.deadlines
    assert item.due == due
    assert ("cannot be meant" in item.rule) != kept and (kept or payers.isoformat() in item.rule)
