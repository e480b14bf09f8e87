"""Who answers a dispute: CMS prints a name as typed and an e-mail domain, which is often the vendor's, not the plan's.

The table `payers.csv` says which name or domain stands for whom, with the source of each row; the first that fits
holds. A group that a republisher of the record worked out already (`Carrier_Group`) is kept as it is.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

UNKNOWN = "unknown"


@cache
def _rows() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    text = files("recoup_odds").joinpath("payers.csv").read_text(encoding="utf-8")
    return tuple((row["in"], re.compile(row["pattern"]), row["payer"]) for row in csv.DictReader(text.splitlines()))


@cache
def payer_of(group: str | None, domain: str | None, name: str | None) -> str:
    """The answering party by the table; a domain or name that no row fits stands for itself."""
    if group and group.lower() not in ("unknown", "other"):
        return group
    site = (domain or "").lower().rpartition("@")[2].strip()
    plain = re.sub(r"[^a-z0-9 ]+", " ", (name or "").lower())
    plain = re.sub(r"\s+", " ", plain).strip()
    for place, pattern, payer in _rows():
        if place == "domain" and site and pattern.search(site):
            return payer
        if place == "name" and plain and pattern.search(plain):
            return payer
    return site or plain or UNKNOWN


def names_of_payers() -> tuple[tuple[str, str], ...]:
    """Patterns of answering parties' names with whom they stand for, in order."""
    return tuple((pattern.pattern, payer) for place, pattern, payer in _rows() if place == "name")
