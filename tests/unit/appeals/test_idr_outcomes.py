"""How IDR ends without a determination, and what follows: the fee that comes back, the resubmission, the next forum."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.idr_outcomes import Closure
from services.appeals.domain.idr_reports import IdrReport
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.idr import IdrClosed, IdrInitiated, IdrOutcome, IdrReopened
from shared.events.pursuit import AppealFiled, DeadlineNoticed, PursuitEnded
from tests.unit.appeals.cases import Story
from tests.unit.appeals.test_idr_as_told import INITIATED, determination, due, initiated, take
from tests.unit.appeals.test_pursuit import begun, settled

FOUND = date(2026, 12, 10)
ENTITY_FEE = Decimal("520.00")  # the middle of 200 to 840 dollars, 88 FR 88494
APPEAL_UNTIL = date(2027, 4, 3)  # 180 days after 5 October 2026
OUTCOMES: list[IdrOutcome] = ["ineligible", "withdrawn", "fees_unpaid", "dismissed"]
RESENT: list[IdrOutcome] = ["improperly_batched", "improperly_bundled"]


def close(story: Story, outcome: IdrOutcome, on: date = FOUND, **told: Any) -> None:
    story.until(on)
    take(story, "close_idr", Closure(outcome=outcome, closed_on=on, **told))


def told(story: Story, kind: type) -> list[Any]:
    return [event for event in story.events if isinstance(event, kind)]


def at_stage(stage: str) -> Story:
    story = initiated()
    if stage != "selection":
        take(story, "entity_selected", INITIATED)
    if stage == "determination":
        take(story, "offer_submitted", INITIATED)
    assert story.case.stage == stage
    return story


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("stage", ["selection", "offers", "determination"])
def test_an_end_without_a_determination_returns_the_fee_and_goes_to_the_plans_appeal(
    stage: str, outcome: IdrOutcome
) -> None:
    story = at_stage(stage)
    close(story, outcome, date(2026, 11, 30))
    (closed,) = told(story, IdrClosed)
    # the fee is due with the offer: before it nothing is paid, and none awaited back; after it the entity's comes back,
    # half of it where the parties withdrew; the administrative fee is kept
    paid = stage == "determination"
    assert closed.unpaid is not paid
    assert closed.fee_returned == (Decimal("260.00") if paid and outcome == "withdrawn" else ENTITY_FEE)
    assert closed.resubmit_by is None and closed.outcome == outcome
    (filed,) = told(story, AppealFiled)
    assert (filed.forum, filed.level) == ("commercial_appeal", 1)
    (idr,) = [f for f in story.case.filings if f.forum == "federal_idr"]
    assert (idr.closed_as, idr.decided_on) == (outcome, date(2026, 11, 30))
    assert story.case.live and not told(story, PursuitEnded)


def test_a_fee_that_was_paid_before_the_offer_comes_back() -> None:
    story = initiated()
    story.until(date(2026, 11, 24))
    paid = IdrReport(what="paid", on=date(2026, 11, 24), amount=ENTITY_FEE, reference="R-1")
    take(story, "report", paid)
    close(story, "withdrawn", date(2026, 11, 30))
    (closed,) = told(story, IdrClosed)
    assert (closed.unpaid, closed.fee_returned) == (False, Decimal("260.00"))


def test_a_person_sees_how_many_days_the_next_forum_has() -> None:
    story = begun(policy=Policy(attest=frozenset(("federal_idr", "commercial_appeal"))))
    story.until(INITIATED)
    take(story, "attest_filing", INITIATED, "DISP-1")
    close(story, "ineligible", ineligible_for="untimely")
    # from 10 December 2026 to 3 April 2027: 21 + 31 + 28 + 31 + 3
    assert "114 days are left" in story.case.escalated and "ineligible (untimely)" in story.case.escalated
    assert due(story, "file") == (date(2027, 4, 2), False)


def test_where_no_forum_is_left_the_end_says_why() -> None:
    story = initiated()
    close(story, "ineligible", date(2027, 4, 5))
    (ended,) = told(story, PursuitEnded)
    assert "ineligible" in ended.reason and APPEAL_UNTIL.isoformat() in ended.reason


def test_what_was_told_of_the_fee_goes_before_the_table() -> None:
    for back, kept in ((Decimal("0.00"), Decimal("0.00")), (Decimal("100.00"),) * 2, (Decimal("999.00"), ENTITY_FEE)):
        story = initiated()
        close(story, "dismissed", fee_returned=back)
        (closed,) = told(story, IdrClosed)
        assert (closed.fee_returned, closed.unpaid) == (kept, False)


@pytest.mark.parametrize("outcome", RESENT)
def test_a_wrong_batch_is_sent_once_more_within_four_business_days_under_its_number(outcome: IdrOutcome) -> None:
    story = initiated()
    close(story, outcome)
    # 10 December is a Thursday: 11, 14, 15, 16
    assert told(story, IdrClosed)[0].resubmit_by == date(2026, 12, 16)
    assert due(story, "file") == (date(2026, 12, 16), False) and "DISP-1" in story.case.escalated
    assert story.case.stage == "prepare" and not told(story, AppealFiled)
    with pytest.raises(IllegalTransition, match="2026-12-16"):
        story.today = date(2026, 12, 17)
        take(story, "attest_filing", date(2026, 12, 17), "DISP-2")
    take(story, "attest_filing", date(2026, 12, 16), "DISP-2")
    assert len(told(story, IdrInitiated)) == 2 and story.case.stage == "selection"
    assert [f.reference for f in story.case.filings if f.forum == "federal_idr"] == ["DISP-1", "DISP-2"]
    close(story, outcome, date(2026, 12, 23))  # there is no third time
    assert told(story, IdrClosed)[1].resubmit_by is None
    assert story.case.forum == "commercial_appeal"


def test_a_resubmission_that_is_not_made_is_said_to_be_missed() -> None:
    story = initiated()
    close(story, "improperly_batched")
    story.until(date(2026, 12, 18))
    assert [e.due_on for e in told(story, DeadlineNoticed) if e.notice == "missed"] == [date(2026, 12, 16)]


def test_a_state_that_governs_as_the_entity_found() -> None:
    """The payer's remark had named federal law in a state with arbitration: its 90 days are over or run."""
    for on, forum in ((date(2026, 12, 10), "state_process"), (date(2027, 1, 11), "commercial_appeal")):
        story = begun(policy=Policy(attest=frozenset(("federal_idr",))), service_state="TX")
        story.until(INITIATED)
        take(story, "attest_filing", INITIATED, "DISP-1")
        close(story, "ineligible", on, ineligible_for="state_law")
        assert story.case.forum == forum  # Tex. Ins. Code 1467.084(a): until 3 January 2027
        assert story.case.governing is not None and story.case.governing.law == "unknown"


def test_what_the_payer_alone_tells_moves_nothing() -> None:
    story = initiated()
    close(story, "ineligible", reported_by="payer")
    assert story.case.stage in ("selection", "offers") and not told(story, IdrClosed)
    assert "look at the portal" in story.case.escalated
    close(story, "ineligible", reported_by="portal")
    assert len(told(story, IdrClosed)) == 1


def test_told_twice_is_booked_once() -> None:
    story = initiated()
    close(story, "dismissed")
    close(story, "dismissed")
    assert len(told(story, IdrClosed)) == 1


@pytest.mark.parametrize("on", [date(2026, 11, 19), date(2026, 12, 11)])
def test_a_day_that_cannot_be_is_refused(on: date) -> None:
    story = initiated()
    story.until(FOUND)
    with pytest.raises(IllegalTransition, match="cannot be"):
        take(story, "close_idr", Closure(outcome="dismissed", closed_on=on))


def test_a_determination_after_the_closing_is_for_a_person() -> None:
    story = initiated()
    close(story, "dismissed")
    story.receive(determination(story, date(2026, 12, 14)), on=date(2026, 12, 14))
    (held,) = story.case.held
    assert "recorded is: dismissed" in held.why and story.case.determined_on is None


def test_a_dispute_that_is_opened_again_waits_for_its_determination() -> None:
    story = initiated()
    close(story, "ineligible")
    take(story, "reopen_idr", FOUND, "payer", None)
    assert story.case.forum == "commercial_appeal" and "look at the portal" in story.case.escalated
    story.until(date(2026, 12, 14))
    take(story, "reopen_idr", date(2026, 12, 14), "entity", date(2027, 1, 29))
    (again,) = told(story, IdrReopened)
    assert again.entity_fee == ENTITY_FEE and again.determination_due_on == date(2027, 1, 29)
    assert story.case.stage == "determination" and due(story, "determination") == (date(2027, 1, 29), False)
    assert "withdraw" in story.case.escalated
    story.receive(determination(story, date(2027, 1, 20)), on=date(2027, 1, 20))
    assert story.case.stage == "agreement" and story.case.determined_on == date(2027, 1, 20)


def test_what_was_not_closed_is_not_opened_again() -> None:
    story = initiated()
    with pytest.raises(IllegalTransition, match="no closed IDR"):
        take(story, "reopen_idr", INITIATED, "entity", None)
    close(story, "ineligible", date(2027, 4, 5))
    with pytest.raises(IllegalTransition, match="has ended"):
        take(story, "reopen_idr", date(2027, 4, 5), "entity", None)


@pytest.mark.parametrize("stage", ["selection", "offers", "determination"])
def test_a_settlement_in_idr_is_told_within_three_business_days(stage: str) -> None:
    """45 CFR 149.510(c)(2)(i): agreed on Wednesday 25 November; 27, 30 November and 1 December, Thanksgiving out."""
    story = at_stage(stage)
    story.receive(msgspec.structs.replace(settled(), settled_on=date(2026, 11, 25)), on=date(2026, 11, 25))
    assert due(story, "settlement_notice") == (date(2026, 12, 1), False)
    (task,) = tasks(story.case)
    assert task.day == date(2026, 12, 1) and "tell the Departments" in task.task
    take(story, "report_settlement", date(2026, 11, 25))
    assert not tasks(story.case) and not story.case.deadlines
    with pytest.raises(IllegalTransition, match="no settlement"):
        take(story, "report_settlement", date(2026, 11, 25))


def test_a_settlement_that_is_not_told_is_said() -> None:
    story = initiated()
    story.receive(msgspec.structs.replace(settled(), settled_on=date(2026, 11, 25)), on=date(2026, 11, 25))
    story.until(date(2026, 12, 3))
    assert ("settlement_notice", "missed") in [(e.deadline, e.notice) for e in told(story, DeadlineNoticed)]
    assert story.case.stage == "ended"


@pytest.mark.parametrize("on", [date(2026, 12, 1), date(2026, 12, 7)])  # in time and recorded late; told late
def test_a_settlement_that_was_not_told_stays_a_task_until_a_day_is_recorded(on: date) -> None:
    story = initiated()
    story.receive(msgspec.structs.replace(settled(), settled_on=date(2026, 11, 25)), on=date(2026, 11, 25))
    story.until(date(2026, 12, 8))
    (task,) = tasks(story.case)
    assert task.kind == "settlement_notice" and "2026-12-01" in task.why
    take(story, "report_settlement", on)
    assert not tasks(story.case) and story.case.escalated == ""
    with pytest.raises(IllegalTransition, match="no settlement"):
        take(story, "report_settlement", on)


def test_a_settlement_outside_idr_or_by_its_award_tells_nobody() -> None:
    story = begun()
    story.receive(settled())
    assert not story.case.deadlines
    story = initiated()
    story.receive(msgspec.structs.replace(settled(), basis="idr_award"), on=date(2026, 11, 25))
    assert not story.case.deadlines


def test_the_service_that_files_by_itself_sends_it_once_more() -> None:
    story = begun(policy=Policy())
    story.decider = AppealsDecider(story.decider.rule_set.rules, Policy())
    story.until(date(2026, 11, 20))
    close(story, "improperly_batched", date(2026, 11, 24))
    assert len(told(story, IdrInitiated)) == 2 and story.case.stage == "selection"
