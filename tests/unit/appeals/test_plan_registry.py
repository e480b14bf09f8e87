"""What other records say of a plan: it decides where nobody contradicts it, and is shown with its source and day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.http.views import case_view
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.commands import Commands
from services.appeals.domain.tables import PayerRow, RegisteredFact
from tests.unit.appeals.cases import Story, at, claim, flagged, remittance

KNOWN = date(2026, 3, 1)


def said(what: Any, value: str, source: str = "Form 5500 of plan year 2025", group: str = "G-77") -> RegisteredFact:
    return RegisteredFact(payer_id="99101", group_number=group, what=what, value=value, source=source, known_on=KNOWN)


def judged(*rows: RegisteredFact, payer: PayerRow | None = None, remarks: tuple[str, ...] = (), **fields: Any) -> Story:
    story = Story()
    rules = load_rules()
    rules = msgspec.structs.replace(
        rules, plan_registry={"99101": rows}, payers={"99101": (payer,)} if payer is not None else {}
    )
    story.decider = AppealsDecider(rules, None)
    fields = {"service_state": "TX", "group_number": "G77"} | fields
    story.receive(claim(**fields), remittance(remarks), flagged(remarks))
    return story


def law(story: Story) -> str:
    assert story.case.governing is not None
    return story.case.governing.law


# an emergency in Texas, whose process reaches insured plans alone (29 USC 1144; Tex. Ins. Code ch. 1467)
@pytest.mark.parametrize(
    ("rows", "more", "expected"),
    [
        ((), {}, "unknown"),
        ((said("funding", "self_funded"),), {}, "federal"),
        ((said("funding", "insured"),), {}, "unknown"),  # the state's row is not verified
        (
            (said("funding", "self_funded"), said("funding", "insured", "table of contents of March 2026")),
            {},
            "unknown",
        ),
        ((said("funding", "self_funded", group="G-78"),), {}, "unknown"),  # another plan of the same administrator
        ((said("funding", "self_funded"),), {"group_number": ""}, "unknown"),  # no plan is named
        ((said("funding", "self_funded"),), {"remarks": ("N856",)}, "unknown"),  # the payer: not ERISA alone
        (
            (said("funding", "self_funded"),),
            {"payer": PayerRow(payer_id="99101", funding="insured", source="manual of 2026")},
            "unknown",
        ),
        ((said("funding", "self_funded"), said("kind", "short_term", "card")), {}, "unknown"),  # outside the Act?
        ((said("funding", "insured"), said("state", "OK")), {}, "unknown"),  # issued elsewhere
    ],
)
def test_what_other_records_say_of_the_plan_and_the_law(
    rows: tuple[RegisteredFact, ...], more: dict[str, Any], expected: str
) -> None:
    assert law(judged(*rows, **more)) == expected


def test_each_fact_is_shown_with_its_source_and_day_and_what_contradicts_it() -> None:
    story = judged(
        said("funding", "self_funded"), said("ein", "12-3456789", "table of contents of March 2026"),
        payer=PayerRow(payer_id="99101", funding="insured", source="manual of 2026"),
    )  # fmt: skip
    plan = case_view(story.case, story.decider.rule_set, story.today)["plan"]
    shown = {(fact["what"], fact["value"]): (fact["source"], fact["known_on"]) for fact in plan["facts"]}
    assert shown["funding", "self_funded"] == ("Form 5500 of plan year 2025", KNOWN)
    assert shown["ein", "12-3456789"] == ("table of contents of March 2026", KNOWN)
    (against,) = plan["contradictions"]
    assert "self_funded (Form 5500 of plan year 2025)" in against and "insured" in against


def test_a_persons_word_decides() -> None:
    story = judged(said("funding", "self_funded"), said("funding", "insured", "the card"))
    found = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, plan={"funding": "self_funded"})
    assert found.state.governing is not None and found.state.governing.law == "federal"


def test_a_plan_recorded_in_another_state_leaves_the_states_reach_open() -> None:
    story = judged(said("funding", "insured"), said("state", "OK"))
    assert story.case.governing is not None
    assert any("issued in OK" in item for item in story.case.governing.missing)


def test_the_table_is_read_with_its_columns(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    shipped = Path(__file__).parents[3] / "services/appeals/rules"
    for path in shipped.glob("*.csv"):
        (rules / path.name).write_bytes(path.read_bytes())
    with (rules / "plan_registry.csv").open("a", encoding="utf-8") as file:
        file.write("99101,G-77,hios,12345TX0010001,2026-03-01,table of contents of March 2026\n")
    (row,) = load_rules(rules).registered("99101", date(2026, 10, 5), "g77")
    assert (row.what, row.value, row.known_on) == ("hios", "12345TX0010001", KNOWN)
