"""Modifiers: where they may stand, which exclude each other, and where one is missing.

Sources: NCCI Policy Manual, chapter I, sections D (global surgery) and E (modifiers); CMS's article on modifiers 59 and
X{EPSU}; Medicare Claims Processing Manual, chapter 12.
"""

from __future__ import annotations

from recoup_x12.codes import modifier_is_known
from services.intake.domain.review.case import Case, Hit, Hits, Item
from services.intake.domain.review.kinds import ANESTHESIA, CRITICAL_CARE, EMERGENCY_VISIT, SURGERY, VISIT

DISTINCT = frozenset({"59", "XE", "XP", "XS", "XU"})
SUBSETS = DISTINCT - {"59"}
ANESTHESIA_MODIFIERS = frozenset({"AA", "AD", "QK", "QX", "QY", "QZ"})
EXCLUSIVE = (
    (frozenset({"26", "TC"}), "professional and technical component together are the whole service: send neither"),
    (frozenset({"LT", "RT"}), "both sides are modifier 50 on one line, or one line for each side"),
    (frozenset({"50", "LT"}), "modifier 50 says both sides already"),
    (frozenset({"50", "RT"}), "modifier 50 says both sides already"),
    (frozenset({"52", "53"}), "a service was either reduced or discontinued"),
    (frozenset({"52", "22"}), "a service was either increased or reduced"),
    (frozenset({"62", "66"}), "surgeons were either two or a team"),
    (frozenset({"62", "80"}), "a co-surgeon does not assist in the same procedure"),
    (frozenset({"73", "74"}), "the procedure ended either before or after anesthesia"),
    (frozenset({"76", "77"}), "the procedure was repeated by either the same or another practitioner"),
    (frozenset({"80", "AS"}), "AS is for an assistant who is not a physician"),
    (frozenset({"78", "79"}), "the procedure was either related or unrelated to the first"),
    (frozenset({"93", "95"}), "the visit was by either sound alone or sound and picture"),
    (frozenset({"JW", "JZ"}), "the drug was either partly discarded or not"),
)


def conflicting(case: Case) -> Hits:
    """Modifiers on one line that contradict each other."""
    found: list[Hit] = []
    for item in case.items:
        if len(item.modifiers) < 2:
            continue
        held = set(item.modifiers)
        for pair, why in EXCLUSIVE:
            if pair <= held:
                first, second = sorted(pair)
                how_to_fix = f"Keep the one that the record supports: {why}."
                found.append(Hit(f"Modifiers {first} and {second} exclude each other.", how_to_fix, item.number))
    return found


def unknown(case: Case) -> Hits:
    """A modifier that neither CPT nor HCPCS has; the list in force may be older than it."""
    how_to_fix = "Check it against CPT and HCPCS; a payer's own modifier is of that payer's claims alone."
    return [
        Hit(f"Modifier {modifier} is on no list of modifiers.", how_to_fix, item.number)
        for item in case.items
        for modifier in item.modifiers
        if not modifier_is_known(item.code.upper(), modifier.upper())
    ]


def repeated(case: Case) -> Hits:
    """The same modifier twice on a line."""
    return [
        Hit("A modifier is repeated on the line.", "Send each modifier once.", item.number)
        for item in case.items
        if len(item.modifiers) != len(set(item.modifiers))
    ]


def distinct_conflict(case: Case) -> Hits:
    """59 and X{EPSU}: one of them on a line, the X modifier where one fits."""
    found: list[Hit] = []
    for item in case.items:
        held = DISTINCT.intersection(item.modifiers)
        if "59" in held and len(held) > 1:
            how_to_fix = "Send the X modifier alone: it says which of 59's meanings applies."
            found.append(Hit("Modifier 59 stands beside an X{EPSU} modifier.", how_to_fix, item.number))
        elif len(held) > 1:
            how_to_fix = (
                "Send the one that fits best: XE encounter, XP practitioner, XS structure, XU unusual non-overlapping."
            )
            found.append(Hit("More than one X{EPSU} modifier stands on the line.", how_to_fix, item.number, "warning"))
    return found


def distinct_on_visit(case: Case) -> Hits:
    """59 and X{EPSU} are for procedures; a visit distinct from a procedure carries 25."""
    return [
        Hit("Modifier 59 or X{EPSU} stands on a visit.", "Send 25 on the visit instead.", item.number)
        for item in case.items
        if item.kinds & VISIT and item.modifiers and not DISTINCT.isdisjoint(item.modifiers)
    ]


def separate_visit_misplaced(case: Case) -> Hits:
    """25 is for evaluation and management only."""
    how_to_fix = "Move 25 to the visit, or send 59 or X{EPSU} here."
    return [
        Hit("Modifier 25 stands on a service that is not a visit.", how_to_fix, item.number)
        for item in case.items
        if item.code and not item.kinds & VISIT and item.has("25")
    ]


def separate_visit_missing(case: Case) -> Hits:
    """A visit on the day of a procedure is part of it unless 25 (significant, separate) or 57 (decision) is sent.

    Likewise on the day of an injection, infusion or immunization (NCCI Policy Manual, chapter XI, B and C), and an
    emergency department visit on the day of critical care (Medicare Claims Processing Manual 12, 30.6.12).
    """
    days = {item.day for item in case.items if _procedure(item) and not item.has("26", "TC")}
    critical = {item.day for item in case.items if item.code == "99291" and not item.has("25")}
    if not days and not critical:
        return ()
    how_to_fix = (
        "Where the visit was significant and separate from the procedure, send 25 (57 if it decided on major surgery)."
    )
    return [
        Hit("A visit on the day of a procedure lacks modifier 25 or 57.", how_to_fix, item.number)
        for item in case.items
        if item.kinds & VISIT
        and (item.day in days or (item.day in critical and item.kinds & EMERGENCY_VISIT))
        and not item.has("25", "57", "24", "FT")
    ]


def _procedure(item: Item) -> bool:
    """Return True for a procedure whose payment holds a visit: not for drawing blood (36400-36416)."""
    code = item.code
    if not code.isdigit():
        return False
    given = "96360" <= code <= "96379" or "96401" <= code <= "96549" or "90460" <= code <= "90474"
    return given or bool(item.kinds & SURGERY and not "36400" <= code <= "36416")


def bilateral_units(case: Case) -> Hits:
    """Modifier 50 stands for both sides: one unit (Medicare Claims Processing Manual 12, 40.7)."""
    how_to_fix = "Send one unit with 50, or one line for each side."
    return [
        Hit("Modifier 50 stands on a line of several units.", how_to_fix, item.number)
        for item in case.items
        if item.units > 1 and item.has("50")
    ]


def anesthesia(case: Case) -> Hits:
    """Anesthesia needs who gave it (AA, AD, QK, QX, QY, QZ) and its minutes (SV103 MJ; TR3 2400 SV103)."""
    found: list[Hit] = []
    if not case.professional:
        return found
    for item in case.items:
        if not item.kinds & ANESTHESIA:
            continue
        if ANESTHESIA_MODIFIERS.isdisjoint(item.modifiers):
            how_to_fix = "Add AA, AD, QK, QX, QY or QZ: who gave the anesthesia, and under whose direction."
            found.append(Hit("The anesthesia line does not say who gave it.", how_to_fix, item.number))
        if item.line.unit not in ("MJ", "") and item.code not in _UNTIMED:
            how_to_fix = "Send the minutes of anesthesia with unit MJ."
            found.append(Hit("The anesthesia line is not in minutes.", how_to_fix, item.number))
    return found


_UNTIMED = frozenset({"01953", "01996"})  # by body surface, and by the day


def critical_care_units(case: Case) -> Hits:
    """The first 30-74 minutes of critical care are reported once a day, the further ones beside them."""
    first = {item.day for item in case.items if item.code == "99291"}
    found: list[Hit] = []
    for item in case.items:
        if not item.kinds & CRITICAL_CARE:
            continue
        if item.code == "99291" and item.units > 1:
            how_to_fix = "Send 99291 as one unit and further half hours as 99292."
            found.append(Hit("The first period of critical care is billed more than once.", how_to_fix, item.number))
        elif item.code == "99292" and item.day not in first and case.professional:
            how_to_fix = "Send 99291 for the same day, or check the code."
            found.append(
                Hit("Further critical care stands without its first period.", how_to_fix, item.number, "warning")
            )
    return found
