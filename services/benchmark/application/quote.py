"""A quote: what the benchmarks say of a service, without a claim."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.company import in_company, session_of
from services.benchmark.domain.distributions import KINDS, SURGERY_CENTER
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Service, of_part
from services.benchmark.domain.schedules import InpatientStay, drg_of
from services.benchmark.domain.worth import worth_of
from shared.events.assessment import Benchmark

_SURGERY_CENTER = "24"


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code with its modifiers at a place on a day. `place` is a POS code; `outpatient` asks for the facility's own
    payment (OPPS; ASC at place 24 or with modifier SG); `minutes` for anesthesia; `wage_index` of the hospital, for
    OPPS. Raises `ValueError` for what no service can be."""

    code: str
    zip: str
    date: date
    modifiers: tuple[str, ...] = ()
    place: str = "11"
    units: Decimal = Decimal(1)
    specialty: str = "general"
    payer: str = ""
    outpatient: bool = False
    minutes: Decimal | None = None
    wage_index: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        faults = [] if self.code else ["code is empty"]
        if not (len(self.zip) in (5, 9, 10) and self.zip[:5].isdigit()):
            faults.append("zip is no ZIP code: five digits, or nine")
        for name, value in (("units", self.units), ("minutes", self.minutes), ("wage_index", self.wage_index)):
            if value is not None and not (value.is_finite() and value > 0):
                faults.append(f"{name} is not above zero")
        if faults:
            raise ValueError("; ".join(faults))


class Quoted(msgspec.Struct, frozen=True):
    """Every benchmark with its row and uses, and the policy's fair range in dollars; or why there is none.

    `amount`, `source`, `release` and `row` are of the Medicare price.
    """

    asked: Asked
    policy: str
    amount: Decimal | None = None
    source: str = ""
    release: str = ""
    row: str = ""
    notes: tuple[str, ...] = ()
    fallback: str = ""
    floor: Decimal | None = None
    target: Decimal | None = None
    stretch: Decimal | None = None
    confidence: int = 0
    benchmarks: tuple[Benchmark, ...] = ()
    reasons: tuple[str, ...] = ()
    cannot: str = ""


def quote(asked: Asked, reference: Reference, policy: Policy) -> Quoted:
    """Price one service by the tables of its day."""
    units, unit_type = (asked.minutes, "MJ") if asked.minutes is not None else (asked.units, "UN")
    service = Service(asked.code, asked.modifiers, asked.zip, asked.place, units, asked.date, unit_type)
    price, rows = _price(asked, service, reference)
    service = of_part(service, price)
    beside = in_company([price], [session_of(asked.date, asked.modifiers)])[0]
    found = {
        kind: row
        for kind in KINDS
        if kind in reference.distributions.kinds
        and (
            row := reference.distribution(
                kind,
                service,
                billing_class=rows,
                payer=asked.payer if kind in ("payer_history", "in_network") else "",
                minimum=policy.minimum_sample,
            )
        )
    }
    sources, measured = policy.sources(asked.specialty), reference.measure(service)
    worth = worth_of(price, found, sources, policy, measured=measured, beside=beside)
    known = asked.specialty in policy.specialties
    unknown = () if known else (f"policy {policy.version} names no specialty {asked.specialty!r}: general used",)
    if worth.range is None:
        return Quoted(
            asked,
            policy.version,
            reasons=unknown,
            cannot=worth.lacking or "the policy gives the known sources no weight",
        )
    floor, target, stretch = worth.range
    medicare = price if isinstance(price, Price) else None
    return Quoted(
        asked,
        policy.version,
        (medicare.amount if beside is None else beside.amount) if medicare else None,
        medicare.source if medicare else "",
        medicare.release if medicare else "",
        medicare.row if medicare else "",
        worth.benchmarks[0].caveats if medicare else (),
        medicare.fallback if medicare else "",
        floor,
        target,
        stretch,
        worth.confidence,
        worth.benchmarks,
        (*worth.reasons, *unknown),
    )


def _price(asked: Asked, service: Service, reference: Reference) -> tuple[Price | NoPrice, str]:
    """The price by the system that was asked for, and the class of the table rows that go with it."""
    if drg := drg_of(asked.code):
        index = asked.wage_index if asked.wage_index != 1 else None
        return reference.inpatient(InpatientStay(drg, index), asked.date), "institutional"
    if (asked.outpatient and asked.place == _SURGERY_CENTER) or "SG" in asked.modifiers:
        return reference.surgery_center(service), SURGERY_CENTER
    if asked.outpatient:
        return reference.outpatient(service, wage_index=asked.wage_index), "institutional"
    return reference.professional(service), "professional"
