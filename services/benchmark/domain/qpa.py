"""QPAs that payers disclosed, held against each other, their indexing, Medicare and published contracted rates.

A payer has one QPA for a service, specialty, region, insurance market and year (45 CFR 149.140(a)(12), (b)), and from
year to year it rises by the published increase of the CPI-U (149.140(c)(1)), which may be rounded to the dollar. What
does not fit is a question to the payer (149.140(d)(2)), not yet a fault: the market is on no remittance, and a new
median may come from the first year with sufficient information (149.140(c)(3)).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from services.benchmark.domain.regions import wider_region
from shared.money import cents

Kind = Literal["differs", "not_indexed", "below_medicare", "below_contracted", "paid_below"]
_DOLLAR = Decimal(1)
_FIRST = 2022
_BASE = 2019


class Increase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The factor from the year before to `year` (of 2022: from 2019), and where it was published."""

    year: int
    factor: Decimal
    source: str


class Disclosed(msgspec.Struct, frozen=True):
    """One disclosed QPA in dollars of one unit, with what a QPA may differ by.

    `region` is told by `regions`; `allowed` what the payer allowed for one unit, `medicare` what Medicare would,
    `stands` the percentile at which the QPA stands among the payer's published contracted rates, `rates` which those
    are, `instead` by which other release Medicare's amount had to be taken, where the day's own is not at hand.
    """

    claim_id: str
    line: int
    payer: str
    code: str
    modifiers: tuple[str, ...]
    region: str
    year: int
    amount: Decimal
    allowed: Decimal
    billing_class: str = "professional"
    place: str = ""
    specialty: str = ""
    medicare: Decimal | None = None
    stands: int | None = None
    rates: str = ""
    instead: str = ""

    @property
    def service(self) -> tuple[str, str, tuple[str, ...], str, str]:
        """Payer, code, modifiers, region and billing class."""
        return self.payer, self.code, self.modifiers, self.region, self.billing_class


class Found(msgspec.Struct, frozen=True):
    """What does not fit, in words; `expected` dollars where one figure is right.

    `claims` are those whose remittances say so, `may_be` what could explain it.
    """

    kind: Kind
    payer: str
    code: str
    modifiers: tuple[str, ...]
    region: str
    year: int
    amount: Decimal
    told: str
    expected: Decimal | None = None
    claims: tuple[str, ...] = ()
    may_be: tuple[str, ...] = ()


def increase(first: int, last: int, increases: Mapping[int, Increase]) -> tuple[Decimal, tuple[str, ...]] | None:
    """The factor from one year's QPA to a later one's, and its sources; None where a year's is not known.

    2019 is the year of the rates that QPAs begin with.
    """
    if first == _BASE:
        years = range(_FIRST, last + 1)
    elif first >= _FIRST:
        years = range(first + 1, last + 1)
    else:
        return None
    if last < first or any(year not in increases for year in years):
        return None
    factor = _DOLLAR
    for year in years:
        factor *= increases[year].factor
    return factor, tuple(increases[year].source for year in years)


def audit(disclosed: Iterable[Disclosed], increases: Mapping[int, Increase]) -> list[Found]:
    """Everything that does not fit, by payer, code and year; the order of `disclosed` changes nothing."""
    by_service: dict[tuple[object, ...], dict[int, list[Disclosed]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(disclosed, key=lambda one: (one.claim_id, one.line)):
        by_service[one.service][one.year].append(one)
    found: list[Found] = []
    for years in by_service.values():
        for year in sorted(years):
            found += _differs(years[year])
            found += _not_indexed(years, year, increases)
            found += _beside(years[year])
    return sorted(found, key=lambda one: (one.payer, one.code, one.modifiers, one.region, one.year, one.kind))


def _found(kind: Kind, ones: Sequence[Disclosed], reason: str, **more: object) -> Found:
    first = ones[0]
    claims = tuple(dict.fromkeys(one.claim_id for one in ones))
    return Found(
        kind,
        first.payer,
        first.code,
        first.modifiers,
        first.region,
        first.year,
        first.amount,
        reason,
        claims=claims,
        **more,  # pyright: ignore[reportArgumentType]
    )


def _differs(ones: Sequence[Disclosed]) -> list[Found]:
    """Several amounts of one year that no rounding to the dollar explains."""
    amounts = sorted({one.amount for one in ones})
    if amounts[-1] - amounts[0] < _DOLLAR:
        return []
    highest = [one for one in ones if one.amount == amounts[-1]]
    lower = [one for one in ones if one.amount < amounts[-1]]
    reason = f"{len(amounts)} QPAs of one payer, service, region and year: ${amounts[0]} to ${amounts[-1]}"
    may_be = ["another insurance market"]
    may_be += ["another specialty"] if len({one.specialty for one in ones}) > 1 else []
    may_be += ["another type of facility"] if len({one.place for one in ones}) > 1 else []
    may_be += ["another region within the state"] if ones[0].region.startswith("state:") else _wider(ones[0])
    return [_found("differs", [*lower, *highest], reason, expected=amounts[-1], may_be=tuple(may_be))]


def _wider(one: Disclosed) -> list[str]:
    wider = wider_region(one.code, one.region)
    return [f"a wider region, for want of sufficient information: {wider}"] if wider else []


def _not_indexed(years: Mapping[int, Sequence[Disclosed]], year: int, increases: Mapping[int, Increase]) -> list[Found]:
    """A QPA below every earlier one's indexed amount: each may have been rounded to the dollar on its way."""
    earlier = [one for one in years if one < year]
    if not earlier:
        return []
    before = max(earlier)
    factor = increase(before, year, increases)
    if factor is None:
        return []
    bases = sorted({one.amount for one in years[before]})
    wanted = [amount * factor[0] for amount in bases]
    found: list[Found] = []
    for amount in sorted({one.amount for one in years[year]}):
        nearest = min(wanted, key=lambda one: abs(one - amount))
        if abs(nearest - amount) <= _slack(year - before):
            continue
        base = bases[wanted.index(nearest)]
        below = "below" if amount < nearest else "above"
        reason = (
            f"${amount} is {below} the QPA of {before}, ${base}, indexed to {year}: ${cents(nearest)} "
            f"(factor {factor[0].quantize(Decimal('1e-10'), ROUND_HALF_UP)}, {', '.join(factor[1])})"
        )
        ones = [one for one in years[year] if one.amount == amount]
        ones += [one for one in years[before] if one.amount == base]  # which of the two is wrong, nothing tells
        may_be = ("another insurance market", "a new median from sufficient information", *_wider(ones[0]))
        found.append(_found("not_indexed", ones, reason, expected=cents(nearest), may_be=may_be))
    return found


def _slack(steps: int) -> Decimal:
    """What rounding to the dollar may make of an indexed amount: half a dollar at each end, carried on a little."""
    return _DOLLAR + Decimal("0.10") * steps


def _beside(ones: Sequence[Disclosed]) -> list[Found]:
    """Each amount of a year beside Medicare's, the published contracted rates, and what was allowed on it."""
    found: list[Found] = []
    for amount in sorted({one.amount for one in ones}):
        same = [one for one in ones if one.amount == amount]
        less = [one for one in same if one.medicare is not None and amount < one.medicare]
        if less and (public := less[0].medicare):
            reason = f"${amount} is {100 * amount / public:.0f} % of what Medicare would allow, ${public}"
            may_be = (less[0].instead,) if less[0].instead else ()
            found.append(_found("below_medicare", less, reason, expected=public, may_be=may_be))
        low = [one for one in same if one.stands is not None and one.stands < _LOW]
        if low:
            reason = f"${amount} stands at percentile {low[0].stands} of the payer's published rates ({low[0].rates})"
            may_be = ("rates of today, where a QPA is of 2019, indexed",)
            found.append(_found("below_contracted", low, reason, may_be=may_be))
        short = [one for one in same if one.allowed < amount]
        if short:
            reason = f"the payer allowed ${short[0].allowed} and less than its own QPA of ${amount}"
            found.append(_found("paid_below", short, reason, expected=amount))
    return found


_LOW = 10
"""The percentile below which a QPA is asked about. The median of 2019, indexed, lies some way from the middle of
today's rates though nothing is wrong with it; so far down it hardly does (`tests/unit/benchmark/test_qpa_power.py`)."""
