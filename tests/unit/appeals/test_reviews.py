"""Where it is open which law governs, every clock that may hold has a date for a person, whose decision is in time."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.judgement import Law
from services.appeals.domain.tables import PayerRow
from shared.decider import IllegalTransition
from shared.events.pursuit import AppealFiled, DeadlineCorrected, DeadlineNoticed
from tests.unit.appeals.cases import Story, at, claim, denied, flagged, remittance
from tests.unit.appeals.test_pursuit import begun, decision

PERSON = Policy(attest=frozenset(("commercial_appeal", "corrected_claim", "open_negotiation", "state_process")))
FEDERAL_REVIEW = date(2026, 11, 17)  # 30 business days beginning on Monday 5 October 2026, two holidays out
OFFICE: dict[str, Any] = {"place": "11", "codes": ("99214",)}
STAY: dict[str, Any] = {
    "place": "", "form": "institutional", "bill_type": "0111", "codes": ("",), "revenue": "0120",
}  # fmt: skip


def dates(case: AppealCase) -> dict[str, date]:
    return {d.kind: d.until for d in case.deadlines}


def decide(story: Story, law: Law, on: date) -> AppealCase:
    story.today = on
    found = Commands(story.decider.rule_set, at(on)).override_law(story.case, law, "ada", "the plan is insured")
    story.state, story.events = found.state, [*story.events, *found.events]
    return story.case


# An emergency paid on 5 October 2026, nothing known of the plan; counted by hand from the text beside it.
@pytest.mark.parametrize(
    ("state", "last"),
    [
        ("VA", date(2026, 11, 4)),  # Va. Code 38.2-3445.01: talks are asked for within 30 days
        ("NV", date(2026, 11, 4)),  # NRS 439B.754(1): 30 days, else it counts as accepted
        ("WA", date(2026, 11, 4)),  # RCW 48.49.040, if it still holds: the same
        ("GA", date(2026, 12, 4)),  # O.C.G.A. 33-20E-9: 60 days
        ("CO", date(2027, 1, 3)),  # Regulation 4-2-65: 90 days
        ("TX", date(2027, 1, 3)),  # Tex. Ins. Code 1467.084(a): 90th day
        ("NJ", date(2026, 11, 4)),  # when talks have to be asked for was not found: 30 days are the stand-in
        ("NH", None),  # the provider may choose the federal process: it is federal
        ("AZ", None),  # no process of its own: federal
        ("MI", None),  # a rate, disputed with the plan: nothing to begin with the state
    ],
)
def test_a_states_clock_runs_beside_the_federal_one(state: str, last: date | None) -> None:
    story = begun(policy=PERSON, remarks=(), service_state=state)
    found = dates(story.case)
    assert found.get("state_review") == last
    if last is not None:
        assert found["federal_review"] == FEDERAL_REVIEW
        assert found["file"] == date(2027, 4, 3)  # 180 days of the plan's appeal, a Saturday
        assert min(d.due for d in story.case.deadlines) == min(d.due for d in story.case.deadlines if d.kind != "file")


@pytest.mark.parametrize("policy", [PERSON, None])  # before the plan's appeal is filed, and after
@pytest.mark.parametrize(
    ("state", "last"), [("VA", date(2026, 11, 14)), ("NV", date(2026, 11, 4)), ("TX", date(2027, 1, 3))]
)
def test_staff_decide_within_the_states_time_and_not_after(state: str, last: date, policy: Policy | None) -> None:
    story = begun(policy=policy, remarks=(), service_state=state)
    decided = decide(story, "state", last)
    assert decided.forum == "state_process" and decided.stage in ("prepare", "await")
    assert not {"federal_review", "state_review"} & set(dates(decided))
    story = begun(policy=policy, remarks=(), service_state=state)
    with pytest.raises(IllegalTransition, match=last.isoformat()):
        decide(story, "state", date.fromordinal(last.toordinal() + 1))
    assert decide(begun(policy=policy, remarks=(), service_state=state), "federal", last if last < FEDERAL_REVIEW else
                  FEDERAL_REVIEW).forum == "open_negotiation"  # fmt: skip


def test_a_decision_for_the_plans_appeal_ends_the_reviews() -> None:
    story = begun(remarks=(), service_state="VA")
    assert {"federal_review", "state_review"} <= set(dates(story.case))
    assert set(dates(decide(story, "commercial", date(2026, 10, 20)))) == {"decision"}


def test_each_date_is_reminded_escalated_and_its_loss_said() -> None:
    story = begun(remarks=(), service_state="VA")
    story.until(date(2026, 11, 18))
    said = [(e.deadline, e.notice, e.due_on) for e in story.events if isinstance(e, DeadlineNoticed)]
    # talks could be asked for until 4 November; arbitration is open for ten days more all the same
    assert ("state_review", "escalation", date(2026, 11, 4)) in said
    moved = [(e.deadline, e.was_on, e.due_on) for e in story.events if isinstance(e, DeadlineCorrected)]
    assert ("state_review", date(2026, 11, 4), date(2026, 11, 13)) in moved
    # 14 November is a Saturday: told for Friday the 13th, lost after the 14th
    assert ("state_review", "escalation", date(2026, 11, 13)) in said
    assert ("state_review", "missed", date(2026, 11, 14)) in said
    assert ("federal_review", "missed", FEDERAL_REVIEW) in said


@pytest.mark.parametrize("policy", [PERSON, None])
def test_a_corrected_receipt_brings_back_the_dates_that_had_passed(policy: Policy | None) -> None:
    story = begun(policy=policy, remarks=(), service_state="VA")
    story.until(date(2026, 11, 20))
    assert not {"federal_review", "state_review"} & set(dates(story.case))
    commands = Commands(story.decider.rule_set, at(story.today))
    decided, _ = commands.correct_notice(story.case, date(2026, 10, 20), "it lay in another mailbox")
    # 40 days from 20 October; 30 business days beginning on it, Veterans Day and Thanksgiving out
    assert dates(decided.state)["state_review"] == date(2026, 11, 29)
    assert dates(decided.state)["federal_review"] == date(2026, 12, 2)


def test_a_part_that_is_granted_keeps_the_other_rights_in_sight() -> None:
    story = begun(remarks=(), service_state="TX")
    story.receive(decision(story, "partially_overturned", date(2026, 10, 20), awarded="250.00"), on=date(2026, 10, 20))
    assert {"federal_review", "state_review", "agreement"} <= set(dates(story.case))


def test_a_plan_that_state_law_does_not_reach_has_no_date_of_the_state() -> None:
    rules = load_rules()
    row = PayerRow(payer_id="99101", funding="self_funded", source="test")
    story = Story(PERSON)
    story.decider = AppealsDecider(msgspec.structs.replace(rules, payers={"99101": (row,)}), PERSON)
    story.receive(claim(filing_indicator="FI", service_state="TX"), remittance(("N885",)), flagged(("N885",)))
    assert set(dates(story.case)) == {"federal_review", "file"}  # a Federal Employees plan
    story = Story(PERSON)
    story.decider = AppealsDecider(msgspec.structs.replace(rules, payers={"99101": (row,)}), PERSON)
    story.receive(claim(service_state="TX"), remittance(("N885",)), flagged(("N885",)))
    assert set(dates(story.case)) == {"federal_review", "file"}  # self-funded, and Texas lets no plan opt in


@pytest.mark.parametrize("fields", [OFFICE, STAY, {"place": "24", "codes": ("29881",), "consent_to_be_told": True}])
@pytest.mark.parametrize("clock", ["N876", "N877"])
@pytest.mark.parametrize("denial", [False, True])
def test_a_payer_that_names_open_negotiation_gives_it_a_date_whatever_the_codes_show(
    fields: dict[str, Any], clock: str, denial: bool
) -> None:
    fields = {name: value for name, value in fields.items() if name != "consent_to_be_told"}
    for carc in ("50", "18"):  # the second has no appeal of its own
        remarks = (clock, "N863") if not denial else (clock,)
        story = begun(
            policy=PERSON, remarks=remarks, verdict=denied(carc, remarks=remarks) if denial else None, **fields
        )
        assert story.case.live, story.case.ended
        named = {"federal_review", "file"} if story.case.forum != "open_negotiation" else {"file"}
        assert named <= set(dates(story.case))
        assert FEDERAL_REVIEW in dates(story.case).values()


def test_a_contradiction_of_laws_has_both_dates() -> None:
    story = begun(policy=PERSON, remarks=("N859", "N858"), service_state="TX")
    assert story.case.governing is not None and story.case.governing.law == "unknown"
    assert dates(story.case)["federal_review"] == FEDERAL_REVIEW
    assert dates(story.case)["state_review"] == date(2027, 1, 3)


def test_a_mediation_that_the_payer_names_has_its_date_beside_the_appeal() -> None:
    """Neb. Rev. Stat. 44-6849: after talks the state's mediation; its limit is not known, 30 days are the stand-in."""
    story = begun(policy=PERSON, remarks=("N844",), service_state="NE")
    assert story.case.governing is not None and story.case.governing.law == "commercial"
    assert set(dates(story.case)) == {"file", "state_review"}
    assert dates(begun(policy=PERSON, remarks=("N858",), service_state="NM").case).keys() == {"file"}  # a rate


def test_state_law_that_is_named_of_a_self_funded_plan_keeps_both_dates() -> None:
    row = PayerRow(payer_id="99101", funding="self_funded", source="test")
    story = Story(PERSON)
    story.decider = AppealsDecider(msgspec.structs.replace(load_rules(), payers={"99101": (row,)}), PERSON)
    story.receive(claim(service_state="TX"), remittance(("N858",)), flagged(("N858",)))
    assert set(dates(story.case)) == {"federal_review", "state_review", "file"}


def test_the_appeal_is_filed_beside_the_reviews() -> None:
    (filed,) = begun(remarks=(), service_state="GA").events
    assert isinstance(filed, AppealFiled) and filed.forum == "commercial_appeal"
