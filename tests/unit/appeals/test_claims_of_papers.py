"""No paper claims what its evidence does not bear, nothing internal is sent: read from the rendered text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.appeals.adapters.documents.content import Content
from services.appeals.adapters.documents.missing import missing_words
from services.appeals.adapters.documents.specimens import Specimen
from services.appeals.domain.case import Filing
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.filing import draft
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.judgement import Fired
from shared.events.assessment import Benchmark
from shared.events.claims import Finding
from tests.unit.appeals.cases import at
from tests.unit.appeals.test_papers import ALL, HOUSE, SETTER, papers, read
from tests.unit.appeals.test_steps import RUNGS

APPEAL = "commercial_appeal-1-underpayment_appeal-surgery_center"
STATE = "state_process-1-underpayment_appeal-emergency"
NOTICE = "open_negotiation-1-open_negotiation-emergency"
CAVEAT = "no surgery center rates are loaded: the outpatient rate used"


def rate(source: str, amount: str, **more: Any) -> Benchmark:
    uses = ("commercial_appeal", "state_process", "open_negotiation", "federal_idr", "internal")
    return Benchmark(source=source, amount=Decimal(amount), release="2026", row="1", uses=uses, **more)


def with_rates(specimen: Specimen, *by_line: tuple[Benchmark, ...]) -> Specimen:
    """The specimen with these benchmarks, line by line; the payer allowed 350.00 for each, and 1,190.00 is sought."""
    evidence = specimen.sources.evidence
    lines = tuple(replace(line, benchmarks=rates) for line, rates in zip(evidence.lines, by_line, strict=True))
    return replace(specimen, sources=replace(specimen.sources, evidence=replace(evidence, lines=lines)))


def said(specimen: Specimen) -> dict[str, str]:
    """Each paper's rendered text, without the breaks of its lines."""
    return {row.kind: " ".join(read(pdf).replace("\ufffe", "-").split()) for row, _, pdf in papers(specimen)}


def contents(specimen: Specimen) -> dict[str, Content]:
    return {row.kind: content for row, content in specimen.papers(HOUSE, SETTER.letters)}


def everything() -> Iterator[tuple[str, str, str]]:
    for name, specimen in ALL.items():
        for kind, content in contents(specimen).items():
            yield name, kind, content.json.decode()


# rates of both lines; whether the letter may call them independent, and whether it may say that they support the sum
EVIDENCE: dict[str, tuple[tuple[Benchmark, ...], tuple[Benchmark, ...], bool, bool]] = {
    "all of it": ((rate("ucr", "1310.00"),), (rate("tic_allowed", "1190.00"),), True, True),
    "above the payment, below the demand": ((rate("ucr", "900.00"),), (rate("medicare_opps", "351.00"),), True, False),
    "one line only": ((rate("ucr", "1310.00"),), (rate("billed_charge", "2400.00"),), True, False),
    "below the payment": ((rate("medicare_opps", "324.00"),), (rate("medicare_opps", "350.00"),), False, False),
    "our own charge": ((rate("billed_charge", "2400.00"),), (rate("billed_charge", "2400.00"),), False, False),
    "the payer's own figures": ((rate("qpa", "900.00"),), (rate("payer_history", "2000.00"),), False, False),
    "nothing": ((), (), False, False),
}


@pytest.mark.parametrize("name", [APPEAL, STATE])
@pytest.mark.parametrize("evidence", EVIDENCE)
def test_a_letter_cites_only_rates_that_its_exhibit_bears(name: str, evidence: str) -> None:
    one, two, independent, supports = EVIDENCE[evidence]
    specimen = with_rates(ALL[name], one, two)
    text = said(specimen)
    assert ("independent reference rates" in text["appeal_letter"]) == independent
    assert ("they support an allowed amount of $2,380.00" in text["appeal_letter"]) == supports
    assert "$2,380.00" in text["appeal_letter"], "what is sought is said in any case"
    assert ("Comparison" in text["evidence_packet"]) == independent
    assert "billed charge" not in text["evidence_packet"].lower()
    weak = {content.weak for content in contents(specimen).values()}
    assert weak == ({""} if independent else {"no independent reference rate lies above what the payer allowed"})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("ucr", "tic_in_network", "medicare_pfs", "qpa", "payer_history", "billed_charge")),
            st.decimals("0.01", "5000.00", places=2),
        ),
        max_size=4,
    )
)
def test_whatever_the_benchmarks_are(rates: list[tuple[str, Decimal]]) -> None:
    """By the words of the letter, which the PDF shows: independent means neither ours nor the payer's, and above it."""
    found = tuple(rate(source, str(amount)) for source, amount in rates)
    specimen = with_rates(ALL[APPEAL], found, found)
    letter = contents(specimen)["appeal_letter"]
    best = max((a for s, a in rates if s in ("ucr", "tic_in_network", "medicare_pfs") and a > 350), default=None)
    assert ("independent reference rates" in letter.text) == (best is not None)
    assert ("they support" in letter.text) == (best is not None and best >= 1190)
    assert bool(letter.weak) == (best is None)


@pytest.mark.parametrize("name", [NOTICE, "federal_idr-1-open_negotiation-emergency"])
def test_weak_evidence_never_stands_in_the_way_of_the_federal_process(name: str) -> None:
    specimen = with_rates(ALL[name], (), ())
    found = contents(specimen)
    assert found and all(content.weak == "" and content.missing == () for content in found.values())


def test_an_exhibit_keeps_what_holds_of_its_rates_only_in_part() -> None:
    rates = (rate("medicare_opps", "1310.00", fallback="the release of 2026 used", caveats=(CAVEAT, "national rate")),)
    packet = said(with_rates(ALL[APPEAL], rates, rates))["evidence_packet"]
    for told in ("the release of 2026 used", CAVEAT, "national rate"):
        assert packet.count(told) == 2, told
    idr = "federal_idr-1-open_negotiation-emergency"
    own = (
        rate("tic_in_network", "940.00", fallback="no row for zip3 100: the state's used", caveats=("CMS says so",)),
    )
    offer = said(with_rates(ALL[idr], own, own))["idr_offer"]
    assert "no row for zip3 100" in offer and "CMS" not in offer


def test_no_finding_of_our_own_leaves_the_house() -> None:
    """Neither a case-review finding of any severity nor what one of us decided and why, in PDF, text or data."""
    for name, specimen in ALL.items():
        evidence, governing = specimen.sources.evidence, specimen.case.governing
        findings = tuple(
            Finding.of("x", severity, f"SECRET {severity}", "SECRET how to fix", 1)
            for severity in ("error", "warning", "info")
        )
        assert governing is not None
        told = Fired("override", "decided by ada: SECRET reason", "staff")
        specimen = replace(
            specimen,
            case=replace(specimen.case, governing=replace(governing, fired=(*governing.fired, told))),
            sources=replace(
                specimen.sources, evidence=replace(evidence, claim=replace(evidence.claim, findings=findings))
            ),
        )
        for kind, content in contents(specimen).items():
            assert b"SECRET" not in content.json and "SECRET" not in content.text, (name, kind)
    for kind, text in said(ALL[APPEAL]).items():
        assert "Case-review" not in text and "modifier that the documentation" not in text, kind


PAPERS = [a for a in ALL if not a.startswith(("open_negotiation", "federal_idr", "collection"))]


# What a letter may say only with a document of one of these kinds: by hand, from the meaning of each phrase.
NEEDS: dict[str, frozenset[str]] = {
    r"\brecords? (shows?|describes?|documents?)|\brecords?( of the services)? (is|are) enclosed|\benclosed records?\b":
        frozenset(("medical_records", "operative_report")),
    r"\boperative report\b|\bsurgeon's skill\b|\brequired an? (surgeon|operating)": frozenset(("operative_report",)),
    r"\bclinician's rationale\b": frozenset(("clinical_rationale",)),
    r"\brationale (explains|sets)": frozenset(("coding_rationale",)),
    r"\backnowledgement\b": frozenset(("proof_of_timely_filing",)),
    r"\bno participating provider\b": frozenset(("network_gap_evidence",)),
    r"\bauthorization (that was )?obtained\b|by way of authorization\b": frozenset(("authorization",)),
    r"\bterms support\b|\bterms as we have them\b": frozenset(("plan_terms",)),
    r"\bcontract that is claimed\b": frozenset(("contract_evidence",)),
    r"\bnames each field\b": frozenset(("corrected_fields",)),
    r"\bshows coverage\b|\bproof that the patient was covered\b": frozenset(("coverage_proof",)),
    r"\bprovider's enrollment on\b": frozenset(("enrollment_proof",)),
    r"\btakes part in the plan's network\b": frozenset(("facility_participation",)),
    r"\bcame (unannounced|without)\b|\bhad to be examined\b": frozenset(("medical_records",)),
    r"\bauthorized representative\b": frozenset(("representative_authorization",)),
    r"\basked for nothing\b": frozenset(("patient_account",)),
}  # fmt: skip
ENCLOSURE = re.compile(r"\b(attach\w*|enclos\w*|annex\w*|herewith|with this letter)\b", re.IGNORECASE)
DEBTS = ("payment_demand", "payment_complaint")
KINDS = sorted(frozenset().union(*NEEDS.values()))


def spoken(specimen: Specimen, *kinds: str) -> list[str]:
    """The sentences of the letter's paragraphs, with one document of each kind attached."""
    attached = tuple({"kind": k, "title": "A paper", "reference": f"dms:{k}", "sha256": ""} for k in kinds)
    given_ = replace(specimen, sources=replace(specimen.sources, attachments=attached))
    letters = [msgspec.json.decode(c.json) for kind, c in contents(given_).items() if kind != "evidence_packet"]
    text = " ".join(" ".join([letter["subject"], *letter["paragraphs"]]) for letter in letters)
    return re.split(r"(?<=[.:;])\s+(?=[A-Z])", text.replace("attached comparison", "comparison"))


@pytest.mark.parametrize("name", PAPERS)
def test_a_letter_claims_nothing_of_papers_that_are_not_there(name: str) -> None:
    """With nothing attached, with each kind alone, and with all: every sentence by what is attached."""
    for kinds in ((), *((kind,) for kind in KINDS), tuple(KINDS)):
        for sentence in spoken(ALL[name], *kinds):
            for phrase, needed in NEEDS.items():
                if re.search(phrase, sentence):
                    assert needed & set(kinds), (kinds, sentence)
            if not kinds:
                assert not ENCLOSURE.search(sentence), sentence


def test_every_need_of_a_denial_is_said_where_it_is_there_and_only_there() -> None:
    words = SETTER.letters
    rows = [row for rows in HOUSE.rules.remedies.values() for row in rows if row.remedy in words.argument]
    assert len(rows) > 30
    for row in rows:
        for need in set(row.needs) - {"benchmark_table"}:
            assert need in words.enclosed[row.remedy], (row.carc, need)
    for section in (words.subject, words.opening, words.argument, words.specialty, words.closing):
        for key, text in section.items():
            found = ENCLOSURE.search(text.replace("attached comparison", "").replace("{enclosed}", ""))
            assert found is None, (key, found)
    argued = {key for key in words.argument if "underpayment" not in key and key not in DEBTS}
    assert {key for key, text in words.argument.items() if "{enclosed}" in text} == argued


def test_an_appeal_for_want_of_authorization_says_what_goes_with_it() -> None:
    (name,) = [name for name in ALL if name.startswith("commercial_appeal-1-authorization_appeal")]
    records, authorization = "The enclosed records show the services and", "by way of authorization is enclosed"
    for kinds in ((), ("medical_records",), ("authorization",), ("medical_records", "authorization")):
        text = " ".join(spoken(ALL[name], *kinds))
        assert (records in text, authorization in text) == ("medical_records" in kinds, "authorization" in kinds)
        assert "denied for want of authorization" in text and "{" not in text and "  " not in text


# by hand: 60, 30 and 45 days (29 CFR 2560.503-1(i)(2)(iii)(A), (f)(2)(iii)(B); 45 CFR 147.136(d)); Texas Insurance
# Code 1467.088: 51 days after the request
ANSWERED_BY = {
    ("commercial_appeal", "prepare"): (date(2026, 11, 28), date(2027, 1, 27)),
    ("corrected_claim", "prepare"): (date(2026, 11, 28), date(2026, 12, 28)),
    ("external_review", "prepare"): (date(2026, 12, 2), date(2027, 1, 16)),
    ("state_process", "prepare"): (date(2026, 10, 25), date(2026, 12, 15)),
    ("open_negotiation", "prepare"): (date(2026, 10, 5), date(2026, 11, 18)),  # 30 business days, by the later reading
}


@pytest.mark.parametrize("rung", ANSWERED_BY)
def test_a_draft_asks_for_the_answer_by_the_day_that_its_filing_will(rung: Any) -> None:
    on, by = ANSWERED_BY[rung]
    story = RUNGS[rung]()
    drafted = draft(story.case, FORUMS[rung[0]], on, HOUSE)
    filed = Commands(story.decider.rule_set, at(on)).attest_filing(story.case, on, "proof").state.filings[-1]
    assert drafted.due_on == filed.due_on == by
    assert drafted == replace(filed, documents=(), reference="")


RECORDED: dict[str, tuple[str, str]] = {
    "medical_records": ("The enclosed record", "The enclosed record"),
    "representative_authorization": ("We act as the patient's authorized representative", "authorized representative"),
    "patient_account": ("The patient has been asked for nothing beyond", "asked for nothing"),
}


@pytest.mark.parametrize("kind", RECORDED)
def test_what_is_recorded_is_said(kind: str) -> None:
    sentence, sign = RECORDED[kind]
    paper = {"kind": kind, "title": "A paper", "reference": "dms:1", "sha256": ""}
    plain = ALL[APPEAL]
    assert sign not in said(plain)["appeal_letter"]
    given_ = replace(plain, sources=replace(plain.sources, attachments=(paper,)))
    assert sentence in said(given_)["appeal_letter"]


def test_by_which_right_we_appeal() -> None:
    plain = ALL[APPEAL]
    assert "under the patient's assignment of benefits" in said(plain)["appeal_letter"]
    without = replace(plain, case=replace(plain.case, facts=replace(plain.case.facts, assignment=False)))
    text = said(without)["appeal_letter"]
    assert "assignment" not in text and "as the provider of the services" in text


@pytest.mark.parametrize("name", [APPEAL, NOTICE])
def test_a_bill_type_is_no_place_of_service(name: str) -> None:
    specimen = ALL[name]
    claim = replace(specimen.sources.evidence.claim, form="institutional", place_of_service="", bill_type="0831")
    evidence = replace(specimen.sources.evidence, claim=claim)
    for kind, text in said(replace(specimen, sources=replace(specimen.sources, evidence=evidence))).items():
        assert "Place of service" not in text, kind
        assert ("Type of bill 0831" in text) == (kind != "appeal_letter"), kind
    assert "Place of service 23" in said(specimen)["on_notice" if name == NOTICE else "evidence_packet"]


def test_one_form_of_days_codes_and_dollars() -> None:
    for name, specimen in ALL.items():
        for kind, text in said(specimen).items():
            assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text), (name, kind)
            assert not re.search(r"\b\d{5} (25|59)\b", text), (name, kind)
            assert not re.search(r"(?<![$\d,.])\d{1,3}(,\d{3})*\.\d\d\b(?!%)", text.replace("$", "$")), (name, kind)
        for kind, content in contents(specimen).items():
            assert not re.search(r"(?<![$\d,.])\d+\.\d\d\b", content.text), (name, kind)
            assert not re.search(r"\b20\d\d-\d\d-\d\d\b", content.text), (name, kind)


def test_a_draft_a_sent_paper_and_a_copy_are_told_apart() -> None:
    specimen = ALL[APPEAL]
    lacking = replace(specimen, sources=replace(specimen.sources, payer={"name": "Example Mutual"}))
    text = said(lacking)["appeal_letter"]
    assert "Draft, not ready to send. Missing: in the payer's profile: appeals address." in text
    assert "profile." not in text
    sent: Filing = replace(specimen.filing, reference="1Z-999")
    text = said(replace(lacking, filing=sent))["appeal_letter"]
    assert "Draft" not in text and "Copy of what a person attests to have sent." in text
    for whole in (specimen, replace(specimen, filing=sent)):
        assert "Draft" not in said(whole)["appeal_letter"] and "Copy of" not in said(whole)["appeal_letter"]


def test_every_fact_a_paper_needs_has_words() -> None:
    needs = {need for rows in HOUSE.rules.documents.values() for row in rows for need in row.needs}
    assert needs
    for need in needs | {"attachment.medical_records", "letter.notice_on"}:
        assert not re.search(r"[._]", missing_words(need).removesuffix(".")), need
