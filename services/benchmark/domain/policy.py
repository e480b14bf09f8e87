"""The policy by which payments are judged: a readable file, versioned, never code."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

SourceName = Literal["medicare", "qpa", "ucr", "in_network", "history"]


class Multiples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source whose figure is multiplied: floor, target and stretch as multiples of it.

    `weight` is its part of the mean over the sources that are known for a line.
    """

    weight: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal


class Percentiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source that is a distribution: floor, target and stretch as percentiles of it."""

    weight: Decimal
    floor: int
    target: int
    stretch: int


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a specialty's fair range follows from the benchmarks.

    `medicare` and `qpa` (disclosed by the payer) multiply one figure, `in_network` the median contracted rate; `ucr`
    and `history` (what the payer paid others) are percentiles. A source left out does not count.
    """

    medicare: Multiples | None = None
    qpa: Multiples | None = None
    in_network: Multiples | None = None
    ucr: Percentiles | None = None
    history: Percentiles | None = None

    def named(self) -> Iterator[tuple[str, Multiples | Percentiles]]:
        """The sources that are given, by name."""
        for name in self.__struct_fields__:
            found = getattr(self, name)
            if found is not None:
                yield name, found


class Confidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points of 100: a start, what each source adds, what each doubt takes away. Kept between `least` and `most`.

    `disagreement` counts where the sources' targets lie further apart than `disagreement_ratio`, `other_year` besides
    `fallback` where a Medicare price is by another year's or quarter's tables.
    """

    start: int
    medicare: int
    qpa: int
    in_network: int
    ucr: int
    history: int
    fallback: int
    caution: int
    disagreement: int
    disagreement_ratio: Decimal
    least: int
    most: int
    other_year: int = -30


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the policy. Amounts in dollars, shares as ratios."""

    schema_version: Literal[1] = msgspec.field(name="schema")
    version: str
    threshold: Decimal
    """A line is underpaid when allowed < threshold × target."""
    charge_cap: Decimal
    """No figure of the fair range exceeds this share of the billed charge."""
    cost_of_pursuit: Decimal
    chance: Decimal
    """Expected share of the shortfall that pursuit brings, for judging whether it is worth its cost."""
    minimum_net: Decimal
    unjudged_share: Decimal
    """A claim is unjudged when lines without a benchmark make up more than this share of its charge."""
    minimum_sample: int
    """Percentile rows with fewer observations are not used."""
    confidence: Confidence
    specialties: dict[str, Sources]

    def sources(self, specialty: str) -> Sources:
        """The sources of a specialty, or of `general`."""
        return self.specialties.get(specialty) or self.specialties["general"]


def check(policy: Policy) -> Policy:
    """The policy, or a `ValueError` that names every field that does not fit."""
    faults: list[str] = []
    if "general" not in policy.specialties:
        faults.append("specialties.general is missing")
    for specialty, sources in policy.specialties.items():
        weights = Decimal(0)
        for name, source in sources.named():
            place = f"specialties.{specialty}.{name}"
            weights += source.weight
            if not source.floor <= source.target <= source.stretch:
                faults.append(f"{place}: floor ≤ target ≤ stretch does not hold")
            if source.weight < 0:
                faults.append(f"{place}.weight is negative")
            if isinstance(source, Percentiles) and not (source.floor >= 1 and source.stretch <= 99):
                faults.append(f"{place}: percentiles lie between 1 and 99")
            if isinstance(source, Multiples) and source.floor <= 0:
                faults.append(f"{place}.floor is not above zero")
        if not weights:
            faults.append(f"specialties.{specialty} gives no source any weight")
    shares = {"threshold": policy.threshold, "chance": policy.chance, "unjudged_share": policy.unjudged_share}
    faults += [f"{name} is not between 0 and 1" for name, share in shares.items() if not 0 < share <= 1]
    faults += ["charge_cap is not above zero"] if policy.charge_cap <= 0 else []
    if not 0 <= policy.confidence.least <= policy.confidence.most <= 100:
        faults.append("confidence: 0 ≤ least ≤ most ≤ 100 does not hold")
    if faults:
        raise ValueError("; ".join(faults))
    return policy
