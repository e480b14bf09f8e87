"""Reads what is published of hospitals: wage indices by CCN, and the CCN of an NPI; each may lie alone in a folder.

Wage indices are Table 2 of IPPS, which OPPS uses too, an impact file of either, or a file named for them; CCNs by NPI
are CMS's "Hospital Enrollments". The CCN is the number that Medicare certified a hospital under; its units
(psychiatric, rehabilitation, swing beds) have numbers of their own, some under the NPI of the hospital.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, titled
from services.benchmark.adapters.rejects import Rejects
from services.benchmark.domain.hospitals import ccn_of, is_short_term

_WAGES = {
    "CCN": r"^\d?ccn|^(medicare )?provider (number|id|ccn)",
    "Wage Index": r"^[\d, ]*((fy|cy|final) ?(\d{4} )?)*(post reclassification )?wage ?index",
    "with cap": r"wage index with (quartile and )?cap",
    "transition": r"transition",
}
"""Of Table 2 the index with the cap on its fall counts, and before it what CMS fills in for a transition; footnotes
stand as digits before the titles."""
_FILES = (r"Tables?[ _-]*2(?![0-9A-Z])", r"wage[ _-]*ind(?:ex|ices)", r"(?:.*[ _-])?impact")
_ENROLLMENTS = {"NPI": "^npi$", "CCN": "^ccn$"}
_NO_FIGURE = frozenset({"", ".", "-", "N/A", "NA", "*", "#N/A"})
_NPI = re.compile(r"\d{10}")


def read_wage_indices(folder: Path, rejects: Rejects) -> dict[str, Decimal]:
    """Wage indices by CCN; a hospital that stands twice with different ones is refused."""
    paths = (optional(folder, f"(?:.*[ _-])?{name}") for name in _FILES)
    path = next((one for one in paths if one is not None), None)
    found: dict[str, Decimal] = {}
    for row, (number, plain, capped, transition) in titled(path, _WAGES, 2) if path else ():
        ccn = ccn_of(number)
        index = next((one for one in (transition, capped, plain) if one not in _NO_FIGURE), "")
        if path is None or not ccn or not index:
            continue
        figure = rejects.number(index, path, row, "wage index")
        if not figure:
            continue
        if found.setdefault(ccn, figure) != figure:
            rejects.add(path, row, f"CCN {ccn} stood on an earlier line with another wage index")
    return found


def read_hospitals(folder: Path) -> dict[str, str]:
    """The CCN of each NPI: the short-term hospital's where units share the NPI; none where several hospitals do."""
    path = optional(folder, r"(?:.*[ _-])?hospital[ _-]*enrollments?")
    numbers: dict[str, set[str]] = defaultdict(set)
    for _, (npi, number) in titled(path, _ENROLLMENTS, 2) if path else ():
        ccn = ccn_of(number)
        if _NPI.fullmatch(npi) and ccn:
            numbers[npi].add(ccn)
    found: dict[str, str] = {}
    for npi, ccns in numbers.items():
        hospitals = [ccn for ccn in ccns if is_short_term(ccn)] or list(ccns)
        if len(hospitals) == 1:
            found[npi] = hospitals[0]
    return found
