"""Documents as a reader gets them: the PDF's own text, what is missing, and what may never be in a federal paper."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from services.appeals.adapters.documents.content import Content, Sources, build
from services.appeals.adapters.documents.evidence import Evidence, denied_lines
from services.appeals.adapters.documents.federal import BarredFigure
from services.appeals.adapters.documents.portal_form import by_hand
from services.appeals.adapters.documents.typesetting import Typesetter
from services.appeals.domain.case import Filing
from services.appeals.domain.forums.papers import document_data, rows_for
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.plan import PlanAttribute, PlanFact
from services.appeals.domain.plan_facts import portal_plan_type
from shared.events.claims import Adjustment, RemittanceLine
from shared.events.pursuit import NegotiationOpened
from tests.unit.appeals.cases import Story, claim, denied, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL, begun

SETTER = Typesetter()
PROVIDER = {
    "name": "Example Emergency Physicians", "address": "1 Example Street, Phoenix, AZ 85006", "phone": "602-555-0100",
    "email": "billing@example.org", "signatory": "A. Biller", "practice_size": "20 to 50 employees",
}  # fmt: skip
PAYER = {
    "appeals_address": "P.O. Box 1, Hartford, CT 06103", "notice_address": "nsa@example.com",
    "external_review_address": "P.O. Box 2", "claims_address": "P.O. Box 3",
}  # fmt: skip
LINE = RemittanceLine(
    line=1, code="99284", charge=Decimal("900.00"), paid=Decimal("150.00"), allowed=Decimal("180.00"),
    qpa=Decimal("180.00"), adjustments=(Adjustment(group="CO", carc="45", amount=Decimal("720.00")),),
)  # fmt: skip
BARRED = ("900.00", "760.00", "125.00", "Medicare", "customary", "Charge")


def contents(
    story: Story, filing: Filing, verdict: Any, *, provider: dict[str, str] = PROVIDER, no_conflict: bool = True,
    attachments: tuple[dict[str, str], ...] = (), line: RemittanceLine = LINE, **fields: Any,
) -> dict[str, tuple[Content, bytes]]:  # fmt: skip
    paid = msgspec.structs.replace(remittance(FEDERAL).remittance, lines=(line,))
    facts = claim(**fields).claim
    lines = verdict.lines if hasattr(verdict, "lines") else denied_lines(facts)
    sources = Sources(
        evidence=Evidence(facts, paid, lines), provider=provider, payer=PAYER, entity={"name": "Example Review"},
        attachments=attachments, no_conflict=no_conflict,
    )  # fmt: skip
    rule_set = story.decider.rule_set
    found: dict[str, tuple[Content, bytes]] = {}
    for row in rows_for(rule_set.rules, filing.forum, filing.level, filing.filed_on):
        digest = sha256(document_data(story.case, filing, FORUMS[filing.forum], row.kind, row.version)).hexdigest()
        content = build(story.case, filing, row, digest, rule_set, SETTER.letters, sources)
        found[row.kind] = content, SETTER.pdf(row.template, content.json, filing.filed_on)
    return found


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_open_negotiation_notice_has_every_field_and_no_barred_figure() -> None:
    story = begun()
    (filing,) = story.case.filings
    content, pdf = contents(story, filing, flagged(FEDERAL))["on_notice"]
    text = read(pdf)
    assert content.missing == ()
    for part in (
        "Open Negotiation Notice", "November 18, 2026", "PCLM1", "NPI 1234567893", "TIN 123456789", "99284",
        "September 1, 2026", "$150.00", "$30.00", "$1,200.00", "$180.00", "billing@example.org", "nsa@example.com",
        "Under 45 CFR 149.140(d)(2)", "which database was used", "paper form free of charge", "1 Example Street",
    ):  # fmt: skip
        assert part in text, part
    assert not [word for word in BARRED if word in text]


def test_idr_papers_have_the_departments_fields_and_no_barred_figure() -> None:
    story = begun()
    story.until(date(2026, 11, 19))
    papers = contents(story, story.case.filings[-1], flagged(FEDERAL))
    initiation, offer = read(papers["idr_initiation"][1]), read(papers["idr_offer"][1])
    for part in (
        "October 5, 2026",
        "November 18, 2026",
        "Example Review",
        "attested",
        "emergency",
        "AZ",
        "$15.00",
        "$180.00",
    ):
        assert part in initiation, part
    for part in ("$1,200.00", "667%", "$180.00", "20 to 50 employees"):
        assert part in offer, part
    for content, pdf in papers.values():
        assert content.missing == ()
        text = read(pdf) + content.json.decode() + content.text
        assert not [word for word in BARRED if word in text]
        assert not {"ucr", "medicare_pfs", "charge"} & set(text.replace('"', " ").split())


def test_the_offer_is_for_the_entity_alone_and_no_other_paper_tells_it() -> None:
    """45 CFR 149.510(c)(4)(i): each party submits its offer to the entity; (b)(2): the initiation goes to the other."""
    story = begun()
    story.until(date(2026, 11, 19))
    papers = contents(story, story.case.filings[-1], flagged(FEDERAL))
    assert set(papers) == {"idr_initiation", "idr_offer", "remittance_copy"}
    for kind in ("idr_initiation", "remittance_copy"):
        content, pdf = papers[kind]
        told = re.sub("[0-9a-f]{64}", "", read(pdf) + content.json.decode() + content.text)  # a digest may hold any
        assert "1,200.00" not in told and "1200.00" not in told and "667" not in told, kind
        assert "offer_share" not in content.json.decode()
    assert "1,200.00" in read(papers["idr_offer"][1])


def test_an_offer_may_be_made_without_the_qpa_and_says_that_it_was_not_disclosed() -> None:
    story = begun()
    story.until(date(2026, 11, 19))
    unpriced = msgspec.structs.replace(LINE, qpa=None)
    papers = contents(story, story.case.filings[-1], flagged(FEDERAL), line=unpriced)
    content, pdf = papers["idr_offer"]
    assert content.missing == ()
    assert "disclosed of no item; the rest was not, as 45 CFR 149.140(d)(1)(i) requires" in read(pdf)


def test_each_form_has_its_fields_and_says_what_a_person_types() -> None:
    """29 CFR 2590.716-8(b)(2)(iii)(A) (1) to (8), and the portal's plan type: rules/portal_fields.csv."""
    story = begun()
    story.until(date(2026, 11, 19))
    papers = contents(story, story.case.filings[-1], flagged(FEDERAL))
    form = msgspec.json.decode(papers["idr_initiation"][0].json)["form"]
    told = {field["field"]: field["answer"] for field in form["fields"]}
    assert told["Type of item or service"] == "emergency service (45 CFR 149.110(c)(2)(i))"
    assert told["Professional or facility-based"] == "professional service"
    assert told["State of service"] == "AZ" and told["Open negotiation began"] == "October 5, 2026"
    assert told["Information about the QPA"] == "disclosed by the payer with its payment for every item"
    assert told["Attestation that the items qualify"].startswith("The items and services are qualified IDR items")
    assert form["columns"][0] == "Claim number" and form["rows"] == [
        ["PCLM1", "99284", "23", "September 1, 2026", "150.00", "30.00", "180.00"]
    ]
    # nobody has said what kind of plan it is, and the payer's profile has one notice address, by e-mail
    assert told["Other party's e-mail address"] == "nsa@example.com"
    assert by_hand(form) == [
        "Other party's telephone number", "Other party's mailing address", "Health plan type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "funding", "words"),
    [
        ("erisa", "self_funded", "partially or fully self-insured ERISA group health plan"),
        ("erisa", "insured", "fully insured ERISA group health plan"),
        ("church", "insured", "fully insured church plan"),
        ("governmental", "self_funded", "partially or fully self-insured non-federal governmental plan"),
        ("individual", "", "individual market coverage"),
        ("erisa", "", ""),  # the form has no word for a plan of which the funding is not known
        ("", "insured", ""),  # nor for an insured one of which nobody says whose it is
    ],
)
def test_the_plan_type_is_in_the_portals_words_or_typed(kind: str, funding: str, words: str) -> None:
    """The form's words since 1 July 2025: FHAS, a certified IDR entity."""
    story = begun()
    said: tuple[tuple[PlanAttribute, str], ...] = (("kind", kind), ("funding", funding))
    found = tuple(PlanFact(what, value, "staff", date(2026, 10, 6)) for what, value in said if value)
    case = msgspec.structs.replace(story.case, plan_facts=found)
    assert portal_plan_type(case, story.decider.rule_set.rules) == words


def test_a_barred_figure_in_an_attachment_stops_a_federal_paper() -> None:
    story = begun()
    barred = {"kind": "other", "title": "FAIR Health charges", "reference": "dms:9", "sha256": ""}
    with pytest.raises(BarredFigure, match=r"149\.510\(c\)\(4\)\(v\)"):
        contents(story, story.case.filings[0], flagged(FEDERAL), attachments=(barred,))


def test_idr_lists_what_is_missing_and_prints_draft() -> None:
    story = begun()
    story.until(date(2026, 11, 19))
    papers = contents(story, story.case.filings[-1], flagged(FEDERAL), provider={}, no_conflict=False)
    content, pdf = papers["idr_initiation"]
    assert {"profile.provider.name", "attest.no_conflict"} <= set(content.missing)
    assert "Draft, not ready to send" in read(pdf)


def test_a_commercial_packet_compares_with_references_allowed_there() -> None:
    story = begun(remarks=(), place="11", codes=("99214",))
    papers = contents(story, story.case.filings[0], flagged(), place="11", codes=("99214",))
    packet = read(papers["evidence_packet"][1])
    assert "usual and customary charges, 80th percentile" in packet and "$760.00" in packet
    letter = read(papers["appeal_letter"][1])
    assert "Appeal, level 1: claim PCLM1" in letter and "$1,200.00" in letter and "December 4, 2026" in letter


@pytest.mark.parametrize(
    ("carc", "words", "needs"),
    [
        ("50", "not medically necessary", ("medical_records", "clinical_rationale")),
        ("29", "denied as filed late", ("proof_of_timely_filing",)),
        ("97", "reprocess the lines as billed", ("coding_rationale",)),
        ("16", "lacked information", ("corrected_fields",)),
        ("131", "no contract", ("contract_evidence",)),
    ],
)
def test_each_cause_has_its_own_argument_and_enclosures(carc: str, words: str, needs: tuple[str, ...]) -> None:
    story = begun(remarks=(), place="11", codes=("99214",), verdict=denied(carc))
    kind = "cover_letter" if carc == "16" else "appeal_letter"
    content, pdf = contents(story, story.case.filings[0], denied(carc), place="11", codes=("99214",))[kind]
    assert words in read(pdf)
    assert content.missing == tuple(f"attachment.{need}" for need in needs)
    enclosed = tuple({"kind": n, "title": n, "reference": f"dms:{n}", "sha256": ""} for n in needs)
    full = contents(story, story.case.filings[0], denied(carc), attachments=enclosed, place="11", codes=("99214",))
    assert full[kind][0].missing == ()


@pytest.mark.parametrize(
    ("specialty", "words"),
    [
        ("emergency", "cannot choose its patients"),
        ("urgent_care", "without appointment"),
        ("surgery_center", "for the facility and not for the surgeon"),
        ("cardiology", "Cardiac testing"),
        ("neurology", "Neurological testing"),
    ],
)
def test_each_specialty_speaks_for_itself(specialty: str, words: str) -> None:
    verdict = flagged(specialty=specialty)
    story = begun(remarks=(), place="11", codes=("99214",), verdict=verdict)
    papers = contents(story, story.case.filings[0], verdict, place="11", codes=("99214",))
    assert words in read(papers["appeal_letter"][1])


def test_the_same_inputs_give_the_same_bytes() -> None:
    first, second = begun(), begun()
    one = contents(first, first.case.filings[0], flagged(FEDERAL))["on_notice"]
    two = contents(second, second.case.filings[0], flagged(FEDERAL))["on_notice"]
    assert one == two


def test_the_events_hash_is_of_the_papers_core() -> None:
    story = begun()
    (filing,) = story.case.filings
    begun_with = story.events[0]
    assert isinstance(begun_with, NegotiationOpened)
    (document,) = begun_with.documents
    data = document_data(story.case, filing, FORUMS[filing.forum], "on_notice", "2022-01")
    assert document.sha256 == sha256(data).hexdigest()
