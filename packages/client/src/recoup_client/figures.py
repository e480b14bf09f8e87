"""Figures over many claims as the gateway answers them: portfolio, groups, outcomes. Amounts are dollars."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from recoup_client.models import Model


class Percentiles(Model, frozen=True):
    """Seconds, over `n` claims."""

    n: int
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None


class HistoryFigures(Model, frozen=True):
    """Claims loaded as history and not taken up; amounts in dollars."""

    claims: int = 0
    underpaid: int = 0
    judged: int = 0
    billed: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)


class Portfolio(Model, frozen=True):
    """Every claim the key may see, summed; those that stand as history in `history` alone."""

    claims: int
    by_state: dict[str, int]
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    by_close_reason: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    underpaid: int = 0
    judged: int = 0
    illegal_transitions: int = 0
    latency: dict[str, Percentiles] = msgspec.field(default_factory=dict[str, Percentiles])
    history: HistoryFigures = HistoryFigures()


class Group(Model, frozen=True):
    """The claims of one group of the portfolio; amounts in dollars."""

    key: str
    name: str
    claims: int
    underpaid: int
    billed: Decimal
    paid: Decimal
    recovered: Decimal


class Groups(Model, frozen=True):
    """The portfolio by one property of its claims."""

    group_by: str
    items: list[Group]


class Share(Model, frozen=True):
    """`part` of `whole`, with the 90 % interval of the share."""

    part: int
    whole: int
    value: Decimal
    low: Decimal
    high: Decimal


class Bin(Model, frozen=True, rename={"from_": "from"}):
    """Claims from `from_` (inclusive) to `to` (exclusive); None where the bin is open to that side."""

    claims: int
    from_: Decimal | None = None
    to: Decimal | None = None


class Spread(Model, frozen=True):
    """A distribution over `n` claims; the median of such claims lies from `median_low` to `median_high` (90 %)."""

    n: int
    p10: Decimal
    p25: Decimal
    median: Decimal
    p75: Decimal
    p90: Decimal
    bins: list[Bin]
    median_low: Decimal | None = None
    median_high: Decimal | None = None


class Outcome(Model, frozen=True):
    """What claims with one value of a dimension came to; money and distributions are of pursuits that ended."""

    key: str
    name: str
    claims: int
    judged: int
    underpaid: int
    denied: int
    pursued: int
    ended: int
    won: int
    billed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    shortfall: Decimal
    recovered: Decimal
    costs: Decimal
    underpaid_share: Share | None = None
    won_share: Share | None = None
    recovery_rate: Decimal | None = None
    uplift: Spread | None = None
    uplift_ratio: Spread | None = None
    days_to_cash: Spread | None = None


class Outcomes(Model, frozen=True):
    """Results of pursued claims by one property of theirs."""

    by: str
    items: list[Outcome]
