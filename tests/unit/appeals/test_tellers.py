"""Who told a fact of an IDR dispute: a payer's word alone ends nothing, both versions stand, the earlier day counts."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from shared.decider import IllegalTransition
from shared.events.idr import IdrDetermined
from shared.events.payer import Reporter
from shared.events.pursuit import DeadlineNoticed, PursuitEnded
from tests.unit.appeals.cases import Story
from tests.unit.appeals.test_idr_as_told import (
    INITIATED,
    LAST_FOR_SELECTION,
    OFFERS_IF_ASSUMED,
    determination,
    due,
    initiated,
    take,
)
from tests.unit.appeals.test_pursuit import settled

# ten business days after 30 November: 1 to 4, 7 to 11, 14 December
OFFERS_OF_THE_PAYERS_DAY = date(2026, 12, 14)
TOLD: list[Reporter] = ["portal", "entity", "departments", "staff"]


def told(story: Story, prevailing: str, by: Reporter, on: date) -> None:
    answer = determination(story, on, prevailing)  # pyright: ignore[reportArgumentType]
    story.receive(msgspec.structs.replace(answer, reported_by=by), on=on)


def test_a_selection_that_the_payer_alone_names_is_as_good_as_assumed() -> None:
    story = initiated()
    story.until(date(2026, 12, 1))
    take(story, "entity_selected", date(2026, 11, 30), "payer")
    assert due(story, "offer") == (OFFERS_OF_THE_PAYERS_DAY, True) and "look at the portal" in story.case.escalated
    story.until(date(2026, 12, 28))
    assert ("offer", "missed") not in [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]
    take(story, "entity_selected", date(2026, 12, 28))
    assert due(story, "offer") == (date(2027, 1, 12), False) and story.case.escalated == ""


def test_of_an_assumed_day_and_the_payers_the_earlier_last_day_counts() -> None:
    story = initiated()
    story.until(date(2026, 12, 2))  # assumed: 1 December, offers due on the 15th
    take(story, "entity_selected", date(2026, 11, 30), "payer")
    assert due(story, "offer") == (OFFERS_OF_THE_PAYERS_DAY, True)
    story = initiated()
    story.until(date(2026, 12, 4))
    take(story, "entity_selected", date(2026, 12, 3), "payer")
    assert due(story, "offer") == (OFFERS_IF_ASSUMED, True) and story.case.entity_on == LAST_FOR_SELECTION


@pytest.mark.parametrize("by", TOLD)
def test_the_payers_day_moves_no_day_that_others_told_but_ours_is_the_earlier(by: Reporter) -> None:
    story = initiated()
    story.until(date(2026, 12, 3))
    take(story, "entity_selected", date(2026, 12, 3), by)  # offers due on 17 December
    take(story, "entity_selected", date(2026, 11, 30), "payer")
    offer = story.case.deadline("offer")
    assert offer is not None and (offer.due, offer.until) == (OFFERS_OF_THE_PAYERS_DAY, date(2026, 12, 17))
    assert "2026-11-30" in story.case.escalated and "2026-12-03" in story.case.escalated
    assert story.case.entity_on == date(2026, 12, 3) and not story.case.entity_assumed
    take(story, "offer_submitted", date(2026, 12, 3))
    assert story.case.stage == "determination"


def test_a_later_day_of_the_payers_leaves_ours() -> None:
    story = initiated()
    take(story, "entity_selected", INITIATED)
    before = due(story, "offer")
    story.until(date(2026, 12, 1))
    take(story, "entity_selected", date(2026, 12, 1), "payer")
    assert due(story, "offer") == before and "the payer says" in story.case.escalated


def test_a_defeat_that_the_payer_alone_tells_is_kept_for_a_person() -> None:
    story = initiated()
    story.until(date(2026, 12, 18))
    told(story, "payer", "payer", date(2026, 12, 18))
    assert story.case.live and story.case.determined_on is None
    (held,) = story.case.held
    assert held.open and "ask the entity" in held.why
    assert not [e for e in story.events if isinstance(e, IdrDetermined | PursuitEnded)]
    told(story, "provider", "entity", date(2026, 12, 18))
    assert story.case.stage == "agreement" and not any(item.open for item in story.case.held)


@pytest.mark.parametrize("by", ["entity", "portal", "staff", "payer"])
def test_an_award_to_us_is_believed_whoever_tells_it(by: Reporter) -> None:
    story = initiated()
    story.until(date(2026, 12, 18))
    told(story, "provider", by, date(2026, 12, 18))
    assert story.case.determined_on == date(2026, 12, 18) and not story.case.held


@pytest.mark.parametrize("by", [*TOLD, "payer"])
def test_nothing_told_reopens_what_was_settled(by: Reporter) -> None:
    story = initiated()
    story.receive(settled(), on=date(2026, 12, 1))
    ended = story.case.ended
    with pytest.raises(IllegalTransition, match="has ended"):
        take(story, "entity_selected", date(2026, 11, 30), by)
    told(story, "payer", by, date(2026, 12, 18))
    told(story, "provider", by, date(2026, 12, 18))
    assert story.case.ended == ended and not story.case.live
