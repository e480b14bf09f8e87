"""A quote: what the benchmarks say of a service, or of the lines of a claim, without a claim on file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from recoup_x12.codes import shapes, table
from services.benchmark.domain.distributions import KINDS
from services.benchmark.domain.hospitals import at_index, ccn_of
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.line_benchmark import line_benchmark_of
from services.benchmark.domain.other_lines import AdjustedForOtherLines, adjust_for_other_lines, session_of
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Service, of_part
from services.benchmark.domain.schedules import InpatientStay, drg_of
from services.benchmark.domain.systems import Billing, Parties, billing_asked, billing_of_line, is_center
from shared.events.assessment import Benchmark
from shared.money import ZERO
from shared.procedures import plain_code, plain_codes

_ONE = Decimal(1)
_MOST_LINES = 999
_MOST_UNITS = Decimal(9_999_999)
"""Units, or minutes, that one line can have: no field of a claim holds more, and no price is lost in rounding."""
Code = Annotated[str, Meta(max_length=20, description="CPT, HCPCS, or `DRG` and its number, in either case")]
Zip = Annotated[str, Meta(max_length=20, description="ZIP code of the place of service: five digits, or nine")]
Modifiers = Annotated[
    tuple[Annotated[str, Meta(max_length=10)], ...], Meta(max_length=20, description="modifiers in the order billed")
]
Place = Annotated[str, Meta(max_length=10, description="place of service code (POS)")]
Name = Annotated[str, Meta(max_length=120)]
Ccn = Annotated[str, Meta(max_length=20, description="CMS certification number of the hospital, six characters")]
Days = Annotated[int, Meta(ge=0, le=99_999, description="days of a stay")]
Discharge = Annotated[str, Meta(max_length=10, description="patient discharge status code at the end of a stay")]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code with its modifiers at a place on a day.

    `place` is a POS code; `outpatient` asks for the facility's own payment (OPPS; ASC at place 24, with modifier SG, or
    by taxonomy); `minutes` for anesthesia; `wage_index` of the hospital, or its `ccn`, for OPPS and stays (`DRG 470`);
    `days` of a stay and `discharge`, the patient status at its end, tell what a transfer is paid. `rendering` names
    who rendered it
    (an NPI, or any name of his), `taxonomy` what he is; `participant`: he qualifies as one of an advanced alternative
    payment model. Upper and lower case are one. Raises `ValueError` for what no service can be.
    """

    code: Code
    zip: Zip
    date: date
    modifiers: Modifiers = ()
    place: Place = "11"
    units: Decimal = Decimal(1)
    specialty: Name = "general"
    payer: Name = ""
    outpatient: bool = False
    minutes: Decimal | None = None
    wage_index: Decimal | None = None
    rendering: Name = ""
    taxonomy: Name = ""
    ccn: Ccn = ""
    participant: bool = False
    days: Days | None = None
    discharge: Discharge = ""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "code", plain_code(self.code))
        msgspec.structs.force_setattr(self, "modifiers", plain_codes(self.modifiers))
        msgspec.structs.force_setattr(self, "zip", self.zip.strip())
        msgspec.structs.force_setattr(self, "taxonomy", self.taxonomy.strip().upper())
        faults = [] if self.code else ["code is empty"]
        faults += _malformed(self.modifiers, self.place, self.taxonomy)
        if not (len(self.zip) in (5, 9, 10) and self.zip[:5].isdigit()):
            faults.append("zip is not a ZIP code: five digits, or nine")
        for name, value in (("units", self.units), ("minutes", self.minutes), ("wage_index", self.wage_index)):
            if value is not None and not (value.is_finite() and 0 < value <= _MOST_UNITS):
                faults.append(f"{name} is not above zero, or not at most {_MOST_UNITS}")
        if self.days is not None and self.days < 0:
            faults.append("days is below zero")
        if (self.days is not None or self.discharge) and drg_of(self.code) is None:
            faults.append("days and discharge are of a stay (DRG 470)")
        if self.ccn:
            faults += self._ccn_faults()
        if faults:
            raise ValueError("; ".join(faults))

    def billing(self) -> Billing:
        """The payment system of the service asked for by itself."""
        who = Parties(rendering=self.taxonomy, named=bool(self.rendering))
        return billing_asked(who, (self.place,), (self.modifiers,), self.outpatient)

    def _ccn_faults(self) -> list[str]:
        ccn = ccn_of(self.ccn)
        msgspec.structs.force_setattr(self, "ccn", ccn)
        faults = [] if ccn else ["ccn is not a CCN: six characters, such as 330101"]
        if self.wage_index is not None:
            faults.append("wage_index and ccn are both given")
        if self.billing().system != "outpatient" and drg_of(self.code) is None:
            faults.append("ccn is of a hospital: ask for its outpatient payment, or for a stay (DRG 470)")
        return faults


def _malformed(modifiers: Sequence[str], place: str, taxonomy: str) -> list[str]:
    """What cannot be a modifier, a place (by CMS's code set) or a taxonomy, whatever codes are in force."""
    no_modifiers = [one for one in modifiers if not shapes.modifier(one)]
    faults = [f"modifier {one!r} is none: two letters or digits, such as 26" for one in no_modifiers]
    if place and place not in table("place_of_service"):
        faults.append(f"place {place!r} is no place of service: two digits of CMS's list, such as 11 or 22")
    if taxonomy and not shapes.taxonomy(taxonomy):
        faults.append(f"taxonomy {taxonomy!r} is no NUCC taxonomy: ten characters, such as 207X00000X")
    return faults


class AskedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a claim; what it leaves out is the claim's."""

    code: Code
    modifiers: Modifiers = ()
    units: Decimal = Decimal(1)
    minutes: Decimal | None = None
    date: date | None = None
    place: Place = ""
    rendering: Name = ""
    taxonomy: Name = ""


class AskedClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several lines of one claim, which are priced in each other's company.

    Raises `ValueError` for what no claim can be.
    """

    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=_MOST_LINES)]
    zip: Zip
    date: date
    place: Place = "11"
    specialty: Name = "general"
    payer: Name = ""
    outpatient: bool = False
    wage_index: Decimal | None = None
    rendering: Name = ""
    taxonomy: Name = ""
    ccn: Ccn = ""
    participant: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.lines) <= _MOST_LINES:
            raise ValueError(f"a claim has 1 to {_MOST_LINES} lines")
        self.asked()

    def asked(self) -> tuple[Asked, ...]:
        """The lines as services."""
        found: list[Asked] = []
        shared = (self.specialty, self.payer, self.outpatient)
        for number, line in enumerate(self.lines, 1):
            own = (line.rendering or line.taxonomy) and not is_center(self.taxonomy)
            who = (line.rendering, line.taxonomy) if own else (self.rendering, self.taxonomy)
            day, place = line.date or self.date, line.place or self.place
            try:
                found.append(
                    Asked(
                        line.code, self.zip, day, line.modifiers, place, line.units, *shared, line.minutes,
                        self.wage_index, *who, self.ccn, self.participant,
                    )
                )  # fmt: skip
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
        return tuple(found)

    def billing(self, lines: Sequence[Asked]) -> Billing:
        """The payment system of the claim, by who asks for it: its own words, or those that every line has."""
        own = {line.taxonomy.strip().upper() for line in self.lines}
        rendering = self.taxonomy.strip().upper() or (own.pop() if len(own) == 1 else "")
        named = bool(self.rendering) or all(line.rendering or line.taxonomy for line in self.lines)
        places, modifiers = [line.place for line in lines], [line.modifiers for line in lines]
        return billing_asked(Parties(rendering=rendering, named=named), places, modifiers, self.outpatient)


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


def decode_asked(body: bytes) -> Asked | AskedClaim | list[Asked | AskedClaim]:
    """What is asked as JSON: a service, a claim (an object with `lines`), or a list.

    `msgspec.DecodeError` names what is wrong.
    """
    if body.lstrip()[:1] == b"[":
        return [_one(each) for each in msgspec.json.decode(body, type=list[msgspec.Raw])]
    return _one(msgspec.Raw(body))


def _one(raw: msgspec.Raw) -> Asked | AskedClaim:
    kind = AskedClaim if bytes(msgspec.json.decode(raw, type=_Shape).lines) else Asked
    return msgspec.json.decode(raw, type=kind, strict=False)


class _Shape(msgspec.Struct):
    lines: msgspec.Raw = msgspec.Raw(b"")


def answer(asked: Asked | AskedClaim, reference: Reference, policy: Policy) -> Quoted | QuotedClaim:
    """Quote one service, or the lines of one claim.

    Args:
        asked: Either of them.
        reference: The tables that are loaded.
        policy: The benchmark's percentiles and rules.

    Returns:
        The quote of what was asked for.
    """
    if isinstance(asked, AskedClaim):
        return quote_claim(asked, reference, policy)
    return quote(asked, reference, policy)


class QuotedClaim(msgspec.Struct, frozen=True):
    """Each line as quoted beside the others, and the sums of those that could be, in dollars.

    `cannot` says how many could not.
    """

    lines: tuple[Quoted, ...]
    amount: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal
    cannot: str = ""


def quote(asked: Asked, reference: Reference, policy: Policy) -> Quoted:
    """Price one service by the tables of its day.

    Args:
        asked: The service, with its place and day.
        reference: The tables that are loaded.
        policy: The benchmark's percentiles and rules.

    Returns:
        Its benchmark in dollars, or why there is none.
    """
    return _quoted_by_day((asked,), asked.billing(), reference, policy)[0]


def quote_claim(claim: AskedClaim, reference: Reference, policy: Policy) -> QuotedClaim:
    """Price the lines of a claim together, as the lines of a payment are: one may reduce or include another.

    Args:
        claim: The lines, and what they have in common.
        reference: The tables that are loaded.
        policy: The benchmark's percentiles and rules.

    Returns:
        Each line's quote and their totals in dollars, with a note of how many lines have no benchmark.
    """
    asked = claim.asked()
    lines = tuple(_quoted_by_day(asked, claim.billing(asked), reference, policy))
    lacking = sum(bool(line.cannot) for line in lines)

    def total(name: str) -> Decimal:
        return sum((getattr(line, name) or ZERO for line in lines), ZERO)

    note = f"{lacking} of {len(lines)} lines have no benchmark" if lacking else ""
    return QuotedClaim(lines, total("amount"), total("floor"), total("target"), total("stretch"), note)


def _quoted_by_day(lines: Sequence[Asked], billing: Billing, reference: Reference, policy: Policy) -> list[Quoted]:
    services: list[Service] = []
    prices: list[Price | NoPrice] = []
    classes: list[str] = []
    for asked in lines:
        units, unit_type = (asked.minutes, "MJ") if asked.minutes is not None else (asked.units, "UN")
        limited = limited_kind(asked.taxonomy)
        drg = drg_of(asked.code)
        code = f"DRG {drg}" if drg else asked.code
        service = Service(
            code, asked.modifiers, asked.zip, asked.place, units, asked.date, unit_type, limited, asked.participant
        )
        price, rows = _price(asked, service, billing_of_line(billing, service.modifiers), reference)
        services.append(of_part(service, price))
        prices.append(price)
        classes.append(rows)
    beside = adjust_for_other_lines(
        prices, [session_of(asked.date, asked.modifiers, asked.rendering) for asked in lines]
    )
    each = zip(lines, services, prices, classes, beside, strict=True)
    return [_quoted(*line, reference, policy) for line in each]


def _quoted(
    asked: Asked,
    service: Service,
    price: Price | NoPrice,
    rows: str,
    beside: AdjustedForOtherLines | None,
    reference: Reference,
    policy: Policy,
) -> Quoted:
    found = {
        kind: row
        for kind in KINDS
        if rows
        and kind in reference.distributions.kinds
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
    sources = policy.sources(asked.specialty)
    measure = partial(reference.measure, service)
    line_benchmark = line_benchmark_of(price, found, sources, policy, measure=measure, beside=beside)
    known = asked.specialty in policy.specialties
    unknown = () if known else (f"policy {policy.version} names no specialty {asked.specialty!r}: general used",)
    if line_benchmark.range is None:
        why = line_benchmark.lacking or "the policy gives the known sources no weight"
        return Quoted(asked, policy.version, reasons=unknown, cannot=why)
    floor, target, stretch = line_benchmark.range
    medicare = price if isinstance(price, Price) and (beside is None or beside.amount) else None
    return Quoted(
        asked,
        policy.version,
        (medicare.amount if beside is None else beside.amount) if medicare else None,
        medicare.source if medicare else "",
        medicare.release if medicare else "",
        medicare.row if medicare else "",
        line_benchmark.benchmarks[0].caveats if medicare else (),
        medicare.fallback if medicare else "",
        floor,
        target,
        stretch,
        line_benchmark.confidence,
        line_benchmark.benchmarks,
        (*line_benchmark.reasons, *unknown),
    )


def _price(asked: Asked, service: Service, billing: Billing, reference: Reference) -> tuple[Price | NoPrice, str]:
    """The price by a line's system, and the class of the table rows that go with it (none: no row speaks for it)."""
    if drg := drg_of(asked.code):
        state = reference.state_of(asked.zip, asked.date)
        stay = InpatientStay(drg, asked.wage_index, asked.ccn, asked.discharge, asked.days, state)
        return reference.inpatient(stay, asked.date), "institutional"
    if billing.system == "surgery_center":
        return reference.surgery_center(service, wage_index=asked.wage_index or _ONE), billing.rows
    if billing.system == "outpatient":
        return _outpatient(asked, service, reference), billing.rows
    return (reference.professional(service) if billing.system else NoPrice(billing.lacking)), billing.rows


def _outpatient(asked: Asked, service: Service, reference: Reference) -> Price | NoPrice:
    """OPPS goes through the calendar year by the wage index of the fiscal year it begins in (42 CFR 419.43(c))."""
    if not asked.ccn:
        return reference.outpatient(service, wage_index=asked.wage_index or _ONE)
    found = reference.wage_index(asked.ccn, asked.date.replace(month=1, day=1))
    if isinstance(found, NoPrice):
        return found
    return at_index(reference.outpatient(service, wage_index=found.index), found)
