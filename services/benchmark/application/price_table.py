"""Medicare's amounts of a place and a day as a table, for analysts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Price, Service

_ONE = Decimal(1)
_OFFICE, _HOSPITAL = "11", "22"


def price_table(reference: Reference, zip_code: str, day: date, codes: frozenset[str]) -> list[dict[str, Any]]:
    """List what Medicare pays for codes in a place on a day: a row for each code and component with an amount.

    `office` and `facility` of the physician fee schedule (in a facility of what is the professional's), `outpatient` of
    the hospital, in dollars of one unit; empty where there is none. `release` and `outpatient_release` name the tables,
    `fallback` says which stood in for one that is missing.

    Args:
        reference: The tables that are loaded.
        zip_code: Where the services are rendered.
        day: The day of service.
        codes: The codes that are asked for; none of them for all of the day's tables.

    Returns:
        The rows, in the order of code and modifier.
    """
    physician = reference.release_in_force(day, "physician").release
    outpatient = reference.release_in_force(day, "outpatient").release
    keys = {(values.code, values.modifier) for values in physician.values.values()}
    keys |= {(code, "") for code in outpatient.outpatient}
    found: list[dict[str, Any]] = []
    for code, modifier in sorted(keys):
        if codes and code not in codes:
            continue
        modifiers = (modifier,) if modifier else ()

        def service(place: str, code: str = code, modifiers: tuple[str, ...] = modifiers) -> Service:
            return Service(code, modifiers, zip_code, place, _ONE, day)

        office, facility = (reference.professional(service(place)) for place in (_OFFICE, _HOSPITAL))
        hospital = None if modifier else reference.outpatient(service(_HOSPITAL))
        prices = [price if isinstance(price, Price) else None for price in (office, facility, hospital)]
        if any(prices):
            status = physician.values.get(f"{code}-{modifier}" if modifier else code)
            row: dict[str, Any] = {"code": code, "modifier": modifier, "status": status.status if status else ""}
            row |= {
                name: price.amount if price else None
                for name, price in zip(("office", "facility", "outpatient"), prices, strict=True)
            }
            row["release"] = next((price.release for price in prices[:2] if price), "")
            row["outpatient_release"] = prices[2].release if prices[2] else ""
            row["fallback"] = "; ".join(dict.fromkeys(price.fallback for price in prices if price and price.fallback))
            found.append(row)
    return found
