"""External review: who reviews an insured plan's denial by its state, and when the last day of four months moves."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.filing import draft
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.tables import Funding, PayerRow
from shared.events.pursuit import AppealFiled
from tests.unit.appeals.cases import Story, at, claim, denied, remittance
from tests.unit.appeals.test_pursuit import decision

D = date.fromisoformat
REVIEW = FORUMS["external_review"]


def final_denial(state: str, funding: Funding, decided: str, *, level: int = 2, policy: Policy | None = None) -> Story:
    """A clinical denial of 5 October 2026 that the plan upheld at its only level on a day."""
    row = PayerRow(payer_id="99101", funding=funding, levels=1, source="test")
    story = Story(policy)
    rules = msgspec.structs.replace(load_rules(), payers={"99101": (row,)})
    story.decider = AppealsDecider(rules, policy)
    story.receive(claim(service_state=state, place="11", codes=("99214",)), remittance(), denied("50"))
    story.receive(decision(story, "upheld", D(decided)), on=D(decided))
    return story


@pytest.mark.parametrize(
    ("state", "funding", "decided", "due", "until"),
    [
        # 147.136(d)(2)(i): 1 March 2027 is a Monday; there is no 30 February, so 30 October gives 1 March
        ("AZ", "self_funded", "2026-10-30", "2027-03-01", "2027-03-01"),
        # 28 October to 28 February, a Sunday: the federal rule moves it to Monday
        ("AZ", "self_funded", "2026-10-28", "2027-03-01", "2027-03-01"),
        ("FL", "insured", "2026-10-28", "2027-03-01", "2027-03-01"),  # the federal process
        # a state's own process: its rule was not read, so Sunday stays the last day, and Friday ours
        ("AZ", "insured", "2026-10-28", "2027-02-26", "2027-02-28"),
        ("GA", "insured", "2026-10-28", "2027-02-26", "2027-02-28"),  # sources disagree
        ("AZ", "unknown", "2026-10-28", "2027-03-01", "2027-03-01"),
        # Mont. Code 33-32-410(1): 120 days, here before the four months: 27 February 2027, a Saturday; Friday is ours
        ("MT", "insured", "2026-10-30", "2027-02-26", "2027-02-27"),
        ("MT", "insured", "2026-11-02", "2027-03-02", "2027-03-02"),  # 120 days and four months end on one day
        # Tenn. Code 56-61-116(a) gives six months: the four are kept
        ("TN", "insured", "2026-11-02", "2027-03-02", "2027-03-02"),
    ],
)
def test_the_last_day_by_whose_process_it_is(state: str, funding: Funding, decided: str, due: str, until: str) -> None:
    story = final_denial(state, funding, decided, policy=Policy(attest=frozenset(("external_review",))))
    assert story.case.forum == "external_review"
    deadline = story.case.deadline("file")
    assert deadline is not None and (deadline.due, deadline.until) == (D(due), D(until))


@pytest.mark.parametrize(
    ("state", "funding", "who"),
    [
        ("AZ", "insured", "External review process of Arizona"),
        ("NY", "insured", "External review process of New York"),
        ("FL", "insured", "HHS-administered federal external review process"),
        ("AL", "insured", "HHS-administered federal external review process"),
        ("TX", "insured", "HHS-administered federal external review process"),  # TDI Bulletin B-0001-18
        ("MS", "insured", "External review process of Mississippi"),  # 19 Miss. Code R. 3-15.16
        ("PA", "insured", "External review process of Pennsylvania"),  # Act 146 of 2022, since 1 January 2024
        ("WI", "insured", "or the federal one"),  # sources disagree
        ("GA", "insured", "or the federal one"),
        ("AZ", "self_funded", ""),  # through the plan
        ("AZ", "unknown", ""),
    ],
)
def test_who_it_is_addressed_to(state: str, funding: Funding, who: str) -> None:
    story = final_denial(state, funding, "2026-10-28", policy=Policy(attest=frozenset(("external_review",))))
    rule_set = story.decider.rule_set
    filing = draft(story.case, REVIEW, D("2026-11-02"), rule_set)
    found = REVIEW.addressee(rule_set, story.case, filing)
    if not who:
        assert found is None
    else:
        assert found is not None and who in found.name and "notice of the final denial" in found.name


@pytest.mark.parametrize(("funding", "by_itself"), [("insured", False), ("self_funded", True), ("unknown", True)])
def test_a_person_files_for_an_insured_plan_since_the_notice_says_where(funding: Funding, by_itself: bool) -> None:
    story = final_denial("AZ", funding, "2026-10-28")
    filed = [e for e in story.events if isinstance(e, AppealFiled) and e.forum == "external_review"]
    assert bool(filed) is by_itself
    if not by_itself:
        assert story.case.stage == "prepare"
        found = Commands(story.decider.rule_set, at(D("2026-11-02"))).attest_filing(story.case, D("2026-11-02"), "ER-1")
        assert found.state.stage == "await"


def test_the_plans_own_state_goes_before_that_of_the_service() -> None:
    story = final_denial("AZ", "insured", "2026-10-28", policy=Policy(attest=frozenset(("external_review",))))
    facts: Any = {"state": "FL"}
    found = Commands(story.decider.rule_set, at(D("2026-10-29"))).record_facts(story.case, plan=facts)
    case, rule_set = found.state, story.decider.rule_set
    addressed = REVIEW.addressee(rule_set, case, draft(case, REVIEW, D("2026-11-02"), rule_set))
    assert addressed is not None and addressed.name.startswith("HHS")


def test_every_state_has_a_row_that_says_what_is_still_to_be_verified() -> None:
    rules = load_rules()
    assert set(rules.external_reviews) == set(rules.states)
    for rows in rules.external_reviews.values():
        for row in rows:
            assert row.status != "verified" and row.source and row.verify and row.read_on


@pytest.mark.parametrize(("on", "process"), [("2023-12-31", "federal"), ("2024-01-01", "state")])
def test_pennsylvania_took_it_over_from_the_federal_government(on: str, process: str) -> None:
    """Act 146 of 2022; media.pa.gov, January 2024."""
    row = load_rules().external_review("PA", D(on))
    assert row is not None and row.process == process


def test_two_states_are_left_of_which_the_sources_disagree() -> None:
    rules = load_rules()
    rows = {state: rules.external_review(state, D("2026-11-02")) for state in rules.external_reviews}
    unknown = {state for state, row in rows.items() if row is None or row.process == "unknown"}
    assert unknown == {"GA", "WI"}
