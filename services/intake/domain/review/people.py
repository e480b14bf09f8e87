"""The patient's sex and age against diagnoses and procedures, where the code says for whom it is.

Payers deny these by CARC 6 and 9 (age) and 7 and 10 (sex). Tables: `data/sex.csv` and `data/age.csv`, each row with
its source. Findings say at which place a diagnosis stands, and never which it is, nor the patient's sex or age.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal, TypeVar

import msgspec

from services.intake.domain.review.case import Case, Hit, Hits

Row = dict[str, str]


class Sexed(msgspec.Struct, frozen=True):
    """Codes from `first` to `last`, with all below them, that are for one sex (F or M)."""

    first: str
    last: str
    sex: str


class Aged(msgspec.Struct, frozen=True):
    """Codes from `first` to `last`, with all below them, that are for ages from `least` to `most`, in full `unit`."""

    first: str
    last: str
    least: int
    most: int
    unit: Literal["days", "years"]


R = TypeVar("R", "Sexed", "Aged")


def sex(case: Case) -> Hits:
    """A diagnosis or procedure that is for the other sex."""
    who = case.claim.who.demographics
    if who is None or who.gender not in ("F", "M") or _stated(case):
        return ()
    how_to_fix = (
        "Check the patient's sex and the code. Where both are right, send modifier KX (condition code 45 on an 837I), "
        "which says so."
    )

    def unfit(row: Sexed) -> bool:
        return row.sex != who.gender

    return _hits(case, sexed(), "sex", lambda row, _: unfit(row), how_to_fix)


def _stated(case: Case) -> bool:
    """Return True if the claim says that its codes are right for the patient's sex (CMS: KX, condition code 45)."""
    conditions = [h.code for h in case.claim.health_codes if h.qualifier == "BG"]
    return "45" in conditions or any(item.has("KX") for item in case.items)


def age(case: Case) -> Hits:
    """A diagnosis or procedure that is for another age, on the day of service."""
    who = case.claim.who.demographics
    born = who.born if who is not None else None
    if born is None:
        return ()
    how_to_fix = "Check the date of birth, the day of service and the code."

    def unfit(row: Aged, day: date | None) -> bool:
        if day is None or day < born:
            return False
        held = (day - born).days if row.unit == "days" else _years(born, day)
        return not row.least <= held <= row.most

    return _hits(case, aged(), "age", unfit, how_to_fix)


def _years(born: date, day: date) -> int:
    """Full years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _hits(
    case: Case,
    tables: tuple[tuple[R, ...], tuple[R, ...]],
    what: str,
    unfit: Callable[[R, date | None], bool],
    fix: str,
) -> Iterator[Hit]:
    diagnoses, procedures = tables
    served = case.claim.service_from
    for place, health in enumerate(case.diagnoses, 1):
        if any(_within(row, health.code) and unfit(row, served) for row in diagnoses):
            yield Hit(f"Diagnosis {place} does not fit the patient's {what}.", fix)
    for item in case.items:
        if any(_within(row, item.code) and unfit(row, item.day) for row in procedures):
            yield Hit(f"{item.code} does not fit the patient's {what}.", fix, item.number)


def _within(row: Sexed | Aged, code: str) -> bool:
    return row.first <= code and code[: len(row.last)] <= row.last


@cache
def sexed() -> tuple[tuple[Sexed, ...], tuple[Sexed, ...]]:
    """The rows for diagnoses, and those for procedures."""
    return _read("sex.csv", lambda row: Sexed(row["first"], row["last"], row["sex"]))


@cache
def aged() -> tuple[tuple[Aged, ...], tuple[Aged, ...]]:
    """The rows for diagnoses, and those for procedures."""

    def made(row: Row) -> Aged:
        unit: Literal["days", "years"] = "days" if row["unit"] == "days" else "years"
        return Aged(row["first"], row["last"], int(row["least"]), int(row["most"]), unit)

    return _read("age.csv", made)


def _read(name: str, made: Callable[[Row], R]) -> tuple[tuple[R, ...], tuple[R, ...]]:
    text = resources.files("services.intake.domain.review").joinpath("data", name).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    diagnoses = tuple(made(row) for row in rows if row["system"] == "icd10cm")
    return diagnoses, tuple(made(row) for row in rows if row["system"] == "hcpcs")
