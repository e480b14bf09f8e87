"""What the payer's 271 says of the plan counts beside claim, remarks and staff, and a contradiction is seen."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.appeals.domain.plan import Funded, PlanFact, contradictions, funding_of
from services.appeals.domain.plan_facts import plan_facts
from services.appeals.domain.tables import PayerRow
from shared.events.claims import ClaimReplaced, PayerContact, RemittanceReceived
from shared.events.statuses import CoverageReported, PlanGroup
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, claim, remittance

TOLD_ON = date(2026, 10, 7)
SELF, INSURED = (
    PlanFact("funding", "self_funded", "271", TOLD_ON),
    PlanFact("funding", "insured", "271", TOLD_ON),
)


def answer(**fields: Any) -> CoverageReported:
    values: dict[str, Any] = {
        "claim_id": CLAIM, "key": "ASK1", "outcome": "told", "received_on": TOLD_ON, "active": True,
        "plan_names": ("OPEN ACCESS PLUS",), "groups": (PlanGroup("G77", "SOUTHWEST BUILDERS"),),
        "funding": "self_funded",
    }  # fmt: skip
    return CoverageReported(**(values | fields))


def of_payer(story: Story) -> dict[str, str]:
    return {fact.what: fact.value for fact in story.case.plan_facts if fact.source == "271"}


def received(**fields: Any) -> Story:
    story = Story()
    story.receive(claim(**fields), on=NOTICE)
    return story


def test_plan_group_sponsor_and_funding_are_facts_with_their_source() -> None:
    story = received()
    story.receive(answer(), on=TOLD_ON)
    assert of_payer(story) == {
        "group": "G77", "name": "OPEN ACCESS PLUS", "funding": "self_funded", "sponsor": "SOUTHWEST BUILDERS",
    }  # fmt: skip
    assert {fact.known_on for fact in story.case.plan_facts} == {TOLD_ON}
    assert (story.case.facts.group_number, story.case.facts.plan_name) == ("G77", "OPEN ACCESS PLUS")


def test_what_the_claim_names_stays_and_the_contradiction_is_seen() -> None:
    story = received(group_number="G1", plan_name="PPO")
    story.receive(answer(), on=TOLD_ON)
    assert (story.case.facts.group_number, story.case.facts.plan_name) == ("G1", "PPO")
    found = contradictions(plan_facts(story.case, story.decider.rule_set.rules))
    assert "group: G1 (837 SBR03) against G77 (271)" in found


def test_the_newest_answer_stands_and_a_replaced_claim_keeps_it() -> None:
    story = received()
    story.receive(answer(), on=TOLD_ON)
    story.receive(answer(groups=(PlanGroup("G88"),), funding="insured"), on=TOLD_ON)
    assert (of_payer(story)["group"], of_payer(story)["funding"]) == ("G88", "insured")
    story.receive(ClaimReplaced(claim_id=CLAIM, claim=claim().claim), on=TOLD_ON)
    assert story.case.facts.plan_name == "OPEN ACCESS PLUS"


@pytest.mark.parametrize("outcome", ["refused", "doubtful", "rejected"])
def test_an_answer_that_tells_nothing_changes_nothing(outcome: str) -> None:
    story = received()
    before = story.case
    story.receive(answer(outcome=outcome), on=TOLD_ON)
    assert story.case == before


def test_of_several_plans_none_is_taken_for_the_claims() -> None:
    story = received()
    story.receive(
        answer(plan_names=("PPO A", "PPO B"), groups=(PlanGroup("G1"), PlanGroup("G2")), funding=""), on=TOLD_ON
    )
    assert of_payer(story) == {}


def row(funding: Any) -> PayerRow:
    return PayerRow(payer_id="99101", funding=funding, source="called in May")


@pytest.mark.parametrize(
    ("payer", "effects", "facts", "expected"),
    [
        (None, (), (SELF,), Funded("self_funded", "271")),
        (row("unknown"), (), (INSURED,), Funded("insured", "271")),
        (row("insured"), (), (INSURED,), Funded("insured", "271")),
        (row("insured"), (), (SELF,), Funded("unknown", "payers.csv: called in May",
            "payers.csv says insured, the payer's 271 says self_funded")),
        (None, ("erisa_alone",), (SELF,), Funded("self_funded", "271")),
        (None, ("erisa_alone",), (INSURED,), Funded("unknown", "271",
            "the payer's 271 says insured, and that ERISA alone governs (N855)")),
        (None, ("not_erisa_alone",), (SELF,), Funded("unknown", "271",
            "the payer's 271 says self-funded, and that ERISA does not alone govern")),
        (row("self_funded"), (), (INSURED, PlanFact("funding", "self_funded", "staff", TOLD_ON)),
            Funded("self_funded", "staff")),
    ],
)  # fmt: skip
def test_the_funding_by_all_that_is_said(
    payer: PayerRow | None, effects: tuple[Any, ...], facts: tuple[PlanFact, ...], expected: Funded
) -> None:
    assert funding_of(payer, effects, facts) == expected


def paid(contact: PayerContact | None, number: int = 2, **fields: Any) -> RemittanceReceived:
    told = remittance()
    facts = msgspec.structs.replace(
        told.remittance, contact=contact, remittance_id=f"22222222-2222-5222-8222-22222222222{number}"
    )
    return msgspec.structs.replace(told, remittance=facts, **fields)


IDR_DESK = PayerContact(name="NSA DESK", phone="8005550100", email="nsa@payer.example", fax="8005550101")
SHOWN = "NSA DESK, 8005550100, nsa@payer.example, fax 8005550101"


def contact_of(story: Story) -> list[tuple[str, str, date]]:
    facts = plan_facts(story.case, story.decider.rule_set.rules)
    return [(fact.value, fact.source, fact.known_on) for fact in facts if fact.what == "contact"]


def test_whom_the_835_names_for_questions_is_a_fact_and_the_newest_that_names_one_stands() -> None:
    story = received()
    story.receive(paid(IDR_DESK))
    assert contact_of(story) == [(SHOWN, "835 PER", NOTICE)]
    story.receive(paid(None, 3))
    assert contact_of(story) == [(SHOWN, "835 PER", NOTICE)]
    story.receive(paid(PayerContact(phone="8005550199"), 4))
    assert contact_of(story) == [("8005550199", "835 PER", NOTICE)]
    story.receive(answer(), on=TOLD_ON)
    assert len(contact_of(story)) == 1 and of_payer(story)["group"] == "G77"


def test_another_payers_contact_is_not_this_plans() -> None:
    story = received()
    story.receive(paid(IDR_DESK, from_other_payer=True))
    assert contact_of(story) == []
