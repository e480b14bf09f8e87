"""Discarded drugs: JW for what was discarded of a single-dose container, JZ where nothing was (Medicare Part B)."""

from __future__ import annotations

from datetime import date

from services.intake.domain.review.case import Case, Hit, Hits, Item

MEDICARE = frozenset({"MA", "MB"})
"""Filing indicators (SBR09) of Medicare."""
JZ_FROM = date(2023, 7, 1)
"""42 CFR 414.940; Medicare Claims Processing Manual 17, 40: from this day a line has JZ where it has no JW."""


def waste(case: Case) -> Hits:
    """What CMS's discarded drug policy asks of a drug's lines, of Medicare's claims alone but for the amount given."""
    found: list[Hit] = []
    medicare = case.claim.coverage.filing_indicator in MEDICARE and not case.inpatient
    for item in case.items:
        if not _injected(item.code):
            continue
        if item.has("JW") and not any(_given(other, item) for other in case.items):
            how_to_fix = "Send the amount given on a line of its own, without JW, of the same day."
            found.append(Hit(f"{item.code} is billed as discarded, and not as given.", how_to_fix, item.number))
        elif medicare and item.day is not None and item.day >= JZ_FROM and not item.has("JW", "JZ"):
            if any(other.has("JW") and other.code == item.code and other.day == item.day for other in case.items):
                continue  # its waste is told beside it
            how_to_fix = (
                "Of a single-dose container send JZ where nothing was discarded, else JW with the amount on a line of "
                "its own. A multiple-dose container needs neither."
            )
            found.append(Hit(f"{item.code} says nothing of discarded amounts.", how_to_fix, item.number))
    return found


def _given(other: Item, discarded: Item) -> bool:
    return other.code == discarded.code and other.day == discarded.day and not other.has("JW")


def _injected(code: str) -> bool:
    """Return True for drugs by injection or infusion (J0120-J3591, J9000-J9999): not inhaled or taken by mouth."""
    return "J0120" <= code <= "J3591" or "J9000" <= code <= "J9999"
