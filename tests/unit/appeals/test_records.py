"""Records that a payer asks for: a day of their own beside every pursuit, told once, missed explicitly, never lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.settings import ALL_FORUMS
from shared.events.claims import ClaimVoided, RecordsQuestion, RecordsRequested
from shared.events.pursuit import DeadlineCorrected, DeadlineNoticed
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, denied, flagged, remittance

BY_HAND = Policy(attest=ALL_FORUMS)
FEDERAL = ("N864", "N877", "N859")


def asked(name: str = "r1", **fields: Any) -> RecordsRequested:
    values: dict[str, Any] = {
        "claim_id": CLAIM, "request_id": name, "received_on": NOTICE, "trace_number": "ICN1",
        "questions": (RecordsQuestion(category="R4", code="18842-5", code_list="LOI"),),
    }  # fmt: skip
    return RecordsRequested(**(values | fields))


def notices(events: list[Any]) -> list[tuple[str, str, date]]:
    return [(e.deadline, e.notice, e.due_on) for e in events if isinstance(e, DeadlineNoticed)]


def test_a_request_for_a_claim_that_nothing_was_decided_about_has_its_day() -> None:
    story = Story(BY_HAND)
    story.hear(claim())
    assert story.hear(asked(due_on=date(2026, 11, 20))) == []
    case = story.case
    assert (case.live, case.stage, case.filings) == (False, "watching", ())
    (item,) = case.deadlines
    assert (item.kind, item.due, item.ours) == ("records", date(2026, 11, 20), True)
    # five business days before: Friday 13 November, since Wednesday the 11th is Veterans Day
    told = notices(story.until(date(2026, 12, 1)))
    assert told == [
        ("records", "reminder", date(2026, 11, 20)),
        ("records", "escalation", date(2026, 11, 20)),
        ("records", "missed", date(2026, 11, 20)),
    ]
    assert (story.case.deadlines, story.case.wanted[0].lapsed, story.case.live) == ((), True, False)


def test_where_the_payer_names_no_day_the_law_gives_45() -> None:
    story = Story(BY_HAND)
    story.hear(claim(), asked())
    # 5 October + 45 days = 19 November 2026, a Thursday
    assert [(d.due, d.rule) for d in story.case.deadlines] == [(date(2026, 11, 19), "29 CFR 2560.503-1(f)(2)(iii)(B)")]


def test_a_day_on_a_weekend_is_kept_on_the_business_day_before_and_missed_once() -> None:
    story = Story(BY_HAND)
    story.hear(claim(), asked(due_on=date(2026, 11, 21)))  # a Saturday
    assert story.case.deadlines[0].due == date(2026, 11, 20)
    assert [kind for _, kind, _ in notices(story.until(date(2026, 12, 1)))] == ["reminder", "escalation", "missed"]
    assert story.case.wanted[0].lapsed


def test_a_pursuit_goes_its_way_and_leaves_the_deadline_standing() -> None:
    story = Story(Policy())
    story.hear(claim(), asked(due_on=date(2026, 12, 18)), remittance(FEDERAL))
    story.hear(flagged(FEDERAL))
    assert {d.kind for d in story.case.deadlines} == {"idr_window", "records"}
    story.until(date(2026, 12, 10))
    assert story.case.deadline("records") is not None
    plain = Story(Policy())
    plain.hear(claim(), remittance(FEDERAL))
    plain.hear(flagged(FEDERAL))
    plain.until(date(2026, 12, 10))
    assert [type(e) for e in story.events if getattr(e, "deadline", "") != "records"] == [type(e) for e in plain.events]


def test_a_request_during_a_pursuit_changes_no_step_of_it() -> None:
    story = Story(BY_HAND)
    story.hear(claim(), remittance(), denied("50"))
    before = story.case
    story.hear(asked(due_on=date(2026, 11, 20)))
    after = story.case
    assert (after.forum, after.stage, after.level, after.cause) == (before.forum, before.stage, before.level,
                                                                    before.cause)  # fmt: skip
    assert [d for d in after.deadlines if d.kind != "records"] == list(before.deadlines)
    decision, moved = Commands(story.fold.house, at(date(2026, 10, 8))).correct_notice(after, date(2026, 10, 6), "late")
    assert decision.state.deadline("records") is not None
    assert "records" not in {m.kind for m in moved}
    assert not any(isinstance(e, DeadlineCorrected) and e.deadline == "records" for e in decision.events)


def test_of_several_requests_the_first_day_stands_and_then_the_next() -> None:
    story = Story(BY_HAND)
    story.hear(claim(), asked("r1", due_on=date(2026, 12, 4)), asked("r2", due_on=date(2026, 11, 20)))
    assert [d.due for d in story.case.deadlines] == [date(2026, 11, 20)]
    told = notices(story.until(date(2026, 12, 31)))
    assert [(n, due.day) for _, n, due in told] == [
        ("reminder", 20), ("escalation", 20), ("missed", 20), ("reminder", 4), ("escalation", 4), ("missed", 4),
    ]  # fmt: skip


def test_the_same_request_heard_again_changes_nothing() -> None:
    story = Story(BY_HAND)
    story.hear(claim(), asked(due_on=date(2026, 11, 20)))
    before = story.case
    story.hear(asked(due_on=date(2026, 11, 20)))
    assert story.case == before


@pytest.mark.parametrize("first", [True, False])
def test_a_voided_claim_has_nothing_to_send(first: bool) -> None:
    story = Story(BY_HAND)
    story.hear(claim())
    voided = ClaimVoided(claim_id=CLAIM)
    story.hear(*((asked(), voided) if first else (voided, asked())))
    assert story.case.deadlines == ()
    assert story.until(date(2027, 3, 1)) == []
