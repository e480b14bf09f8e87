"""What to offer in federal IDR: one of two offers is chosen, so the fair value and the best offer are two numbers.

    value = P × offer + (1 − P) × payer's likely offer − allowed − administrative fee − (1 − P) × entity fee

The offer is that of greatest value among nine between two ends, in which alone the record has seen what becomes of an
offer. P is taken at a pessimistic quantile, falls with the offer, and never rises with it: that high offers won in the
past does not say that they won because they were high. So the upper end is what binds most often, and which one held
is said: what won, the charge, or our own policy. Nothing of this is told to an IDR entity or a payer.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from statistics import NormalDist

import msgspec

from services.settlement.domain.public_record import Chance, PublicRecord, Winning, kind_of
from services.settlement.domain.win_model import sigmoid
from shared.intervals import four
from shared.money import ZERO, cents, total

STEPS = 8
CHARGE, MEDIAN, RANGE, POLICY, CHANCE = (
    "what was billed",
    "the median of the offers that won",
    "the 75th percentile of the offers that won",
    "the policy's highest multiple of the QPA",
    "the chance, which falls with the offer",
)
"""What held an offer where it is."""


class IdrLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line in dispute, in dollars; `qpa` None where the payer disclosed none."""

    line: int
    code: str
    allowed: Decimal
    target: Decimal
    charge: Decimal
    qpa: Decimal | None


class OfferLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A policy's say about offers in IDR.

    `quantile`: the chance is taken as one that is missed in this share of cases (0.1: nine in ten are better).
    `sample`: determinations that a cell of the record has at least. `most_multiple`: of the QPA, at most.
    """

    quantile: Decimal = Decimal("0.1")
    sample: int = 50
    most_multiple: Decimal = Decimal(15)

    def faults(self) -> list[str]:
        """What is wrong with them."""
        if 0 < self.quantile < 1 and self.sample >= 1 and self.most_multiple > 0:
            return []
        return ["quantile between 0 and 1, sample at least 1, most_multiple above 0"]

    @property
    def z(self) -> float:
        """How many standard deviations below the mean the quantile stands."""
        return -NormalDist().inv_cdf(float(self.quantile))


class Fees(msgspec.Struct, frozen=True):
    """Dollars: owed in any case, and owed if the other side's offer is chosen."""

    administrative: Decimal
    entity: Decimal


class Point(msgspec.Struct, frozen=True, array_like=True):
    """An offer in dollars, as a multiple of the QPAs, the pessimistic chance that it is chosen, and its value."""

    offer: Decimal
    multiple: Decimal
    chance: Decimal
    value: Decimal


class OfferChoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The offer, line by line too, what held it there, and the curve that it was chosen from.

    `at_target` is what an offer of the fair value would be worth. `why_target` says why it is offered instead; the
    curve is empty then.
    """

    offer: Decimal
    lines: tuple[tuple[int, Decimal], ...]
    bound: str = ""
    curve: tuple[Point, ...] = ()
    at_target: Point | None = None
    payer_offer: Decimal = ZERO
    why_target: str = ""


class _Ends(msgspec.Struct, frozen=True):
    low: Decimal
    high: Decimal
    usual: Decimal
    theirs: Decimal
    bound: str


def choose_offer(
    lines: tuple[IdrLine, ...], record: PublicRecord, disclosed: Chance, limits: OfferLimits, fees: Fees
) -> OfferChoice:
    """The offer of the lines together; their fair value where the record or the payer tells too little.

    Args:
        lines: those that IDR would decide, at least one.
        record: what has won.
        disclosed: the chance of a usual offer.
        limits: the policy's.
        fees: of the filing, or the lines' part of them.
    """
    qpa = total(one.qpa or ZERO for one in lines)
    cells = [record.winning_of(one.code) for one in lines]
    why = _too_little(lines, cells, limits)
    ends = [
        _ends(one, cell, record, limits) for one, cell in zip(lines, cells, strict=True) if cell is not None and not why
    ]
    allowed = total(one.allowed for one in lines)
    if not why and total(end.high for end in ends) <= allowed:
        why = "what was allowed lies above all that the record has seen win"
    if why:
        return OfferChoice(
            offer=total(one.target for one in lines),
            lines=tuple((one.line, one.target) for one in lines),
            why_target=why,
        )
    theirs = total(end.theirs for end in ends)
    usual = total(end.usual for end in ends)
    falling = _Falling(disclosed.at_quantile(limits.z), record.response, usual)

    def point(offer: Decimal) -> Point:
        chance = four(falling.at(offer))
        value = chance * offer + (1 - chance) * theirs - allowed - fees.administrative - (1 - chance) * fees.entity
        return Point(offer, (offer / qpa).quantize(Decimal("0.01")), chance, cents(value))

    offers = [_between(ends, step) for step in range(STEPS + 1)]
    curve = tuple(point(total(one)) for one in offers)
    best = max(range(STEPS + 1), key=lambda n: (curve[n].value, -n))
    return OfferChoice(
        offer=curve[best].offer,
        lines=tuple((one.line, amount) for one, amount in zip(lines, offers[best], strict=True)),
        bound=_most(ends) if curve[best].offer == curve[-1].offer else CHANCE,
        curve=curve,
        at_target=point(total(one.target for one in lines)),
        payer_offer=theirs,
    )


class _Falling(msgspec.Struct, frozen=True):
    """A chance of `at` log odds at the usual offer, which falls by `response` as the offer grows e-fold."""

    log_odds: float
    response: float
    usual: Decimal

    def at(self, offer: Decimal) -> float:
        """The chance of an offer, in dollars."""
        return sigmoid(self.log_odds - self.response * math.log(float(max(offer, Decimal("0.01")) / self.usual)))


def _too_little(lines: tuple[IdrLine, ...], cells: list[Winning | None], limits: OfferLimits) -> str:
    if not lines or any(not one.qpa for one in lines):
        return "the payer disclosed no QPA of some line, and what has won is known in multiples of it"
    least = min((cell.count if cell is not None else 0) for cell in cells)
    if least < limits.sample:
        return f"the record has {least} determinations of a line's service, and {limits.sample} are needed"
    return ""


def _ends(one: IdrLine, cell: Winning, record: PublicRecord, limits: OfferLimits) -> _Ends:
    """Between which offers one line's may stand; never above its charge, and never below what was allowed."""
    qpa = one.qpa or ZERO

    def times(multiple: float) -> Decimal:
        return cents(Decimal(str(multiple)) * qpa)

    tops = (
        (times(cell.median if cell.high is None else cell.high), MEDIAN if cell.high is None else RANGE),
        (one.charge, CHARGE),
        (cents(limits.most_multiple * qpa), POLICY),
    )
    high, bound = min(tops, key=lambda top: top[0])
    high = max(high, one.allowed)
    theirs = min(max(times(record.payer_offer[kind_of(one.code)]), one.allowed), max(one.charge, one.allowed))
    low = min(max(times(cell.low) if cell.low is not None else theirs, theirs), high)
    return _Ends(low, high, times(cell.median), theirs, bound)


def _between(ends: list[_Ends], step: int) -> list[Decimal]:
    return [end.low + cents((end.high - end.low) * step / STEPS) for end in ends]


def _most(ends: list[_Ends]) -> str:
    """What holds the most dollars."""
    held: Counter[str] = Counter()
    for end in ends:
        held[end.bound] += int(end.high * 100)
    return max(held, key=lambda name: (held[name], name))
