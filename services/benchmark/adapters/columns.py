"""CMS's tables in compact form, as they are shipped.

A year of the physician fee schedule by column, later quarters by what they change of it.

Relative values are whole hundredths; a row's policy indicators repeat in a few hundred combinations and stand once
each. A file is read when the first price of its year is asked for, and gives every release of that year.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.adapters.lazy import Rows, ZipRanges
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


class Ranges(msgspec.Struct):
    """Ranges of ZIP codes in ascending order: first and last as numbers, and the number in `names` of what they are."""

    first: list[int]
    last: list[int]
    of: list[int]
    names: list[str]

    def mapping(self) -> ZipRanges:
        """What holds for a ZIP code, by the code."""
        return ZipRanges(self.first, self.last, self.of, self.names)


class Places(msgspec.Struct):
    """CMS's ZIP file.

    The locality of ZIP codes, those whose +4 decides, those that are rural (R) or super rural (B), and each locality's
    state.
    """

    source: str
    zips: Ranges
    split: list[str]
    rural: Ranges
    states: dict[str, str]


def ranges_of(listed: Mapping[str, Sequence[str]]) -> Ranges:
    """The compact form of ranges (`first-last`, or one) by what they are."""
    names = list(listed)
    found: list[tuple[int, int, int]] = []
    for of, name in enumerate(names):
        for text in listed[name]:
            first, _, last = text.partition("-")
            found.append((int(first), int(last or first), of))
    found.sort()
    return Ranges([one[0] for one in found], [one[1] for one in found], [one[2] for one in found], names)


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
        missing = sorted({*values, *unpriced} - {*one.values, *one.unpriced})
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
                " ".join(missing),
                {status: " ".join(keys) for status, keys in statuses.items()},
            )
        )
        values, unpriced, gpcis = one.values, one.unpriced, own
    return Year(quarters)


def releases_of(year: Year, zips: Mapping[str, str], split: frozenset[str], places: str) -> tuple[Release, ...]:
    """Every release of a year; what does not change between them is shared, and rows are made when asked for."""
    found: list[Release] = []
    at: dict[str, int] = {}
    unpriced: dict[str, str] = {}
    gpcis: dict[str, Gpci] = {}
    made: dict[int, RelativeValues] = {}
    store = _Store()
    for quarter in year.quarters:
        at, unpriced = dict(at), dict(unpriced)
        for key in quarter.gone.split():
            at.pop(key, None)
            unpriced.pop(key, None)
        numbers = store.put(quarter.changed)
        at.update(numbers)
        for key in numbers:
            unpriced.pop(key, None)
        for status, keys in quarter.unpriced.items():
            for key in keys.split():
                unpriced[key] = status
                at.pop(key, None)
        gpcis = gpcis if quarter.gpcis is None else {gpci.locality: gpci for gpci in quarter.gpcis}
        found.append(
            Release(
                quarter.name,
                quarter.effective_from,
                quarter.effective_to,
                quarter.conversion_factor,
                Rows(at, store.row, made),
                gpcis,
                zips,
                {},
                split_zips=split,
                unpriced=unpriced,
                places=places,
            )
        )
    return tuple(found)


class _Store:
    """The rows of a year's quarters by column, one after the other."""

    def __init__(self) -> None:
        self._numbers: list[list[int]] = [[] for _ in _NUMBERS]
        self._indicators: list[int] = []
        self._combinations: list[RelativeValues] = []
        self._known: dict[int, Decimal] = {}
        """Amounts by their hundredths."""

    def put(self, columns: Columns) -> dict[str, int]:
        """Add rows; the number of each key's row."""
        start, before = len(self._indicators), len(self._combinations)
        for column, more in zip(self._numbers, columns.numbers, strict=True):
            column += more
        self._indicators += [before + one for one in columns.indicators] if before else columns.indicators
        self._combinations += [_combination(one) for one in columns.combinations]
        keys = columns.keys.split()
        return dict(zip(keys, range(start, start + len(keys)), strict=True))

    def row(self, key: str, number: int) -> RelativeValues:
        """The row of a key."""
        code, _, modifier = key.partition("-")
        c, known = self._combinations[self._indicators[number]], self._known
        work, office, facility, malpractice, expense_cap, malpractice_cap = [
            known[at] if (at := column[number]) in known else self._amount(at) for column in self._numbers
        ]
        return RelativeValues(
            code,
            modifier,
            c.status,
            work,
            office,
            facility,
            malpractice,
            c.multiple,
            c.bilateral,
            c.assistant,
            c.co_surgeon,
            c.team,
            c.global_days,
            c.pre,
            c.intra,
            c.post,
            c.endoscopic_base,
            c.pctc,
            c.na,
            expense_cap,
            malpractice_cap,
        )

    def _amount(self, hundredths: int) -> Decimal:
        found = self._known[hundredths] = (hundredths * _HUNDREDTH).quantize(_HUNDREDTH)
        return found


def _columns(rows: Mapping[str, RelativeValues]) -> Columns:
    combinations: dict[tuple[str, ...], int] = {}
    indicators = [combinations.setdefault(_indicators(row), len(combinations)) for row in rows.values()]
    numbers = [[_hundredths(getattr(row, name)) for row in rows.values()] for name in _NUMBERS]
    return Columns(" ".join(rows), numbers, indicators, list(combinations))


def _combination(one: tuple[str, ...]) -> RelativeValues:
    """The indicators as a row without a code."""
    status, multiple, bilateral, assistant, co_surgeon, team, period, pre, intra, post, base, pctc, na = one
    shares = (Decimal(pre), Decimal(intra), Decimal(post))
    return RelativeValues(
        "",
        "",
        status,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        multiple,
        bilateral,
        assistant,
        co_surgeon,
        team,
        period,
        *shares,
        base,
        pctc,
        na,
    )


def _indicators(row: RelativeValues) -> tuple[str, ...]:
    return (
        row.status,
        row.multiple,
        row.bilateral,
        row.assistant,
        row.co_surgeon,
        row.team,
        row.global_days,
        str(row.pre),
        str(row.intra),
        str(row.post),
        row.endoscopic_base,
        row.pctc,
        row.na,
    )


def _hundredths(number: Decimal) -> int:
    scaled = number * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{number} has more than two decimals")
    return int(scaled)
