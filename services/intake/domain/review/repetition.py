"""What is billed more than once: the same line twice, and more units than a code's own definition allows.

CARC 18 (exact duplicate); NCCI Policy Manual, chapter I, sections E (76, 77, 91, 59) and V (units). The units are those
of the codes' definitions, for the commonest of them, and of blood draws by the Medicare Claims Processing Manual 16,
60.1 (one fee an encounter); CMS's table of limits, where it is loaded, goes before.
"""

from __future__ import annotations

from services.intake.domain.review.case import Case, Hit, Hits, Item
from services.intake.domain.review.kinds import ANESTHESIA, EMERGENCY_VISIT, HOSPITAL_VISIT, OFFICE_VISIT

REPEATED = frozenset(["27", "59", "76", "77", "78", "79", "91", "XE", "XP", "XS", "XU"])
"""Modifiers that say why a service stands twice."""
ONCE = frozenset(
    [
        "36415",
        "90471",
        "90473",
        "92002",
        "92004",
        "92012",
        "92014",
        "96360",
        "96365",
        "96374",
        "96409",
        "96413",
        "97161",
        "97162",
        "97163",
        "97164",
        "97165",
        "97166",
        "97167",
        "97168",
        "99460",
        "99463",
        "99477",
        "G0402",
        "G0438",
        "G0439",
    ]
)
"""Codes of a first, an initial or a daily service, which their definition lets stand once: units beyond are others."""
_ONCE_KINDS = OFFICE_VISIT | EMERGENCY_VISIT | HOSPITAL_VISIT


def duplicate(case: Case) -> Hits:
    """The same service, modifiers, day, place, practitioner, units and charge on two lines, and nothing says why."""
    seen: dict[tuple[object, ...], Item] = {}
    found: list[Hit] = []
    for item in case.items:
        if not item.code or not item.line.charge or item.kinds & ANESTHESIA or item.has(*REPEATED):
            continue
        first = seen.setdefault(_what(item), item)
        if first is not item:
            how_to_fix = "Remove it; or send one line of several units; or say why: 76, 77, 91, or 59 or X{EPSU}."
            found.append(Hit(f"The line repeats line {first.number}.", how_to_fix, item.number))
    return found


def _what(item: Item) -> tuple[object, ...]:
    line = item.line
    rendering = next((p.id for p in line.providers if p.role == "82"), "")
    drugs = tuple((drug.code, drug.quantity) for drug in line.drugs)
    modifiers = tuple(sorted(item.modifiers))
    return (item.code, modifiers, item.day, item.place, rendering, line.revenue_code, item.units, line.charge, drugs)


def units_by_definition(case: Case) -> Hits:
    """More than one unit of what is given once by its definition: a visit, a first hour, a venipuncture."""
    hospital = case.claim.form == "institutional"
    table = case.tables.units_hospital if hospital else case.tables.units_practitioner
    how_to_fix = (
        "Send one unit; a second encounter of the day is a line of its own with what says so (25, 27, 59 or X{EPSU})."
    )
    return [
        Hit(f"{item.code} is given once by its definition, and billed as several units.", how_to_fix, item.number)
        for item in case.items
        if item.units > 1
        and (item.code in ONCE or item.kinds & _ONCE_KINDS)
        and not (table and item.code in table.on(item.day))
    ]
