"""The pursuit as other services see it: which events follow which, on which day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.deadlines import timers
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.registry import FORUMS
from shared.calendar import EASTERN
from shared.decider import TimerDue
from shared.events.claims import ClaimVoided
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineNoticed, NegotiationOpened, PursuitEnded
from shared.events.settlement import ClaimClosed, ClaimSettled, LineAgreed, NegotiationFailed
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, denied, flagged, remittance

FEDERAL = ("N864", "N877", "N859")


def begun(
    *, policy: Policy | None = None, remarks: tuple[str, ...] = FEDERAL, verdict: Any = None, **fields: Any
) -> Story:
    story = Story(policy)
    story.receive(claim(**fields), remittance(remarks))
    story.receive(verdict or flagged(remarks))
    return story


def decision(
    story: Story, outcome: str, on: date, level: int | None = None, awarded: str | None = None
) -> PayerAppealDecision:
    return PayerAppealDecision(
        claim_id=CLAIM, case_id=case_id_in(story.case, FORUMS[story.case.forum or "commercial_appeal"]),
        level=story.case.level if level is None else level,
        outcome=outcome, decided_on=on, awarded=Decimal(awarded) if awarded else None,  # pyright: ignore
    )  # fmt: skip


def failed() -> NegotiationFailed:
    return NegotiationFailed(
        claim_id=CLAIM, last_offer=None, last_demand=Decimal("1200.00"), rounds=2, expected_value=Decimal("300.00"),
        policy="default",
    )  # fmt: skip


def settled() -> ClaimSettled:
    return ClaimSettled(
        claim_id=CLAIM, settlement_id="s", basis="offer_accepted", amount=Decimal("700.00"),
        additional_due=Decimal("520.00"), patient_share=Decimal("30.00"), settled_on=NOTICE, payment_due_on=NOTICE,
        policy="default",
    )  # fmt: skip


@pytest.mark.parametrize("remarks", [FEDERAL, ()])
def test_a_payment_taken_back_is_appealed_and_whether_the_federal_periods_run_anew_is_for_a_person(
    remarks: tuple[str, ...],
) -> None:
    told_on = date(2026, 9, 1)
    story = Story()
    story.receive(claim(), remittance(remarks))
    books: dict[str, Any] = {
        "billed": Decimal("900.00"),
        "allowed": Decimal("700.00"),
        "paid_at_first": Decimal("670.00"),
    }
    rest: dict[str, Any] = {
        "paid": Decimal("670.00"),
        "recovered": Decimal(0),
        "patient_share": Decimal("30.00"),
        "costs": Decimal(0),
    }
    story.receive(ClaimClosed(claim_id=CLAIM, reason="paid_fairly", **books, **rest))
    assert story.events == []
    flag = flagged(remarks, notice_on=told_on, recouped=Decimal("520.00"), recouped_by="W1")
    (filed,) = story.receive(flag, on=told_on)
    assert isinstance(filed, AppealFiled)
    assert (filed.forum, filed.level, filed.filed_on) == ("commercial_appeal", 1, told_on)
    assert story.case.cause is not None and story.case.cause.remedy == "underpayment_appeal"
    reviewed = [d.kind for d in story.case.deadlines if d.kind == "federal_review"]
    assert reviewed == ["federal_review"]


def test_a_line_that_is_agreed_leaves_the_dispute() -> None:
    first = flagged(FEDERAL).lines[0]
    story = begun(verdict=flagged(FEDERAL, lines=(first, msgspec.structs.replace(first, line=2))))
    before = story.case.dispute
    assert before is not None
    agreed = LineAgreed(
        claim_id=CLAIM, line=1, amount=Decimal("300.00"), allowed=Decimal("100.00"), target=Decimal("400.00"),
        policy="default", agreed_on=NOTICE,
    )  # fmt: skip
    story.receive(agreed)
    after = story.case.dispute
    assert after is not None and before.lines == 2
    assert (after.lines, after.allowed, after.target) == (
        before.lines - 1,
        before.allowed - Decimal("100.00"),
        before.target - Decimal("400.00"),
    )
    story.receive(agreed)
    assert story.case.dispute == after, "the last line leaves with the settlement, not before"


class TestFederal:
    def test_open_negotiation_starts_on_the_flag_and_idr_on_the_windows_first_day(self) -> None:
        story = begun()
        (opened,) = story.events
        assert isinstance(opened, NegotiationOpened)
        # notice Monday 5 October 2026, Columbus and Veterans Day struck out: day 30 is 17 or 18 November; the four
        # days of initiation are 18, 19, 20, 23 or 19, 20, 23, 24 November
        assert opened.notice_on == date(2026, 10, 5)
        assert opened.ends_on == date(2026, 11, 18)
        assert (opened.idr_from, opened.idr_until) == (date(2026, 11, 19), date(2026, 11, 23))
        assert story.until(date(2026, 11, 18)) == []
        (initiated,) = story.until(date(2026, 11, 19))
        assert isinstance(initiated, IdrInitiated)
        assert initiated.initiated_on == date(2026, 11, 19)
        assert initiated.administrative_fee == Decimal("15.00")  # from 11 June 2026
        assert initiated.offer == Decimal("1200.00")

    def test_an_award_is_determined_and_waits_for_its_payment(self) -> None:
        story = begun()
        story.until(date(2026, 11, 19))
        story.until(date(2026, 12, 1))
        assert story.case.stage == "determination"
        answer = PayerIdrDetermination(
            claim_id=CLAIM, case_id=story.case.case_id, prevailing="provider", award=Decimal("800.00"),
            determined_on=date(2026, 12, 30),
        )  # fmt: skip
        (determined,) = story.receive(answer, on=date(2026, 12, 30))
        assert isinstance(determined, IdrDetermined)
        assert determined.payment_due_on == date(2027, 1, 29)
        assert determined.fees_owed == 0
        assert story.case.cooling_off_until == date(2027, 3, 30)
        assert story.receive(answer) == [], "told twice, done once"

    def test_the_loser_owes_the_entitys_fee(self) -> None:
        story = begun()
        story.until(date(2026, 11, 19))
        answer = PayerIdrDetermination(
            claim_id=CLAIM, case_id=story.case.case_id, prevailing="payer", award=Decimal("200.00"),
            determined_on=date(2026, 12, 30),
        )  # fmt: skip
        (determined,) = story.receive(answer, on=date(2026, 12, 30))
        assert isinstance(determined, IdrDetermined)
        assert determined.fees_owed == Decimal("520.00")  # half way between 200 and 840

    def test_failed_talks_do_not_shorten_the_thirty_days(self) -> None:
        story = begun()
        assert story.receive(failed(), on=date(2026, 10, 20)) == []
        assert story.until(date(2026, 11, 18)) == []
        assert isinstance(story.until(date(2026, 11, 19))[0], IdrInitiated)

    def test_a_dispute_not_worth_its_fees_ends(self) -> None:
        # 60 % of 371 = 222.60; fees 15 + 40 % of 520 = 223
        small = flagged(FEDERAL, target=Decimal("551.00"), allowed=Decimal("180.00"))
        story = begun(verdict=small)
        (ended,) = story.until(date(2026, 11, 19))
        assert isinstance(ended, PursuitEnded) and "not worth its fees" in ended.reason
        worth = begun(verdict=flagged(FEDERAL, target=Decimal("552.00"), allowed=Decimal("180.00")))
        assert isinstance(worth.until(date(2026, 11, 19))[0], IdrInitiated)

    @pytest.mark.parametrize("policy", [None, Policy(idr_gather_days=1)])
    def test_after_an_outage_over_the_window_the_miss_is_said(self, policy: Policy | None) -> None:
        """The window is from the 19th to the 23rd; the service came back on 1 December, also while a claim gathered."""
        story = begun(policy=policy)
        if policy is not None:
            story.until(date(2026, 11, 19))
        before, back = len(story.events), at(date(2026, 12, 1))
        while due := [t for t in story.decider.timers(story.case) if t.due <= back]:
            decided = story.decider.decide(story.case, TimerDue(CLAIM, due[0].kind, due[0].due), back)
            story.state, story.events = decided.state, [*story.events, *decided.events]
        noticed, missed, filed = story.events[before:]
        assert isinstance(noticed, DeadlineNoticed) and (noticed.notice, noticed.deadline) == ("missed", "file")
        assert noticed.due_on == date(2026, 11, 23)
        assert isinstance(missed, AppealDecided) and missed.outcome == "missed" and missed.forum == "federal_idr"
        assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal", "which is open until 3 April"

    def test_too_late_for_open_negotiation_goes_to_the_plans_appeal_and_says_so(self) -> None:
        story = Story(today=date(2026, 12, 1))
        story.receive(claim(), remittance(FEDERAL))
        (filed,) = story.receive(flagged(FEDERAL))
        assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal"
        assert filed.remedy == "underpayment_appeal", "the letter argues with the plan, not in open negotiation"
        # received on 5 October 2026: the 30th business day under both readings is 17 November
        assert "open negotiation could be begun until 2026-11-17, and was not; 45 CFR 149.510(b)(1)(i)" in filed.reasons

    @pytest.mark.parametrize(("law", "forum", "remedy"), [
        ("federal", "open_negotiation", "open_negotiation"), ("commercial", "commercial_appeal", "underpayment_appeal"),
    ])  # fmt: skip
    def test_a_person_who_decides_the_law_decides_what_is_argued(self, law: str, forum: str, remedy: str) -> None:
        """Both ways: from the plan's appeal to the federal process, and from the federal process to the plan."""
        there = begun(
            policy=Policy(attest=frozenset(("commercial_appeal", "open_negotiation"))),
            service_state="TX" if law == "federal" else "AZ",
            remarks=(),
        )
        decided = Commands(there.decider.rule_set, at(NOTICE)).override_law(there.case, law, "ada", "the plan said so")  # pyright: ignore
        case = decided.state
        assert case.cause is not None and (case.forum, case.cause.remedy) == (forum, remedy)

    @pytest.mark.parametrize("event", [settled(), ClaimVoided(claim_id=CLAIM)])
    def test_settlement_and_void_end_the_case_and_its_timers(self, event: Any) -> None:
        story = begun()
        assert story.receive(event) == []
        assert story.case.stage == "ended" and not timers(story.case, Policy(), EASTERN)


class TestPlanAppeals:
    def test_the_whole_ladder_for_an_underpayment(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        (first,) = story.events
        assert isinstance(first, AppealFiled)
        assert (first.forum, first.level, first.decision_due_on) == ("commercial_appeal", 1, date(2026, 12, 4))
        decided, second = story.receive(decision(story, "upheld", date(2026, 11, 2)), on=date(2026, 11, 2))
        assert isinstance(decided, AppealDecided) and not decided.exhausted
        assert isinstance(second, AppealFiled) and second.level == 2
        last, ended = story.receive(decision(story, "upheld", date(2026, 12, 2)), on=date(2026, 12, 2))
        assert isinstance(last, AppealDecided) and last.exhausted
        assert isinstance(ended, PursuitEnded)

    def test_a_medical_denial_goes_on_to_external_review(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",), verdict=denied("50"))
        story.receive(decision(story, "upheld", date(2026, 11, 2)), on=date(2026, 11, 2))
        _, external = story.receive(decision(story, "upheld", date(2026, 12, 2)), on=date(2026, 12, 2))
        assert isinstance(external, AppealFiled)
        assert (external.forum, external.decision_due_on) == ("external_review", date(2027, 1, 16))  # 45 days

    def test_silence_exhausts_a_level_after_the_mails_days_of_grace(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        assert story.until(date(2026, 12, 9)) == []  # due 4 December and 5 days
        (second,) = story.until(date(2026, 12, 10))
        assert isinstance(second, AppealFiled) and second.level == 2
        assert story.case.escalated

    def test_silence_everywhere_ends(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",), verdict=denied("50"))
        story.until(date(2027, 12, 31))
        assert [type(e).__name__ for e in story.events] == [
            "AppealFiled", "AppealFiled", "AppealFiled", "DeadlineNoticed", "PursuitEnded",
        ]  # fmt: skip

    def test_overturned_waits_for_the_settlement(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        (won,) = story.receive(decision(story, "overturned", date(2026, 11, 2), awarded="700.00"), on=date(2026, 11, 2))
        assert isinstance(won, AppealDecided) and won.outcome == "overturned" and not won.exhausted
        assert story.receive(settled()) == [] and story.case.stage == "ended"

    def test_a_partial_decision_and_failed_talks_lead_to_the_next_level(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        story.receive(
            decision(story, "partially_overturned", date(2026, 11, 2), awarded="300.00"), on=date(2026, 11, 2)
        )
        (second,) = story.receive(failed(), on=date(2026, 11, 9))
        assert isinstance(second, AppealFiled) and second.level == 2

    def test_a_late_favourable_decision_counts_and_a_late_refusal_does_not(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",))
        story.until(date(2026, 12, 10))  # level 2 is filed
        assert story.receive(decision(story, "upheld", date(2026, 12, 11), level=1), on=date(2026, 12, 11)) == []
        late = decision(story, "overturned", date(2026, 12, 12), level=1, awarded="700.00")
        (won,) = story.receive(late, on=date(2026, 12, 12))
        assert isinstance(won, AppealDecided) and won.level == 1 and story.case.stage == "agreement"

    def test_a_corrected_claim_comes_before_the_appeal(self) -> None:
        story = begun(remarks=(), verdict=denied("16"))
        (sent,) = story.events
        assert isinstance(sent, AppealFiled) and (sent.forum, sent.level) == ("corrected_claim", 1)
        _, appeal = story.receive(decision(story, "upheld", date(2026, 11, 2)), on=date(2026, 11, 2))
        assert isinstance(appeal, AppealFiled) and (appeal.forum, appeal.level) == ("commercial_appeal", 1)

    def test_a_late_answer_to_the_corrected_claim_is_not_taken_for_the_appeals(self) -> None:
        story = begun(remarks=(), verdict=denied("16"))
        answer = decision(story, "upheld", date(2026, 11, 20))
        story.until(date(2026, 11, 12))  # 30 days and 5 of grace: the plan's appeal is filed
        assert (story.case.forum, story.case.level) == ("commercial_appeal", 1)
        first, second = (e for e in story.events if isinstance(e, AppealFiled))
        assert first.level == second.level == 1 and first.case_id != second.case_id
        assert story.receive(answer, on=date(2026, 11, 20)) == []
        assert story.case.stage == "await", "the appeal itself is still undecided"

    def test_a_decision_on_the_appeal_that_an_override_left_behind(self) -> None:
        story = begun(remarks=(), service_state="TX")
        answers = [
            decision(story, outcome, date(2026, 10, 20), awarded="900.00") for outcome in ("upheld", "overturned")
        ]
        moved = Commands(story.decider.rule_set, at(NOTICE)).override_law(
            story.case, "federal", "ada", "self-funded plan"
        )
        story.state = moved.state
        assert story.receive(answers[0], on=date(2026, 10, 20)) == []
        (won,) = story.receive(answers[1])
        assert isinstance(won, AppealDecided) and won.forum == "commercial_appeal"
        assert story.case.stage == "open", "the federal clock runs on until settlement agrees"

    def test_not_appealable_says_so(self) -> None:
        (ended,) = begun(remarks=(), verdict=denied("109"), place="11", codes=("99214",)).events
        assert isinstance(ended, PursuitEnded) and "109" in ended.rule

    def test_excluded_plans_are_left_to_their_own_process(self) -> None:
        (ended,) = begun(filing_indicator="MA").events
        assert isinstance(ended, PursuitEnded) and "program" in ended.reason

    def test_without_an_assignment_the_appeal_waits_is_reminded_escalated_and_missed(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",), assignment_of_benefits=False)
        assert story.events == [] and story.case.blocked == ("assignment_of_benefits",)
        story.until(date(2027, 3, 26))  # 180 days end on Saturday 3 April 2027: Friday 2 April; five days before it
        assert story.case.deadlines[0].notices == 1 and story.case.deadlines[0].due == date(2027, 4, 2)
        story.until(date(2027, 4, 2))
        assert story.case.escalated
        assert [e.notice for e in story.events if isinstance(e, DeadlineNoticed)] == ["reminder", "escalation"]
        notice, missed, ended = story.until(date(2027, 4, 4))
        assert isinstance(notice, DeadlineNoticed) and notice.notice == "missed"
        assert isinstance(missed, AppealDecided) and missed.outcome == "missed"
        assert isinstance(ended, PursuitEnded) and "assignment_of_benefits" in ended.reason

    def test_an_open_jurisdiction_is_appealed_and_reviewed_before_the_federal_clock_ends(self) -> None:
        story = begun(remarks=(), service_state="TX")
        (filed,) = story.events
        assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal"
        review = story.case.deadline("federal_review")
        assert review is not None and review.due == date(2026, 11, 17)  # day 30 with 5 October as day 1
        story.until(date(2026, 11, 18))
        assert "missed: federal_review" in story.case.escalated and story.case.stage == "await"
