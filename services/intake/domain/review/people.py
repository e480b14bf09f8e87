"""The patient's sex and age against diagnoses and procedures, where the code says for whom it is.

Payers deny these by CARC 6 and 9 (age) and 7 and 10 (sex). The ages are those of the Medicare Code Editor (newborn 0,
pediatric 0-17, maternity 9-64 years) and of CPT; Medicare's own edit of sexes no longer runs, other payers' do. Tables:
`data/sex.csv` and `data/age.csv`, each row with its source. Findings say at which place a diagnosis stands, and never
which it is, nor the patient's sex or age.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import TypeVar

import msgspec

from services.intake.domain.review.case import Case, Hit, Hits


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
    unit: str
    """`days` or `years`."""


R = TypeVar("R", "Sexed", "Aged")
Rows = Callable[[str, str], tuple[R, ...]]
Unfit = Callable[[R, date | None], bool]


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

    return _hits(case, sexed, "sex", lambda row, _: unfit(row), how_to_fix)


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
    served = case.claim.service_from
    if served is not None and _years(born, served) > _OLDEST:
        return (Hit(f"The patient would be over {_OLDEST} years old.", how_to_fix),)

    def unfit(row: Aged, day: date | None) -> bool:
        if day is None or day < born:
            return False
        held = (day - born).days if row.unit == "days" else _years(born, day)
        return not row.least <= held <= row.most

    return _hits(case, aged, "age", unfit, how_to_fix)


_OLDEST = 124
"""Years: an age beyond is assumed to be wrong (CMS, Definitions of Medicare Code Edits, edit 14, invalid age)."""


def _years(born: date, day: date) -> int:
    """Full years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _hits(case: Case, rows: Rows[R], what: str, unfit: Unfit[R], fix: str) -> Iterator[Hit]:
    served = case.claim.service_from
    for place, health in enumerate(case.diagnoses, 1):
        if any(unfit(row, served) for row in rows("icd10cm", health.code)):
            yield Hit(f"Diagnosis {place} does not fit the patient's {what}.", fix)
    for item in case.items:
        if any(unfit(row, item.day) for row in rows("hcpcs", item.code)):
            yield Hit(f"{item.code} does not fit the patient's {what}.", fix, item.number)


@lru_cache(20_000)
def sexed(system: str, code: str) -> tuple[Sexed, ...]:
    """The rows of a code (`icd10cm` or `hcpcs`) that are for one sex."""
    rows = (Sexed(row["first"], row["last"], row["sex"]) for row in _rows("sex.csv") if row["system"] == system)
    return tuple(row for row in rows if _within(row, code))


@lru_cache(20_000)
def aged(system: str, code: str) -> tuple[Aged, ...]:
    """The rows of a code (`icd10cm` or `hcpcs`) that are for an age."""
    rows = (
        Aged(row["first"], row["last"], int(row["least"]), int(row["most"]), row["unit"])
        for row in _rows("age.csv")
        if row["system"] == system
    )
    return tuple(row for row in rows if _within(row, code))


def _within(row: Sexed | Aged, code: str) -> bool:
    return row.first <= code and code[: len(row.last)] <= row.last


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = resources.files("services.intake.domain.review").joinpath("data", name).read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
