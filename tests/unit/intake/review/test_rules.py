"""Each rule of the review: a claim that breaks it, and its neighbour that does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from recoup_x12.codes import table
from recoup_x12.model import Admission, Attachment, Claim, Coverage, Drug, HealthCode, Note, Party, Procedure, Reference
from services.intake.domain.review import RULES, Tables, parse_filing, parse_pairs, parse_units, review, shipped
from services.intake.domain.review.tables import UnitTable
from shared.events.claims import Finding
from tests.unit.intake.identity.examples import NPI, OTHER_NPI, claim, institutional, line, on

RECEIVED = date(2025, 3, 10)

# Made up in CMS's layout, not CMS's edits: 12001 is part of 13100, 36000 of 13100 for good, 11042 of 13100 until 2024.
PAIRS = parse_pairs(
    [
        "Column 1\tColumn 2\t*=in existence prior to 1996\tEffective Date\tDeletion Date\tModifier\tRationale",
        "13100\t12001\t\t20200101\t*\t1\tMisuse",
        "13100\t36000\t*\t19960101\t*\t0\tStandards",
        "13100\t11042\t\t20200101\t20250101\t1\tMisuse",
        "13100\t11043\t\t20200101\t*\t9\tNot applicable",
    ]
)
UNITS = UnitTable({date(2020, 1, 1): parse_units(
    ["HCPCS/CPT Code,Units,Indicator,Rationale", '93000,3,"3 Date of Service Edit: Clinical",Data',
     "36415,2,2 Date of Service Edit: Policy,Policy", "J1885,8,1 Line Edit,Prescribing"]
)})  # fmt: skip
TABLES = Tables(PAIRS, PAIRS, UNITS, UNITS, shipped().filing, shipped().authorization)
UNSPECIFIED = min(table("icd10cm").flagged)


def findings(of: Claim, rule: str) -> list[Finding]:
    return [f for f in review(of, received_on=RECEIVED, tables=TABLES) if f.rule == rule]


def bad(rule: str, of: Claim, *lines: int, severity: str = "error") -> object:
    return pytest.param(rule, of, list(lines), severity, id=f"{rule}-{'-'.join(map(str, lines))}")


@pytest.mark.parametrize(
    ("rule", "given", "lines", "severity"),
    [
        bad("diagnosis_missing", claim(diagnoses=()), 0),
        bad("diagnosis_unspecific", claim(diagnoses=(UNSPECIFIED,)), 0, severity="warning"),
        bad("diagnosis_external_cause", claim(diagnoses=("W260XXA", "S61411A")), 0),
        bad("diagnosis_repeated", claim(diagnoses=("S61411A", "S61411A")), 0, severity="warning"),
        bad("diagnosis_pointer", claim(line(pointers=())), 1),
        bad("diagnosis_pointer", claim(line(pointers=(2,))), 1),
        bad("diagnosis_pointer", claim(line(), line(2, pointers=(0,))), 2),
        bad("diagnosis_pointer", claim(line(pointers=(1, 1))), 1, severity="warning"),
        bad("diagnosis_unlisted", claim(line(day=date(2020, 3, 4)), diagnoses=("M5450",)), 0, severity="warning"),
        bad("diagnosis_manifestation", claim(diagnoses=("F0280",)), 0),
        bad("diagnosis_excludes1", claim(diagnoses=("E119", "E109")), 0, severity="warning"),
        bad("sex_conflict", claim(line(1, "55250")), 1, severity="warning"),
        bad("age_conflict", claim(line(1, "99381")), 1, severity="warning"),
        bad("laterality_conflict", claim(line(1, "20610", "80.00", "LT")), 1, severity="warning"),
        bad("modifier_conflict", claim(line(1, "71046", "80.00", "26", "TC")), 1),
        bad("modifier_conflict", claim(line(1, "20610", "80.00", "LT", "RT")), 1),
        bad("modifier_conflict", claim(line(1, "20610", "80.00", "50", "RT")), 1),
        bad("modifier_unknown", claim(line(1, "20610", "80.00", "LT", "ZZ")), 1, severity="warning"),
        bad("modifier_repeated", claim(line(1, "20610", "80.00", "LT", "LT")), 1, severity="warning"),
        bad("modifier_59_with_x", claim(line(1, "12001", "80.00", "59", "XS")), 1),
        bad("modifier_59_with_x", claim(line(1, "12001", "80.00", "XE", "XS")), 1, severity="warning"),
        bad("modifier_59_on_visit", claim(line(1, "99213", "80.00", "59")), 1),
        bad("modifier_59_on_visit", claim(line(1, "99284", "80.00", "XU")), 1),
        bad("modifier_25_misplaced", claim(line(1, "12001", "80.00", "25")), 1),
        bad("modifier_25_missing", claim(line(), line(2, "12001")), 1, severity="warning"),
        bad("modifier_25_missing", institutional(line(1, "99284"), line(2, "12001")), 1, severity="warning"),
        bad("units_by_definition", claim(line(1, "99213", units="2")), 1),
        bad("line_repeated", claim(line(1, "71046"), line(2, "71046")), 2, severity="warning"),
        bad("drug_waste", claim(line(1, "J1885", "9.00", "JW")), 1, severity="warning"),
        bad("modifier_50_units", claim(line(1, "20610", "80.00", "50", units="2")), 1, severity="warning"),
        bad("anesthesia_incomplete", claim(line(1, "00790", "900.00", unit="MJ", units="95")), 1, severity="warning"),
        bad("anesthesia_incomplete", claim(line(1, "00790", "900.00", "AA")), 1, severity="warning"),
        bad("critical_care_units", claim(line(1, "99291", units="2"), place="23"), 1),
        bad("critical_care_units", claim(line(1, "99292"), place="23"), 1, severity="warning"),
        bad("bundled_pair", claim(line(1, "13100"), line(2, "12001")), 2),
        bad("bundled_pair", claim(line(1, "12001"), line(2, "13100")), 1),
        bad("bundled_pair", claim(line(1, "13100"), line(2, "36000", "9.00", "59")), 2),
        bad("bundled_pair", claim(line(1, "13100"), line(2, "12001", "9.00", "XS")), 2, severity="info"),
        bad("bundled_pair", claim(line(1, "13100", "9.00", "59"), line(2, "12001")), 2, severity="info"),
        bad("bundled_pair", institutional(line(1, "13100"), line(2, "12001")), 2),
        bad("unit_limit", claim(line(1, "93000", units="4")), 1, severity="warning"),
        bad("unit_limit", claim(line(1, "93000", units="2"), line(2, "93000", units="2")), 2, severity="warning"),
        bad("unit_limit", claim(line(1, "36415", units="3"), line(2, "36415")), 1),
        bad("unit_limit", claim(line(1, "J1885", units="9")), 1, severity="warning"),
        bad("place_of_service", claim(line(1, "99284")), 1, severity="warning"),
        bad("place_of_service", claim(line(1, "99221"), place="11"), 1, severity="warning"),
        bad("place_of_service", claim(line(1, "99213"), place="21"), 1, severity="warning"),
        bad("place_of_service", claim(line(1, "99308"), place="11"), 1, severity="warning"),
        bad("place_of_service", claim(line(1, "99348"), place="11"), 1, severity="warning"),
        bad("place_of_service", claim(line(1, "A0427"), place="11"), 1, severity="warning"),
        bad("telehealth_place", claim(line(1, "99213", "80.00", "95")), 1, severity="info"),
        bad("service_in_future", claim(line(day=date(2025, 3, 11))), 0),
        bad("authorization_missing", claim(line(1, "70551")), 1, severity="warning"),
        bad("authorization_missing", institutional(bill="11", admission=Admission("3")), 0, severity="warning"),
        bad("service_undescribed", claim(line(1, "64999")), 1),
        bad("drug_without_ndc", claim(line(1, "J1885")), 1, severity="warning"),
        bad("assignment_missing", claim(benefits_assignment="N"), 0, severity="warning"),
        bad("documents_needed", claim(line(1, "12001")), 0, severity="info"),
    ],
)  # fmt: skip
def test_broken(rule: str, given: Claim, lines: list[int], severity: str) -> None:
    made = findings(given, rule)
    assert [f.line for f in made] == lines
    assert {f.severity for f in made} == {severity}
    assert all(f.message.endswith(".") and f.how_to_fix.endswith(".") for f in made)


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("diagnosis_missing", claim(diagnoses=(), form="dental")),
        ("diagnosis_unspecific", claim()),
        ("diagnosis_unspecific", claim(diagnoses=("S61411A", UNSPECIFIED))),
        ("diagnosis_external_cause", claim(diagnoses=("S61411A", "W260XXA"))),
        ("diagnosis_external_cause", claim(health_codes=(HealthCode("BK", "V7389"),))),  # ICD-9's V codes are others
        ("diagnosis_pointer", institutional(line(pointers=()))),
        ("diagnosis_pointer", claim(line(pointers=(2, 1)), diagnoses=("S61411A", "W260XXA"))),
        ("modifier_conflict", claim(line(1, "20610", "80.00", "LT", "59"))),
        ("modifier_59_with_x", claim(line(1, "12001", "80.00", "XS"))),
        ("modifier_59_on_visit", claim(line(1, "12001", "80.00", "59"))),
        ("modifier_25_misplaced", claim(line(1, "99213", "80.00", "25"))),
        ("modifier_25_misplaced", claim(line(1, "92014", "80.00", "25"))),
        ("modifier_25_misplaced", claim(line(1, "G0463", "80.00", "25"))),
        ("modifier_25_missing", claim(line(1, "99213", "80.00", "25"), line(2, "12001"))),
        ("modifier_25_missing", claim(line(1, "99213", "80.00", "57"), line(2, "44950"))),
        ("modifier_25_missing", claim(line(), line(2, "12001", day=date(2025, 3, 5)))),
        ("modifier_25_missing", claim(line(), line(2, "71046"))),
        ("modifier_50_units", claim(line(1, "20610", "80.00", "50"))),
        ("anesthesia_incomplete", claim(line(1, "00790", "900.00", "QX", unit="MJ", units="95"))),
        ("anesthesia_incomplete", claim(line(1, "01996", "90.00", "AA"))),  # daily management is not timed
        ("critical_care_units", claim(line(1, "99291"), line(2, "99292", units="2"), place="23")),
        ("bundled_pair", claim(line(1, "13100"), line(2, "12001", day=date(2025, 3, 5)))),
        ("bundled_pair", claim(line(1, "13100"), line(2, "11042"))),  # the edit ended before
        ("bundled_pair", claim(line(1, "13100"), line(2, "11043"))),  # indicator 9
        ("bundled_pair", claim(line(1, "12001"), line(2, "36000"))),
        (
            "bundled_pair",
            claim(
                line(1, "13100", providers=(Party("82", id_qualifier="XX", id=NPI),)),
                line(2, "12001", providers=(Party("82", id_qualifier="XX", id=OTHER_NPI),)),
            ),
        ),
        ("unit_limit", claim(line(1, "93000", units="3"))),
        ("unit_limit", claim(line(1, "93000", units="2"), line(2, "93000", units="2", day=date(2025, 3, 5)))),
        ("unit_limit", claim(line(1, "J1885", units="8"), line(2, "J1885", units="8"))),  # a limit of each line
        ("place_of_service", claim(line(1, "99284"), place="23")),
        ("place_of_service", claim(line(1, "99284", place_of_service="23"))),
        ("place_of_service", claim(line(1, "99232"), place="22")),
        ("place_of_service", claim(line(1, "99213"), place="10")),
        ("telehealth_place", claim(line(1, "99213", "80.00", "95"), place="10")),
        ("service_in_future", claim(line(day=date(2025, 3, 10)))),
        ("authorization_missing", claim(line(1, "70551"), references=(Reference("G1", "A1"),))),
        ("authorization_missing", claim(line(1, "70551", references=(Reference("G1", "A1"),)))),
        ("authorization_missing", claim(line(1, "70551"), place="23")),  # no plan may ask it of an emergency
        ("authorization_missing", claim(line(1, "70551", "80.00", "26"))),  # reading what another was authorized to do
        ("authorization_missing", institutional(bill="11", admission=Admission("1"))),
        ("service_undescribed", claim(line(1, "64999", notes=(Note("ADD", "NERVE BLOCK"),)))),
        ("service_undescribed", claim(line(1, "64990"))),
        ("drug_without_ndc", claim(line(1, "J1885", drugs=(Drug("N4", "00409379501"),)))),
        ("assignment_missing", claim()),
        ("documents_needed", claim(line(1, "12001"), attachments=(Attachment("OZ", "EL", "AC", "77"),))),
        ("documents_needed", claim()),
    ],
)  # fmt: skip
def test_kept(rule: str, given: Claim) -> None:
    assert findings(given, rule) == []


def test_a_sound_claim_has_no_findings() -> None:
    assert review(claim(), received_on=RECEIVED) == ()


def test_a_description_with_the_code_or_a_note_of_the_claim_serves() -> None:
    described = replace(line(1, "64999"), procedure=Procedure("HC", "64999", (), "NERVE BLOCK"))
    assert findings(claim(described), "service_undescribed") == []
    assert findings(claim(line(1, "64999"), notes=(Note("ADD", "NERVE BLOCK"),)), "service_undescribed") == []


# --- timely filing ---------------------------------------------------------------------------------------------

LIMITS = parse_filing(
    [
        "payer_id,filing_indicator,months,days,valid_from,valid_to,source",
        "60054,,0,90,2020-01-01,2024-12-31,contract of 2020",
        "60054,,0,120,2025-01-01,9999-12-31,contract of 2025",
        ",MB,12,0,2010-01-01,9999-12-31,42 CFR 424.44(a)",
    ]
)


@pytest.mark.parametrize(
    ("served", "sent", "severity", "message"),
    [
        # 4 March 2025 + 120 days = 2 July 2025
        (date(2025, 3, 4), date(2025, 6, 17), None, ""),
        (date(2025, 3, 4), date(2025, 6, 18), "warning", "The filing limit ends in 14 days."),
        (date(2025, 3, 4), date(2025, 7, 2), "warning", "The filing limit ends in 0 days."),
        (date(2025, 3, 4), date(2025, 7, 3), "error", "The filing limit ended 1 days before."),
        # 31 December 2024 + 90 days = 31 March 2025: the limit in force on the day of service
        (date(2024, 12, 31), date(2025, 4, 1), "error", "The filing limit ended 1 days before."),
    ],
)
def test_timely_filing(served: date, sent: date, severity: str | None, message: str) -> None:
    given = claim(line(day=served))
    made = [f for f in review(given, received_on=sent, tables=Tables(filing=LIMITS)) if f.rule == "timely_filing"]
    assert [(f.severity, f.message) for f in made] == ([(severity, message)] if severity else [])


@pytest.mark.parametrize(
    ("made_out", "received", "warned"),
    [
        ("20250310", date(2026, 11, 28), False),  # sent in time, loaded long afterwards
        ("20260305", date(2026, 11, 28), True),  # made out a year and a day after the service
        ("20270101", date(2026, 3, 5), True),  # received before it was made out: the day of receipt counts
        ("", date(2026, 3, 5), True),
    ],
)
def test_a_claim_loaded_later_was_filed_on_the_day_it_was_made_out(made_out: str, received: date, warned: bool) -> None:
    given = replace(claim(payer="OTHER"), batch_created=made_out)  # served 2025-03-04
    assert bool([f for f in review(given, received_on=received) if f.rule == "timely_filing"]) is warned


@pytest.mark.parametrize(
    ("served", "last"),
    [
        (date(2024, 3, 4), date(2025, 3, 4)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2024, 12, 31), date(2025, 12, 31)),
    ],
)
def test_medicare_takes_claims_for_one_calendar_year(served: date, last: date) -> None:
    assert LIMITS[2].last_day(served) == last


def test_where_no_limit_is_known_a_year_is_long() -> None:
    given = claim(payer="OTHER")
    assert [f.severity for f in review(given, received_on=date(2026, 3, 5)) if f.rule == "timely_filing"] == ["warning"]
    assert not [f for f in review(given, received_on=date(2026, 3, 4)) if f.rule == "timely_filing"]


def test_a_stated_reason_of_delay_softens_it() -> None:
    given = claim(coverage=Coverage("P", "18", filing_indicator="MB"), payer="M", delay_reason="11")
    made = [f for f in review(given, received_on=date(2026, 6, 1)) if f.rule == "timely_filing"]
    assert [f.severity for f in made] == ["info"]


def test_a_stay_is_late_from_its_last_day() -> None:
    stay = institutional(
        line(day=None), bill="11", dates=(on(date(2024, 2, 1), "434", date(2024, 4, 1)),), payer="M",
        coverage=Coverage("P", "18", filing_indicator="MA"), admission=Admission("1"),
    )  # fmt: skip
    assert not [f for f in review(stay, received_on=date(2025, 3, 10)) if f.rule == "timely_filing"]


def test_without_a_day_of_receipt_the_batch_tells() -> None:
    given = claim(batch_created="202507031200")
    made = review(given, tables=Tables(filing=LIMITS))
    assert [f.rule for f in made if f.rule == "timely_filing"] == ["timely_filing"]


# --- the whole -------------------------------------------------------------------------------------------------


def test_every_rule_has_a_claim_that_breaks_it() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    (mark,) = [m for m in test_broken.pytestmark if m.name == "parametrize"]  # type: ignore[attr-defined]
    tested = {case.values[0] for case in mark.args[1]}
    assert set(names) - tested == {"timely_filing", "modifier_59_missing"}  # have tests of their own


def test_a_policy_changes_severities_and_switches_rules_off() -> None:
    given = claim(line(1, "12001", "80.00", "25"), benefits_assignment="N")
    made = review(given, received_on=RECEIVED, policy={"assignment_missing": "error", "modifier_25_misplaced": "off"})
    severities = {f.rule: f.severity for f in made}
    assert severities["assignment_missing"] == "error"
    assert "modifier_25_misplaced" not in severities


def test_findings_name_no_patient_and_no_diagnosis() -> None:
    given = claim(
        line(1, "64999", "80.00", "LT", "RT", "59", "XS"),
        line(2, "99284", units=str(Decimal(9))),
        number="PCN0001",
        diagnoses=("W260XXA", "W260XXA"),
    )
    text = " ".join(f.message + f.how_to_fix for f in review(given, received_on=date(2027, 1, 1), tables=TABLES))
    for secret in ("ROE", "JANE", "W123456789", "PCN0001", "W260XXA"):
        assert secret not in text


def test_the_documentation_lists_every_rule_with_its_severity() -> None:
    page = (Path(__file__).parents[4] / "docs" / "case-review.md").read_text("utf-8").partition("## Tables")[0]
    rows = [row.split("|") for row in page.splitlines() if row.startswith("| `") and row.count("|") == 4]
    listed = {row[1].strip(" `"): row[2].strip() for row in rows}
    for word in ("error", "warning", "info"):
        listed.pop(word, None)
    assert listed == {rule.name: rule.severity for rule in RULES}


def test_the_usual_pairs_are_judged_by_cms_where_its_table_is_loaded() -> None:
    given = claim(line(1, "45385"), line(2, "45380"), place="24")
    assert [f.line for f in review(given, received_on=RECEIVED) if f.rule == "modifier_59_missing"] == [2]
    assert findings(given, "modifier_59_missing") == []  # the table of these tests has no such pair
    more = claim(line(1, "36415", units="3"))
    assert [f.rule for f in review(more, received_on=RECEIVED, tables=TABLES) if f.line] == ["unit_limit"]


def test_nothing_that_leaves_the_house_is_made_of_findings() -> None:
    """Letters, filings, offers and messages to payers are made without them."""
    root = Path(__file__).parents[4] / "services"
    outgoing = [*root.glob("appeals/adapters/documents/*.py"), *root.glob("appeals/adapters/filing/*.py")]
    outgoing += [*root.glob("appeals/templates/*"), root / "intake/adapters/outgoing.py"]
    outgoing += [root / "intake/domain/correction.py"]
    assert len(outgoing) > 20
    assert [path.name for path in outgoing if ".findings" in path.read_text("utf-8")] == []
