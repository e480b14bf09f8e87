"""Claims as practices send them, and all that the review says of each: what is wrong, and nothing else.

Every expectation was worked out from the source that stands with it, never by running the review. A scenario is checked
against every rule but those that list papers, so that a false alarm breaks it as a missing finding does. The patient is
a woman of 45 unless it says otherwise; services are of 4 March 2025 in an office, on a commercial plan.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from recoup_x12.model import Claim, Coverage, Demographics, Drug, HealthCode, Line, Party
from services.intake.domain.review import review
from tests.unit.intake.identity.examples import NPI, OTHER_NPI, claim, institutional, line, on, patient

PAPERS = {"documents_needed", "drug_without_ndc", "authorization_missing"}
RECEIVED = date(2026, 11, 29)
DAY = date(2025, 3, 4)
MEDICARE = Coverage("P", "18", filing_indicator="MB")
Expected = set[tuple[str, int]]
NOTHING: Expected = set()


def person(gender: str = "F", born: date | None = date(1980, 1, 2)) -> Party:
    text = f"{born:%Y%m%d}" if born else ""
    return replace(patient(), demographics=Demographics("D8" if born else "", text, gender, born))


def of(gender: str, born: date | None, *lines: Line, **fields: Any) -> Claim:
    return claim(*lines, subscriber=person(gender, born), **fields)


def dx(*codes: str, served: date = DAY, place: str = "11", **fields: Any) -> Claim:
    return claim(line(day=served), diagnoses=codes, place=place, batch_created=f"{served:%Y%m%d}", **fields)


MAN, CHILD, INFANT = date(1980, 1, 2), date(2015, 1, 2), date(2025, 2, 1)
ED = "23"

SCENARIOS: list[tuple[str, Claim, Expected]] = [
    # --- sex: chapter titles of ICD-10-CM, sections of CPT; CARC 7 and 10; KX and condition code 45 by CMS
    ("a delivery in a man", of("M", MAN, diagnoses=("O80",)), {("sex_conflict", 0)}),
    ("a delivery in a woman", dx("O80"), NOTHING),
    ("prostate cancer in a woman", dx("C61"), {("sex_conflict", 0)}),
    ("prostate cancer in a man", of("M", MAN, diagnoses=("C61",)), NOTHING),
    ("breast cancer in a man", of("M", MAN, diagnoses=("C50921",)), {("diagnosis_unspecific", 0)}),  # his sex is right
    ("hysterectomy of a man", of("M", MAN, line(1, "58150"), place="21"), {("sex_conflict", 1)}),
    ("vasectomy of a woman", claim(line(1, "55250")), {("sex_conflict", 1)}),
    ("hysterectomy of a man, said to be right", of("M", MAN, line(1, "58150", "900.00", "KX"), place="21"), NOTHING),
    ("sex not known", of("U", MAN, diagnoses=("O80",)), NOTHING),
    ("screening of the prostate in a woman", dx("Z125"), {("sex_conflict", 0)}),
    ("the second of two diagnoses", dx("E119", "N401"), {("sex_conflict", 0)}),
    ("condition code 45 on a hospital's claim",
     institutional(line(1, "58150"), subscriber=person("M"),
                   health_codes=(HealthCode("ABK", "N8003"), HealthCode("BG", "45"))), NOTHING),
    # --- age: Medicare Code Editor, notes of ICD-10-CM, CPT's own ages; CARC 6 and 9
    ("a newborn's distress at 45", dx("P229"), {("age_conflict", 0), ("diagnosis_unspecific", 0)}),
    ("a newborn's distress at a month", of("F", INFANT, diagnoses=("P220",)), NOTHING),
    ("an infant's check-up at 45", claim(line(1, "99381"), diagnoses=("Z0000",)), {("age_conflict", 1)}),
    ("a check-up of the years 40 to 64 at 10", of("F", CHILD, line(1, "99396"), diagnoses=("Z00129",)),
     {("age_conflict", 1)}),
    ("a check-up of the years 40 to 64 at 45", claim(line(1, "99396"), diagnoses=("Z0000",)), NOTHING),
    ("on the day before the fortieth birthday", of("F", date(1985, 3, 5), line(1, "99396"), diagnoses=("Z0000",)),
     {("age_conflict", 1)}),
    ("on the fortieth birthday", of("F", date(1985, 3, 4), line(1, "99396"), diagnoses=("Z0000",)), NOTHING),
    ("pregnant at 8", of("F", date(2016, 3, 5), diagnoses=("O80",)), {("age_conflict", 0)}),
    ("pregnant at 9", of("F", date(2016, 3, 4), diagnoses=("O80",)), NOTHING),
    ("a child's examination at 28 days", of("F", date(2025, 2, 4), diagnoses=("Z00129",)), {("age_conflict", 0)}),
    ("a child's examination at 29 days", of("F", date(2025, 2, 3), diagnoses=("Z00129",)), NOTHING),
    ("a child's examination on the day before eighteen", of("F", date(2007, 3, 5), diagnoses=("Z00129",)), NOTHING),
    ("a child's examination at eighteen", of("F", date(2007, 3, 4), diagnoses=("Z00129",)), {("age_conflict", 0)}),
    # Definitions of Medicare Code Edits, edit 14: 0 to 124 years; 4 March 2025 less 125 years
    ("born in the nineteenth century", of("F", date(1880, 1, 2)), {("age_conflict", 0)}),
    ("on the day before the 125th birthday", of("F", date(1900, 3, 5)), NOTHING),
    ("on the 125th birthday", of("F", date(1900, 3, 4)), {("age_conflict", 0)}),
    ("the date of birth not known", of("F", None, line(1, "99381"), diagnoses=("Z0000",)), NOTHING),
    # --- sides: guideline I.B.13
    ("the left knee's arthrosis, the right one injected", claim(line(1, "20610", "90.00", "RT"), diagnoses=("M1712",)),
     {("laterality_conflict", 1)}),
    ("the left knee's, and the left one", claim(line(1, "20610", "90.00", "LT"), diagnoses=("M1712",)), NOTHING),
    ("two knees' diagnoses, one pointed to",
     claim(line(1, "20610", "90.00", "RT", pointers=(1, 2)), diagnoses=("M1712", "M1711")), NOTHING),
    ("a finger of the left hand, a wound of the right", claim(line(1, "12001", "90.00", "F1"), diagnoses=("S61210A",)),
     {("laterality_conflict", 1)}),
    ("left heart failure has no side", claim(line(1, "20610", "90.00", "RT"), diagnoses=("I501",)),
     {("diagnosis_unspecific", 0)}),
    ("both sides say neither", claim(line(1, "20610", "90.00", "50"), diagnoses=("M1712",)), NOTHING),
    # --- Excludes1: notes at E10, E11 and I10 of NCHS's tabular list, and its introduction; guideline I.A.12.a
    ("type 1 and type 2 diabetes", dx("E119", "E109"), {("diagnosis_excludes1", 0)}),
    ("hypertension and that of pregnancy", dx("O139", "I10"),
     {("diagnosis_excludes1", 0), ("diagnosis_unspecific", 0)}),
    ("hypothyroidism and that of iodine deficiency, in the middle of E00-E02", dx("E038", "E010"),
     {("diagnosis_excludes1", 0)}),
    ("diabetes and hypertension", dx("E119", "I10"), NOTHING),
    ("notes of two years' lists are not those of 2021", dx("E119", "E109", served=date(2021, 5, 3)), NOTHING),
    # --- manifestations: "code first" by the tabular list's introduction; guideline I.A.13
    ("dementia in another disease, first", dx("F0280", "G309"),
     {("diagnosis_manifestation", 0), ("diagnosis_unspecific", 0)}),
    ("its cause first", dx("G3089", "F0280"), NOTHING),
    ("anemia in a chronic disease, first", dx("D638", "M0579"), {("diagnosis_manifestation", 0)}),
    # --- code sets of the day: 45 CFR 162.1000(a) and 162.1002(c)(2); addenda of NCHS
    ("low back pain after its code was divided", dx("M545", served=date(2026, 10, 20)), {("diagnosis_unlisted", 0)}),
    ("a code that does not exist, after the list", dx("Z9X9", served=date(2026, 10, 20)), {("diagnosis_unlisted", 0)}),
    ("a code of the newest list, after it", dx("E119", served=date(2026, 10, 20)), NOTHING),
    # --- symptoms in an emergency department: guideline IV.D
    ("chest pain in an emergency department", claim(line(1, "99284"), diagnoses=("R079",), place=ED), NOTHING),
    ("chest pain in an office", dx("R079"), {("diagnosis_unspecific", 0)}),
    ("an unspecified wound in an emergency department", claim(line(1, "99284"), diagnoses=("S61409A",), place=ED),
     {("diagnosis_unspecific", 0)}),
    # --- modifier 25: NCCI Policy Manual, chapters I and XI; Medicare Claims Processing Manual 12, 30.6.12
    ("a visit and a blood draw", claim(line(), line(2, "36415")), NOTHING),
    ("a visit and an immunization", claim(line(), line(2, "90471")), {("modifier_25_missing", 1)}),
    ("a visit with 25 and an immunization", claim(line(1, "99213", "90.00", "25"), line(2, "90471")), NOTHING),
    ("a visit and an injection", claim(line(), line(2, "96372")), {("modifier_25_missing", 1)}),
    ("critical care and an emergency visit", claim(line(1, "99291"), line(2, "99285"), place=ED),
     {("modifier_25_missing", 2)}),
    ("critical care and an emergency visit with 25",
     claim(line(1, "99291"), line(2, "99285", "90.00", "25"), place=ED), NOTHING),
    # --- modifier 59, without CMS's table: NCCI Policy Manual, chapters VI and XI; MLN1783722
    ("a polyp removed and another biopsied", claim(line(1, "45385"), line(2, "45380"), place="24"),
     {("modifier_59_missing", 2)}),
    ("the same, of another site", claim(line(1, "45385"), line(2, "45380", "90.00", "59"), place="24"), NOTHING),
    ("manipulation and manual therapy", claim(line(1, "98941"), line(2, "97140")), {("modifier_59_missing", 2)}),
    ("manipulation and manual therapy by two people",
     claim(line(1, "98941", providers=(Party("82", id=NPI),)),
           line(2, "97140", providers=(Party("82", id=OTHER_NPI),))),
     NOTHING),
    # --- discarded drugs: 87 FR 69710-69734 (42 CFR 414.940), JZ from 1 July 2023
    ("Medicare, a drug without JZ", claim(line(1, "J1885"), coverage=MEDICARE), {("drug_waste", 1)}),
    ("Medicare, a drug with JZ", claim(line(1, "J1885", "90.00", "JZ"), coverage=MEDICARE), NOTHING),
    ("Medicare, before JZ", claim(line(1, "J1885", day=date(2023, 6, 30)), coverage=MEDICARE,
                                     batch_created="20230701"), NOTHING),
    ("a commercial plan, without JZ", claim(line(1, "J1885")), NOTHING),
    ("given and discarded", claim(line(1, "J1885"), line(2, "J1885", "9.00", "JW"), coverage=MEDICARE), NOTHING),
    ("discarded and not given", claim(line(1, "J1885", "9.00", "JW")), {("drug_waste", 1)}),
    # --- repetition and units: CARC 18; the codes' own definitions
    ("the same line twice", claim(line(1, "71046"), line(2, "71046")), {("line_repeated", 2)}),
    ("the same, repeated on purpose", claim(line(1, "71046"), line(2, "71046", "150.00", "76")), NOTHING),
    ("the same on two days", claim(line(1, "71046"), line(2, "71046", day=date(2025, 3, 5))), NOTHING),
    ("one drug of two containers", claim(line(1, "J0585", drugs=(Drug("N4", "00023114501"),)),
                                         line(2, "J0585", drugs=(Drug("N4", "00023392102"),))), NOTHING),
    ("99 emergency visits", claim(line(1, "99285", units="99"), place=ED), {("units_by_definition", 1)}),
    ("two blood draws", claim(line(1, "36415", units="2")), {("units_by_definition", 1)}),
    ("two units of therapy", claim(line(1, "97110", units="2")), NOTHING),
    # --- loaded long after it was sent: BHT04
    ("sent in time, loaded a year later", dx("E119", served=date(2024, 11, 5)), NOTHING),
    ("a plain visit", claim(), NOTHING),
]  # fmt: skip


def test_there_are_sixty_at_least() -> None:
    names = [name for name, _, _ in SCENARIOS]
    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("given", "expected"), [s[1:] for s in SCENARIOS], ids=[s[0] for s in SCENARIOS])
def test_scenario(given: Claim, expected: Expected) -> None:
    sent = given if given.batch_created else replace(given, batch_created="20250310")
    made = [f for f in review(sent, received_on=RECEIVED) if f.rule not in PAPERS]
    assert {(f.rule, f.line) for f in made} == expected
    for finding in made:
        assert finding.severity in ("error", "warning", "info")
        assert finding.message.endswith(".") and finding.how_to_fix.endswith(".")
        assert not any(code.code in finding.message for code in sent.diagnoses)


def test_a_stays_admission_tells_the_day_of_age() -> None:
    stay = institutional(line(day=None), bill="11", diagnoses=("P220",), dates=(on(DAY, "434", date(2025, 3, 9)),),
                         subscriber=person("F", INFANT))  # fmt: skip
    assert not [f for f in review(stay, received_on=DAY) if f.rule == "age_conflict"]
