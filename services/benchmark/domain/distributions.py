"""Percentile tables: what others charge, agree or are paid for a service, by place.

One shape serves every source: usual and customary charges (licensed tables, or computed from claims and public data),
in-network rates out of Transparency in Coverage files, a payer's own past payments. A row is found by code, component
modifier (blank, 26, TC, 53) and billing class, in the nearest place that has a large enough sample: three-digit ZIP
area (geozip), state, nation; in the table of the day, else in the nearest earlier one. Each step taken is told.
Amounts are of one unit; of anesthesia (CPT 00100-01999) of one unit of base, time and physical status.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from shared.events.assessment import Use
from shared.money import cents

TableKind = Literal["ucr_charge", "ucr_allowed", "in_network", "payer_history"]
KINDS: tuple[TableKind, ...] = get_args(TableKind)
OWN = "own claims"
"""How the source of a table begins that was computed from our own claims."""
SURGERY_CENTER = "surgery_center"
"""Billing class of surgery centers' rates; `institutional` are other facilities', `professional` people's."""

_ARGUED: tuple[Use, ...] = ("commercial_appeal", "state_process", "internal")
_CONTRACTED: tuple[Use, ...] = ("federal_idr", "open_negotiation", "commercial_appeal", "state_process", "internal")
_PAID: tuple[Use, ...] = ("open_negotiation", "commercial_appeal", "state_process", "internal")

USES: dict[TableKind, tuple[Use, ...]] = {
    "ucr_charge": _ARGUED,
    "ucr_allowed": _ARGUED,
    "in_network": _CONTRACTED,
    "payer_history": _PAID,
}
"""45 CFR 149.510(c)(4)(v) bars usual and customary charges from a federal IDR exhibit; contracted rates it allows."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Amounts in dollars of one unit at the table's percentiles; `line` is the row's line in the source file.

    `geography` is `zip3:100`, `state:NY` or `us`; `payer` the payer's id, empty where the table is about all payers.
    """

    code: str
    modifier: str
    billing_class: str
    geography: str
    n: int
    amounts: tuple[Decimal, ...]
    line: int = 0
    payer: str = ""


class Table(msgspec.Struct, frozen=True):
    """One release of one source. `percents` are the percentiles of its rows' amounts, ascending.

    `tenants`: the organisations out of whose claims it was computed, whose claims alone it judges; none of any other.
    """

    name: str
    kind: TableKind
    effective_from: date
    effective_to: date
    percents: tuple[int, ...]
    rows: dict[str, Row]
    source: str = ""
    estimated: bool = False
    """Computed from our own or public data: an estimate, not a published statistic."""
    tenants: frozenset[str] = frozenset()

    @property
    def own(self) -> bool:
        """True if it was computed from our own claims."""
        return self.source.startswith(OWN)


class Distribution(msgspec.Struct, frozen=True, gc=False):
    """A row as it was found: where it stands, and the steps taken to find it ("" for none)."""

    table: str
    kind: TableKind
    row: Row
    percents: tuple[int, ...]
    fallback: str = ""
    estimated: bool = False
    own: bool = False

    def at(self, percentile: int | Decimal) -> Decimal:
        """The amount of one unit at a percentile, by linear interpolation; beyond the ends, the end's amount."""
        return amount_at(self.percents, self.row.amounts, Decimal(percentile))

    def stands_at(self, amount: Decimal) -> int:
        """The percentile at which an amount of one unit stands, rounded down; 0 or 100 beyond the ends."""
        return percentile_of(self.percents, self.row.amounts, amount)


def amount_at(percents: Sequence[int], amounts: Sequence[Decimal], percentile: Decimal) -> Decimal:
    """Linear interpolation between the nearest published percentiles, in cents; no extrapolation."""
    if percentile <= percents[0]:
        return amounts[0]
    if percentile >= percents[-1]:
        return amounts[-1]
    right = bisect_left(percents, percentile)
    if percents[right] == percentile:
        return amounts[right]
    low, high = percents[right - 1], percents[right]
    part = (percentile - low) / (high - low)
    return cents(amounts[right - 1] + (amounts[right] - amounts[right - 1]) * part)


def percentile_of(percents: Sequence[int], amounts: Sequence[Decimal], amount: Decimal) -> int:
    """The inverse of `amount_at`, rounded down; 0 below the first amount, 100 above the last."""
    if amount < amounts[0]:
        return 0
    if amount > amounts[-1]:
        return 100
    right = bisect_left(amounts, amount)
    while right + 1 < len(amounts) and amounts[right + 1] == amount:
        right += 1  # on a plateau the highest percentile counts: nobody below it is paid more
    if amounts[right] == amount:
        return percents[right]
    low, high = percents[right - 1], percents[right]
    part = (amount - amounts[right - 1]) / (amounts[right] - amounts[right - 1])
    return int(low + (high - low) * part)


def key_of(code: str, modifier: str, billing_class: str, geography: str, payer: str = "") -> str:
    """The key of a row in its table."""
    return f"{code}|{modifier}|{billing_class}|{geography}|{payer}"


def table_of(
    name: str,
    kind: TableKind,
    effective_from: date,
    effective_to: date,
    percents: Sequence[int],
    rows: Iterable[Row],
    *,
    source: str = "",
    estimated: bool = False,
    tenants: Iterable[str] = (),
) -> Table:
    """A table with its rows indexed; raises `ValueError` where two rows have one key."""
    indexed: dict[str, Row] = {}
    for row in rows:
        key = key_of(row.code, row.modifier, row.billing_class, row.geography, row.payer)
        if key in indexed:
            raise ValueError(f"lines {indexed[key].line} and {row.line} describe the same service and place")
        indexed[key] = row
    whose = frozenset(tenants)
    return Table(name, kind, effective_from, effective_to, tuple(percents), indexed, source, estimated, whose)


class Distributions:
    """Every loaded table, newest first within its kind."""

    def __init__(self, tables: Sequence[Table]) -> None:
        newest = sorted(tables, key=lambda table: (table.effective_from, table.name), reverse=True)
        self._by_kind = {kind: [table for table in newest if table.kind == kind] for kind in KINDS}
        self.kinds = frozenset(kind for kind, found in self._by_kind.items() if found)
        self.own_of = frozenset(tenant for table in tables for tenant in table.tenants)
        """The organisations that have tables of their own."""

    def find(
        self,
        kind: str,
        code: str,
        modifier: str,
        billing_class: str,
        zip3: str,
        state: str,
        day: date,
        *,
        payer: str = "",
        minimum: int = 0,
        tenant: str = "",
    ) -> Distribution | None:
        """The nearest row with a sample of at least `minimum`: first by place within the day's table, then by year.

        `tenant` is whose claim is judged: of tables out of organisations' claims only its own are looked into.
        """
        every = self._by_kind.get(kind, [])  # pyright: ignore[reportArgumentType, reportCallIssue]
        tables = [one for one in every if not one.tenants or tenant in one.tenants] if self.own_of else every
        current = [table for table in tables if table.effective_from <= day <= table.effective_to]
        earlier = sorted((t for t in tables if t.effective_to < day), key=lambda t: t.effective_to, reverse=True)
        places = [f"zip3:{zip3}", f"state:{state}" if state else "", "us"]
        for table in (*current, *earlier):
            small = 0
            for place in filter(None, places):
                row = table.rows.get(key_of(code, modifier, billing_class, place, payer))
                if row is None:
                    continue
                if row.n < minimum:
                    small = row.n
                    continue
                steps = [] if place == places[0] else [f"no row for ZIP area {zip3}: {place} used"]
                if small:
                    steps = [f"the nearer sample of {small} is below {minimum}: {place} used"]
                if table.effective_to < day:
                    steps.append(f"no table is loaded for {day.year}: {table.name} used")
                return Distribution(
                    table.name, table.kind, row, table.percents, "; ".join(steps), table.estimated, table.own
                )
        return None
