"""Money that was agreed or awarded and does not come: demand, complaint, counsel, and what ends them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.collection.addressee import addressee
from services.appeals.domain.tables import PayerRow
from shared.decider import IllegalTransition
from shared.events.idr import IdrInitiated
from shared.events.payer import PayerAppealDecision
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineNoticed, NegotiationOpened, PaymentDemanded
from shared.events.settlement import ClaimClosed, ClaimSettled, SettlementBasis, SettlementRescinded, SettlementShort
from tests.unit.appeals.cases import CLAIM, SERVED, Story, at, claim, flagged, remittance
from tests.unit.appeals.test_documents import contents, read
from tests.unit.appeals.test_pursuit import FEDERAL

D = Decimal
SETTLED = date(2026, 11, 2)  # a Monday
DUE = date(2026, 12, 2)


def settled(basis: SettlementBasis = "offer_accepted") -> ClaimSettled:
    return ClaimSettled(
        claim_id=CLAIM, settlement_id="s-1", basis=basis, amount=D("780.00"), additional_due=D("600.00"),
        patient_share=D("30.00"), settled_on=SETTLED, payment_due_on=DUE, policy="p",
    )  # fmt: skip


def short(paid: str = "0.00") -> SettlementShort:
    return SettlementShort(claim_id=CLAIM, settlement_id="s-1", due=D("600.00"), paid=D(paid), due_on=DUE)


def closed() -> ClaimClosed:
    money = dict.fromkeys(("billed", "allowed", "paid_at_first", "paid", "recovered", "patient_share", "costs"), D(0))
    return ClaimClosed(claim_id=CLAIM, reason="settled_and_paid", **money)


def unpaid(basis: SettlementBasis = "offer_accepted", *, paid: str = "0.00", **policy: Any) -> Story:
    """Settled on 2 November; by 2 December `paid` of the 600 dollars had come, which is heard on the 3rd."""
    story = Story(Policy(**policy) if policy else None)
    story.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    story.receive(settled(basis), on=SETTLED)
    story.receive(short(paid), on=DUE + timedelta(days=1))
    return story


def demands(story: Story) -> list[PaymentDemanded]:
    return [e for e in story.events if isinstance(e, PaymentDemanded)]


def test_a_demand_goes_out_at_once_about_what_is_missing() -> None:
    story = unpaid(paid="250.00")
    (demand,) = demands(story)
    assert (demand.step, demand.addressee, demand.outstanding) == ("demand", "EXAMPLE HEALTH", D("350.00"))
    assert (demand.sent_on, demand.answer_due_on) == (date(2026, 12, 3), date(2026, 12, 18))  # 15 days
    assert [d.kind for d in demand.documents] == ["payment_demand"]
    assert (story.case.forum, story.case.level, story.case.stage) == ("collection", 1, "await")
    assert demand.case_id != story.case.case_id, "a late answer about the dispute must not meet the demand"


def test_a_complaint_waits_for_a_person_and_is_due_again_until_one_takes_it() -> None:
    story = unpaid()
    story.until(date(2026, 12, 19))
    assert (story.case.level, story.case.stage) == (2, "prepare")
    assert [d.kind for d in story.case.deadlines] == ["file"]
    commands = Commands(story.decider.rule_set, at(date(2026, 12, 21)))
    with pytest.raises(IllegalTransition, match="reference"):
        commands.attest_filing(story.case, date(2026, 12, 21), "")
    story.until(date(2027, 1, 20))
    told = [e for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
    assert len(told) >= 2 and {e.deadline for e in told} == {"file"}
    assert story.case.level == 2 and "what is owed stays owed" in story.case.escalated
    decision = Commands(story.decider.rule_set, at(date(2027, 1, 21))).attest_filing(
        story.case, date(2027, 1, 21), "NSHD-77"
    )
    (complaint,) = decision.events
    assert isinstance(complaint, PaymentDemanded)
    assert (complaint.step, complaint.addressee, complaint.reference) == (
        "complaint", "CMS No Surprises Help Desk", "NSHD-77",
    )  # fmt: skip
    assert complaint.answer_due_on == date(2027, 3, 22)  # 60 days


@pytest.mark.parametrize("on", [date(2026, 12, 4), date(2026, 12, 19), date(2027, 2, 1)])
def test_the_money_ends_it_wherever_it_stands(on: date) -> None:
    story = unpaid()
    story.until(on)
    story.receive(closed(), on=on)
    assert (story.case.stage, story.case.deadlines, story.case.ended) == ("ended", (), "closed: settled_and_paid")
    assert story.until(on + timedelta(days=400)) == []


def test_a_part_payment_changes_the_sum_and_not_the_step() -> None:
    story = unpaid()
    story.receive(short("400.00"), on=date(2026, 12, 10))
    assert len(demands(story)) == 1 and story.case.level == 1
    story.until(date(2026, 12, 19))
    decision = Commands(story.decider.rule_set, at(date(2026, 12, 21))).attest_filing(
        story.case, date(2026, 12, 21), "R-1"
    )
    assert decision.state.filings[-1].sought == D("200.00")


def test_a_practice_that_attests_everything_sends_the_demand_itself() -> None:
    story = unpaid(attest=frozenset({"collection"}))
    assert demands(story) == [] and story.case.stage == "prepare"
    # five business days from Thursday 3 December 2026
    assert story.case.deadlines[0].due == date(2026, 12, 10)
    decision = Commands(story.decider.rule_set, at(date(2026, 12, 4))).attest_filing(
        story.case, date(2026, 12, 4), "mail-1"
    )
    assert decision.state.stage == "await"


def test_withdrawing_ends_the_collecting_and_not_a_pursuit() -> None:
    story = unpaid()
    decision = Commands(story.decider.rule_set, at(story.today)).withdraw(story.case, "paid in cash")
    assert (decision.events, decision.state.stage) == ((), "ended")


def test_a_settlement_that_was_paid_and_lost_its_money_is_collected_anew() -> None:
    story = unpaid()
    story.receive(closed(), on=date(2026, 12, 10))
    story.receive(short("350.00"), on=date(2027, 2, 1))
    assert [(d.step, d.outstanding) for d in demands(story)] == [("demand", D("600.00")), ("demand", D("250.00"))]


def _rule_set(**payer: Any) -> RuleSet:
    rules = load_rules()
    row = PayerRow(payer_id="99101", start=date(2020, 1, 1), end=date(9999, 12, 31), source="staff", **payer)
    return RuleSet.of(msgspec.structs.replace(rules, payers={"99101": (row,)}))


@pytest.mark.parametrize(
    ("law", "basis", "funding", "name"),
    [
        ("federal", "offer_accepted", "unknown", "CMS No Surprises Help Desk"),
        ("commercial", "idr_award", "self_funded", "CMS No Surprises Help Desk"),
        ("commercial", "appeal_decision", "self_funded", "Employee Benefits Security Administration"),
        ("commercial", "appeal_decision", "insured", "insurance department of AZ"),
        (
            "unknown", "offer_accepted", "unknown",
            "insurance department of AZ, or Employee Benefits Security Administration where the plan is self-funded",
        ),
    ],
)  # fmt: skip
def test_the_authority_that_answers_for_the_plan(law: str, basis: str, funding: str, name: str) -> None:
    case = unpaid().case
    assert case.governing is not None and case.owed is not None
    case = msgspec.structs.replace(
        case,
        governing=msgspec.structs.replace(case.governing, law=law),
        owed=msgspec.structs.replace(case.owed, basis=basis),
    )
    assert addressee(case, _rule_set(funding=funding), 2).name == name


def test_the_demand_as_a_reader_gets_it() -> None:
    story = unpaid("idr_award", paid="250.00")
    filing = story.case.filings[-1]
    ((content, pdf),) = contents(story, filing, flagged(FEDERAL)).values()
    assert content.missing == ()
    text = " ".join(read(pdf).split())
    for words in (
        "The certified IDR entity's determination of November 2, 2026", "$600.00", "$250.00", "$350.00",
        "by December 2, 2026", "by December 18, 2026", "EXAMPLE HEALTH", "P.O. Box 3", "PCLM1", "Sincerely",
    ):  # fmt: skip
        assert words in text, words
    assert "____" not in text and "{" not in text


def rescinded(allowed: str = "180.00") -> SettlementRescinded:
    return SettlementRescinded(
        claim_id=CLAIM, settlement_id="s-1", allowed=D(allowed), rescinded_on=DUE, reason="nothing came"
    )


def test_a_rescinded_settlement_lets_the_negotiation_go_on_while_its_window_runs() -> None:
    story = unpaid()
    begun = story.case.negotiation_on
    assert begun == date(2026, 10, 5)  # the day of the notice: its window ends in November
    story = Story()
    story.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    story.receive(settled(), on=date(2026, 10, 12))
    (opened,) = story.receive(rescinded("250.00"), on=date(2026, 10, 26))
    assert isinstance(opened, NegotiationOpened) and opened.notice_on == begun
    assert (story.case.stage, story.case.round) == ("open", 1)
    assert story.case.dispute is not None and story.case.dispute.allowed == D("250.00")
    later = story.until(opened.idr_until)
    assert isinstance(later[-1], IdrInitiated), "the window opens and the dispute goes to IDR"


def test_a_rescinded_settlement_whose_federal_clock_ran_out_takes_what_is_still_open() -> None:
    story = unpaid()
    (filed,) = story.receive(rescinded(), on=date(2026, 12, 21))
    # 180 days from the notice of 5 October: the plan's appeal is in time until April
    assert isinstance(filed, AppealFiled) and (filed.forum, filed.level) == ("commercial_appeal", 1)
    assert story.case.round == 2 and story.case.owed is None


def test_a_late_win_of_the_appeal_is_recorded_and_collecting_goes_on() -> None:
    """What was agreed is owed whatever the plan decides afterwards: the case stays where the payer is to pay."""
    story = Story()
    (filed,) = story.receive(claim(place="11"), remittance(), flagged())
    assert isinstance(filed, AppealFiled)
    story.receive(settled(), on=SETTLED)
    story.receive(short(), on=DUE + timedelta(days=1))
    won = PayerAppealDecision(
        claim_id=CLAIM,
        case_id=filed.case_id,
        level=filed.level,
        outcome="overturned",
        decided_on=DUE,
        awarded=D("700.00"),
    )  # fmt: skip
    (decided,) = story.receive(won, on=DUE + timedelta(days=2))
    assert isinstance(decided, AppealDecided)
    assert (decided.outcome, decided.exhausted) == ("overturned", False)
    assert (story.case.forum, story.case.stage) == ("collection", "await")
    assert story.case.filings[0].outcome == "overturned"
    assert [item.kind for item in story.case.deadlines] == ["payment"]


def test_a_corrected_day_of_receipt_makes_no_demand_late() -> None:
    """The first filing is a demand, since the claim was settled before anything was filed; it is counted from the
    settlement, so that no appeal's 180 days from the receipt apply to it."""
    story = Story(Policy(attest=frozenset(("commercial_appeal",))))
    story.receive(claim(place="11"), remittance(), flagged())
    story.receive(settled(), on=SETTLED)
    late = date(2027, 3, 10)  # 180 days after 1 September 2026 were over on 28 February 2027
    story.receive(short(), on=late)
    assert [(f.forum, f.filed_on) for f in story.case.filings] == [("collection", late)]
    decision, _ = Commands(story.decider.rule_set, at(late)).correct_notice(story.case, SERVED, "found the envelope")
    assert decision.state.escalated == ""
