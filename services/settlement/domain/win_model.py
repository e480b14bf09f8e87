"""The win model as it is used: the chance that the provider's offer is chosen, with its interval and its reasons.

The chance is a logistic sum. Each factor (who answers, the entity, the state, ...) has a cell: of how many past lines
it knows, weighted by age, and how many of them were won. A cell's rate is drawn to that of its service by a weight of
`shrink` lines, so that a cell of three lines says next to nothing; how much each factor counts was fitted on later
quarters than its cells. Needs nothing but msgspec: what fits it is in `fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import Literal

import msgspec

Kind = Literal["air", "medical"]
FACTORS: tuple[tuple[str, ...], ...] = (
    ("payer",),
    ("plan_type",),
    ("state",),
    ("entity",),
    ("batched",),
    ("code",),
    ("payer", "entity"),
    ("payer", "plan_type"),
    ("payer", "state"),
    ("state", "entity"),
    ("payer", "entity", "state"),
)
"""What a chance depends on, besides the service and the two offers."""
_WORDS = {
    "payer": "this payer",
    "plan_type": "this type of plan",
    "state": "this state",
    "entity": "this entity",
    "batched": "batched or single",
    "code": "this code",
}
_Z90 = 1.6448536269514722
SURE = 4.6
"""No past makes a chance more certain than 99 to 1: log odds."""
LEAST_RATE = 0.02
"""A rate nearer to nothing or all counts as this: a cell of few lines often has won or lost them all."""
OFFERS = (0.05, 1000.0)
"""Multiples of the QPA between which an offer is taken as it is."""
OUR_USUAL = 0.8
"""The logarithm of a usual offer of a provider's, against which one is high or low."""
AT_QPA = 0.02
"""How far from the QPA an offer of the QPA itself may stand, by rounding."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute's line before it is decided. Offers are multiples of the QPA; what is not known is left out."""

    kind: Kind = "medical"
    service: str = ""
    payer: str = ""
    plan_type: str = ""
    state: str = ""
    code: str = ""
    entity: str = ""
    batched: bool = False
    provider_offer: float | None = None
    payer_offer: float | None = None

    def key(self, factor: Sequence[str]) -> str:
        """The name of its cell of a factor; empty where it says nothing of one of its parts."""
        parts = [str(getattr(self, name)) for name in factor]
        return "|".join((self.kind, *parts)) if all(parts) else ""


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """Lines of the past in a cell, weighted by their age, and how many of them the provider won."""

    lines: float
    won: float


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a chance: points it adds to the rate of the service, from so many past lines, in a sentence."""

    name: str
    points: float
    lines: float
    sentence: str


class Chance(msgspec.Struct, frozen=True, kw_only=True):
    """The chance that the provider's offer is chosen, and the bounds between which it lies nine times of ten."""

    chance: float
    low: float
    high: float
    reasons: tuple[Factor, ...]


class WinModel(msgspec.Struct, frozen=True, kw_only=True):
    """The fitted model, as one JSON file; `version` names the quarters it has seen."""

    version: str
    quarters: tuple[str, ...]
    lines: int
    discount: float
    shrink: float
    base: dict[str, Cell]
    cells: dict[str, dict[str, Cell]]
    weights: dict[str, float]
    intercept: float
    drift: float
    """Standard deviation of what a quarter brings that no earlier one told, in logits."""

    def rate(self, kind: str, service: str) -> float:
        """The share of lines that the provider won of a service, drawn to that of its kind, and that to all."""
        at = 0.5
        for name in ("", kind, f"{kind}|{service}"):  # a line of no known service has no cell of one
            cell = self.base.get(name)
            if cell is not None:
                at = (cell.won + self.shrink * at) / (cell.lines + self.shrink)
        return at

    def of(self, case: Case) -> Chance:
        """The chance of one case."""
        base = self.rate(case.kind, case.service)
        at = logit(base)
        total = self.intercept + at
        known, reasons = 0.0, list[Factor]()
        for factor in FACTORS:
            name = "+".join(factor)
            cell = self.cells.get(name, {}).get(case.key(factor))
            if cell is None:
                continue
            part = self.weights.get(name, 0.0) * deviation(cell, base, self.shrink)
            total += part
            known = max(known, cell.lines) if self.weights.get(name, 0.0) > 0 else known
            reasons.append(_reason(factor, part, cell, base))
        for name, value in offer_terms(case.provider_offer, case.payer_offer).items():
            part = self.weights.get(name, 0.0) * value
            total += part
            if part:
                points = 100 * (sigmoid(at + part) - base)
                reasons.append(
                    Factor(name=name, points=points, lines=0, sentence=f"{_OFFER_WORDS[name]}: {points:+.1f}")
                )
        total = max(-SURE, min(SURE, total))
        p = sigmoid(total)
        spread = _Z90 * sqrt(self.drift**2 + 1 / ((known + self.shrink) * p * (1 - p)))
        reasons.sort(key=lambda one: -abs(one.points))
        return Chance(chance=p, low=sigmoid(total - spread), high=sigmoid(total + spread), reasons=tuple(reasons))


_OFFER_WORDS = {
    "provider_offer": "our offer against the QPA",
    "payer_offer": "the payer's offer against the QPA",
    "payer_at_qpa": "the payer offers the QPA itself",
}


def offer_terms(provider_offer: float | None, payer_offer: float | None) -> dict[str, float]:
    """What the two offers add, as terms of the sum; an offer that is not known adds nothing."""
    ours = log(min(max(provider_offer, OFFERS[0]), OFFERS[1])) - OUR_USUAL if provider_offer is not None else 0.0
    theirs = log(min(max(payer_offer, OFFERS[0]), OFFERS[1])) if payer_offer is not None else 0.0
    at_qpa = float(payer_offer is not None and abs(payer_offer - 1) <= AT_QPA)
    return {"provider_offer": ours, "payer_offer": theirs, "payer_at_qpa": at_qpa}


def deviation(cell: Cell, base: float, shrink: float) -> float:
    """How far a cell's rate, drawn to `base` by `shrink` lines, stands from it, in logits."""
    return logit((cell.won + shrink * base) / (cell.lines + shrink)) - logit(base)


def logit(p: float) -> float:
    """Log odds, of a share between 2 and 98 of a hundred."""
    p = min(max(p, LEAST_RATE), 1 - LEAST_RATE)
    return log(p / (1 - p))


def sigmoid(x: float) -> float:
    """The share whose log odds are `x`."""
    return 1 / (1 + exp(-x))


def _reason(factor: tuple[str, ...], part: float, cell: Cell, base: float) -> Factor:
    points = 100 * (sigmoid(logit(base) + part) - base)
    what = " with ".join(_WORDS[name] for name in factor)
    share = 100 * cell.won / cell.lines if cell.lines else 0
    return Factor(
        name="+".join(factor),
        points=points,
        lines=cell.lines,
        sentence=f"{what}: {share:.0f} % of about {cell.lines:.0f} recent lines won: {points:+.1f} points",
    )
