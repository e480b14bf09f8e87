"""What of a line is well formed and yet unknown: a modifier that no list holds, a taxonomy that NUCC's does not.

Neither is refused, since a list may be older than the claim; the line's price is in doubt, and by an unknown modifier,
which may change any price, it enters no letter.
"""

from __future__ import annotations

from msgspec.structs import replace

from recoup_x12.codes import modifier_is_known, table
from services.benchmark.domain.limited import UNKNOWN_KIND
from services.benchmark.domain.releases import Measured, NoPrice, Price, Service


def doubted_price(price: Price | NoPrice, service: Service, *, by_whom: bool = False) -> Price | NoPrice:
    """A price with the doubts that are left of its service.

    Args:
        price: The price, or why there is none.
        service: What was priced.
        by_whom: Whether the price hangs on the taxonomy of who rendered it, as the physician fee schedule's does.

    Returns:
        The price; where a modifier is unknown, for our own judgement alone.
    """
    if isinstance(price, NoPrice) or not (service.modifiers or service.limited):
        return price
    modifiers = unknown_modifiers(service)
    doubts = (price.caution, modifiers, _unknown_taxonomy() if by_whom and service.limited == UNKNOWN_KIND else "")
    caution = "; ".join(filter(None, doubts))
    if caution == price.caution:
        return price
    return replace(price, caution=caution, internal=price.internal or bool(modifiers))


def doubted_measure(measured: Measured | NoPrice, service: Service) -> Measured | NoPrice:
    """The units of a line, by which no letter cites a table's rate where a modifier of it is unknown."""
    modifiers = unknown_modifiers(service) if service.modifiers else ""
    if not modifiers or isinstance(measured, NoPrice):
        return measured
    return replace(measured, fallback="; ".join(filter(None, (measured.fallback, modifiers))))


def unknown_modifiers(service: Service) -> str:
    """What is told of modifiers that no list holds; empty where there are none."""
    unknown = [one for one in service.modifiers if not modifier_is_known(service.code, one)]
    if not unknown:
        return ""
    listed = f"CPT; HCPCS of {table('modifier').version}"
    return f"modifier {', '.join(unknown)} is on no list ({listed}): what it does to the price is not known"


def _unknown_taxonomy() -> str:
    listed = table("taxonomy").version
    return f"the taxonomy of who rendered it is not on NUCC's list {listed}: whether his rate is limited is not known"
