"""The plan is known apart from its payer: group, funding, kind and state, with who says so, contradictions shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling_off import party_of
from services.appeals.domain.plan import PlanFact, contradictions
from services.appeals.domain.plan_facts import plan_facts
from services.appeals.domain.tables import PayerRow, Rules
from shared.events.pursuit import PursuitResumed
from shared.events.settlement import ClaimClosed
from tests.unit.appeals.cases import CLAIM, Story, at, claim, flagged, remittance
from tests.unit.appeals.test_lapse import given_up as given_up_before
from tests.unit.appeals.test_pursuit import decision, settled
from tests.unit.appeals.test_reviews import FEDERAL_REVIEW, dates

PERSON = Policy(attest=frozenset(("commercial_appeal", "open_negotiation", "state_process")))
SELF, INSURED = {"funding": "self_funded"}, {"funding": "insured"}


def rules_with(*rows: PayerRow) -> Rules:
    return msgspec.structs.replace(load_rules(), payers={"99101": rows})


def row(funding: str, group: str = "") -> PayerRow:
    return PayerRow(payer_id="99101", group_number=group, funding=funding, source="test")  # pyright: ignore


def heard(rules: Rules | None = None, remarks: tuple[str, ...] = (), **fields: Any) -> Story:
    story = Story(PERSON)
    if rules is not None:
        story.decider = AppealsDecider(rules, PERSON)
    story.receive(claim(**fields), remittance(remarks), flagged(remarks))
    return story


def found(story: Story, plan: dict[str, str]) -> None:
    decided = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, plan=plan)  # pyright: ignore
    story.state, story.events = decided.state, [*story.events, *decided.events]


def law(story: Story) -> str:
    assert story.case.governing is not None
    return story.case.governing.law


# what staff find out of a plan in a state with a process of its own, and the law by it
@pytest.mark.parametrize(
    ("state", "plan", "expected", "missing", "source"),
    [
        ("NY", SELF, "federal", "", "29 USC 1144: state insurance law does not reach it"),
        ("NY", INSURED, "unknown", "verification", "N.Y. Fin. Serv. Law 605; the row waits for a person"),
        ("NJ", SELF, "unknown", "opted in", "N.J.S.A. 26:2SS-9: self-funded plans may opt in"),
        ("NY", {**SELF, "kind": "governmental"}, "unknown", "self-funded", "29 USC 1003(b)(1): outside ERISA"),
        ("NY", {**SELF, "kind": "church"}, "unknown", "self-funded", "29 USC 1003(b)(2): outside ERISA"),
        ("NY", {**SELF, "kind": "erisa"}, "federal", "", "29 USC 1144"),
        ("NY", {"kind": "individual"}, "unknown", "verification", "individual coverage is insured"),
        ("NY", {"kind": "short_term"}, "excluded", "", "42 USC 300gg-91(b)(5)"),
        ("NY", {"kind": "excepted"}, "excluded", "", "42 USC 300gg-91(c)"),
        ("NY", {"kind": "health_sharing"}, "excluded", "", "45 CFR 149.20: no plan or issuer"),
        ("NY", {**INSURED, "state": "PA"}, "unknown", "issued in PA", "45 CFR 149.30: the state's law must apply"),
        ("NY", {**INSURED, "state": "NY"}, "unknown", "verification", ""),
        ("AZ", {**INSURED, "state": "PA"}, "federal", "", "neither has a process of its own"),
        ("NY", {"sponsor": "Example County"}, "unknown", "self-funded or fully insured", "a sponsor tells no funding"),
    ],
)
def test_what_staff_find_out_decides(
    state: str, plan: dict[str, str], expected: str, missing: str, source: str
) -> None:
    story = heard(service_state=state)
    found(story, plan)
    assert law(story) == expected, source
    assert story.case.governing is not None and missing in " ".join(story.case.governing.missing)


def test_a_plan_that_is_found_self_funded_goes_to_negotiation_in_time() -> None:
    story = heard(service_state="VA")
    assert {"federal_review", "state_review"} <= set(dates(story.case))
    found(heard_again := heard(service_state="TX"), SELF)
    assert heard_again.case.forum == "open_negotiation" and dates(heard_again.case)["file"] == FEDERAL_REVIEW


def test_a_plan_that_is_found_insured_keeps_every_date() -> None:
    story = heard(service_state="VA")
    found(story, INSURED)
    assert {"federal_review", "state_review", "file"} <= set(dates(story.case))


@pytest.mark.parametrize(
    ("group", "expected"), [("G-1", "federal"), ("g1", "federal"), ("G-2", "unknown"), ("", "unknown")]
)
def test_a_row_of_one_plan_goes_before_its_administrators(group: str, expected: str) -> None:
    """One payer id, several plans: only the group's own row says that it is self-funded."""
    rules = rules_with(row("insured"), row("self_funded", "G-1"))
    assert law(heard(rules, service_state="NY", group_number=group)) == expected


def test_the_other_party_of_a_cooling_off_period_is_the_plan_by_the_same_facts() -> None:
    rules = rules_with(row("insured"), row("self_funded", "G-1"))
    assert party_of(heard(rules, group_number="G-1").case, rules).funding == "self_funded"
    assert party_of(heard(rules, group_number="G-2").case, rules).funding == "insured"
    story = heard(rules, group_number="G-2")
    found(story, SELF)
    assert party_of(story.case, rules).funding == "self_funded", "a person's word goes before the row"
    assert party_of(heard(remarks=("N855",)).case, load_rules()).funding == "self_funded"


def test_every_fact_has_its_source_and_day_and_contradictions_are_shown() -> None:
    rules = rules_with(row("insured"))
    story = heard(rules, ("N855",), service_state="NY", group_number="G-1", plan_name="EXAMPLE COUNTY")
    story.today = date(2026, 10, 20)
    found(story, {"sponsor": "Example County", "state": "NY"})
    facts = plan_facts(story.case, rules)
    assert [(f.what, f.value, f.source, f.known_on.isoformat()) for f in facts] == [
        ("group", "G-1", "837 SBR03", "2026-09-01"),
        ("name", "EXAMPLE COUNTY", "837 SBR04", "2026-09-01"),
        ("funding", "insured", "payers.csv: test", "2026-10-05"),
        ("funding", "self_funded", "835 N855", "2026-10-05"),
        ("sponsor", "Example County", "staff", "2026-10-20"),
        ("state", "NY", "staff", "2026-10-20"),
    ]
    assert contradictions(facts) == ("funding: insured (payers.csv: test) against self_funded (835 N855)",)
    assert law(story) == "unknown"
    found(story, SELF)
    assert law(story) == "federal", "a person says which is right"
    assert contradictions(plan_facts(story.case, rules)), "and the contradiction stays in sight"


def test_a_later_word_of_staff_replaces_an_earlier() -> None:
    story = heard(service_state="NY")
    found(story, INSURED)
    found(story, SELF)
    assert law(story) == "federal" and len(story.case.plan_facts) == 2
    same = PlanFact("funding", "Insured", "837", date(2026, 9, 1)), PlanFact("funding", "insured", "staff", date.max)
    assert contradictions(same) == ()


def test_what_staff_found_of_the_plan_holds_for_the_claim_judged_anew() -> None:
    story = heard(service_state="NY")
    found(story, SELF)
    story.until(date(2026, 11, 20))
    assert story.case.forum == "commercial_appeal", "open negotiation was missed on the 17th"
    story.receive(settled())
    story.receive(flagged(()), on=date(2026, 11, 20))
    assert law(story) == "federal"


# open negotiation had to start by 17 November, 30 business days after the receipt on 5 October
@pytest.mark.parametrize("state", ["NY", "TX"])
def test_a_fact_found_after_the_federal_period_is_recorded_and_says_what_it_means(state: str) -> None:
    story = heard(service_state=state)
    story.until(date(2026, 11, 30))
    found(story, SELF)
    assert law(story) == "federal" and [fact.value for fact in story.case.plan_facts] == ["self_funded"]
    assert story.case.forum == "commercial_appeal", "what is over is not opened"
    assert set(dates(story.case)) == {"file"}, "the state's process does not govern, so that its date is none of ours"
    told = story.case.escalated
    assert "the federal process governs: self-funded plan (staff)" in told and "29 USC 1144" in told
    assert "had to start by 2026-11-17; 45 CFR 149.510(b)(1)(i)" in told and "stays where it is" in told


def test_a_fact_found_while_a_won_appeal_waits_for_agreement_is_recorded() -> None:
    story = heard(service_state="NY")
    commands = Commands(story.decider.rule_set, at(story.today))
    story.state = commands.attest_filing(story.case, story.today, "certified mail").state
    story.receive(decision(story, "partially_overturned", story.today, awarded="300.00"))
    before = story.case
    found(story, SELF)
    assert law(story) == "federal" and (story.case.stage, story.case.forum) == (before.stage, before.forum)
    assert "cannot start from this step" in story.case.escalated


def given_up(rules: Rules) -> Story:
    """Open negotiation by the payer's row, which nobody attested by 17 November, as a release before ended it."""
    story = heard(rules, service_state="NY")
    story.until(date(2026, 11, 17))
    story.today = date(2026, 11, 30)
    given_up_before(story)
    assert story.case.lapsed is not None and story.case.forum == "open_negotiation"
    zero = Decimal(0)
    closed = ClaimClosed(
        claim_id=CLAIM, reason="pursuit_ended", billed=zero, allowed=zero, paid_at_first=zero, paid=zero,
        recovered=zero, patient_share=zero, costs=zero,
    )  # fmt: skip
    story.receive(closed)
    return story


def test_a_fact_reopens_what_is_open_by_the_law_that_it_shows() -> None:
    """The plan is insured, so that the federal period was not the claim's: the plan's appeal is open for 180 days."""
    story = given_up(rules_with(row("self_funded")))
    found(story, INSURED)
    resumed = story.events[-1]
    assert isinstance(resumed, PursuitResumed)
    assert "governing law: unknown, not federal" in resumed.reason and "2027-04-03" in resumed.reason
    story.receive(flagged(()))
    assert story.case.forum == "commercial_appeal" and story.case.live
    assert {"file", "state_review"} <= set(dates(story.case)) and "federal_review" not in dates(story.case)


@pytest.mark.parametrize(
    ("plan", "on"),
    [
        ({"sponsor": "Example County"}, date(2026, 11, 30)),  # tells nothing of the law
        ({"kind": "short_term"}, date(2026, 11, 30)),  # no remedy here
        (INSURED, date(2027, 4, 5)),  # the 180 days are over
    ],
)
def test_a_fact_opens_nothing_that_is_over(plan: dict[str, str], on: date) -> None:
    story = given_up(rules_with(row("self_funded")))
    story.until(on)
    found(story, plan)
    assert not story.case.live and not [e for e in story.events if isinstance(e, PursuitResumed)]
    assert story.case.plan_facts, "it is recorded all the same"
