"""Diagnoses that may not stand together (Excludes1), or not in the first place (manifestations), and sides.

ICD-10-CM guidelines I.A.12.a and I.A.13; the notes are those that the tabular lists of April 2025 and April 2026 have
alike (`data/excludes1.txt.gz`, written by `python -m recoup_tools.icd10cm`), and so are applied to services from 1
October 2024 on. Findings say at which places the diagnoses stand, and never which they are.
"""

from __future__ import annotations

import gzip
from datetime import date
from functools import cache
from importlib import resources

from recoup_x12.codes.diagnoses import diagnosis, marks_of
from services.intake.domain.review.case import Case, Hit, Hits, Item

NOTES_FROM = date(2024, 10, 1)
LEFT = frozenset(["LT", "E1", "E2", "FA", "F1", "F2", "F3", "F4", "TA", "T1", "T2", "T3", "T4"])
RIGHT = frozenset(["RT", "E3", "E4", "F5", "F6", "F7", "F8", "F9", "T5", "T6", "T7", "T8", "T9"])
"""Modifiers of a side: limbs and organs, eyelids, fingers, toes (CMS, NCCI Policy Manual I.E)."""
_SHORTEST = 3


def unlisted(case: Case) -> Hits:
    """A code that the newest list here does not have, of a day for which that list does not speak."""
    served = case.claim.service_from
    found: list[Hit] = []
    for place, health in enumerate(case.diagnoses, 1):
        stands = diagnosis(health.code, served)
        if stands.standing == "valid" or not stands.outside:
            continue
        newest = f"ICD-10-CM {stands.version}"
        missing = f"; that of {stands.missing} is not loaded" if stands.missing else ""
        how_to_fix = (
            "Check the code against the list of the day of service, and load that list (`recoup codes update`)."
        )
        found.append(Hit(f"Diagnosis {place} is not in {newest}, the nearest list here{missing}.", how_to_fix))
    return found


def manifestation_first(case: Case) -> Hits:
    """I.A.13: a code "in diseases classified elsewhere" is never listed first; its cause is."""
    if not case.diagnoses or "m" not in marks_of(case.diagnoses[0].code):
        return ()
    how_to_fix = "List the underlying disease first, and the manifestation after it."
    return (Hit("The principal diagnosis is a manifestation of another disease.", how_to_fix),)


def excluded(case: Case) -> Hits:
    """I.A.12.a: two conditions that the tabular list says are not coded together, unless they are unrelated."""
    served = case.claim.service_from
    if len(case.diagnoses) < 2 or served is None or served < NOTES_FROM:
        return ()
    codes = [h.code for h in case.diagnoses]
    how_to_fix = "Keep the one that the record supports; both only where the two conditions are unrelated."
    return [
        Hit(f"Diagnoses {a} and {b} are not coded together (Excludes1).", how_to_fix)
        for a, first in enumerate(codes, 1)
        for b, second in enumerate(codes[a:], a + 1)
        if first != second and (_excludes(first, second) or _excludes(second, first))
    ]


def _excludes(owner: str, other: str) -> bool:
    """Return True if a note at the code, or at one above it, excludes the other."""
    named = notes()
    return any(
        _fits(pattern, other) for end in range(_SHORTEST, len(owner) + 1) for pattern in named.get(owner[:end], ())
    )


def _fits(pattern: str, code: str) -> bool:
    first, range_of, last = pattern.partition("-")
    return first <= code and code[: len(last)] <= last if range_of else code.startswith(first)


@cache
def notes() -> dict[str, tuple[str, ...]]:
    """What each code excludes: prefixes, or the first and last of a range."""
    folder = resources.files("services.intake.domain.review").joinpath("data")
    text = gzip.decompress(folder.joinpath("excludes1.txt.gz").read_bytes()).decode()
    rows = (row.split(" ") for row in text.splitlines())
    return {owner: tuple(named) for owner, *named in rows}


def other_side(case: Case) -> Hits:
    """A modifier of one side, on a line whose diagnoses are all of the other (guideline I.B.13)."""
    how_to_fix = "Correct the modifier or the diagnosis, as the record says; point the line to the diagnosis it is for."
    return [
        Hit("The modifier's side is not that of the line's diagnoses.", how_to_fix, item.number)
        for item in case.items
        if item.modifiers and _contradicts(case, item)
    ]


def _contradicts(case: Case, item: Item) -> bool:
    given = {"l" for m in item.modifiers if m in LEFT} | {"r" for m in item.modifiers if m in RIGHT}
    if len(given) != 1:
        return False
    count = len(case.diagnoses)
    marked = [marks_of(case.diagnoses[at - 1].code) for at in item.line.pointers if 1 <= at <= count]
    sides = {side for marks in marked for side in marks if side in "lrb"}
    return bool(sides) and "b" not in sides and not sides & given
