"""Forms and letters by their rule: the standard notice, a resubmission, the entity's notice, requests to the plan."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import msgspec
import openpyxl
import pytest

from services.appeals.adapters.documents.content import Sources
from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.forms import entity_notice_of
from services.appeals.adapters.documents.portal_form import as_csv, as_excel, by_hand, form_tables
from services.appeals.adapters.documents.request_letters import Request, load_requests, request_letter
from services.appeals.adapters.http.documents import pending
from services.appeals.adapters.rules import TEMPLATES
from shared.events.claims import RemittanceLine
from tests.unit.appeals.cases import Story, claim, flagged, remittance
from tests.unit.appeals.test_documents import LINE, PAYER, PROVIDER, contents, read
from tests.unit.appeals.test_idr_as_told import INITIATED, initiated
from tests.unit.appeals.test_idr_entity import at_selection, tell
from tests.unit.appeals.test_idr_outcomes import close
from tests.unit.appeals.test_plans import PERSON
from tests.unit.appeals.test_pursuit import FEDERAL, begun

D = date.fromisoformat
NONE = "not applicable: the parties failed to select"
SIGNER = PROVIDER | {"signatory_role": "employee of the provider"}


def sources(line: RemittanceLine = LINE, **entity: str) -> Sources:
    paid = msgspec.structs.replace(remittance(FEDERAL).remittance, lines=(line,))
    evidence = Evidence(claim().claim, paid, flagged(FEDERAL).lines)
    return Sources(evidence=evidence, provider=PROVIDER, payer=PAYER, entity=entity, attachments=())


def answered(form: dict[str, Any]) -> dict[str, str]:
    return {field["field"]: field["answer"] for field in form["fields"]}


def test_the_notice_has_the_columns_and_the_signature_of_the_standard_form() -> None:
    """OMB 1210-0169: description, claim number, provider with NPI, date, code, initial payment, offer; who signs."""
    story = begun()
    content, pdf = contents(story, story.case.filings[0], flagged(FEDERAL), provider=SIGNER)["on_notice"]
    form = msgspec.json.decode(content.json)["form"]
    assert list(zip(form["columns"], form["rows"][0], strict=True)) == [
        ("Description of the item or service", "professional service: emergency service"),
        ("Claim number", "PCLM1"),
        ("Name of the provider or facility, and NPI", "Example Emergency Physicians, NPI 1234567893"),
        ("Dates of service", "September 1, 2026"),
        ("Service code", "99284"),
        ("Initial payment (N/A if there was none)", "150.00"),
        ("Offer for the out-of-network rate, cost sharing included", "1200.00"),
    ]
    assert answered(form)["Name of who signs"] == "A. Biller"
    assert answered(form)["Their relationship to the party"] == "employee of the provider"
    assert by_hand(form) == []
    assert "employee of the provider" in read(pdf)


def test_a_denied_service_had_no_initial_payment() -> None:
    story = begun()
    verdict = flagged(FEDERAL)
    verdict = msgspec.structs.replace(
        verdict, lines=tuple(msgspec.structs.replace(line, paid=line.paid * 0) for line in verdict.lines)
    )
    content, pdf = contents(story, story.case.filings[0], verdict)["on_notice"]
    assert msgspec.json.decode(content.json)["form"]["rows"][0][5] == "N/A" and "N/A" in read(pdf)
    assert by_hand(msgspec.json.decode(content.json)["form"]) == ["Their relationship to the party"]


def test_a_dispute_that_was_sent_back_is_filed_once_more_under_its_number() -> None:
    """Sent back on Thursday 10 December 2026: four business days are the 11th, 14th, 15th and 16th."""
    story = initiated()
    close(story, "improperly_batched", D("2026-12-10"))
    filing = pending(story.case, story.decider.rule_set, D("2026-12-14"))
    assert filing is not None and filing.forum == "federal_idr"
    form = msgspec.json.decode(contents(story, filing, flagged(FEDERAL))["idr_initiation"][0].json)["form"]
    assert [(f["field"], f["answer"], f["required"]) for f in form["fields"][:4]] == [
        ("Number of the dispute that is filed once more", "DISP-1", True),
        ("What the entity found wrong", "improperly batched", True),
        ("Day on which the entity sent it back", "2026-12-10", True),
        ("Last day to file it once more", "2026-12-16", True),
    ]
    assert answered(form)["Initiating party"] == PROVIDER["name"]


def test_a_first_initiation_is_no_resubmission() -> None:
    story = initiated()
    form = msgspec.json.decode(contents(story, story.case.filings[-1], flagged(FEDERAL))["idr_initiation"][0].json)
    assert form["form"]["fields"][0]["field"] == "Initiating party"


# how the entity was chosen, and what the notice says: 45 CFR 149.510(c)(1)(iii)(A) and (iv)
@pytest.mark.parametrize(
    ("acts", "name", "number", "attests"),
    [
        ((), "Example Review", "E-7", "the initiating party, with no objection"),
        ((("entity_objected", "Maximus"), ("entity_agreed", "")), "Maximus", "", "both parties"),
        ((("entity_objected", "Maximus"), ("entity_refused", "")), NONE, NONE, NONE),
        ((("entity_objected", ""),), NONE, NONE, NONE),
    ],
)  # fmt: skip
def test_the_departments_are_notified_of_the_entity_or_that_there_is_none(
    acts: tuple[tuple[str, str], ...], name: str, number: str, attests: str
) -> None:
    story = at_selection()
    for what, entity in acts:
        tell(story, what, D("2026-11-23"), entity=entity)
    form = entity_notice_of(story.case, story.decider.rule_set, sources(name="Example Review", number="E-7"))
    told = answered(form)
    assert (told["Dispute number"], told["Day of initiation"]) == ("DISP-1", INITIATED.isoformat())
    assert told["Name of the certified IDR entity"] == name
    assert told["Number of the certified IDR entity"] == number
    assert told["Who attests"] == attests
    assert told["Was an entity selected"].startswith("no" if "not applicable" in name else "yes")
    assert by_hand(form) == ([] if number else ["Number of the certified IDR entity"])


def test_no_notice_is_made_before_an_alternative_is_answered_or_an_initiation() -> None:
    story = at_selection()
    tell(story, "entity_objected", D("2026-11-23"), entity="Maximus")
    with pytest.raises(LookupError, match="not agreed to or refused"):
        entity_notice_of(story.case, story.decider.rule_set, sources())
    with pytest.raises(LookupError, match="no IDR filing"):
        entity_notice_of(begun().case, story.decider.rule_set, sources())


def test_a_form_is_the_same_table_as_csv_and_as_workbook_and_no_cell_is_a_formula() -> None:
    form = {
        "fields": [{"field": "Name", "answer": "=1+1", "required": True}],
        "columns": ["Claim number", "Offer"], "required_columns": [], "rows": [["PCLM1", "1200.00"], ["PCLM2", "-1"]],
    }  # fmt: skip
    tables = form_tables(form)
    book = as_excel(tables)
    assert book == as_excel(tables), "the same bytes"
    opened = openpyxl.load_workbook(io.BytesIO(book))
    assert opened.sheetnames == ["fields", "lines"]
    for name, (header, rows) in tables.items():
        shown = [[cell or "" for cell in row] for row in opened[name].iter_rows(values_only=True)]
        assert shown == list(csv.reader(io.StringIO(as_csv(header, rows).decode("utf-8-sig")))), name
    assert opened["fields"]["B2"].value == "'=1+1" and opened["lines"]["B3"].value == "'-1"
    assert opened["fields"]["B2"].data_type == "s"
    assert set(form_tables(form | {"columns": [], "rows": []})) == {"fields"}


WORDS = load_requests(TEMPLATES)


def letter(story: Story, which: Request, found: Sources) -> str:
    return request_letter(WORDS, story.case, which, story.decider.rule_set, found, D("2026-10-07")).text


def test_further_information_about_a_qpa_is_asked_for_item_by_item() -> None:
    """45 CFR 149.140(d)(2)(i) to (iv). Our own ten business days from 7 October, without Columbus Day: the 22nd."""
    text = letter(begun(), "qpa_information", sources())
    for part in (
        "claim number PCLM1", "line 1, 99284", "149.140(d)(2)", "not on a fee-for-service basis",
        "underlying fee schedule", "which database", "related service code",
        "risk-sharing, bonus, penalty", "October 22, 2026", "nsa@example.com",
        "billing@example.org",
    ):  # fmt: skip
        assert part in text, part
    assert "downcoded" not in text and "900.00" not in text and "{" not in text


def test_a_qpa_that_did_not_come_is_asked_for_in_the_same_letter() -> None:
    """45 CFR 149.140(d)(1)(i), (ii)."""
    text = letter(begun(), "qpa_information", sources(msgspec.structs.replace(LINE, qpa=None)))
    assert "no qualifying payment amount of line 1" in text and "downcoded" in text


def test_there_is_nothing_to_ask_where_the_rule_does_not_hold() -> None:
    story = begun(remarks=(), place="11", codes=("99214",))
    with pytest.raises(LookupError, match="where federal law governs"):
        letter(story, "qpa_information", sources())
    with pytest.raises(LookupError, match="no step by which the plan is asked"):
        letter(begun(), "state_talks", sources())  # Arizona has no process of its own


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        ("VA", "Va. Code 38.2-3445.01"), ("NV", "NRS 439B.754(1)"), ("NJ", "N.J.S.A. 26:2SS-9"),
        ("NH", "RSA 420-J:8-e"), ("IL", "215 ILCS 5/356z.3a"), ("CA", "1371.30"),
    ],
)  # fmt: skip
def test_a_plan_is_asked_for_the_talks_that_a_states_process_begins_with(state: str, rule: str) -> None:
    story = Story(PERSON)
    story.receive(claim(service_state=state), remittance(()), flagged(()))
    text = letter(story, "state_talks", sources())
    assert rule in text and "ask you to negotiate" in text and "$1,200.00" in text and "PCLM1" in text
    assert "A. Biller" in text and "{" not in text
