"""Diagnosis codes on the day of service: what NCHS's addenda of each release say was added and deleted."""

from __future__ import annotations

from datetime import date

import pytest

from recoup_x12.codes import expired, releases, table
from recoup_x12.codes.diagnoses import Standing, diagnosis
from recoup_x12.codes.spans import releases_of
from tests.unit.x12.files import claims, professional

COUNTS = [72616, 72621, 72748, 72750, 73639, 73674, 74044, 74260, 74719]
"""Codes of FY2021, January 2021, FY2022, April 2022, FY2023, April 2023, FY2024, FY2025 and FY2026 (addenda, end)."""


def test_every_release_has_the_codes_that_its_addenda_count() -> None:
    every = releases("icd10cm")
    assert [len(one.codes) for one in every] == COUNTS
    assert [str(one.valid_from) for one in every] == [
        "2020-10-01", "2021-01-01", "2021-10-01", "2022-04-01", "2022-10-01", "2023-04-01", "2023-10-01",
        "2024-10-01", "2025-10-01",
    ]  # fmt: skip
    assert [str(one.valid_to) for one in every[-2:]] == ["2025-09-30", "2026-09-30"]


@pytest.mark.parametrize(
    ("code", "served", "standing", "since"),
    [
        # low back pain became M54.50, M54.51 and M54.59 on 1 October 2021
        ("M545", date(2021, 9, 30), "valid", None),
        ("M545", date(2021, 10, 1), "deleted", date(2021, 10, 1)),
        ("M5450", date(2021, 9, 30), "not_yet", date(2021, 10, 1)),
        ("M5450", date(2021, 10, 1), "valid", None),
        # pneumonia due to COVID-19 came on 1 January 2021, in the middle of a fiscal year; M35.8 was divided that day
        ("J1282", date(2020, 12, 31), "not_yet", date(2021, 1, 1)),
        ("J1282", date(2021, 1, 1), "valid", None),
        ("M358", date(2020, 12, 31), "valid", None),
        ("M358", date(2021, 1, 1), "deleted", date(2021, 1, 1)),
        ("U071", date(2020, 10, 1), "valid", None),
        # unvaccinated for COVID-19, 1 April 2022
        ("Z28310", date(2022, 3, 31), "not_yet", date(2022, 4, 1)),
        ("Z28310", date(2022, 4, 1), "valid", None),
        # multiple sclerosis was divided on 1 October 2025
        ("G35", date(2025, 9, 30), "valid", None),
        ("G35", date(2025, 10, 1), "deleted", date(2025, 10, 1)),
        ("G35A", date(2025, 10, 1), "valid", None),
        ("QA0012", date(2025, 10, 1), "valid", None),  # its second character is a letter
        ("A00", date(2025, 3, 1), "incomplete", None),
        ("S72044", date(2025, 3, 1), "incomplete", None),  # the seventh character is wanting
        ("E11", date(2025, 3, 1), "incomplete", None),
        ("Z9X9", date(2025, 3, 1), "unknown", None),
        ("E119X", date(2025, 3, 1), "unknown", None),
    ],
)
def test_a_code_on_a_day(code: str, served: date, standing: Standing, since: date | None) -> None:
    found = diagnosis(code, served)
    assert (found.standing, found.since, found.outside, found.missing) == (standing, since, False, "")


@pytest.mark.parametrize(
    ("code", "served", "standing", "missing"),
    [
        ("Z9X9", date(2026, 9, 30), "unknown", ""),  # the last day of FY2026
        ("Z9X9", date(2026, 10, 1), "unknown", "FY2027"),
        ("Z9X9", date(2027, 9, 30), "unknown", "FY2027"),
        ("Z9X9", date(2027, 10, 1), "unknown", "FY2028"),
        ("E119", date(2026, 10, 20), "valid", "FY2027"),
        ("G35", date(2026, 10, 20), "deleted", "FY2027"),
    ],
)
def test_after_the_newest_list_the_missing_release_is_named(
    code: str, served: date, standing: Standing, missing: str
) -> None:
    found = diagnosis(code, served)
    assert (found.standing, found.missing, found.outside) == (standing, missing, bool(missing))


def told(code: str, day: str) -> list[tuple[str, str]]:
    data = professional(("HI*", f"HI*ABK:{code}*ABF:E119"), ("DTP*472", f"DTP*472*D8*{day}")).replace(
        b"DTP*472*D8*20250510", f"DTP*472*D8*{day}".encode()
    )
    return [(p.severity, p.message) for p in claims(data)[0].problems if p.segment == "HI"]


@pytest.mark.parametrize(
    ("code", "day", "severity", "message"),
    [
        ("M545", "20250301", "error", "deleted from ICD-10-CM on 1 October 2021"),
        ("G35A", "20250301", "error", "an ICD-10-CM code from 1 October 2025 on, and not before"),
        ("A00", "20250301", "error", "a category of ICD-10-CM FY2025, which needs more characters"),
        ("Z9X9", "20250301", "error", "not an ICD-10-CM code of FY2025"),
        ("Z9X9", "20261020", "warning",
         "not an ICD-10-CM code of FY2026, the newest list here: that of FY2027 is not loaded"),
        ("A00", "20261020", "warning", "a category of ICD-10-CM FY2026, which needs more characters, the newest list "
         "here: that of FY2027 is not loaded"),
        ("M54.5", "20261020", "error", "an ICD-10-CM code is sent without its point"),
    ],
)  # fmt: skip
def test_the_guide_says_why_a_code_is_wrong(code: str, day: str, severity: str, message: str) -> None:
    assert told(code, day) == [(severity, message)]


def test_lists_end() -> None:
    assert expired(date(2026, 9, 30)) == ()
    assert [(one.name, one.version) for one in expired(date(2026, 10, 1))] == [("icd10cm", "FY2026")]


def test_marks_are_of_titles() -> None:
    icd = table("icd10cm")
    assert (icd.marks["M1711"], icd.marks["M1712"]) == ("r", "l")  # unilateral primary osteoarthritis of a knee
    assert "I501" not in icd.marks  # left ventricular failure, of which there is no right
    assert (icd.marks["F0280"], icd.marks["D638"]) == ("m", "m")  # in other diseases classified elsewhere
    assert "B9620" not in icd.marks  # the cause of diseases classified elsewhere
    assert "M5450" in icd.flagged and "E119" not in icd.flagged


@pytest.mark.parametrize("text", ["", "release 2020-10-01 A\nA000\n", "release 2020-10-01 A\nto 2021-01-01\na000\n"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="code"):
        releases_of(text)
