"""Records that a payer asks for: a day of their own beside every pursuit, told once, missed explicitly, never lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec import structs

from services.appeals.domain.case import Enclosed, Policy
from services.appeals.domain.commands import Commands
from services.appeals.settings import ALL_FORUMS
from shared.decider import IllegalTransition
from shared.events.claims import ClaimVoided
from shared.events.pursuit import DeadlineCorrected, DeadlineNoticed, RecordsSent
from shared.events.records import RecordsAcknowledged, RecordsQuestion, RecordsRequested
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
    story.receive(claim())
    assert story.receive(asked(due_on=date(2026, 11, 20))) == []
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
    story.receive(claim(), asked())
    # 5 October + 45 days = 19 November 2026, a Thursday
    assert [(d.due, d.rule) for d in story.case.deadlines] == [(date(2026, 11, 19), "29 CFR 2560.503-1(f)(2)(iii)(B)")]


def test_a_day_on_a_weekend_is_kept_on_the_business_day_before_and_missed_once() -> None:
    story = Story(BY_HAND)
    story.receive(claim(), asked(due_on=date(2026, 11, 21)))  # a Saturday
    assert story.case.deadlines[0].due == date(2026, 11, 20)
    assert [kind for _, kind, _ in notices(story.until(date(2026, 12, 1)))] == ["reminder", "escalation", "missed"]
    assert story.case.wanted[0].lapsed


def test_a_pursuit_goes_its_way_and_leaves_the_deadline_standing() -> None:
    story = Story(Policy())
    story.receive(claim(), asked(due_on=date(2026, 12, 18)), remittance(FEDERAL))
    story.receive(flagged(FEDERAL))
    assert {d.kind for d in story.case.deadlines} == {"idr_window", "records"}
    story.until(date(2026, 12, 10))
    assert story.case.deadline("records") is not None
    plain = Story(Policy())
    plain.receive(claim(), remittance(FEDERAL))
    plain.receive(flagged(FEDERAL))
    plain.until(date(2026, 12, 10))
    assert [type(e) for e in story.events if getattr(e, "deadline", "") != "records"] == [type(e) for e in plain.events]


def test_a_request_during_a_pursuit_changes_no_step_of_it() -> None:
    story = Story(BY_HAND)
    story.receive(claim(), remittance(), denied("50"))
    before = story.case
    story.receive(asked(due_on=date(2026, 11, 20)))
    after = story.case
    assert (after.forum, after.stage, after.level, after.cause) == (before.forum, before.stage, before.level,
                                                                    before.cause)  # fmt: skip
    assert [d for d in after.deadlines if d.kind != "records"] == list(before.deadlines)
    decision, moved = Commands(story.decider.rule_set, at(date(2026, 10, 8))).correct_notice(
        after, date(2026, 10, 6), "late"
    )
    assert decision.state.deadline("records") is not None
    assert "records" not in {m.kind for m in moved}
    assert not any(isinstance(e, DeadlineCorrected) and e.deadline == "records" for e in decision.events)


def test_of_several_requests_the_first_day_stands_and_then_the_next() -> None:
    story = Story(BY_HAND)
    story.receive(claim(), asked("r1", due_on=date(2026, 12, 4)), asked("r2", due_on=date(2026, 11, 20)))
    assert [d.due for d in story.case.deadlines] == [date(2026, 11, 20)]
    told = notices(story.until(date(2026, 12, 31)))
    assert [(n, due.day) for _, n, due in told] == [
        ("reminder", 20), ("escalation", 20), ("missed", 20), ("reminder", 4), ("escalation", 4), ("missed", 4),
    ]  # fmt: skip


def test_the_same_request_heard_again_changes_nothing() -> None:
    story = Story(BY_HAND)
    story.receive(claim(), asked(due_on=date(2026, 11, 20)))
    before = story.case
    story.receive(asked(due_on=date(2026, 11, 20)))
    assert story.case == before


@pytest.mark.parametrize("first", [True, False])
def test_a_voided_claim_has_nothing_to_send(first: bool) -> None:
    story = Story(BY_HAND)
    story.receive(claim())
    voided = ClaimVoided(claim_id=CLAIM)
    story.receive(*((asked(), voided) if first else (voided, asked())))
    assert story.case.deadlines == ()
    assert story.until(date(2027, 3, 1)) == []


# --- the answer ---------------------------------------------------------------------------------------------------

RECORD = Enclosed(reference="chart-1", kind="medical_records", sha256="ab" * 32)


def open_request(**fields: Any) -> Story:
    story = Story(BY_HAND)
    story.receive(claim(), asked(due_on=date(2026, 11, 20), **fields))
    return story


def send(story: Story, *enclosed: Enclosed, on: date | None = None, today: date = NOTICE, name: str = "r1") -> Any:
    commands = Commands(story.decider.rule_set, at(today))
    decision = commands.send_records(story.case, name, enclosed or (RECORD,), on, "")
    story.state = decision.state
    story.events += decision.events
    (event,) = decision.events
    return event


def test_an_answer_takes_the_deadline_away_and_names_what_was_sent() -> None:
    story = open_request()
    event = send(story)
    assert isinstance(event, RecordsSent)
    assert (event.number, event.request_ids, event.sent_on, event.late) == (1, ("r1",), NOTICE, False)
    assert [(d.kind, d.sha256) for d in event.documents] == [("medical_records", "ab" * 32)]
    case = story.case
    assert case.deadlines == () and case.wanted[0].answered_by == case.key_of(case.responses[0])
    assert case.filings == () and not case.live, "no step of a pursuit"
    assert story.until(date(2027, 1, 1)) == []


def test_what_is_no_answer_is_refused() -> None:
    several = (RecordsQuestion(category="R4", code="1-1"), RecordsQuestion(category="R4", code="2-2"))
    for story, enclosed, on, name, why in (
        (open_request(), (RECORD,), None, "r9", "no such request"),
        (open_request(), (RECORD,), date(2026, 10, 4), "r1", "asked for on 2026-10-05"),
        (open_request(), (RECORD,), date(2026, 10, 6), "r1", "lies in the future"),
        (open_request(), (structs.replace(RECORD, asked="9-9"),), None, "r1", "did not ask 9-9"),
        (open_request(questions=several), (RECORD,), None, "r1", "several questions"),
    ):
        with pytest.raises(IllegalTransition, match=why):
            send(story, *enclosed, on=on, name=name)
    answered = open_request()
    send(answered)
    with pytest.raises(IllegalTransition, match="is answered"):
        send(answered)


def test_records_may_be_sent_late_and_say_so() -> None:
    story = open_request()
    story.until(date(2026, 12, 1))
    assert send(story, today=date(2026, 12, 1)).late
    assert story.case.wanted[0].answered_by and story.case.escalated == ""


def test_a_rejected_interchange_opens_the_request_again_and_another_answer_closes_it() -> None:
    story = open_request()
    send(story)
    key = story.case.wanted[0].answered_by
    said = RecordsAcknowledged(claim_id=CLAIM, key=key, control_number="000000007", accepted=False,
                               received_on=NOTICE, codes=("IK5 R", "IK502 5"))  # fmt: skip
    story.receive(structs.replace(said, accepted=True))
    assert story.case.wanted[0].answered_by == key and story.case.deadlines == ()
    story.receive(said)
    wanted = story.case.wanted[0]
    assert (wanted.open, wanted.refused) == (True, "IK5 R, IK502 5")
    assert [d.kind for d in story.case.deadlines] == ["records"] and "000000007" in story.case.escalated
    assert send(story).number == 2
    assert (story.case.escalated, story.case.deadlines) == ("", ())
    story.receive(said)
    assert story.case.wanted[0].answered_by == story.case.key_of(story.case.responses[1]), "the old answer's word"


def test_a_word_about_a_filing_nobody_made_changes_nothing() -> None:
    story = open_request()
    before = story.case
    story.receive(RecordsAcknowledged(claim_id=CLAIM, key="x", control_number="1", accepted=False, received_on=NOTICE))
    assert story.case == before
