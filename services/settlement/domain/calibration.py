"""True if chances of winning come true as often as they say, held against how forums decided.

A forecast is the chance of winning a level of a forum, by the policy and the payers' record in force on the day the
level began: the one that decisions about going there rest on. It is made before its outcome and never fitted to it, so
what is measured is foresight. Only cases that the forum decided, or let lapse, count; those settled before have no
outcome.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import NormalDist
from typing import Literal

import msgspec

from services.settlement.domain.account import Result
from shared.intervals import four, wilson

FEW = 30
"""Fewer results say nothing of calibration."""
_IN_A_BIN = 10
_DOUBT = 0.05
Verdict = Literal["too few results", "as often as said", "less often than said", "more often than said", "not as said"]


class Forecast(msgspec.Struct, frozen=True):
    """`n` forecasts that gave the same chance `predicted`, `won` of which came true."""

    predicted: Decimal
    n: int
    won: int


class Bin(msgspec.Struct, frozen=True):
    """Forecasts from `low` (inclusive) to `high` (exclusive, but for 1).

    What they said on average, and what came true with its 90 % interval (Wilson).
    """

    low: Decimal
    high: Decimal
    n: int
    predicted: Decimal
    observed: Decimal
    observed_low: Decimal
    observed_high: Decimal


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How `n` forecasts did.

    `brier` is the mean squared error of the chances (0 is perfect), `brier_of_base_rate` that of saying `observed` to
    every case: known only afterwards, so a hard rival. `p_value`: how likely a calibrated model is to miss by as much
    as this one did (chi-square over bins of ten results or more). `verdict` says it in words.
    """

    n: int
    won: int = 0
    predicted: Decimal | None = None
    observed: Decimal | None = None
    observed_low: Decimal | None = None
    observed_high: Decimal | None = None
    brier: Decimal | None = None
    brier_of_base_rate: Decimal | None = None
    p_value: Decimal | None = None
    verdict: Verdict = "too few results"
    bins: tuple[Bin, ...] = ()


def forecasts(results: Iterable[Result]) -> list[Forecast]:
    """One claim's forecasts with what became of them."""
    return [Forecast(r.win_chance, 1, int(r.won)) for r in results if r.level and r.win_chance is not None]


def calibrate(seen: Iterable[Forecast]) -> Calibration:
    """Reliability by tenths, Brier score, and a verdict."""
    forecasts = sorted((f for f in seen if f.n), key=lambda f: f.predicted)
    n, won = sum(f.n for f in forecasts), sum(f.won for f in forecasts)
    if not n:
        return Calibration(n=0)
    mean_forecast, rate = _mean_forecast(forecasts), won / n
    low, high = wilson(won, n)
    p_value = _p_value(forecasts)
    return Calibration(
        n=n,
        won=won,
        predicted=four(mean_forecast),
        observed=four(rate),
        observed_low=low,
        observed_high=high,
        brier=four(sum(_squares(f) for f in forecasts) / n),
        brier_of_base_rate=four(rate * (1 - rate)),
        p_value=four(p_value),
        verdict=_verdict(n, p_value, mean_forecast, low, high),
        bins=_bins(forecasts),
    )


def _squares(f: Forecast) -> float:
    p = float(f.predicted)
    return f.won * (1 - p) ** 2 + (f.n - f.won) * p**2


def _mean_forecast(forecasts: Sequence[Forecast]) -> float:
    return sum(float(f.predicted) * f.n for f in forecasts) / sum(f.n for f in forecasts)


def _verdict(n: int, p_value: float, mean_forecast: float, low: Decimal, high: Decimal) -> Verdict:
    if n < FEW:
        return "too few results"
    if p_value >= _DOUBT:
        return "as often as said"
    if mean_forecast > high:
        return "less often than said"
    return "more often than said" if mean_forecast < low else "not as said"


def _bins(forecasts: Sequence[Forecast]) -> tuple[Bin, ...]:
    tenths: dict[int, list[Forecast]] = {}
    for f in forecasts:
        tenths.setdefault(min(int(f.predicted * 10), 9), []).append(f)
    found: list[Bin] = []
    for tenth, inside in sorted(tenths.items()):
        n, won = sum(f.n for f in inside), sum(f.won for f in inside)
        edges = Decimal(tenth) / 10, Decimal(tenth + 1) / 10
        found.append(Bin(*edges, n, four(_mean_forecast(inside)), four(won / n), *wilson(won, n)))
    return tuple(found)


def _p_value(forecasts: Sequence[Forecast]) -> float:
    """Chi-square of wins against what was said, in groups of like forecasts with ten results or more each."""
    groups: list[list[Forecast]] = [[]]
    for f in forecasts:
        if sum(g.n for g in groups[-1]) >= _IN_A_BIN and (f.predicted - groups[-1][0].predicted) * 20 >= 1:
            groups.append([])
        groups[-1].append(f)
    if len(groups) > 1 and sum(g.n for g in groups[-1]) < _IN_A_BIN:
        groups[-2] += groups.pop()
    statistic = 0.0
    for group in groups:
        expected = sum(float(f.predicted) * f.n for f in group)
        variance = sum(float(f.predicted) * (1 - float(f.predicted)) * f.n for f in group)
        missed = sum(f.won for f in group) - expected
        statistic += missed**2 / variance if variance else (math.inf if abs(missed) > 1e-9 else 0.0)
    return _beyond(statistic, len(groups))


def _beyond(statistic: float, freedom: int) -> float:
    """The upper tail of the chi-square distribution, by Wilson and Hilferty's cube root."""
    if math.isinf(statistic):
        return 0.0
    if freedom == 1:
        return 2 * (1 - NormalDist().cdf(math.sqrt(statistic)))
    spread = 2 / (9 * freedom)
    return 1 - NormalDist().cdf(((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))
