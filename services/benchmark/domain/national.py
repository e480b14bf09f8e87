"""Medicare's national amount of one unit: what payers' published rates are held against, whatever their place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.contracted import Service
from services.benchmark.domain.coverage import row_of
from services.benchmark.domain.fee_schedule import Gpci, base_price
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.statistics import median

_NATION = Gpci("", "", Decimal(1), Decimal(1), Decimal(1))


def national_amount(reference: Reference, service: Service, day: date) -> Decimal | None:
    """Return Medicare's national amount of one unit, in dollars; None where there is none.

    A facility's by OPPS, else the physician's outside a facility; of anesthesia the median of the localities'
    conversion factors.
    """
    if service.billing_class == "institutional":
        row = reference.release_in_force(day, "outpatient").release.outpatient.get(service.code)
        return row.rate if row is not None else None
    if is_anesthesia(service.code):
        gpcis = reference.release_in_force(day, "anesthesia").release.gpcis.values()
        factors = [gpci.anesthesia for gpci in gpcis if gpci.anesthesia is not None]
        return median(factors) if factors else None
    in_force = reference.release_in_force(day, "physician")
    values = row_of(in_force.release.values, service.code, service.modifier)
    return base_price(values, _NATION, in_force.physician, "non_facility") if values is not None else None
