"""National Correct Coding Initiative: bundled pairs and unit limits (CMS's tables, loaded by the operator)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.intake.domain.review.case import Case, Hit, Hits, Item

_ASSOCIATED = (
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD RC LM RI "
    "24 25 57 58 78 79 27 59 91 XE XP XS XU"
)
ASSOCIATED = frozenset(_ASSOCIATED.split())
"""Modifiers that may lift an edit with indicator 1 (NCCI Policy Manual, chapter I, section E)."""


def bundled(case: Case) -> Hits:
    """Pairs of one day that CMS bundles: column 2 is part of column 1 unless a modifier may and does lift it."""
    hospital = case.claim.form == "institutional"
    table = case.tables.pairs_hospital if hospital else case.tables.pairs_practitioner
    if not len(case.items) > 1 or not any(item.code in table for item in case.items):
        return ()
    found: list[Hit] = []
    for day, items in _by_day(case).items():
        for first in items:
            if first.code not in table:
                continue
            for second in items:
                if first.code == second.code or _other_practitioner(first, second):
                    continue
                edit = table.find(first.code, second.code, day)
                if edit is not None:
                    found.append(_judge(first, second, edit.modifier_allowed))
    return found


USUAL = (
    ("45384", "45380"), ("45385", "45380"), ("45388", "45380"), ("43250", "43239"), ("43251", "43239"),
    ("98940", "97140"), ("98941", "97140"), ("98942", "97140"), ("97530", "97116"), ("11720", "11719"),
    ("11721", "11719"), ("11042", "97597"),
)  # fmt: skip
"""Pairs that are billed together most; the second is part of the first unless it was of another site or time.

NCCI Policy Manual: chapters VI (endoscopy: one lesion biopsied and another removed), XI (manual therapy of other
regions than were manipulated, therapies of other quarters of an hour), III (nails; debridement of other sites).
"""


def distinct_missing(case: Case) -> Hits:
    """One of the usual pairs on one day without a modifier that says the two were distinct; CMS's table goes before."""
    hospital = case.claim.form == "institutional"
    if len(case.tables.pairs_hospital if hospital else case.tables.pairs_practitioner) or len(case.items) < 2:
        return ()
    how_to_fix = "Remove it, or, where the record shows another site or time, send 59 or X{EPSU} on it."
    found: list[Hit] = []
    for items in _by_day(case).values():
        for second in items:
            for first in items:
                lifted = not ASSOCIATED.isdisjoint(second.modifiers + first.modifiers)
                if (first.code, second.code) in USUAL and not lifted and not _other_practitioner(first, second):
                    message = f"{second.code} is usually part of {first.code} (line {first.number})."
                    found.append(Hit(message, how_to_fix, second.number))
    return found


def _judge(first: Item, second: Item, modifier_allowed: bool) -> Hit:
    pair = f"{second.code} is bundled into {first.code} (line {first.number})"
    if not modifier_allowed:
        return Hit(f"{pair}; no modifier lifts it.", f"Remove {second.code}, or correct the code.", second.number)
    if ASSOCIATED.isdisjoint(second.modifiers) and ASSOCIATED.isdisjoint(first.modifiers):
        how_to_fix = "Remove it, or, where the record shows it distinct, send what says how: XE, XP, XS, XU, 59 or 25."
        return Hit(f"{pair} and carries no modifier that lifts it.", how_to_fix, second.number)
    how_to_fix = "Keep the record that shows both were distinct: payers ask for it."
    return Hit(f"{pair}, lifted by a modifier.", how_to_fix, second.number, "info")


def units(case: Case) -> Hits:
    """Medically unlikely edits: units of one code, by line (indicator 1) or by day (2 and 3)."""
    hospital = case.claim.form == "institutional"
    table = case.tables.units_hospital if hospital else case.tables.units_practitioner
    if not table:
        return ()
    found: list[Hit] = []
    sums: dict[tuple[str, date | None], Decimal] = {}
    for item in case.items:
        limit = table.on(item.day).get(item.code)
        if limit is None or item.line.unit == "MJ":
            continue
        if limit.indicator == 1:
            billed = item.units
        else:
            before = sums.get((item.code, item.day), Decimal(0))
            billed = sums[item.code, item.day] = before + item.units
            if before > limit.limit:
                continue  # said on the line that crossed the limit
        if billed > limit.limit:
            scope = "a line" if limit.indicator == 1 else "a day"
            how_to_fix = (
                "Check the units. Where they are right, split the line with 76, 77, 91 or 59 as the record shows."
            )
            if limit.indicator == 2:
                how_to_fix = "Correct the units: the limit is policy, and no modifier or appeal lifts it for Medicare."
            severity = None if limit.indicator == 2 else "warning"
            found.append(Hit(f"{item.code} exceeds {limit.limit} units {scope}.", how_to_fix, item.number, severity))
    return found


def _by_day(case: Case) -> dict[date, list[Item]]:
    days: dict[date, list[Item]] = {}
    for item in case.items:
        if item.day is not None and item.code:
            days.setdefault(item.day, []).append(item)
    return days


def _other_practitioner(first: Item, second: Item) -> bool:
    """Edits are for one practitioner; lines with rendering providers of their own may name two."""
    a = next((p.id for p in first.line.providers if p.role == "82"), "")
    b = next((p.id for p in second.line.providers if p.role == "82"), "")
    return bool(a and b and a != b)
