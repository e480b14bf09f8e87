"""Every reason a payer can give has a first step; a remark that names the cause decides, in an emergency the law."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.case import Policy
from services.appeals.domain.cause import Cause
from services.appeals.domain.commands import Commands
from services.appeals.domain.remedies import ANY, NAMES_NO_CAUSE, cause_of_denial
from shared.adjustments import CARCS
from shared.events.pursuit import AppealFiled, PursuitEnded
from tests.unit.appeals.cases import Story, at, denied
from tests.unit.appeals.test_idr_as_told import take
from tests.unit.appeals.test_pursuit import begun
from tests.unit.appeals.test_reviews import FEDERAL_REVIEW, OFFICE, dates

RULES = load_rules()
ON = date(2026, 10, 5)
# Code list 139 as maintained to 2024, without what is deactivated and without property and casualty (P1 to P32).
ACTIVE = re.findall(
    r"\w+",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 19 20 21 22 23 24 26 27 29 31 32 33 34 35 39 40 44 45 49 50 51 53 "
    "54 55 56 58 59 60 61 66 69 70 74 75 76 78 85 89 90 91 94 95 96 97 100 101 102 103 104 105 106 107 108 109 "
    "110 111 112 114 115 116 117 118 119 121 122 128 129 130 131 132 133 134 135 136 137 139 140 142 143 144 146 "
    "147 148 149 150 151 152 153 154 155 157 158 159 160 161 163 164 166 167 169 170 171 172 173 174 175 176 177 "
    "178 179 180 181 182 183 184 185 186 187 188 189 190 192 193 194 195 197 198 199 200 201 202 203 204 205 206 "
    "207 208 209 210 211 212 213 215 216 219 222 223 224 225 226 227 228 229 231 232 233 234 235 236 237 238 239 "
    "240 241 242 243 245 246 247 248 249 250 251 252 253 254 256 257 258 259 260 261 262 263 264 265 266 267 268 "
    "269 270 271 272 273 274 275 276 277 278 279 280 281 282 283 284 285 286 287 288 289 290 291 292 293 294 295 "
    "296 297 298 299 300 301 302 303 304 305 A0 A1 A5 A6 A8 B1 B4 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B20 B22 "
    "B23",
)
DEACTIVATED = re.findall(
    r"\w+",
    "17 38 42 46 47 48 52 57 62 125 138 141 168 B5 B17 B18",
)
"""Still sent by some payers."""


def cause(carc: str, *remarks: str, emergency: bool = False, protected: bool = False) -> Cause:
    return cause_of_denial((carc,), remarks, ("CO",), RULES, ON, emergency=emergency, protected=protected)


def test_every_active_reason_has_a_first_step_with_its_source() -> None:
    for carc in (*ACTIVE, *DEACTIVATED):
        found = cause(carc)
        assert found.cause != "reason not in the table" and found.source and found.carc == carc, carc
    assert set(RULES.remedies) - {ANY} == {*ACTIVE, *DEACTIVATED}


def test_a_reason_that_only_lowers_the_money_is_never_argued_as_a_refusal() -> None:
    """`shared/adjustments.py`, by the same list: cost sharing, and money beside the price, is not a denial."""
    for code, row in CARCS.items():
        if row.side == "cost_share" and code in ACTIVE:
            assert cause(code).remedy == "not_appealable", code


# The reason, its remark, the first step, and where it goes.
STEPS = [
    ("4", "N822", "correct_and_resubmit", "RARC N822: modifier missing"),
    ("4", "N519", "correct_and_resubmit", "RARC N519: invalid combination of modifiers"),
    ("4", "", "coding_appeal", "without a remark the coding is argued"),
    ("11", "M76", "correct_and_resubmit", "RARC M76: diagnosis missing or invalid"),
    ("11", "", "coding_appeal", ""),
    ("16", "", "correct_and_resubmit", "CARC 16: lacks information"),
    ("16", "MA130", "resubmit_as_new_claim", "RARC MA130: unprocessable, no appeal rights; submit a new claim"),
    ("16", "N706", "send_records", "RARC N706: missing documentation"),
    ("16", "M127", "send_records", "RARC M127: missing patient medical record"),
    ("16", "M51", "correct_and_resubmit", "RARC M51: procedure code"),
    ("16", "MA04", "correct_and_resubmit", "RARC MA04: the primary payer's identity or payment"),
    ("16", "N179", "patient_information", "RARC N179: requested from the member"),
    ("22", "", "bill_other_payer", ""),
    ("22", "MA92", "correct_and_resubmit", "RARC MA92: plan information for other insurance missing"),
    ("26", "N30", "verify_coverage_and_resubmit", "RARC N30: patient ineligible for this service"),
    ("29", "", "timely_filing_proof", ""),
    ("29", "N211", "timely_filing_proof", "29 CFR 2560.503-1(h)(1): the plan must review what it denies"),
    ("31", "N382", "correct_and_resubmit", "RARC N382: patient identifier"),
    ("45", "N381", "contract_dispute", "RARC N381: contractual agreement; we have none"),
    ("96", "", "plan_document_appeal", ""),
    ("96", "N30", "verify_coverage_and_resubmit", "RARC N30"),
    ("96", "N130", "plan_document_appeal", "RARC N130: plan benefit documents"),
    ("96", "M15", "coding_appeal", "RARC M15: bundled"),
    ("96", "N115", "medical_necessity_appeal", "RARC N115: local coverage determination"),
    ("96", "N381", "contract_dispute", "RARC N381"),
    ("97", "", "coding_appeal", ""),
    ("109", "N418", "bill_other_payer", "RARC N418: misrouted claim"),
    ("197", "N54", "correct_and_resubmit", "RARC N54: not as authorized"),
    ("226", "N706", "send_records", "RARC N706"),
    ("227", "", "patient_information", "CARC 227: information from the patient"),
    ("227", "N197", "patient_information", "RARC N197: the subscriber must update"),
    ("252", "", "send_records", ""),
    ("252", "N479", "send_records", "RARC N479: missing explanation of benefits"),
    ("252", "M29", "send_records", "RARC M29: operative note"),
    ("A1", "", "payment_appeal", ""),
    ("A1", "N30", "verify_coverage_and_resubmit", "RARC N30"),
    ("A1", "MA130", "resubmit_as_new_claim", "RARC MA130"),
    ("A1", "N640", "medical_necessity_appeal", "RARC N640: frequency"),
    ("50", "MA130", "medical_necessity_appeal", "CARC 50 names its cause itself"),
    ("100", "", "direct_payment_appeal", "42 USC 300gg-111(a)(1)(C)(iv)(II): paid directly to the provider"),
    ("19", "", "bill_other_payer", "CARC 19: workers' compensation"),
    ("20", "", "bill_other_payer", "CARC 20: liability carrier"),
    ("21", "", "bill_other_payer", "CARC 21: no-fault carrier"),
    ("35", "", "plan_document_appeal", "45 CFR 147.126: no lifetime limit"),
    ("39", "", "authorization_appeal", ""),
    ("51", "", "plan_document_appeal", "45 CFR 147.108: no preexisting condition exclusion"),
    ("54", "", "coding_appeal", ""),
    ("58", "", "medical_necessity_appeal", ""),
    ("107", "", "correct_and_resubmit", ""),
    ("285", "", "payment_appeal", "CARC 285: appeal procedure not followed"),
    ("140", "", "correct_and_resubmit", ""),
    ("146", "", "correct_and_resubmit", ""),
    ("147", "", "contract_dispute", ""),
    ("163", "", "send_records", ""),
    ("177", "", "verify_coverage_and_resubmit", ""),
    ("181", "", "correct_and_resubmit", ""),
    ("183", "", "correct_and_resubmit", ""),
    ("185", "", "verify_coverage_and_resubmit", ""),
    ("186", "", "coding_appeal", ""),
    ("187", "", "not_appealable", "a consumer account paid"),
    ("199", "", "correct_and_resubmit", ""),
    ("206", "", "correct_and_resubmit", ""),
    ("216", "", "medical_necessity_appeal", ""),
    ("233", "", "medical_necessity_appeal", ""),
    ("249", "", "medical_necessity_appeal", ""),
    ("251", "", "send_records", ""),
    ("256", "", "contract_dispute", ""),
    ("261", "", "coding_appeal", ""),
    ("272", "", "medical_necessity_appeal", ""),
    ("276", "", "bill_other_payer", ""),
    ("279", "", "network_gap_exception", ""),
    ("288", "", "network_gap_exception", ""),
    ("296", "", "authorization_appeal", ""),
    ("299", "", "verify_coverage_and_resubmit", ""),
    ("B1", "", "plan_document_appeal", ""),
    ("B4", "", "timely_filing_proof", ""),
    ("B5", "", "medical_necessity_appeal", "deactivated: 272 and 273 since"),
    ("138", "", "payment_appeal", "deactivated: 285 and 286 since"),
    ("B11", "", "bill_other_payer", ""),
    ("B13", "", "payment_appeal", ""),
    ("B15", "", "correct_and_resubmit", ""),
    ("B16", "", "correct_and_resubmit", ""),
    ("B20", "", "coding_appeal", ""),
    ("15", "", "authorization_appeal", "CARC 15: authorization number missing or invalid"),
    ("18", "", "not_appealable", "CARC 18: exact duplicate"),
    ("23", "", "bill_other_payer", "CARC 23: what the prior payer decided"),
    ("24", "", "contract_dispute", "CARC 24: capitation; we have no contract"),
    ("27", "", "verify_coverage_and_resubmit", "CARC 27: after coverage ended"),
    ("40", "", "prudent_layperson_appeal", "45 CFR 149.110(c)(1): the layperson's view decides"),
    ("55", "", "medical_necessity_appeal", "CARC 55: experimental, the payer says"),
    ("59", "", "coding_appeal", "CARC 59: multiple or concurrent procedures"),
    ("95", "", "payment_appeal", "CARC 95: plan procedures not followed"),
    ("119", "", "not_appealable", "CARC 119: benefit maximum; in an emergency see below"),
    ("131", "", "contract_dispute", "CARC 131: a negotiated discount; we have no contract"),
    ("150", "", "coding_appeal", "CARC 150: this level of service"),
    ("151", "", "medical_necessity_appeal", "CARC 151: this many or this frequency"),
    ("184", "", "correct_and_resubmit", "CARC 184: the ordering provider"),
    ("193", "", "payment_appeal", "CARC 193: an earlier decision upheld"),
    ("198", "", "authorization_appeal", "CARC 198: authorization exceeded"),
    ("204", "", "plan_document_appeal", "29 CFR 2560.503-1(g)(1): the plan provision is to be named"),
    ("207", "", "correct_and_resubmit", "CARC 207: identifier, format"),
    ("208", "", "correct_and_resubmit", "CARC 208: identifier, not matched"),
    ("222", "", "medical_necessity_appeal", "CARC 222: units; records show the need"),
    ("236", "", "coding_appeal", "CARC 236: code pair"),
    ("242", "", "network_gap_exception", "CARC 242: not by network providers"),
    ("273", "", "medical_necessity_appeal", "CARC 273: coverage guidelines exceeded"),
    ("286", "", "not_appealable", "CARC 286: appeal time limits not met"),
    ("B7", "", "verify_coverage_and_resubmit", "CARC B7: provider not eligible on the day"),
]


@pytest.mark.parametrize(("carc", "remark", "remedy", "source"), STEPS)
def test_the_first_step(carc: str, remark: str, remedy: str, source: str) -> None:
    found = cause(carc, *([remark] if remark else []))
    assert found.remedy == remedy, (source, found)
    assert found.carc == carc


def test_a_remark_does_not_decide_for_a_reason_that_names_its_cause() -> None:
    for carc in ("29", "40", "50", "55", "197"):
        assert cause(carc, "N30").remedy == cause(carc).remedy
    assert not {"29", "50", "197"} & NAMES_NO_CAUSE


# 42 USC 300gg-111(a)(1): emergency services without prior authorization, whatever the network, and without regard to
# any other term but exclusion or coordination of benefits, waiting periods, cost share; (a)(3)(B): prudent layperson
UNLAWFUL = re.findall(
    r"\w+",
    "15 35 39 40 49 61 95 96 119 149 170 171 172 197 198 204 210 222 242 243 256 272 273 279 284 287 288 296 302 "
    "A1 B1 50 58 B8 11 167",
)
LAWFUL = re.findall(
    r"\w+",
    "1 2 3 19 20 21 22 26 27 29 31 109 177 179 200",
)


@pytest.mark.parametrize("carc", UNLAWFUL)
def test_an_emergency_denied_on_a_ground_that_the_act_bars_is_contested_up_to_external_review(carc: str) -> None:
    found = cause(carc, emergency=True)
    assert found.remedy in ("nsa_misprocessing_appeal", "prudent_layperson_appeal") and found.external
    assert "300gg-111" in found.source or "149." in found.source


@pytest.mark.parametrize("carc", LAWFUL)
def test_a_ground_that_the_act_leaves_is_no_misprocessing(carc: str) -> None:
    assert cause(carc, emergency=True).remedy == cause(carc).remedy


def test_protected_care_denied_for_the_network_away_from_an_emergency() -> None:
    for carc in ("242", "279", "287", "288"):
        assert cause(carc, protected=True).remedy == "nsa_misprocessing_appeal"


PERSON = Policy(attest=frozenset(("commercial_appeal", "corrected_claim", "open_negotiation")))


def heard(carc: str, *remarks: str, policy: Policy | None = PERSON, **fields: Any) -> Story:
    return begun(policy=policy, remarks=remarks, verdict=denied(carc, remarks=remarks), **fields)


@pytest.mark.parametrize("carc", ["22", "23", "109", "19", "286", "116"])
@pytest.mark.parametrize("policy", [PERSON, None])
def test_no_reason_of_the_payers_ends_federal_rights_by_itself(carc: str, policy: Policy | None) -> None:
    story = heard(carc, policy=policy)
    assert story.case.live and not story.case.filings, "nothing is sent by itself either"
    assert {"federal_review", "file"} <= set(dates(story.case))
    assert dates(story.case)["federal_review"] == FEDERAL_REVIEW
    assert "ground_of_appeal" in story.case.blocked and f"CARC {carc}" in story.case.escalated


@pytest.mark.parametrize("carc", ["22", "109", "286"])
def test_without_a_protected_service_it_ends_as_before(carc: str) -> None:
    story = heard(carc, **OFFICE)
    assert story.case.stage == "ended" and isinstance(story.events[-1], PursuitEnded)


def test_a_person_appeals_it_all_the_same() -> None:
    story = heard("109", policy=Policy())
    decided = story.case
    take_facts(story, appeal_anyway=True)
    assert decided.blocked and not story.case.blocked and story.case.escalated == ""
    (filed,) = [e for e in story.events if isinstance(e, AppealFiled)]
    assert filed.remedy == "payment_appeal"


def test_a_person_withdraws_it() -> None:
    story = heard("22")
    take(story, "withdraw", "the other payer has paid")
    assert story.case.stage == "ended"


def take_facts(story: Story, **facts: Any) -> None:
    decision = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, **facts)
    story.state, story.events = decision.state, [*story.events, *decision.events]
