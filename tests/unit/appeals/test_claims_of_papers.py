"""No paper claims what its evidence does not bear, nothing internal leaves the house: read from the rendered text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.appeals.adapters.documents.content import Content
from services.appeals.adapters.documents.missing import missing_words
from services.appeals.adapters.documents.specimens import Specimen
from services.appeals.domain.case import Filing
from services.appeals.domain.eligibility import Fired
from shared.events.assessment import Benchmark
from shared.events.claims import Finding
from tests.unit.appeals.test_papers import ALL, HOUSE, SETTER, papers, read

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
            Finding(rule="x", severity=severity, message=f"SECRET {severity}", mend="SECRET mend", line=1)
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


@pytest.mark.parametrize("name", PAPERS)
def test_what_is_called_enclosed_is_enclosed(name: str) -> None:
    """Without attachments no paragraph but the argument, whose filing then is a draft, speaks of papers."""
    bare = replace(ALL[name], sources=replace(ALL[name].sources, attachments=()))
    for kind, content in contents(bare).items():
        if kind == "evidence_packet":
            continue
        for claimed in ("operative report", "The record shows", "The enclosed record", "authorized representative"):
            assert claimed not in content.text, (name, claimed)
        assert "asked for nothing" not in content.text
        if re.search(
            r"\b([Tt]he|is|are) (attached|enclosed)|enclosure names", content.text.replace("attached comparison", "")
        ):
            assert [m for m in content.missing if m.startswith("attachment.")], (name, content.text)


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
