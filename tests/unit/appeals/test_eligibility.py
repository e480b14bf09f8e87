"""Which law governs: federal only where claim, payer and plan agree; the rest is state, plan appeal or unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.eligibility import governing_law
from services.appeals.domain.judgement import Question
from services.appeals.domain.remedies import cause_of_denial
from services.appeals.domain.signals import signals_of
from services.appeals.domain.tables import PayerRow, Rules
from tests.unit.appeals.cases import claim

RULES = load_rules()


def judge(rules: Rules = RULES, *, remarks: tuple[str, ...] = (), consent: bool | None = None,
          facility: bool | None = None, pursued: bool = False, **fields: Any):  # fmt: skip
    facts = claim(**fields).claim
    question = Question(
        service_from=facts.service_from, filing_indicator=facts.filing_indicator, payer_id=facts.payer_id,
        state=facts.service_state, institutional=facts.form == "institutional", signals=signals_of(facts, rules),
        remarks=remarks, consent=consent, network_facility=facility, pursued=pursued,
    )  # fmt: skip
    return governing_law(question, rules)


def with_payer(funding: str) -> Rules:
    row = PayerRow(payer_id="99101", funding=funding, source="test")  # pyright: ignore[reportArgumentType]
    return msgspec.structs.replace(RULES, payers={"99101": (row,)})


OFFICE: dict[str, Any] = {"place": "11", "codes": ("99214",)}
TABLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("emergency in a state without a process", {}, "federal", ""),
    ("emergency, payer confirms", {"remarks": ("N864", "N877", "N859")}, "federal", ""),
    ("emergency in Texas, plan unknown", {"service_state": "TX"}, "unknown", "self-funded or fully insured"),
    (
        "emergency in Texas, payer applied federal law",
        {"service_state": "TX", "remarks": ("N859", "N864")},
        "federal",
        "",
    ),
    ("emergency in Texas, payer applied state law", {"service_state": "TX", "remarks": ("N858",)}, "state", ""),
    ("state law named where there is none", {"service_state": "AZ", "remarks": ("N858",)}, "unknown", "which state"),
    ("rate-setting state: no arbitration", {"service_state": "NM", "remarks": ("N858",)}, "commercial", ""),
    ("Medicare Advantage", {"filing_indicator": "16"}, "excluded", ""),
    ("Medicaid", {"filing_indicator": "MC"}, "excluded", ""),
    ("TRICARE", {"filing_indicator": "CH"}, "excluded", ""),
    ("workers' compensation", {"filing_indicator": "WC"}, "excluded", ""),
    ("no filing indicator", {"filing_indicator": ""}, "unknown", "plan type"),
    ("no filing indicator, payer applied federal law", {"filing_indicator": "", "remarks": ("N859",)}, "federal", ""),
    # an emergency visit's code away from a hospital leaves the question open: telehealth, retail clinic, surgery center
    ("99284 by telehealth", {"place": "02"}, "unknown", "licensed"),
    ("99284 in a retail clinic", {"place": "17"}, "unknown", "licensed"),
    ("99284 in a surgery center", {"place": "24"}, "unknown", "licensed"),
    ("99284 at a hospital", {"place": "22"}, "federal", ""),
    (
        "urgent care's revenue code",
        {"place": "", "form": "institutional", "bill_type": "0131", "codes": ("99213",), "revenue": "0456"},
        "commercial",
        "",
    ),
    (
        "emergency department's revenue code",
        {"place": "", "form": "institutional", "bill_type": "0131", "codes": ("99213",), "revenue": "0450"},
        "federal",
        "",
    ),
    (
        "the provider's word in a retail clinic",
        {"place": "17", "codes": ("99214",), "emergency": True},
        "unknown",
        "licensed",
    ),
    ("the provider's word at a hospital", {"place": "21", "codes": ("99223",), "emergency": True}, "federal", ""),
    # the payer names state law where it cannot hold
    (
        "office visit, payer names state law",
        {"place": "11", "codes": ("99214",), "service_state": "TX", "remarks": ("N858",)},
        "unknown",
        "why the payer applied state law",
    ),
    (
        "Federal Employees plan, payer names state law",
        {"filing_indicator": "FI", "service_state": "TX", "remarks": ("N858",)},
        "unknown",
        "state law",
    ),
    (
        "air ambulance, payer names state law",
        {"place": "42", "codes": ("A0431",), "service_state": "TX", "remarks": ("N858",)},
        "unknown",
        "state law",
    ),
    # a claim is ancillary, which consent cannot waive, by who rendered it or by every line, not by one of them
    (
        "surgery with one imaging line, consent open",
        {"place": "24", "codes": ("29881", "73721"), "facility": True},
        "unknown",
        "notice and consent",
    ),
    ("imaging alone, consent open", {"place": "22", "codes": ("73721", "73030"), "facility": True}, "federal", ""),
    (
        "radiologist with a line of another kind",
        {"place": "22", "codes": ("73721", "99213"), "facility": True, "rendering_taxonomy": "2085R0202X"},
        "federal",
        "",
    ),
    ("Federal Employees plan in Texas", {"filing_indicator": "FI", "service_state": "TX"}, "federal", ""),
    ("office visit", {"place": "11", "codes": ("99214",)}, "commercial", ""),
    (
        "office visit, payer names federal law",
        {"place": "11", "codes": ("99214",), "remarks": ("N864",)},
        "unknown",
        "as the payer sees",
    ),
    (
        "office visit, payer names federal law loosely",
        {"place": "11", "codes": ("99214",), "remarks": ("N859",)},
        "unknown",
        "why the payer applied",
    ),
    ("urgent care centre", {"place": "20", "codes": ("99213",)}, "commercial", ""),
    ("emergency code at urgent care", {"place": "20", "codes": ("99283",)}, "unknown", "licensed"),
    (
        "anesthesia at a facility, network unknown",
        {"place": "22", "codes": ("00840",)},
        "unknown",
        "facility participates",
    ),
    ("anesthesia at a participating facility", {"place": "22", "codes": ("00840",), "facility": True}, "federal", ""),
    ("anesthesia, facility out of network", {"place": "22", "codes": ("00840",), "facility": False}, "commercial", ""),
    (
        "surgery at a participating facility, consent open",
        {"place": "24", "codes": ("29881",), "facility": True},
        "unknown",
        "notice and consent",
    ),
    (
        "surgery, patient consented",
        {"place": "24", "codes": ("29881",), "facility": True, "consent": True},
        "commercial",
        "",
    ),
    ("surgery, no consent", {"place": "24", "codes": ("29881",), "facility": True, "consent": False}, "federal", ""),
    (
        "surgery, payer applied the Act",
        {"place": "24", "codes": ("29881",), "remarks": ("N865", "N877")},
        "federal",
        "",
    ),
    (
        "surgery, payer claims valid consent",
        {"place": "24", "codes": ("29881",), "facility": True, "remarks": ("N882",)},
        "commercial",
        "",
    ),
    (
        "anesthesia, payer claims valid consent",
        {"place": "22", "codes": ("00840",), "facility": True, "remarks": ("N882",)},
        "unknown",
        "consent document",
    ),
    ("emergency, payer claims valid consent", {"remarks": ("N882",)}, "unknown", "consent document"),
    ("payer denies that the Act applies", {"remarks": ("N885",)}, "unknown", "reason"),
    ("payer names both laws", {"remarks": ("N859", "N858")}, "unknown", "which law"),
    ("already settled by award", {"remarks": ("N875",), "pursued": True}, "commercial", ""),
    ("a final payment after nothing of ours", {"remarks": ("N875",)}, "unknown", "which agreement or award"),
    ("a negotiated payment after nothing of ours", {"remarks": ("N874",)}, "unknown", "which agreement or award"),
    ("all-payer model", {"remarks": ("N863",)}, "commercial", ""),
    ("all-payer model, and open negotiation may begin", {"remarks": ("N863", "N877")}, "unknown", "may begin"),
    (
        "surgery, staff know that nobody consented, payer claims consent",
        {"place": "24", "codes": ("29881",), "facility": True, "consent": False, "remarks": ("N882",)},
        "unknown",
        "consent document",
    ),
    # care after stabilization belongs to the emergency visit: 45 CFR 149.110(c)(2)(ii)
    (
        "inpatient stay that the payer treats as emergency",
        {
            "place": "",
            "form": "institutional",
            "bill_type": "0111",
            "codes": ("",),
            "revenue": "0120",
            "remarks": ("N864", "N877"),
        },
        "federal",
        "",
    ),
    (
        "observation hours that the payer treats as emergency",
        {
            "place": "",
            "form": "institutional",
            "bill_type": "0131",
            "codes": ("G0378",),
            "revenue": "0762",
            "remarks": ("N864",),
        },
        "federal",
        "",
    ),
    (
        "inpatient visit that the payer treats as emergency",
        {"place": "21", "codes": ("99223",), "remarks": ("N864", "N877")},
        "federal",
        "",
    ),
    (
        "inpatient visit at a hospital outside the network",
        {"place": "21", "codes": ("99223",), "facility": False},
        "unknown",
        "followed an emergency visit",
    ),
    (
        "observation visit at a hospital outside the network",
        {"place": "22", "codes": ("99233",), "facility": False},
        "unknown",
        "followed an emergency visit",
    ),
    (
        "clinic visit that the payer treats as emergency",
        {
            "place": "",
            "form": "institutional",
            "bill_type": "0131",
            "codes": ("99213",),
            "revenue": "0510",
            "remarks": ("N864",),
        },
        "unknown",
        "as the payer sees",
    ),
    # a service billed from where its provider is may be part of a visit to a facility: 45 CFR 149.30, visit
    ("pathology in a laboratory", {"place": "81", "codes": ("88305",)}, "unknown", "part of a visit"),
    ("a draw in a laboratory", {"place": "81", "codes": ("88305", "36415")}, "unknown", "part of a visit"),
    (
        "pathology in a laboratory, payer applied the Act",
        {"place": "81", "codes": ("88305",), "remarks": ("N865", "N877")},
        "federal",
        "",
    ),
    (
        "pathology of a visit to a participating facility",
        {"place": "81", "codes": ("88305",), "facility": True},
        "federal",
        "",
    ),
    ("pathology of no such visit", {"place": "81", "codes": ("88305",), "facility": False}, "commercial", ""),
    ("images read elsewhere", {"place": "02", "codes": ("71046",)}, "unknown", "part of a visit"),
    (
        "images read elsewhere, payer applied the Act",
        {"place": "02", "codes": ("71046",), "remarks": ("N865", "N877")},
        "federal",
        "",
    ),
    ("a visit by telehealth", {"place": "02", "codes": ("99214",)}, "commercial", ""),
    # a cost share from the QPA is federal: a state's amount would be named by N867 (45 CFR 149.30, recognized amount)
    *(
        (f"emergency in New York, {code}", {"service_state": "NY", "remarks": (code,)}, "federal", "")
        for code in ("N860", "N862", "N869", "N870")
    ),
    ("cost share from the QPA and by state law", {"service_state": "NY", "remarks": ("N869", "N867")}, "unknown", ""),
    (
        "cost share from the QPA, consent open",
        {"place": "24", "codes": ("29881",), "facility": True, "remarks": ("N869",)},
        "unknown",
        "notice and consent",
    ),
    ("office visit, cost share from the QPA", {**OFFICE, "remarks": ("N862",)}, "unknown", "why the payer"),
    ("air ambulance in Texas", {"place": "42", "codes": ("A0431",), "service_state": "TX"}, "federal", ""),
    ("ground ambulance", {"place": "41", "codes": ("A0427",)}, "commercial", ""),
    ("before the Act", {"service_from": date(2021, 12, 31)}, "commercial", ""),
]


@pytest.mark.parametrize(("name", "fields", "law", "missing"), TABLE, ids=[row[0] for row in TABLE])
def test_governing_law(name: str, fields: dict[str, Any], law: str, missing: str) -> None:
    found = judge(**fields)
    assert found.law == law, found
    assert found.fired and all(f.source for f in found.fired)
    assert (missing in " ".join(found.missing)) if missing else True
    if law == "unknown":
        assert found.missing, "an unknown says what would settle it"


def test_a_remark_that_the_claim_does_not_bear_out_is_not_federal() -> None:
    assert judge(place="22", codes=("99214",), remarks=("N864",)).law != "federal"


def test_funding_decides_in_a_state_with_a_process() -> None:
    assert judge(with_payer("self_funded"), service_state="TX").law == "federal"
    # Texas is a seed row: an insured plan is not sent there on our word alone
    insured = judge(with_payer("insured"), service_state="TX")
    assert insured.law == "unknown" and "verification" in insured.missing[0]
    named = judge(with_payer("self_funded"), service_state="TX", remarks=("N858",))
    assert named.law == "unknown" and "self-funded" in " ".join(fired.finding for fired in named.fired)
    # New Jersey lets self-funded plans opt in
    assert judge(with_payer("self_funded"), service_state="NJ").law == "unknown"


def test_a_verified_state_decides_for_insured_plans() -> None:
    row = msgspec.structs.replace(RULES.states["TX"][0], status="verified")
    rules = msgspec.structs.replace(with_payer("insured"), states={"TX": (row,)})
    assert judge(rules, service_state="TX").law == "state"


@pytest.mark.parametrize(
    ("carcs", "remarks", "emergency", "remedy", "forum"),
    [
        (("50",), ("N115",), False, "medical_necessity_appeal", "commercial_appeal"),
        (("29",), (), False, "timely_filing_proof", "commercial_appeal"),
        (("16",), ("M51",), False, "correct_and_resubmit", "corrected_claim"),
        (("252",), (), False, "send_records", "corrected_claim"),
        (("197",), (), False, "authorization_appeal", "commercial_appeal"),
        (("197",), (), True, "nsa_misprocessing_appeal", "commercial_appeal"),
        (("242",), (), True, "nsa_misprocessing_appeal", "commercial_appeal"),
        (("242",), (), False, "network_gap_exception", "commercial_appeal"),
        (("40",), (), True, "prudent_layperson_appeal", "commercial_appeal"),
        (("109",), (), False, "bill_other_payer", None),
        (("1",), (), False, "not_appealable", None),
        (("45", "50"), (), False, "medical_necessity_appeal", "commercial_appeal"),
        (("3", "97"), (), False, "coding_appeal", "commercial_appeal"),
        (("96",), ("N130",), False, "plan_document_appeal", "commercial_appeal"),
        (("ZZ9",), (), False, "payment_appeal", "commercial_appeal"),
    ],
)
def test_remedies(
    carcs: tuple[str, ...], remarks: tuple[str, ...], emergency: bool, remedy: str, forum: str | None
) -> None:
    cause = cause_of_denial(carcs, remarks, ("CO",), RULES, date(2026, 10, 5), emergency=emergency, protected=False)
    assert (cause.remedy, cause.forum) == (remedy, forum)
    assert cause.source
