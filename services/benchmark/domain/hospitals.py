"""Hospitals as Medicare numbers them, and the wage index of one.

A CCN is a state's two digits and four more, of which 0001-0879 are short-term hospitals, paid by IPPS; critical access,
psychiatric, rehabilitation and long-term hospitals and units have others (State Operations Manual, 2779).
"""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from services.benchmark.domain.outpatient import WAGE_ADJUSTED
from services.benchmark.domain.releases import NoPrice, Price

_CCN = re.compile(r"[0-9]{2}[0-9A-Z]{4}")
_SHORT_TERM = (1, 879)


class HospitalIndex(msgspec.Struct, frozen=True):
    """The wage index of a hospital, how it is cited, and what stood in for an index of the year that is missing."""

    index: Decimal
    row: str
    fallback: str = ""


def ccn_of(text: str) -> str:
    """A CCN with the zeros that a spreadsheet may have dropped in front; empty for what is none."""
    number = text.strip().upper().replace("-", "").zfill(6)
    return number if _CCN.fullmatch(number) else ""


def is_short_term(ccn: str) -> bool:
    """Return True if the number is of a short-term hospital, which IPPS pays."""
    return ccn[2:].isdigit() and _SHORT_TERM[0] <= int(ccn[2:]) <= _SHORT_TERM[1]


def at_index(price: Price | NoPrice, found: HospitalIndex) -> Price | NoPrice:
    """A price that was made by this index, with where it is from; by another year's it is no figure for a letter.

    What the index does not reach stays as it is.
    """
    if isinstance(price, NoPrice) or (price.placed is not None and price.placed.status not in WAGE_ADJUSTED):
        return price
    fallback = "; ".join(filter(None, (price.fallback, found.fallback)))
    notes = (*price.notes, f"wage index of {found.row}")
    return replace(price, notes=notes, fallback=fallback, internal=price.internal or bool(found.fallback))
