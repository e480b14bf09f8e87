"""What the releases of ICD-10-CM say of a diagnosis code on a day of service."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Literal

import msgspec

from recoup_x12.codes.tables import CodeTable, releases, table, versions

Standing = Literal["valid", "incomplete", "deleted", "not_yet", "unknown"]
_LONGEST = 7


class Found(msgspec.Struct, frozen=True):
    """How a code stands in the release of a day, `version`.

    `since`: the first day on which it was deleted, or is to be used. `outside`: the day is not one for which the
    release speaks, so that another one decides; `missing` is then the name of that release where it has one.
    """

    standing: Standing
    version: str
    outside: bool = False
    since: date | None = None
    missing: str = ""


def diagnosis(code: str, served: date | None) -> Found:
    """How a code, without its point, stands on a day of service (in the newest release where no day is known)."""
    return _found(code, served, versions())


def marks_of(code: str) -> str:
    """What titles tell of a code: `r`, `l` or `b` its side, `m` that it is a manifestation; "" for nothing."""
    return next((one.marks[code] for one in releases("icd10cm") if code in one.marks), "")


@lru_cache(4096)
def _found(code: str, served: date | None, _in_force: str) -> Found:
    chosen = table("icd10cm", served)
    missing = _missing(chosen, served)
    outside = served is not None and (bool(missing) or (chosen.valid_from is not None and served < chosen.valid_from))
    if code in chosen.codes:
        return Found("valid", chosen.version, outside, missing=missing)
    every = releases("icd10cm")
    at = next(n for n, one in enumerate(every) if one is chosen)
    before = next((n for n in range(at - 1, -1, -1) if code in every[n].codes), None)
    if before is not None:
        return Found("deleted", chosen.version, outside, every[before + 1].valid_from, missing)
    later = next((one for one in every[at + 1 :] if code in one.codes), None)
    if later is not None:
        return Found("not_yet", chosen.version, outside, later.valid_from, missing)
    incomplete = 3 <= len(code) < _LONGEST and any(held.startswith(code) for held in chosen.codes)
    return Found("incomplete" if incomplete else "unknown", chosen.version, outside, missing=missing)


def _missing(chosen: CodeTable, served: date | None) -> str:
    """The federal fiscal year, from October on, whose list a day needs where the newest one has ended."""
    if served is None or chosen.valid_to is None or served <= chosen.valid_to:
        return ""
    return f"FY{served.year + (served.month >= 10)}"
