"""What the IDR entity asks for, 45 CFR 149.510(c)(4)(i)(A)(2): a day beside the steps, which takes no right away.

IDR was initiated on Friday 20 November 2026; Thursday the 26th is Thanksgiving.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.appeals.domain.extensions import Extension
from services.appeals.domain.tasks import tasks
from shared.events.pursuit import DeadlineCorrected, DeadlineNoticed
from tests.unit.appeals.cases import Story
from tests.unit.appeals.test_idr_as_told import determination, due, initiated, take
from tests.unit.appeals.test_idr_entity import refused, tell
from tests.unit.appeals.test_pursuit import settled

D = date.fromisoformat
ASKED, BY = D("2026-12-02"), D("2026-12-09")


def asked(**more: Any) -> Story:
    story = initiated()
    story.until(ASKED)
    tell(story, "selected", D("2026-12-01"))
    tell(story, "information_asked", ASKED, **({"reference": "RFI-1", "due_on": BY, "reported_by": "entity"} | more))
    return story


def test_it_has_its_day_and_task_beside_the_offer() -> None:
    story = asked()
    assert due(story, "information") == (BY, False)
    assert due(story, "offer") == (D("2026-12-15"), False), "ten business days from 1 December"
    assert "what it asked for" in next(t.task for t in tasks(story.case) if t.kind == "information")
    tell(story, "offered", ASKED)
    assert due(story, "information") == (BY, False), "no step takes it away"
    story.until(D("2026-12-08"))
    tell(story, "information_sent", D("2026-12-08"), reference="RFI-1")
    assert story.case.deadline("information") is None and story.case.stage == "determination"
    story.until(D("2026-12-20"))
    assert not [e for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]


# where the entity named no day: five business days, our own period, marked as assumed
@pytest.mark.parametrize(
    ("on", "until"), [("2026-12-02", "2026-12-09"), ("2026-11-23", "2026-12-01"), ("2026-12-18", "2026-12-28")]
)
def test_without_a_day_ours_is_taken_and_said_to_be_assumed(on: str, until: str) -> None:
    story = initiated()
    story.until(D(on))
    tell(story, "information_asked", D(on), reference="RFI-1")
    assert due(story, "information") == (D(until), True)
    assert any("the entity named no day" in task.why for task in tasks(story.case) if task.kind == "information")


def test_a_day_that_passes_is_said_once_and_the_dispute_goes_on() -> None:
    story = asked()
    tell(story, "offered", ASKED)
    story.until(D("2026-12-20"))
    said = [
        (e.notice, e.due_on) for e in story.events if isinstance(e, DeadlineNoticed) and e.deadline == "information"
    ]
    assert said == [("reminder", BY), ("escalation", BY), ("missed", BY)]
    assert story.case.stage == "determination" and story.case.deadline("information") is None
    assert "not recorded as sent" in story.case.escalated
    tell(story, "information_sent", D("2026-12-20"), reference="RFI-1")
    assert "after 2026-12-09" in story.case.escalated, "a person asks whether it counts"


def test_sent_in_time_and_told_late_leaves_nothing_to_ask() -> None:
    story = asked()
    story.until(D("2026-12-20"))
    tell(story, "information_sent", D("2026-12-09"), reference="RFI-1")
    assert story.case.escalated == ""


def test_another_day_for_the_same_request_moves_it() -> None:
    story = asked()
    tell(story, "information_asked", ASKED, reference="RFI-1", due_on=D("2026-12-16"))
    assert due(story, "information") == (D("2026-12-16"), False) and len(story.case.information) == 1
    moved = [e for e in story.events if isinstance(e, DeadlineCorrected)][-1]
    assert (moved.deadline, moved.was_on, moved.due_on) == ("information", BY, D("2026-12-16"))
    events = len(story.events)
    tell(story, "information_asked", ASKED, reference="RFI-1", due_on=D("2026-12-16"))
    assert len(story.events) == events, "told twice"


def test_an_extension_moves_it_with_its_proof() -> None:
    story = asked()
    take(story, "extend", Extension(step="information", until=D("2026-12-23"), approved_on=ASKED, reference="e-mail"))
    assert due(story, "information") == (D("2026-12-23"), False)
    assert story.case.extensions[-1].reference == "e-mail"
    story.until(D("2026-12-10"))
    assert story.case.deadline("information") is not None


def test_of_two_requests_the_first_is_due_and_then_the_second() -> None:
    story = asked()
    tell(story, "information_asked", ASKED, reference="RFI-2", due_on=D("2026-12-04"))
    assert due(story, "information") == (D("2026-12-04"), False)
    tell(story, "information_sent", ASKED, reference="RFI-2")
    assert due(story, "information") == (BY, False)


def test_a_request_that_is_missed_leaves_the_others_their_days() -> None:
    story = asked()
    tell(story, "information_asked", ASKED, reference="RFI-2", due_on=D("2026-12-04"))
    story.until(D("2026-12-05"))
    assert "2026-12-04" in story.case.escalated
    assert due(story, "information") == (BY, False)
    story.until(D("2026-12-10"))
    missed = [e.due_on for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
    assert missed == [D("2026-12-04"), BY]
    tell(story, "information_sent", D("2026-12-09"), reference="RFI-1")
    assert "asked for by 2026-12-04 is not" in story.case.escalated, "the other is still not sent"


def test_one_that_is_sent_late_leaves_the_other_before_a_person() -> None:
    story = asked()
    tell(story, "information_asked", ASKED, reference="RFI-2", due_on=D("2026-12-04"))
    story.until(D("2026-12-10"))
    tell(story, "information_sent", D("2026-12-10"), reference="RFI-1")
    assert "after 2026-12-09" in story.case.escalated
    assert "asked for by 2026-12-04 is not" in story.case.escalated


def test_whether_a_day_is_assumed_belongs_to_its_request() -> None:
    story = asked()
    tell(story, "information_asked", ASKED, reference="RFI-2")  # five business days: 9 December, as the first
    tell(story, "information_asked", ASKED, reference="RFI-3", due_on=D("2026-12-04"))
    assert due(story, "information") == (D("2026-12-04"), False)
    tell(story, "information_sent", ASKED, reference="RFI-3")
    tell(story, "information_sent", ASKED, reference="RFI-1")
    assert due(story, "information") == (BY, True), "the entity named no day for what is left"


def test_an_extension_belongs_to_its_request_and_hides_no_other() -> None:
    story = asked()
    tell(story, "information_asked", ASKED, reference="RFI-2", due_on=D("2026-12-16"))
    take(story, "extend", Extension(step="information", until=D("2026-12-23"), approved_on=ASKED, reference="e-mail"))
    assert due(story, "information") == (D("2026-12-16"), False), "the second request has no extension"
    tell(story, "information_sent", ASKED, reference="RFI-2")
    assert due(story, "information") == (D("2026-12-23"), False)
    later = story.case.deadline("information")
    assert later is not None and "149.510(g)" in later.rule


@pytest.mark.parametrize("end", ["determined", "settled", "closed"])
def test_the_end_of_the_dispute_ends_the_request(end: str) -> None:
    story = asked()
    if end == "determined":
        story.receive(determination(story, ASKED))
    elif end == "settled":
        story.receive(settled())
    else:
        tell(story, "closed", ASKED, outcome="dismissed")
    assert story.case.deadline("information") is None and story.case.information_due is None
    assert "does not stand in IDR" in refused(story, "information_asked", ASKED, reference="RFI-9")


def test_a_dispute_that_is_opened_again_has_its_request_again() -> None:
    story = asked()
    tell(story, "closed", ASKED, outcome="dismissed")
    assert story.case.deadline("information") is None
    tell(story, "reopened", ASKED)
    assert due(story, "information") == (BY, False)


@pytest.mark.parametrize(
    ("what", "on", "more", "why"),
    [
        ("information_asked", ASKED, {"reference": " "}, "name the request"),
        ("information_asked", D("2026-12-03"), {"reference": "RFI-2"}, "lies in the future"),
        ("information_asked", ASKED, {"reference": "RFI-2", "due_on": D("2026-12-01")}, "cannot be due before"),
        ("information_sent", ASKED, {"reference": "RFI-2"}, "asked for nothing under RFI-2"),
        ("information_sent", D("2026-12-01"), {"reference": "RFI-1"}, "this day cannot be"),
    ],
)
def test_what_cannot_be_is_refused(what: str, on: date, more: dict[str, Any], why: str) -> None:
    story = asked()
    assert why in refused(story, what, on, **more)
