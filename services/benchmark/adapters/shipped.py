"""What the project ships: reference releases, conversion factors and policies, read from beside the code."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec

from services.benchmark.adapters.packed import read_release
from services.benchmark.domain.anesthesia import BaseUnits
from services.benchmark.domain.distributions import Table
from services.benchmark.domain.policy import Policy, check
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import ConversionFactor, Release

_HOME = Path(__file__).resolve().parents[1]


class _Factors(msgspec.Struct):
    factors: list[ConversionFactor]


class _BaseUnits(msgspec.Struct):
    source: str
    codes: dict[str, str]


@cache
def shipped_releases() -> tuple[Release, ...]:
    """Every CMS release under `reference/`."""
    return tuple(read_release(path.read_bytes()) for path in sorted((_HOME / "reference").glob("cms-*.json.gz")))


@cache
def conversion_factors() -> tuple[ConversionFactor, ...]:
    """The published conversion factors by date, for dates whose relative values are not loaded."""
    path = _HOME / "reference" / "conversion-factors.toml"
    return tuple(msgspec.toml.decode(path.read_bytes(), type=_Factors, strict=False).factors)


@cache
def base_units() -> BaseUnits:
    """CMS's anesthesia base units, for releases that bring none."""
    path = _HOME / "reference" / "anesthesia-base-units.toml"
    file = msgspec.toml.decode(path.read_bytes(), type=_BaseUnits)
    return BaseUnits(file.source, {code: Decimal(n) for n, codes in file.codes.items() for code in codes.split()})


def reference_of(releases: tuple[Release, ...] = (), tables: tuple[Table, ...] = ()) -> Reference:
    """What is shipped together with what was loaded; a loaded release comes before a shipped one of its name."""
    loaded = {release.name for release in releases}
    shipped = tuple(release for release in shipped_releases() if release.name not in loaded)
    return Reference((*shipped, *releases), tables, conversion_factors(), base_units())


def shipped_reference() -> Reference:
    """The reference without anything loaded."""
    return reference_of()


def load_policy(path: Path | None = None) -> Policy:
    """A policy file; without a path the newest one shipped. Raises `ValueError` naming the field that is wrong."""
    chosen = path or max((_HOME / "policies").glob("*.toml"))
    try:
        policy = msgspec.toml.decode(chosen.read_bytes(), type=Policy, strict=False)
    except msgspec.DecodeError as error:
        raise ValueError(f"{chosen.name}: {error}") from None
    try:
        return check(policy)
    except ValueError as error:
        raise ValueError(f"{chosen.name}: {error}") from None
