"""Pursuits by state processes and attested filings, in whatever order events come, and over weekends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.registry import FORUM_STEPS, check
from services.appeals.domain.steps import Move
from shared.decider import IllegalTransition
from shared.events.payer import PayerAppealDecision
from shared.events.pursuit import (
    AppealDecided,
    AppealFiled,
    DeadlineNoticed,
    PursuitEnded,
)
from shared.events.settlement import ClaimClosed
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL, begun, decision, settled


class TestState:
    def test_texas_waits_twenty_days_and_then_files(self) -> None:
        story = begun(remarks=("N858",), service_state="TX")
        assert story.events == []
        assert story.until(date(2026, 10, 24)) == []
        (filed,) = story.until(date(2026, 10, 25))
        assert isinstance(filed, AppealFiled) and filed.forum == "state_process"


class TestAttested:
    POLICY = Policy(attest=frozenset(("open_negotiation", "federal_idr", "commercial_appeal")))

    def test_nothing_is_filed_until_a_person_says_so(self) -> None:
        story = begun(policy=self.POLICY)
        assert story.events == [] and story.case.stage == "prepare"
        *notices, missed = story.until(date(2026, 12, 31))
        assert [e.notice for e in notices if isinstance(e, DeadlineNoticed)] == ["reminder", "escalation", "missed"]
        assert isinstance(missed, AppealDecided) and missed.outcome == "missed" and not missed.exhausted
        assert story.case.forum == "commercial_appeal" and story.case.stage == "prepare", "open until 3 April"
        *notices, missed, ended = story.until(date(2027, 4, 10))
        assert isinstance(missed, AppealDecided) and missed.outcome == "missed" and missed.exhausted
        assert isinstance(ended, PursuitEnded)


class TestOrder:
    def test_a_reopened_claim_starts_a_new_round(self) -> None:
        story = begun()
        first = story.case.case_id
        story.receive(settled())
        story.receive(flagged(FEDERAL))
        assert story.case.case_id != first and story.case.round == 2

    def test_judged_twice_while_pursued_is_illegal(self) -> None:
        story = begun()
        with pytest.raises(IllegalTransition):
            story.receive(flagged(FEDERAL))

    def test_nothing_comes_before_the_claim(self) -> None:
        with pytest.raises(IllegalTransition):
            Story().receive(remittance())

    def test_a_decision_for_another_case_is_refused(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        answer = PayerAppealDecision(
            claim_id=CLAIM, case_id="other", level=1, outcome="upheld", decided_on=NOTICE
        )  # fmt: skip
        with pytest.raises(IllegalTransition):
            story.receive(answer)

    def test_a_decision_after_the_end_changes_nothing(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        answer = decision(story, "upheld", date(2026, 11, 2))
        story.receive(settled())
        before = story.case
        assert story.receive(answer) == [] and story.case == before

    def test_every_move_outside_a_rung_is_refused_with_its_rule(self) -> None:
        moves: set[Move] = {move for stages in FORUM_STEPS.values() for step in stages.values() for move in step.moves}
        for forum, stages in FORUM_STEPS.items():
            for stage, step in stages.items():
                for move in moves - step.moves:
                    with pytest.raises(IllegalTransition, match=r"CFR|states.csv"):
                        check(forum, stage, move)
                for move in step.moves:
                    check(forum, stage, move)

    def test_the_same_story_gives_the_same_events(self) -> None:
        runs = [begun() for _ in range(2)]
        for run in runs:
            run.until(date(2026, 12, 31))
        assert runs[0].events == runs[1].events
        closed = ClaimClosed(
            claim_id=CLAIM, reason="settled_and_paid", billed=Decimal(0), allowed=Decimal(0), paid_at_first=Decimal(0),
            paid=Decimal(0), recovered=Decimal(0), patient_share=Decimal(0), costs=Decimal(0),
        )  # fmt: skip
        runs[0].receive(closed)
        assert isinstance(runs[0].case, AppealCase) and runs[0].case.stage == "ended"


class TestWeekend:
    """The notice of 5 October 2026 and 180 days: 3 April 2027, a Saturday. Ours is kept on Friday the 2nd."""

    def story(self) -> Story:
        return begun(policy=Policy(attest=frozenset(("commercial_appeal",))), remarks=(), place="11", codes=("99214",))

    def test_what_was_filed_on_the_last_lawful_day_was_filed_in_time(self) -> None:
        story = self.story()
        file = story.case.deadline("file")
        assert file is not None and (file.due, file.until) == (date(2027, 4, 2), date(2027, 4, 3))
        on_sunday = Commands(story.decider.rule_set, at(date(2027, 4, 4)))
        filed = on_sunday.attest_filing(story.case, date(2027, 4, 3), "certified mail 7012")
        assert isinstance(filed.events[0], AppealFiled) and filed.events[0].filed_on == date(2027, 4, 3)
        with pytest.raises(IllegalTransition, match=r"2027-04-03; 29 CFR 2560\.503-1\(h\)\(3\)\(i\)"):
            on_sunday.attest_filing(story.case, date(2027, 4, 4), "too late")

    def test_it_is_escalated_on_friday_and_missed_only_after_saturday(self) -> None:
        story = self.story()
        told = [e for e in story.until(date(2027, 4, 3)) if isinstance(e, DeadlineNoticed)]
        assert [(e.notice, e.due_on) for e in told] == [
            ("reminder", date(2027, 4, 2)), ("escalation", date(2027, 4, 2)),
        ]  # fmt: skip
        missed = story.until(date(2027, 4, 4))
        assert isinstance(missed[0], DeadlineNoticed)
        assert (missed[0].notice, missed[0].due_on) == ("missed", date(2027, 4, 3))
        assert isinstance(missed[-1], PursuitEnded)
