"""What came of each level of each forum: the history that the payers' record and its calibration are counted from."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from services.settlement.domain.account import Account, Result, Talks
from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.decision_inputs import chance_at
from shared.money import ZERO

_TALKED = ("payer", "negotiator")
"""Sources of offers made in talks; an award or a corrected payment is not an offer."""


def decided(builder: DecisionBuilder, forum: str, level: int, on: date, *, won: bool, amount: Decimal) -> None:
    """A forum decided: `amount` dollars allowed granted for the lines in dispute."""
    dispute = builder.account.dispute
    if dispute is None:
        return
    share = _share(amount, dispute.target) if won else Decimal(0)
    _level(builder, forum, level, on, won, share)


def left(builder: DecisionBuilder, *, agreed: bool = False) -> None:
    """The dispute leaves the forum it is in, by agreement, to another one or for good.

    Talks there have ended. A level that was outstanding and never decided brought nothing, unless it was agreed first.
    """
    a = builder.account
    talks = a.talks
    if talks is None or a.dispute is None:
        return
    offers = _offers(a)
    best = max(offers[talks.offers_before :], default=None)
    if best is not None:
        _add(builder, Result(talks.forum, 0, builder.today, agreed, _share(best, a.dispute.target)))
        builder.change(talks=replace(talks, offers_before=len(offers)))
    if talks.undecided and not agreed and not _known(a, talks):
        _level(builder, talks.forum, talks.level, builder.today, False, Decimal(0))


def said(builder: DecisionBuilder, talks: Talks) -> Talks:
    """The level that begins, with the chance of winning it: kept to be held against its result."""
    a = builder.account
    if not talks.undecided:
        return talks
    belief = chance_at(builder.book, talks.forum, talks.level, specialty=a.specialty, payer=a.payer_id)
    return talks if belief is None else replace(talks, said=belief.mean, policy=builder.book.policy.label)


def offers_so_far(a: Account) -> int:
    """How many offers the payer has made in talks; those of the next forum come after them."""
    return len(_offers(a))


def _offers(a: Account) -> list[Decimal]:
    return [o.amount for o in a.offers if o.side == "payer" and o.source in _TALKED and not o.lines]


def _known(a: Account, talks: Talks) -> bool:
    return any(
        (r.forum, r.level) == (talks.forum, talks.level) and (talks.since is None or r.on >= talks.since)
        for r in a.results
    )


def _level(builder: DecisionBuilder, forum: str, level: int, on: date, won: bool, share: Decimal) -> None:
    talks = builder.account.talks
    if talks is None or (talks.forum, talks.level) != (forum, level):
        _add(builder, Result(forum, level, on, won, share))
    else:
        _add(builder, Result(forum, level, on, won, share, talks.said, talks.policy))


def _add(builder: DecisionBuilder, result: Result) -> None:
    builder.change(results=(*builder.account.results, result))


def _share(amount: Decimal, target: Decimal) -> Decimal:
    return (amount / target).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if target > ZERO else Decimal(0)
