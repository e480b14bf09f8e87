"""Releases in our own compact form: gzipped JSON, as shipped beside the code and as kept in the database."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from services.benchmark.adapters.lazy import ZipRanges
from services.benchmark.domain.distributions import Row, Table, TableKind, table_of
from services.benchmark.domain.fee_schedule import Gpci, RelativeValues
from services.benchmark.domain.outpatient import OutpatientRate, OutpatientRules
from services.benchmark.domain.releases import AmbulanceRate, Inpatient, Release, SurgeryCenterRules


class ZipPlaces(msgspec.Struct, frozen=True):
    """The locality of every ZIP code, the codes whose +4 decides, and what prices tell of a file of another time."""

    told: str
    localities: Mapping[str, str]
    split: frozenset[str]
    rural: Mapping[str, str] = {}
    states: dict[str, str] = {}


class PackedRelease(msgspec.Struct):
    """A CMS release on disk.

    `zips` maps a locality to ranges of ZIP codes, `first-last` or a single one, `plus_four` to ranges of nine digits;
    `unpriced` a status to the codes that have it, by blanks.
    """

    name: str
    effective_from: date
    effective_to: date
    conversion_factor: Decimal
    values: list[RelativeValues]
    gpcis: list[Gpci]
    zips: dict[str, list[str]]
    outpatient: list[OutpatientRate]
    split_zips: list[str] = []
    caps: dict[str, dict[str, Decimal]] = {}
    anesthesia_base: dict[str, Decimal] = {}
    ambulatory: dict[str, Decimal] = {}
    ambulatory_undiscounted: list[str] = []
    unpriced: dict[str, str] = {}
    outpatient_rules: OutpatientRules = OutpatientRules()
    inpatient: Inpatient | None = None
    ambulance: dict[str, AmbulanceRate] = {}
    laboratory: dict[str, Decimal] = {}
    drugs: dict[str, Decimal] = {}
    equipment: dict[str, dict[str, Decimal]] = {}
    rural: dict[str, list[str]] = {}
    plus_four: dict[str, list[str]] = {}
    hospitals: dict[str, str] = {}
    ambulatory_rules: SurgeryCenterRules = SurgeryCenterRules()
    rural_for_equipment: list[str] = []


class PackedTable(msgspec.Struct):
    """A percentile table on disk."""

    name: str
    kind: TableKind
    effective_from: date
    effective_to: date
    percents: list[int]
    rows: list[Row]
    source: str = ""
    estimated: bool = False
    tenants: list[str] = []
    """Whose claims it is out of, where it is out of claims here."""


Packed = PackedRelease | PackedTable
_encoder = msgspec.json.Encoder(decimal_format="string")


def write_packed(packed: Packed) -> bytes:
    """The same input gives the same bytes."""
    return gzip.compress(_encoder.encode(packed), mtime=0)


def read_release(content: bytes, places: Callable[[], ZipPlaces]) -> Release:
    """A CMS release ready for look-ups; `places` are those that serve a release without a ZIP file of its own."""
    packed = msgspec.json.decode(gzip.decompress(content), type=PackedRelease)
    gpcis = {gpci.locality: gpci for gpci in packed.gpcis}
    states = {locality: gpci.state for locality, gpci in gpcis.items()}
    own = ZipPlaces("", places_of(packed.zips), frozenset(packed.split_zips), places_of(packed.rural), states)
    located = own if packed.zips or not (packed.gpcis or packed.ambulance or packed.equipment) else places()
    return Release(
        packed.name,
        packed.effective_from,
        packed.effective_to,
        packed.conversion_factor,
        {f"{v.code}-{v.modifier}" if v.modifier else v.code: v for v in packed.values},
        gpcis,
        _with_indices({**located.localities, **places_of(packed.plus_four)}, gpcis)
        if packed.plus_four
        else _with_indices(located.localities, gpcis),
        {rate.code: rate for rate in packed.outpatient},
        located.split,
        packed.caps,
        packed.anesthesia_base,
        packed.ambulatory,
        frozenset(packed.ambulatory_undiscounted),
        {key: status for status, keys in packed.unpriced.items() for key in keys.split()},
        located.told,
        packed.outpatient_rules,
        packed.inpatient,
        packed.ambulance,
        packed.laboratory,
        packed.drugs,
        packed.equipment,
        located.rural,
        located.states,
        packed.hospitals,
        packed.ambulatory_rules,
        frozenset(packed.rural_for_equipment),
    )


def _with_indices(localities: Mapping[str, str], gpcis: Mapping[str, Gpci]) -> Mapping[str, str]:
    """The ZIP codes that a release's own indices speak for; all of them where it has none (ambulances, equipment)."""
    named = localities.names if isinstance(localities, ZipRanges) else localities.values()
    if not gpcis or gpcis.keys() >= set(named):
        return localities
    return {digits: locality for digits, locality in localities.items() if locality in gpcis}


def places_of(zips: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The locality (or whatever ranges are listed by) of every ZIP code."""
    found: dict[str, str] = {}
    for locality, ranges in zips.items():
        for text in ranges:
            first, several, last = text.partition("-")
            if not several:
                found[first] = locality
                continue
            leading = 10 ** len(first)  # the quickest way to keep leading zeros: forty thousand are made at once
            for number in range(leading + int(first), leading + int(last) + 1):
                found[str(number)[1:]] = locality
    return found


def read_table(content: bytes) -> Table:
    """A percentile table ready for look-ups."""
    p = msgspec.json.decode(gzip.decompress(content), type=PackedTable)
    return table_of(
        p.name,
        p.kind,
        p.effective_from,
        p.effective_to,
        p.percents,
        p.rows,
        source=p.source,
        estimated=p.estimated,
        tenants=p.tenants,
    )


def size_of(packed: Packed) -> dict[str, Any]:
    """What was read, for telling it."""
    if isinstance(packed, PackedTable):
        return {"rows": len(packed.rows)}
    return {
        "relative values": len(packed.values),
        "localities": len(packed.gpcis),
        "outpatient rates": len(packed.outpatient),
        "caps": len(packed.caps),
        "anesthesia base units": len(packed.anesthesia_base),
        "ASC rates": len(packed.ambulatory),
        "MS-DRG weights": len(packed.inpatient.weights) if packed.inpatient else 0,
        "wage indices": len(packed.inpatient.wage_indices) if packed.inpatient else 0,
        "hospitals": len(packed.hospitals),
        "ambulance rates": len(packed.ambulance),
        "laboratory rates": len(packed.laboratory),
        "drug payment limits": len(packed.drugs),
        "equipment fees": len(packed.equipment),
    }
