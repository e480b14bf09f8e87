"""What a service is worth by every source that is known for it: the part of an assessment that no payment changes.

Claims repeat the same services in the same places, so a `LineBenchmark` is made once and kept by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from services.benchmark.domain.distributions import USES, Distribution
from services.benchmark.domain.other_lines import AdjustedForOtherLines
from services.benchmark.domain.policy import Confidence, Multiples, Percentiles, Policy, Sources
from services.benchmark.domain.releases import Measured, NoPrice, Price
from shared.events.assessment import Benchmark, Use
from shared.money import ZERO, cents

PUBLIC_PAYER: tuple[Use, ...] = ("commercial_appeal", "state_process", "internal")
DISCLOSED: tuple[Use, ...] = ("federal_idr", "open_negotiation", "commercial_appeal", "state_process", "internal")

_INTERNAL: tuple[Use, ...] = ("internal",)
"""What may move our own judgement and is never said to anybody."""

_OF_A_SIDE = frozenset({"billed_charge", "qpa", "payer_history"})
_KIND_OF_SOURCE = {"ucr": ("ucr_charge", "ucr_allowed"), "in_network": ("in_network",), "history": ("payer_history",)}


class Sums(msgspec.Struct, frozen=True, gc=False):
    """Weighted sums over sources, before division by the weights; `lowest` and `highest` of the sources' targets."""

    weight: Decimal = ZERO
    floor: Decimal = ZERO
    target: Decimal = ZERO
    stretch: Decimal = ZERO
    lowest: Decimal | None = None
    highest: Decimal | None = None

    def plus(self, weight: Decimal, floor: Decimal, target: Decimal, stretch: Decimal) -> Sums:
        """With one more source; a source of weight 0 is shown but does not count."""
        if not weight:
            return self
        return Sums(
            self.weight + weight,
            self.floor + weight * floor,
            self.target + weight * target,
            self.stretch + weight * stretch,
            target if self.lowest is None else min(self.lowest, target),
            target if self.highest is None else max(self.highest, target),
        )

    def range(self) -> tuple[Decimal, Decimal, Decimal]:
        """(floor, target, stretch) in dollars and cents."""
        return cents(self.floor / self.weight), cents(self.target / self.weight), cents(self.stretch / self.weight)


def certainty(points: Confidence, found: int, sums: Sums) -> int:
    """`found` points less those for sources that disagree, kept within the policy's bounds."""
    if sums.lowest is not None and sums.highest is not None:
        found += points.disagreement * (sums.highest > sums.lowest * points.disagreement_ratio)
    return min(max(found, points.least), points.most)


_NO_SUMS = Sums()


class PercentileRank(msgspec.Struct, frozen=True, gc=False):
    """A distribution with what it says of one line: `factor` scales one unit to the line; `words` name the source."""

    distribution: Distribution
    factor: Decimal
    words: str

    def describe(self, allowed: Decimal) -> str:
        """Where an allowed amount stands, in words."""
        unit = allowed / self.factor if self.factor else allowed
        return f"the allowed amount stands at percentile {self.distribution.stands_at(unit)} {self.words}"


def percentile_rank(found: Distribution, factor: Decimal) -> PercentileRank:
    """How a line stands in a distribution."""
    row, kind = found.row, "an estimate from" if found.estimated else "by"
    words = f"of {_NAMES[found.kind]}, {kind} {found.table} ({row.geography}, n = {row.n})"
    return PercentileRank(found, factor, words)


_NAMES = {
    "ucr_charge": "charges for the service",
    "ucr_allowed": "allowed amounts for the service",
    "in_network": "contracted rates for the service",
    "payer_history": "what this payer allowed others",
}


class LineBenchmark(msgspec.Struct, frozen=True, gc=False):
    """A line's benchmarks and the sums its fair range follows from, without the QPA (each payment discloses its own).

    `points` are what the sources and doubts add up to, `confidence` what follows of them without a QPA. `benchmarks`
    lack the ratio to the allowed amount; `reasons` speak of the sources; `lacking` says why there is no range;
    `own_alone` that the range rests on statistics of our own charges and nothing else; `strongest` is the highest
    independent rate in dollars; `packaged` that Medicare pays the line with another.
    """

    benchmarks: tuple[Benchmark, ...]
    sums: Sums
    range: tuple[Decimal, Decimal, Decimal] | None
    points: int
    confidence: int
    ranks: tuple[PercentileRank, ...]
    reasons: tuple[str, ...]
    lacking: str
    qpa: Multiples | None
    own_alone: bool = False
    strongest: Decimal | None = None
    packaged: bool = False

    def is_weak(self, allowed: Decimal) -> bool:
        """Return True if no independent rate that may be shown to anybody lies above what the payer allowed."""
        return self.strongest is None or self.strongest <= allowed


def line_benchmark_of(
    price: Price | NoPrice,
    found: dict[str, Distribution],
    sources: Sources,
    policy: Policy,
    *,
    measure: Callable[[], Measured | NoPrice],
    beside: AdjustedForOtherLines | None = None,
) -> LineBenchmark:
    """What a line is worth.

    `measure` scales rates of one unit to the line, and is asked where it matters only; where it cannot, no such rate
    speaks for the line. `beside` is what the claim's other lines make of it; the other sources are scaled alike.
    """
    benchmarks: list[Benchmark] = []
    reasons: list[str] = []
    points, added, sums = policy.confidence, policy.confidence.start, _NO_SUMS
    measured = measure() if found else None
    factor = measured.factor if isinstance(measured, Measured) else ZERO
    price = _paid_with_another(price, beside)
    if isinstance(measured, NoPrice) or (isinstance(price, NoPrice) and price.nobodys):
        found = {}
    if isinstance(price, Price):
        medicare, factor = _beside(price, beside)
        benchmarks.append(_medicare(price, medicare, beside))
        reasons += filter(None, (_described(price, medicare), *benchmarks[0].caveats, price.fallback))
        rule = sources.medicare
        if rule is not None:
            sums = sums.plus(rule.weight, medicare * rule.floor, medicare * rule.target, medicare * rule.stretch)
            added += _points_of(price, beside, points)
    elif found and isinstance(measured, Measured):
        reasons += [note for note in (*measured.notes, measured.caution, measured.fallback) if note]
        added += points.caution * bool(measured.caution)
    by_other_units = measured.fallback if isinstance(measured, Measured) and found else ""
    ranks: list[PercentileRank] = []
    own_alone = None if sums is _NO_SUMS else False
    for name, rule, distribution in _that_speak(found, sources) if found else ():
        ranks.append(percentile_rank(distribution, factor))
        levels, amounts = _levels(distribution, rule, factor)
        sums = sums.plus(rule.weight, *amounts)
        if rule.weight:
            own_alone = own_alone is not False and distribution.own and distribution.kind == "ucr_charge"
        benchmarks += [_benchmark(distribution, level, factor, by_other_units) for level in levels]
        added += getattr(points, name) + points.fallback * bool(distribution.fallback or by_other_units)
        reasons += filter(None, (distribution.fallback,))
    bounds = sums.range() if sums.weight else None
    return LineBenchmark(
        tuple(benchmarks),
        sums,
        bounds,
        added,
        certainty(points, added, sums),
        tuple(ranks),
        tuple(reasons),
        _lacking(price, measured or measure()) if bounds is None else "",
        sources.qpa,
        bool(own_alone),
        strongest(benchmarks),
        isinstance(price, NoPrice) and price.packaged,
    )


def _paid_with_another(price: Price | NoPrice, beside: AdjustedForOtherLines | None) -> Price | NoPrice:
    """No price where another line's payment holds the line's."""
    return price if beside is None or beside.amount else NoPrice(beside.reason, nobodys=True, packaged=True)


def _points_of(price: Price, beside: AdjustedForOtherLines | None, points: Confidence) -> int:
    """What Medicare's price adds to the confidence."""
    caution = price.caution or (beside and beside.caution)
    sure = points.medicare + points.fallback * bool(price.fallback) + points.caution * bool(caution)
    return sure + points.other_year * price.internal


def _that_speak(
    found: dict[str, Distribution], sources: Sources
) -> Iterator[tuple[str, Multiples | Percentiles, Distribution]]:
    """Each source that the policy weighs and that knows the line: its name, its rule, its distribution."""
    for name, kinds in _KIND_OF_SOURCE.items():
        rule: Multiples | Percentiles | None = getattr(sources, name)
        distribution = next((found[kind] for kind in kinds if kind in found), None)
        if distribution is not None and rule is not None:
            yield name, rule, distribution


def _beside(price: Price, beside: AdjustedForOtherLines | None) -> tuple[Decimal, Decimal]:
    """Medicare's amount in dollars beside the claim's other lines, and how many units of a table's rate that is."""
    if beside is None:
        return price.amount, price.factor
    if beside.factor is not None:
        return beside.amount, beside.factor
    return beside.amount, price.factor * beside.share


def _medicare(price: Price, amount: Decimal, beside: AdjustedForOtherLines | None) -> Benchmark:
    """Medicare's `amount` in dollars as a benchmark; `beside` says why it is not the line's own."""
    reason = (beside.reason, beside.caution) if beside else ()
    notes = (*reason, price.caution)
    return Benchmark(
        source=price.source,
        amount=amount,
        release=price.release,
        row=price.row,
        uses=_INTERNAL if price.uncovered or price.internal or (beside and beside.internal) else PUBLIC_PAYER,
        fallback=price.fallback,
        caveats=tuple([note for note in (*price.notes, *notes) if note]) if any(notes) else price.notes,
    )


def _described(price: Price, amount: Decimal) -> str:
    """The amount in words; nobody says that Medicare would allow what it does not cover."""
    if price.uncovered:
        return f"{price.uncovered}; its published relative values come to ${amount} ({price.row}, {price.release})"
    return f"Medicare would allow ${amount!s} ({price.row}, {price.release})"


def strongest(benchmarks: Iterable[Benchmark]) -> Decimal | None:
    """The highest independent rate that may be shown to anybody.

    Independent is what neither side made: not our charge or statistics of it, not what the payer disclosed or paid.
    """
    found: Decimal | None = None
    for one in benchmarks:
        if one.source in _OF_A_SIDE or one.own or one.uses == _INTERNAL:
            continue
        if found is None or one.amount > found:
            found = one.amount
    return found


def _lacking(price: Price | NoPrice, measured: Measured | NoPrice) -> str:
    """Why there is no Medicare price, and why no table can speak for the line, once each."""
    reasons = dict.fromkeys(one.reason for one in (price, measured) if isinstance(one, NoPrice))
    return "; ".join(reasons)


def _levels(
    distribution: Distribution, rule: Multiples | Percentiles, factor: Decimal
) -> tuple[tuple[int, ...], tuple[Decimal, Decimal, Decimal]]:
    """Which percentiles to cite, and the (floor, target, stretch) they give."""
    if isinstance(rule, Percentiles):
        low, middle, high = (distribution.at(p) * factor for p in (rule.floor, rule.target, rule.stretch))
        return (rule.floor, rule.target, rule.stretch), (low, middle, high)
    median = distribution.at(50) * factor
    return (50,), (median * rule.floor, median * rule.target, median * rule.stretch)


def _benchmark(distribution: Distribution, percentile: int, factor: Decimal, by_other_units: str) -> Benchmark:
    """A rate in dollars; one that another year's units scaled may flag, and enters no letter."""
    row = distribution.row
    name = f"{row.code}{'-' + row.modifier if row.modifier else ''}"
    return Benchmark(
        source="in_network_median" if distribution.kind == "in_network" else distribution.kind,
        amount=cents(distribution.at(percentile) * factor),
        release=distribution.table,
        row=f"{name} {row.geography}" + (f", line {row.line}" if row.line else ""),
        uses=_INTERNAL if by_other_units else USES[distribution.kind],
        percentile=percentile,
        n=row.n,
        fallback="; ".join(filter(None, (distribution.fallback, by_other_units))),
        own=distribution.own,
    )
