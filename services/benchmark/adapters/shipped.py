"""What the project ships: reference releases, anesthesia base units and policies, read from beside the code."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path

import msgspec

from services.benchmark.adapters.columns import Places, read_outpatient_release, read_places, read_year, releases_of
from services.benchmark.adapters.lazy import ZipRanges
from services.benchmark.adapters.packed import ZipPlaces
from services.benchmark.domain.distributions import Table
from services.benchmark.domain.factors import NationalFactors
from services.benchmark.domain.policy import Policy, check
from services.benchmark.domain.qpa import Increase
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Catalogued, Release, System, catalogued

_HOME = Path(__file__).resolve().parents[1]
REFERENCE = _HOME / "reference"


class Volume(msgspec.Struct, frozen=True):
    """A release in the shipped catalog and the file that holds it."""

    name: str
    effective_from: date
    effective_to: date
    systems: tuple[System, ...]
    file: str
    doubt: str = ""


class _Catalog(msgspec.Struct):
    releases: list[Volume]


class _Increases(msgspec.Struct):
    increases: list[Increase]


class _Factors(msgspec.Struct):
    years: list[NationalFactors]


class _YearOfUnits(msgspec.Struct):
    year: int
    source: str
    codes: dict[str, str]


class _BaseUnits(msgspec.Struct):
    years: list[_YearOfUnits]


@cache
def shipped_releases() -> tuple[Catalogued, ...]:
    """Every CMS release under `reference/`; its tables are read when a price needs them first."""
    catalog = msgspec.toml.decode((REFERENCE / "catalog.toml").read_bytes(), type=_Catalog, strict=False)
    listed = [
        Catalogued(
            one.name, one.effective_from, one.effective_to, frozenset(one.systems), partial(_read, one), True, one.doubt
        )
        for one in catalog.releases
    ]
    return (*listed, *(msgspec.structs.replace(catalogued(units), shipped=True) for units in base_units()))


def _read(volume: Volume) -> Release:
    return next(release for release in _year(volume.file) if release.name == volume.name)


@cache
def _year(file: str) -> tuple[Release, ...]:
    if file.startswith("outpatient"):
        return (read_outpatient_release((REFERENCE / file).read_bytes()),)
    year = read_year((REFERENCE / file).read_bytes())
    packed = _packed_places()
    return releases_of(year, _localities(), frozenset(packed.split), packed.source)


@cache
def _packed_places() -> Places:
    return read_places((REFERENCE / "zip-localities.json.xz").read_bytes())


@cache
def _localities() -> ZipRanges:
    return _packed_places().zips.mapping()


@cache
def zip_places() -> ZipPlaces:
    """The localities of ZIP codes that serve every loaded release without a ZIP file of its own."""
    packed = _packed_places()
    return ZipPlaces(packed.source, _localities(), frozenset(packed.split), packed.rural.mapping(), packed.states)


@cache
def base_units() -> tuple[Release, ...]:
    """CMS's anesthesia base units, each year's that is shipped as a release."""
    path = _HOME / "reference" / "anesthesia-base-units.toml"
    file = msgspec.toml.decode(path.read_bytes(), type=_BaseUnits, strict=False)
    return tuple(_units_of(one) for one in file.years)


def _units_of(year: _YearOfUnits) -> Release:
    units = {code: Decimal(number) for number, codes in year.codes.items() for code in codes.split()}
    first, last = date(year.year, 1, 1), date(year.year, 12, 31)
    return Release(year.source, first, last, Decimal(0), {}, {}, {}, {}, anesthesia_base=units)


@cache
def qpa_increases() -> dict[int, Increase]:
    """By how much QPAs rise from year to year, by the year of service."""
    path = _HOME / "reference" / "qpa-increases.toml"
    file = msgspec.toml.decode(path.read_bytes(), type=_Increases, strict=False)
    return {one.year: one for one in file.increases}


@cache
def national_factors() -> dict[int, NationalFactors]:
    """The national conversion factors of years that have two, by year."""
    file = msgspec.toml.decode((REFERENCE / "conversion-factors.toml").read_bytes(), type=_Factors, strict=False)
    return {one.year: one for one in file.years}


def reference_of(releases: tuple[Release, ...] = (), tables: tuple[Table, ...] = ()) -> Reference:
    """What is shipped together with what was loaded; a loaded release comes before a shipped one of its name."""
    loaded = {release.name for release in releases}
    shipped = tuple(release for release in shipped_releases() if release.name not in loaded)
    return Reference((*shipped, *releases), tables, national_factors())


def shipped_reference() -> Reference:
    """The reference without anything loaded."""
    return reference_of()


def load_policy(path: Path | None = None) -> Policy:
    """A policy file; without a path the newest one shipped. Raises `ValueError` naming the field that is wrong."""
    chosen = path or max((_HOME / "policies").glob("*.toml"))
    return read_policy(chosen.read_bytes(), chosen.name)


def read_policy(content: bytes | str, name: str) -> Policy:
    """Read a policy.

    Args:
        content: TOML as docs/benchmark.md describes it.
        name: What errors call it.

    Raises:
        ValueError: it names the field that is wrong.
    """
    try:
        return check(msgspec.toml.decode(content, type=Policy, strict=False))
    except ValueError as error:  # `msgspec.DecodeError` among them
        raise ValueError(f"{name}: {error}") from None
