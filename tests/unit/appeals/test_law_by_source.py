"""Which law governs, each case with the text it was worked out from. What the facts leave open is never answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.determination import protection_of
from services.appeals.domain.eligibility import governing_law
from services.appeals.domain.judgement import Governing, Question
from services.appeals.domain.signals import signals_of
from services.appeals.domain.tables import PayerRow, Rules
from tests.unit.appeals.cases import claim

RULES = load_rules()
INPATIENT: dict[str, Any] = {
    "place": "", "form": "institutional", "bill_type": "0111", "codes": ("",), "revenue": "0120",
}  # fmt: skip
EMERGENCY_ROOM: dict[str, Any] = {**INPATIENT, "bill_type": "0131", "codes": ("99284",), "revenue": "0450"}
VISIT: dict[str, Any] = {"place": "22", "facility": True, "consent": True}
CARDIOLOGIST = "207RC0000X"


def judge(
    *, funding: str = "", remarks: tuple[str, ...] = (), consent: bool | None = None, facility: bool | None = None,
    on: str = "", **fields: Any,
) -> Governing:  # fmt: skip
    rules: Rules = RULES
    if funding:
        row = PayerRow(payer_id="99101", funding=funding, source="test")  # pyright: ignore[reportArgumentType]
        rules = msgspec.structs.replace(RULES, payers={"99101": (row,)})
    if on:
        fields["service_from"] = date.fromisoformat(on)
    facts = claim(**fields).claim
    question = Question(
        service_from=facts.service_from, filing_indicator=facts.filing_indicator, payer_id=facts.payer_id,
        state=facts.service_state, institutional=facts.form == "institutional", signals=signals_of(facts, rules),
        remarks=remarks, consent=consent, network_facility=facility,
    )  # fmt: skip
    return governing_law(question, rules)


Case = tuple[str, dict[str, Any], str, str, str]
PAYERS_WORD: list[Case] = [
    ("inpatient bed, the payer denies and opens negotiation", {**INPATIENT, "remarks": ("N876",)}, "unknown", "",
     "RARC N876: covered, notice of denial, open negotiation may be initiated"),
    ("office, the payer opens negotiation", {"place": "11", "codes": ("99214",), "remarks": ("N877",)}, "unknown", "",
     "RARC N877: initial payment, open negotiation may be initiated"),
    ("inpatient bed after emergency care", {**INPATIENT, "remarks": ("N864", "N877")}, "federal", "",
     "45 CFR 149.110(c)(2)(ii): care after stabilization belongs to the visit"),
    ("inpatient visit at a hospital outside the network", {"place": "21", "codes": ("99223",), "facility": False},
     "unknown", "followed an emergency visit", "45 CFR 149.110(c)(2)(ii)"),
    ("consent that was not obtained as the law asks", {"place": "22", "codes": ("29881",), "facility": True,
     "remarks": ("N878",)}, "federal", "", "RARC N878: cost sharing and payment by the Act"),
    ("consent that these services do not permit", {"place": "22", "codes": ("00840",), "facility": True,
     "remarks": ("N879",)}, "federal", "", "RARC N879: cost sharing and payment by the Act"),
    ("the Act may apply, was it a facility's visit?", {"place": "22", "codes": ("00840",), "remarks": ("N884",)},
     "unknown", "participates", "RARC N884: submit whether the visit was to a participating facility"),
    ("the payer did not process it by the Act", {"remarks": ("N885",)}, "unknown", "reason",
     "RARC N885: internal appeals and external review are open"),
    ("N861 says nothing of the Act", {"remarks": ("N861",)}, "federal", "",
     "RARC N861: patient liability does not match the recipient's"),
    ("N880 says nothing of the Act", {"remarks": ("N880",)}, "federal", "", "RARC N880: original claim closed"),
    ("N881 says nothing of the Act", {"remarks": ("N881",)}, "federal", "", "RARC N881: HCBS client obligation"),
    ("Nebraska's law in Nebraska", {"service_state": "NE", "remarks": ("N844",)}, "commercial", "",
     "RARC N844: Nebraska LB997; Neb. Rev. Stat. 44-6849: mediation, begun with the plan"),
    ("Nebraska's law in Texas", {"service_state": "TX", "remarks": ("N845",)}, "unknown", "why the payer applied state",
     "RARC N845: Nebraska LB997"),
    *((f"New York, cost share by {code}", {"service_state": "NY", "remarks": (code,)}, "federal", "",
       "45 CFR 149.30, recognized amount: a state's law, where one applies, goes before the QPA")
      for code in ("N860", "N862", "N869", "N870")),
    *((f"New York, {code}", {"service_state": "NY", "remarks": (code,)}, "state", "", "N.Y. Fin. Serv. Law 601-608")
      for code in ("N858", "N867", "N871", "N872", "N883")),
]  # fmt: skip
FUNDING: list[Case] = [
    ("ERISA alone, New York", {"service_state": "NY", "remarks": ("N855",)}, "federal", "",
     "RARC N855; 29 USC 1144(b)(2)(B)"),
    ("ERISA alone, New Jersey lets plans opt in", {"service_state": "NJ", "remarks": ("N855",)}, "unknown",
     "opted in", "N.J.S.A. 26:2SS-9"),
    ("not ERISA alone, New York", {"service_state": "NY", "remarks": ("N856",)}, "unknown", "self-funded",
     "RARC N856: insured, or a church's or government's plan"),
    ("ERISA alone, though the payer insures its plans", {"service_state": "NY", "remarks": ("N855",),
     "funding": "insured"}, "unknown", "self-funded or fully insured", "RARC N855 against payers.csv"),
    ("not ERISA alone, though the payer's plans are self-funded", {"service_state": "NY", "remarks": ("N856",),
     "funding": "self_funded"}, "unknown", "self-funded or fully insured", "RARC N856 against payers.csv"),
    ("ERISA alone, and state law named", {"service_state": "TX", "remarks": ("N855", "N858")}, "unknown",
     "why the payer applied state law", "29 USC 1144"),
    ("ERISA alone in a state without a process", {"remarks": ("N855",)}, "federal", "", "29 USC 1144"),
]  # fmt: skip
MARYLAND: list[Case] = [
    ("emergency room, self-funded plan", {**EMERGENCY_ROOM, "service_state": "MD", "funding": "self_funded"},
     "commercial", "", "45 CFR 149.30, recognized amount (1): the amount the state approves under its all-payer model"),
    ("emergency room, plan not known", {**EMERGENCY_ROOM, "service_state": "MD"}, "commercial", "",
     "Md. Code Health-Gen. 19-710.1 ff.; every payer pays the commission's rates"),
    ("emergency room, the payer names the Act", {**EMERGENCY_ROOM, "service_state": "MD", "remarks": ("N859",)},
     "unknown", "sets the hospital's rates", "45 CFR 149.510(a)(2)(xi)"),
    ("emergency room, the payer names the model", {**EMERGENCY_ROOM, "service_state": "MD", "remarks": ("N863",)},
     "commercial", "", "RARC N863: final rate by the all-payer model"),
    ("emergency physician, self-funded plan", {"service_state": "MD", "funding": "self_funded"}, "federal", "",
     "the commission sets hospitals' rates, not physicians'"),
    ("emergency room in Virginia, self-funded plan", {**EMERGENCY_ROOM, "service_state": "VA",
     "funding": "self_funded"}, "unknown", "opted in", "Va. Code 38.2-3445.01: elective for self-funded plans"),
]  # fmt: skip
ANCILLARY: list[Case] = [
    *((f"{name}, patient signed", {**VISIT, "codes": (code,)}, "federal", "",
       "42 USC 300gg-132(b)(2)(C): diagnostic services; consent cannot waive them")
      for name, code in (("echo read", "93306"), ("EEG", "95816"), ("ECG", "93010"), ("sleep study", "95810"),
                         ("nerve conduction", "95910"), ("leg veins", "93970"), ("spirometry", "94010"))),
    *((f"{name}, patient signed", {**VISIT, "codes": (code,)}, "commercial", "",
       "42 USC 300gg-132(a), (d): consent holds for what is not ancillary")
      for name, code in (("cardioversion", "92960"), ("vent management", "94002"), ("knee arthroscopy", "29881"))),
    ("critical care by a cardiologist, patient signed",
     {**VISIT, "codes": ("99291",), "rendering_taxonomy": CARDIOLOGIST}, "commercial", "",
     "42 USC 300gg-132(b)(2)(B): intensivists"),
    ("critical care, nobody named, patient signed", {**VISIT, "codes": ("99291",)}, "unknown", "intensivist",
     "42 USC 300gg-132(b)(2)(B)"),
    *((f"critical care by {taxonomy}, patient signed",
       {**VISIT, "codes": ("99291",), "rendering_taxonomy": taxonomy}, "federal", "",
       "42 USC 300gg-132(b)(2)(B); NUCC taxonomy")
      for taxonomy in ("207RC0200X", "2086S0102X", "2080P0203X", "363LC0200X")),
    *((f"visit by {taxonomy}, patient signed", {**VISIT, "codes": ("99214",), "rendering_taxonomy": taxonomy},
       "federal", "", "42 USC 300gg-132(b)(2)(A); NUCC taxonomy")
      for taxonomy in ("2085N0700X", "207ZC0500X", "207LP3000X", "207PP0204X", "363LN0005X")),
    ("visit by a pain specialist, patient signed",
     {**VISIT, "codes": ("99214",), "rendering_taxonomy": "207LP2900X"}, "commercial", "",
     "42 USC 300gg-132(b)(2)(A) names anesthesiology, not pain medicine"),
]  # fmt: skip
AMBULANCE: list[Case] = [
    *((f"{code} by air", {"place": "42", "codes": (code,), "service_state": "TX"}, "federal", "", "45 CFR 149.130")
      for code in ("A0430", "A0431", "A0435", "A0436", "S9960", "S9961")),
    *((f"{code} on the ground", {"place": "41", "codes": (code,)}, "commercial", "",
       "42 USC 300gg-112 reaches air ambulance only") for code in ("A0225", "A0427", "A0432", "A0433", "A0998")),
]  # fmt: skip
STATES: list[Case] = [
    ("Illinois, surgeon, before July 2022", {"service_state": "IL", "place": "24", "codes": ("29881",),
     "facility": True, "consent": False, "on": "2022-06-30"}, "unknown", "neonatology, radiology or emergency",
     "215 ILCS 5/356z.3a before PA 102-0901"),
    ("Illinois, surgeon, since", {"service_state": "IL", "place": "24", "codes": ("29881",), "facility": True,
     "consent": False, "on": "2022-07-01"}, "unknown", "others where nobody consented", "PA 102-0901 (HB 4703)"),
    ("Washington's arbitration, June 2025", {"service_state": "WA", "remarks": ("N858",), "on": "2025-06-30"}, "state",
     "", "RCW 48.49.040(1); OIC: no change before 1 July 2025"),
    ("Washington, July 2025", {"service_state": "WA", "remarks": ("N858",), "on": "2025-07-01"}, "unknown",
     "the process that Washington has", "RCW 48.49.040(1)"),
]  # fmt: skip
RIGHT: list[Case] = [
    ("self-funded plan in New York", {"service_state": "NY", "funding": "self_funded"}, "federal", "", "29 USC 1144"),
    ("Federal Employees plan in New York", {"service_state": "NY", "filing_indicator": "FI"}, "federal", "",
     "5 USC 8902(p)"),
    *((f"filing indicator {code}", {"filing_indicator": code}, "excluded", "", "42 USC 300gg-91")
      for code in ("16", "MA", "MB", "MC", "CH", "WC", "AM")),
    ("urgent care", {"place": "20", "codes": ("99213",)}, "commercial", "", "45 CFR 149.30"),
    ("emergency code at urgent care", {"place": "20", "codes": ("99284",)}, "unknown", "licensed", "45 CFR 149.30"),
    ("state law named where there is none", {"remarks": ("N858",)}, "unknown", "which state", "45 CFR 149.30"),
    ("critical access hospital's emergency room", {**EMERGENCY_ROOM, "bill_type": "0851"}, "federal", "",
     "42 USC 300gg-111(a)(3)(D)"),
    ("emergency denied, negotiation open", {"remarks": ("N876",)}, "federal", "", "RARC N876"),
]  # fmt: skip
CASES = (*PAYERS_WORD, *FUNDING, *MARYLAND, *ANCILLARY, *AMBULANCE, *STATES, *RIGHT)


@pytest.mark.parametrize(("name", "fields", "law", "missing", "source"), CASES, ids=[row[0] for row in CASES])
def test_the_law_of_each_case(name: str, fields: dict[str, Any], law: str, missing: str, source: str) -> None:
    found = judge(**fields)
    assert found.law == law, (source, found)
    assert missing in " ".join(found.missing)
    assert law != "unknown" or found.missing, "an unknown says what would settle it"


def test_marylands_rates_leave_the_patient_protected() -> None:
    """The state decides what the plan owes; that no balance is billed is 42 USC 300gg-131."""
    assert protection_of(judge(**EMERGENCY_ROOM, service_state="MD")) == "emergency"
