"""What a release of CMS's tables holds, a line as it is priced, and the price as it comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.benchmark.domain.anesthesia import Case
from services.benchmark.domain.fee_schedule import Gpci, RelativeValues
from services.benchmark.domain.multiple import Ranked
from services.benchmark.domain.outpatient import OutpatientRate, OutpatientRules, Placed
from shared.money import ZERO

_ONE = Decimal(1)
SPLIT_ZIP = "the ZIP code lies in more than one locality and no table of its +4 is loaded: its main one used"


System = Literal[
    "physician",
    "anesthesia",
    "anesthesia_units",
    "outpatient",
    "surgery_center",
    "inpatient",
    "ambulance",
    "laboratory",
    "drugs",
    "equipment",
    "wage_index",
    "hospitals",
]
"""Medicare's payment systems, and what is known of hospitals, each with releases and periods of its own."""


class AmbulanceRate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Dollars of a base rate, or of a mile, by where the patient was picked up; 0 where there is none of its own.

    `first_miles` is paid for each of the first 17 miles by ground from a rural place.
    """

    urban: Decimal
    rural: Decimal
    super_rural: Decimal = ZERO
    first_miles: Decimal = ZERO


class Inpatient(msgspec.Struct, frozen=True):
    """IPPS of a fiscal year.

    Weights by MS-DRG (Table 5), standardized amounts as labor-related and rest for hospitals with a wage index above 1
    (Table 1A) and up to it (1B), the capital rate (1D), wage indices by CCN (Table 2). `mean_days` are geometric mean
    lengths of stay by MS-DRG, `post_acute` the MS-DRGs that a transfer to post-acute care is paid less of (None where
    Table 5 does not tell), `special_pay` those with the special payment then.
    """

    weights: dict[str, Decimal] = {}
    above_one: tuple[Decimal, Decimal] = (ZERO, ZERO)
    up_to_one: tuple[Decimal, Decimal] = (ZERO, ZERO)
    capital: Decimal = ZERO
    wage_indices: dict[str, Decimal] = {}
    mean_days: dict[str, Decimal] = {}
    post_acute: frozenset[str] | None = None
    special_pay: frozenset[str] = frozenset()


class SurgeryCenterRules(msgspec.Struct, frozen=True):
    """What the ASC addenda say beside rates.

    The payment indicator of each code (AA, BB), the codes that are paid beside procedures only (BB), and what of a
    device-intensive procedure's rate is the device's, in dollars (FF).
    """

    indicators: dict[str, str] = {}
    ancillary: frozenset[str] = frozenset()
    devices: dict[str, Decimal] = {}


class Release(msgspec.Struct, frozen=True):
    """One release of CMS's tables with the dates of service it speaks for.

    `zips` maps a ZIP code of five digits, or where the +4 decides and is known of nine, to its locality; `split_zips`
    are those whose +4 decides. `caps` holds the OPPS cap in dollars of a code's technical part (or of the whole) by
    `code-modifier` and locality, where the release brings them. `ambulatory` are ASC
    rates by code, `ambulatory_undiscounted` the codes that are paid in full beside others. `unpriced` holds the status
    of the schedule's codes without an amount, by `code` or `code-modifier`. `ambulance` is by locality and code,
    `laboratory` and `drugs` by code, `equipment` by code with its modifiers and state (`NY`, `NY R` where rural);
    `rural_for_equipment` are the ZIP codes that are, none where CMS's file of them is not loaded. `rural` holds R and B
    (super rural) by ZIP code, `states` each locality's. `hospitals` holds the CCN by NPI. `places` names the ZIP file
    where it is of another time than the rest.
    """

    name: str
    effective_from: date
    effective_to: date
    conversion_factor: Decimal
    values: Mapping[str, RelativeValues]
    gpcis: dict[str, Gpci]
    zips: Mapping[str, str]
    outpatient: dict[str, OutpatientRate]
    split_zips: frozenset[str] = frozenset()
    caps: dict[str, dict[str, Decimal]] = {}
    anesthesia_base: dict[str, Decimal] = {}
    ambulatory: dict[str, Decimal] = {}
    ambulatory_undiscounted: frozenset[str] = frozenset()
    unpriced: dict[str, str] = {}
    places: str = ""
    outpatient_rules: OutpatientRules = OutpatientRules()
    inpatient: Inpatient | None = None
    ambulance: dict[str, AmbulanceRate] = {}
    laboratory: dict[str, Decimal] = {}
    drugs: dict[str, Decimal] = {}
    equipment: dict[str, dict[str, Decimal]] = {}
    rural: Mapping[str, str] = {}
    states: dict[str, str] = {}
    hospitals: dict[str, str] = {}
    ambulatory_rules: SurgeryCenterRules = SurgeryCenterRules()
    rural_for_equipment: frozenset[str] = frozenset()

    def systems(self) -> frozenset[System]:
        """The payment systems that the release has tables of."""
        held: dict[System, object] = {
            "physician": self.values,
            "anesthesia": any(gpci.anesthesia is not None for gpci in self.gpcis.values()),
            "anesthesia_units": self.anesthesia_base,
            "outpatient": self.outpatient,
            "surgery_center": self.ambulatory,
            "inpatient": self.inpatient is not None and self.inpatient.weights,
            "ambulance": self.ambulance,
            "laboratory": self.laboratory,
            "drugs": self.drugs,
            "equipment": self.equipment,
            "wage_index": self.inpatient is not None and self.inpatient.wage_indices,
            "hospitals": self.hospitals,
        }
        return frozenset(system for system, tables in held.items() if tables)


class Catalogued(msgspec.Struct, frozen=True):
    """A release as the catalog knows it, without its tables: these are read when a price needs them first.

    `doubt` says what of it could not be traced to CMS's own file: its prices may flag and enter no letter.
    """

    name: str
    effective_from: date
    effective_to: date
    systems: frozenset[System]
    read: Callable[[], Release]
    shipped: bool = False
    doubt: str = ""


def catalogued(release: Release) -> Catalogued:
    """The entry of a release that is in memory already."""
    return Catalogued(release.name, release.effective_from, release.effective_to, release.systems(), lambda: release)


class Price(msgspec.Struct, frozen=True, gc=False):
    """What Medicare would allow for one line, in dollars for all its units, and how it comes about.

    `factor` is what modifiers and units make of one unit, for benchmarks of other sources. `caution` says why the
    figure is less than sure, `fallback` which step was taken where the exact table was missing, `uncovered` why
    Medicare itself would pay nothing. `component` is the part that was priced (26, TC, 53), `case` an anesthesia line
    in units with its `rate` of one unit. `internal` keeps the figure from letters: it is by other
    tables than the day's.
    """

    amount: Decimal
    source: str
    release: str
    row: str
    notes: tuple[str, ...] = ()
    fallback: str = ""
    caution: str = ""
    factor: Decimal = _ONE
    ranked: Ranked | None = None
    placed: Placed | None = None
    uncovered: str = ""
    component: str = ""
    case: Case | None = None
    rate: Decimal = _ONE
    internal: bool = False


class NoPrice(msgspec.Struct, frozen=True, gc=False):
    """Why no price can be given.

    `nobodys`: no other source is used for the line either, since nothing is owed for it to who billed it. `placed` is a
    line that is packaged, and what it does to others; `packaged`: its payment is another line's.
    """

    reason: str
    nobodys: bool = False
    placed: Placed | None = None
    packaged: bool = False


class Measured(msgspec.Struct, frozen=True, gc=False):
    """How many times a table's rate of one unit a line is worth, and how that comes about.

    `caution` is a doubt; `fallback` tells that the units are by another year's table, so that no letter cites the rate.
    """

    factor: Decimal
    notes: tuple[str, ...] = ()
    caution: str = ""
    fallback: str = ""


class Service(msgspec.Struct, frozen=True, gc=False):
    """A line as it is priced.

    `unit_type` is UN, MJ (minutes) or empty where it is unknown; `place` a place-of-service code, `limited` the kind of
    provider whose rates Medicare limits. `participant`: of an advanced alternative payment model, qualifying.
    """

    code: str
    modifiers: tuple[str, ...]
    zip: str
    place: str
    units: Decimal
    day: date
    unit_type: str = "UN"
    limited: str = ""
    participant: bool = False


def of_part(service: Service, price: Price | NoPrice) -> Service:
    """The service with the component it was priced by, for the tables of other sources."""
    part = price.component if isinstance(price, Price) else ""
    if part and part not in service.modifiers:
        return msgspec.structs.replace(service, modifiers=(*service.modifiers, part))
    return service


class ReleaseInForce(msgspec.Struct, frozen=True):
    """The release that speaks for a day.

    `fallback` tells that the day's own is not at hand and another quarter's serves, or (`other_year`) only another
    year's, or what of it is in doubt. `base_units` are those of anesthesia, which are a release of their own: `units`
    names it, `units_fallback` tells that it is another year's.
    """

    release: Release
    fallback: str
    other_year: bool = False
    base_units: Mapping[str, Decimal] = {}
    units: str = ""
    units_fallback: str = ""

    @property
    def physician(self) -> Decimal:
        """The physician fee schedule's conversion factor in dollars."""
        return self.release.conversion_factor
