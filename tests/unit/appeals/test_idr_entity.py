"""How the certified IDR entity is chosen, 45 CFR 149.510(c)(1), and what it costs where it publishes its fee.

IDR was initiated on Friday 20 November 2026; Thursday the 26th is Thanksgiving. Three business days after it are the
25th, four the 27th, six 1 December.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.batching import fees_for
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.idr_reports import IdrReport
from services.appeals.domain.tables import EntityRow
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from tests.unit.appeals.cases import Story
from tests.unit.appeals.test_idr_as_told import INITIATED, due, initiated, take

RULES = load_rules()
D = date.fromisoformat
JOINT, NOTICE, DEPARTMENTS = D("2026-11-25"), D("2026-11-27"), D("2026-12-01")


def tell(story: Story, what: str, on: date, **more: Any) -> None:
    take(story, "report", IdrReport(what=what, on=on, **more))  # pyright: ignore[reportArgumentType]


def refused(story: Story, what: str, on: date, **more: Any) -> str:
    with pytest.raises(IllegalTransition) as error:
        tell(story, what, on, **more)
    return str(error.value)


def at_selection(today: date = D("2026-11-23")) -> Story:
    story = initiated()
    assert story.case.stage == "selection" and D("2026-11-20") == INITIATED
    story.until(today)
    return story


def test_silence_leaves_ours_and_the_departments_date_alone() -> None:
    story = at_selection()
    assert due(story, "entity_selection") == (DEPARTMENTS, False)
    assert story.case.entity is None


def test_an_alternative_is_answered_within_the_three_business_days() -> None:
    story = at_selection()
    tell(story, "entity_objected", D("2026-11-23"), entity="Maximus Federal Services", reported_by="payer")
    assert due(story, "entity_answer") == (JOINT, False)
    assert due(story, "entity_selection") == (DEPARTMENTS, False), "the Departments' own date stands beside it"
    assert "Maximus Federal Services" in story.case.escalated and "2026-11-25" in story.case.escalated
    assert "agree or object" in next(t.task for t in tasks(story.case) if t.kind == "entity_answer")


# our answer, its day, who the entity is, and the day by which the Departments are told: one business day after the
# selection, or after the three days in which there was none
@pytest.mark.parametrize(
    ("what", "on", "name", "notice"),
    [
        ("entity_agreed", D("2026-11-23"), "Maximus", D("2026-11-24")),
        ("entity_agreed", D("2026-11-24"), "Maximus", D("2026-11-25")),
        ("entity_agreed", D("2026-11-25"), "Maximus", NOTICE),  # over Thanksgiving
        ("entity_refused", D("2026-11-23"), "", NOTICE),
        ("entity_refused", D("2026-11-25"), "", NOTICE),
    ],
)
def test_the_departments_are_told_within_one_business_day(what: str, on: date, name: str, notice: date) -> None:
    story = at_selection()
    tell(story, "entity_objected", D("2026-11-23"), entity="Maximus")
    story.until(on)
    tell(story, what, on)
    assert story.case.entity is not None and story.case.entity.name == name
    assert due(story, "entity_notice") == (notice, False) and story.case.deadline("entity_answer") is None
    tell(story, "entity_notified", on)
    assert story.case.deadline("entity_notice") is None
    assert due(story, "entity_selection") == (DEPARTMENTS, False)


def test_an_answer_that_is_missed_costs_no_right_and_is_said() -> None:
    story = at_selection()
    tell(story, "entity_objected", D("2026-11-23"), entity="Maximus")
    story.until(D("2026-11-26"))
    assert story.case.stage == "selection" and "missed: entity_answer" in story.case.escalated
    assert story.case.live


def test_an_objection_without_an_alternative_leaves_the_notice() -> None:
    story = at_selection()
    tell(story, "entity_objected", D("2026-11-23"))
    assert due(story, "entity_notice") == (NOTICE, False) and story.case.deadline("entity_answer") is None


def test_an_objection_after_its_time_is_looked_at() -> None:
    story = at_selection(D("2026-11-27"))
    tell(story, "entity_objected", D("2026-11-27"), entity="Maximus")
    assert story.case.deadline("entity_answer") is None and "see whether ours counts" in story.case.escalated


def test_an_alternative_that_is_not_certified_is_said_so() -> None:
    story = at_selection()
    tell(story, "entity_objected", D("2026-11-23"), entity="ipro")
    assert "not certified on 2026-11-23" in story.case.escalated
    tell(story, "entity_objected", D("2026-11-23"), entity="An entity that no table has")
    assert "not certified" not in story.case.escalated


def test_an_entity_with_a_conflict_is_replaced_and_nothing_is_missed() -> None:
    """45 CFR 149.510(c)(1)(v): the day of the notice, Friday 4 December, stands for the initiation."""
    story = at_selection(D("2026-12-04"))
    tell(story, "selected", D("2026-12-01"), entity="FHAS")
    tell(story, "offered", D("2026-12-03"))
    assert story.case.stage == "determination"
    tell(story, "entity_conflict", D("2026-12-04"), entity="FHAS")
    case = story.case
    assert (case.stage, case.entity_on, case.offer_on) == ("selection", None, None)
    assert due(story, "entity_selection") == (D("2026-12-14"), False)  # six business days
    assert "by 2026-12-09" in case.escalated and "make our offer again" in case.escalated  # three
    tell(story, "entity_conflict", D("2026-12-04"), entity="FHAS")
    assert story.case == case, "told twice"
    tell(story, "entity_objected", D("2026-12-04"), entity="Maximus")
    assert due(story, "entity_answer") == (D("2026-12-09"), False), "counted from the notice"
    story.until(D("2026-12-08"))
    tell(story, "selected", D("2026-12-08"), entity="Maximus")
    assert due(story, "offer") == (D("2026-12-22"), False)  # ten business days
    assert story.case.entity is not None and story.case.entity.name == "Maximus"


@pytest.mark.parametrize(
    ("what", "on", "more", "why"),
    [
        ("entity_agreed", D("2026-11-23"), {}, "no alternative was proposed"),
        ("entity_objected", D("2026-11-19"), {"entity": "Maximus"}, "its choice began on 2026-11-20"),
        ("entity_objected", D("2026-11-24"), {"entity": "Maximus"}, "this day cannot be"),
        ("entity_conflict", D("2026-11-19"), {}, "its choice began on 2026-11-20"),
        ("entity_notified", D("2026-11-24"), {}, "this day cannot be"),
    ],
)
def test_what_cannot_be_is_refused_with_its_rule(what: str, on: date, more: dict[str, Any], why: str) -> None:
    story = at_selection()
    before = story.state
    message = refused(story, what, on, **more)
    assert why in message and "149.510(c)(1)" in message and story.state is before


def test_no_entity_is_chosen_before_idr_and_after_its_end() -> None:
    story = initiated()
    tell(story, "closed", INITIATED, outcome="ineligible", ineligible_for="other")
    assert "does not stand in IDR" in refused(story, "entity_objected", story.today, entity="Maximus")


def test_a_selection_names_who_it_is_also_where_it_was_told_before() -> None:
    story = at_selection(D("2026-12-01"))
    tell(story, "selected", D("2026-12-01"), entity="Network Medical Review")
    assert story.case.entity is not None and story.case.entity.name == "Network Medical Review"
    assert "not certified on 2026-12-01" in story.case.escalated


PUBLISHED = EntityRow(
    name="Example IDR", single=Decimal("425.00"), batched=Decimal("600.00"), extra_25=Decimal("100.00"),
    start=D("2026-01-01"), end=D("2026-12-31"), source="test",
)  # fmt: skip


# 88 FR 88494: single 200 to 840, batched 268 to 1,173, 75 to 250 for each 25 lines from line 26; half of the range is
# expected of an entity that publishes nothing
@pytest.mark.parametrize(
    ("entity", "on", "lines", "fee"),
    [
        ("Example IDR", "2026-11-20", 1, "425.00"),
        ("example idr", "2026-11-20", 1, "425.00"),
        ("Example IDR", "2026-11-20", 2, "600.00"),
        ("Example IDR", "2026-11-20", 25, "600.00"),
        ("Example IDR", "2026-11-20", 26, "700.00"),
        ("Example IDR", "2026-11-20", 50, "700.00"),
        ("Example IDR", "2026-11-20", 51, "800.00"),
        ("Example IDR", "2027-01-01", 1, "520.00"),  # its row has ended: the range
        ("", "2026-11-20", 1, "520.00"),
        ("", "2026-11-20", 2, "720.50"),
        ("", "2026-11-20", 26, "883.00"),  # 720.50 and half of 75 to 250
        ("FHAS", "2026-11-20", 1, "520.00"),  # a row without a published fee
    ],
)
def test_the_fee_of_the_entity_we_propose(entity: str, on: str, lines: int, fee: str) -> None:
    rules = msgspec.structs.replace(RULES, entities=RULES.entities | {"example idr": (PUBLISHED,)})
    assert fees_for(rules, D(on), (lines,), Decimal("0.5"), entity) == (Decimal("15.00"), Decimal(fee))


def test_the_fee_of_a_filing_is_that_of_the_entity_we_propose() -> None:
    story = initiated()
    rules = msgspec.structs.replace(RULES, entities={"example idr": (PUBLISHED,)})
    policy = msgspec.structs.replace(story.decider.rule_set.policy, idr_entity="Example IDR")
    builder = DecisionBuilder(RuleSet.of(rules, policy), story.case, story.today)
    assert FEDERAL_IDR.expected_fees(builder, INITIATED) == (Decimal("15.00"), Decimal("425.00"))
    assert AppealsDecider(rules, policy).rule_set.policy.idr_entity == "Example IDR"


def test_entities_have_their_days_and_sources() -> None:
    for rows in RULES.entities.values():
        for row in rows:
            assert row.source and row.start <= row.end
    assert RULES.entities["ipro"][0].end == D("2026-11-03")
