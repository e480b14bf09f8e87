"""CMS's tables in compact form, as they are shipped.

A year of the physician fee schedule by column, later quarters by what they change of it.

Relative values are whole hundredths; a row's policy indicators repeat in a few hundred combinations and stand once
each. A file is read when the first price of its year is asked for, and gives every release of that year.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.fee_schedule import Gpci, RelativeValues
from services.benchmark.domain.outpatient import OutpatientRate, OutpatientRules
from services.benchmark.domain.releases import Release
from shared.money import ZERO

_HUNDREDTH = Decimal("0.01")
_NUMBERS = ("work", "pe_non_facility", "pe_facility", "malpractice", "capped_expense", "capped_malpractice")


class Columns(msgspec.Struct):
    """Rows of relative values by column.

    `keys` are `code` or `code-modifier` by blanks; `indicators` the row in `combinations` of each.
    """

    keys: str
    numbers: list[list[int]]
    indicators: list[int]
    combinations: list[tuple[str, ...]]


class Quarter(msgspec.Struct):
    """A release: its factor, and what it changes of the one before.

    `gone` are keys that it holds no more, `unpriced` new or changed statuses of keys without amount.
    """

    name: str
    effective_from: date
    effective_to: date
    conversion_factor: Decimal
    gpcis: list[Gpci] | None
    changed: Columns
    gone: str
    unpriced: dict[str, str]


class Year(msgspec.Struct):
    """Every release of a year at hand, the earliest first."""

    quarters: list[Quarter]


class Places(msgspec.Struct):
    """CMS's ZIP file.

    Ranges of ZIP codes (`first-last`, or one) by locality, those whose +4 decides, those that are rural (R) or super
    rural (B), and each locality's state.
    """

    source: str
    zips: dict[str, list[str]]
    split: list[str]
    rural: dict[str, list[str]]
    states: dict[str, str]


class Outpatient(msgspec.Struct):
    """OPPS tables of a period."""

    name: str
    effective_from: date
    effective_to: date
    rates: list[OutpatientRate]
    rules: OutpatientRules


def pack(content: Year | Places | Outpatient) -> bytes:
    """The same content gives the same bytes."""
    return lzma.compress(msgspec.json.Encoder(decimal_format="string").encode(content), preset=9 | lzma.PRESET_EXTREME)


def read_year(content: bytes) -> Year:
    """A year's file."""
    return msgspec.json.decode(lzma.decompress(content), type=Year)


def read_outpatient_release(content: bytes) -> Release:
    """OPPS tables ready for look-ups."""
    packed = msgspec.json.decode(lzma.decompress(content), type=Outpatient)
    rates = {rate.code: rate for rate in packed.rates}
    return Release(
        packed.name, packed.effective_from, packed.effective_to, ZERO, {}, {}, {}, rates, outpatient_rules=packed.rules
    )


def read_places(content: bytes) -> Places:
    """The ZIP file in compact form."""
    return msgspec.json.decode(lzma.decompress(content), type=Places)


def year_of(releases: Sequence[Release]) -> Year:
    """The compact form of a year's releases, the earliest first."""
    quarters: list[Quarter] = []
    values: Mapping[str, RelativeValues] = {}
    unpriced: Mapping[str, str] = {}
    gpcis: list[Gpci] | None = None
    for one in releases:
        changed = [key for key in sorted(one.values) if values.get(key) != one.values[key]]
        gone = sorted({*values, *unpriced} - {*one.values, *one.unpriced})
        statuses: dict[str, list[str]] = {}
        for key in sorted(one.unpriced):
            if unpriced.get(key) != one.unpriced[key]:
                statuses.setdefault(one.unpriced[key], []).append(key)
        own = list(one.gpcis.values())
        quarters.append(
            Quarter(
                one.name,
                one.effective_from,
                one.effective_to,
                one.conversion_factor,
                None if own == gpcis else own,
                _columns({key: one.values[key] for key in changed}),
                " ".join(gone),
                {status: " ".join(keys) for status, keys in statuses.items()},
            )
        )
        values, unpriced, gpcis = one.values, one.unpriced, own
    return Year(quarters)


def releases_of(year: Year, zips: dict[str, str], split: frozenset[str], places: str) -> tuple[Release, ...]:
    """Every release of a year; what does not change between them is shared."""
    found: list[Release] = []
    values: dict[str, RelativeValues] = {}
    unpriced: dict[str, str] = {}
    gpcis: dict[str, Gpci] = {}
    for quarter in year.quarters:
        values, unpriced = dict(values), dict(unpriced)
        for key in quarter.gone.split():
            values.pop(key, None)
            unpriced.pop(key, None)
        for row in _rows(quarter.changed):
            key = f"{row.code}-{row.modifier}" if row.modifier else row.code
            values[key] = row
            unpriced.pop(key, None)
        for status, keys in quarter.unpriced.items():
            for key in keys.split():
                unpriced[key] = status
                values.pop(key, None)
        gpcis = gpcis if quarter.gpcis is None else {gpci.locality: gpci for gpci in quarter.gpcis}
        found.append(
            Release(
                quarter.name,
                quarter.effective_from,
                quarter.effective_to,
                quarter.conversion_factor,
                values,
                gpcis,
                zips,
                {},
                split_zips=split,
                unpriced=unpriced,
                places=places,
            )
        )
    return tuple(found)


def _columns(rows: Mapping[str, RelativeValues]) -> Columns:
    combinations: dict[tuple[str, ...], int] = {}
    indicators = [combinations.setdefault(_indicators(row), len(combinations)) for row in rows.values()]
    numbers = [[_hundredths(getattr(row, name)) for row in rows.values()] for name in _NUMBERS]
    return Columns(" ".join(rows), numbers, indicators, list(combinations))


def _rows(columns: Columns) -> Iterable[RelativeValues]:
    known: dict[int, Decimal] = {}

    def amount(hundredths: int) -> Decimal:
        found = known.get(hundredths)
        if found is None:
            found = known[hundredths] = (hundredths * _HUNDREDTH).quantize(_HUNDREDTH)
        return found

    combined = [_combination(one) for one in columns.combinations]
    work, office, facility, malpractice, expense_cap, malpractice_cap = (
        [amount(number) for number in column] for column in columns.numbers
    )
    for i, key in enumerate(columns.keys.split()):
        code, _, modifier = key.partition("-")
        c = combined[columns.indicators[i]]
        yield RelativeValues(
            code, modifier, c.status, work[i], office[i], facility[i], malpractice[i], c.multiple, c.bilateral,
            c.assistant, c.co_surgeon, c.team, c.global_days, c.pre, c.intra, c.post, c.endoscopic_base, c.pctc, c.na,
            expense_cap[i], malpractice_cap[i],
        )  # fmt: skip


def _combination(one: tuple[str, ...]) -> RelativeValues:
    """The indicators as a row without a code."""
    status, multiple, bilateral, assistant, co_surgeon, team, period, pre, intra, post, base, pctc, na = one
    shares = (Decimal(pre), Decimal(intra), Decimal(post))
    return RelativeValues(
        "", "", status, ZERO, ZERO, ZERO, ZERO, multiple, bilateral, assistant, co_surgeon, team, period, *shares, base,
        pctc, na,
    )  # fmt: skip


def _indicators(row: RelativeValues) -> tuple[str, ...]:
    return (
        row.status, row.multiple, row.bilateral, row.assistant, row.co_surgeon, row.team, row.global_days,
        str(row.pre), str(row.intra), str(row.post), row.endoscopic_base, row.pctc, row.na,
    )  # fmt: skip


def _hundredths(number: Decimal) -> int:
    scaled = number * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{number} has more than two decimals")
    return int(scaled)
