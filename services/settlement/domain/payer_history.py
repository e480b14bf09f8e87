"""What the system has learnt of payers: chance of winning, share awarded, days to pay. Small, calibrated, explainable.

Bayesian shrinkage in three steps: all claims → the specialty → the payer within it. At each step the belief of the
step above counts as `WEIGHT` pseudo-cases, so a payer with three cases is believed a little and one with three hundred
almost wholly. Chances are Beta, shares and days are normal with known spread; each comes with a 90 % interval.

A record is a versioned snapshot, taken by an explicit command. Decisions never learn from the order in which events
happen to arrive, so the same claims give the same decisions on every run.
"""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cached_property
from statistics import NormalDist

import msgspec

from shared.intervals import Z90, four

WEIGHT = 8.0
_SHARE_SPREAD = 0.25
_DAYS_SPREAD = 20.0
_STANDARD = NormalDist()


class ForumCounts(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Counts of one forum at one level; empty `specialty` or `payer` means all of them.

    `decided` cases ended, `won` of them with more than was paid; `awards` of those gave `award_share` of what we asked
    on average. In talks, `offers` best offers came to `offer_share` of the target. `payments` took `pay_days` days.
    """

    forum: str
    specialty: str = ""
    payer: str = ""
    decided: int = 0
    won: int = 0
    awards: int = 0
    award_share: Decimal = Decimal(0)
    offers: int = 0
    offer_share: Decimal = Decimal(0)
    payments: int = 0
    pay_days: Decimal = Decimal(0)


class PayerHistory(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A snapshot: `version` names it in every decision; `as_of` is the day it was taken (ISO), empty for none.

    `tenants`: the organisations out of whose claims it is, for whose claims alone decisions are made by it; none of one
    that ships with the policy. `agreed`: where several of them agree to that.
    """

    version: str
    as_of: str = ""
    tallies: tuple[ForumCounts, ...] = ()
    tenants: tuple[str, ...] = ()
    agreed: str = ""

    def levels(self, forum: str, specialty: str, payer: str) -> tuple[ForumCounts, ...]:
        """What is known at each level: all, the specialty, the payer within it; empty tallies where nothing is."""
        keys = (("", ""), (specialty, ""), (specialty, payer))
        return tuple(self._index.get((forum, *k)) or ForumCounts(forum=forum, specialty=k[0], payer=k[1]) for k in keys)

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], ForumCounts]:
        """A record of many payers is asked at every decision: looked up, not searched."""
        return {(t.forum, t.specialty, t.payer): t for t in self.tallies}


class Estimate(msgspec.Struct, frozen=True):
    """A belief: its mean with a 90 % interval, and the number of cases seen at each level, widest first."""

    mean: Decimal
    low: Decimal
    high: Decimal
    cases: tuple[int, ...]


def chance(levels: tuple[ForumCounts, ...], *, prior: Decimal, strength: Decimal) -> Estimate:
    """The chance of winning. `prior` and `strength` are the policy's starting belief and its weight in cases."""
    mean, weight = float(prior), float(strength)
    posterior = weight
    for counts in levels:
        posterior = weight + counts.decided
        mean = (mean * weight + counts.won) / posterior
        weight = min(posterior, WEIGHT)
    spread = Z90 * math.sqrt(mean * (1 - mean) / (posterior + 1))
    return _estimate(mean, spread, tuple(t.decided for t in levels), most=1.0)


def award_share(levels: tuple[ForumCounts, ...], *, prior: Decimal, strength: Decimal) -> Estimate:
    """The award as a share of what we ask, given that we win."""
    seen = tuple((t.awards, float(t.award_share)) for t in levels)
    return _normal(seen, float(prior), float(strength), _SHARE_SPREAD)


def offer_share(levels: tuple[ForumCounts, ...], *, prior: Decimal, strength: Decimal) -> Estimate:
    """The best offer this payer makes in talks, as a share of the target."""
    seen = tuple((t.offers, float(t.offer_share)) for t in levels)
    return _normal(seen, float(prior), float(strength), _SHARE_SPREAD)


def pay_days(levels: tuple[ForumCounts, ...], *, prior: int, strength: Decimal) -> Estimate:
    """Days from agreement or award to payment."""
    seen = tuple((t.payments, float(t.pay_days)) for t in levels)
    return _normal(seen, float(prior), float(strength), _DAYS_SPREAD)


def accepts(ask: Decimal, offered: Decimal, limit: Estimate) -> Decimal:
    """The chance that a payer agrees to `ask`, given that it has offered `offered` (both shares of the target).

    Its limit is taken as normal around the estimate, the belief's own uncertainty and the spread between claims added
    up, and cannot lie below what it has offered.
    """
    belief = float(limit.high - limit.low) / (2 * Z90)
    spread = math.sqrt(belief**2 + _SHARE_SPREAD**2)
    above_ask = 1 - _STANDARD.cdf((float(ask) - float(limit.mean)) / spread)
    above_offer = 1 - _STANDARD.cdf((float(offered) - float(limit.mean)) / spread)
    if above_offer < 1e-9:  # an offer far beyond all experience tells nothing of what lies above it
        return Decimal("0.0000")
    return four(min(above_ask / above_offer, 1.0))


def _normal(seen: tuple[tuple[int, float], ...], mean: float, weight: float, spread: float) -> Estimate:
    posterior = weight
    for count, average in seen:
        posterior = weight + count
        mean = (mean * weight + average * count) / posterior
        weight = min(posterior, WEIGHT)
    return _estimate(mean, Z90 * spread / math.sqrt(posterior), tuple(count for count, _ in seen), most=math.inf)


def _estimate(mean: float, spread: float, cases: tuple[int, ...], *, most: float) -> Estimate:
    return Estimate(four(mean), four(max(mean - spread, 0.0)), four(min(mean + spread, most)), cases)
