"""The services that CMS's tables tell apart, by their ranges of CPT codes (Table 14 of the supplemental tables)."""

from __future__ import annotations

from functools import cache

AIR = frozenset({"A0430", "A0431", "A0435", "A0436"})
_RANGES: tuple[tuple[int, int, str], ...] = (
    (100, 1999, "anesthesia"),
    (10004, 69990, "surgery"),
    (70010, 79999, "radiology"),
    (80047, 89398, "pathology and laboratory"),
    (92920, 93998, "cardiovascular"),
    (93880, 93998, "vascular studies"),
    (95700, 96020, "neurology"),
    (96360, 96549, "injection and infusion"),
    (99221, 99239, "hospital care"),
    (99281, 99288, "emergency"),
    (99291, 99292, "critical care"),
    (99468, 99480, "neonatal critical care"),
)


@cache
def service_of(code: str) -> str:
    """The service a procedure code belongs to; empty where the tables have no range for it."""
    if code in AIR:
        return "air ambulance"
    if not (len(code) == 5 and code.isdigit()):
        return ""
    number = int(code)
    found = ""
    for first, last, name in _RANGES:  # the narrower of two comes later
        if first <= number <= last:
            found = name
    return found
