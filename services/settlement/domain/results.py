"""What came of each level of each forum: the history that the payers' record and its calibration are counted from."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from services.settlement.domain.account import Account, Proceeding, Result
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
    proceeding = a.proceeding
    if proceeding is None or a.dispute is None:
        return
    offers = _offers(a)
    best = max(offers[proceeding.offers_before :], default=None)
    if best is not None:
        _add(builder, Result(proceeding.forum, 0, builder.today, agreed, _share(best, a.dispute.target)))
        builder.change(proceeding=replace(proceeding, offers_before=len(offers)))
    if proceeding.undecided and not agreed and not _known(a, proceeding):
        _level(builder, proceeding.forum, proceeding.level, builder.today, False, Decimal(0))


def with_win_chance(builder: DecisionBuilder, proceeding: Proceeding) -> Proceeding:
    """The level that begins, with the chance of winning it: kept to be held against its result."""
    a = builder.account
    if not proceeding.undecided:
        return proceeding
    belief = chance_at(
        builder.book, proceeding.forum, proceeding.level, specialty=a.specialty, payer=a.payer_id, idr_value=a.idr_value
    )
    return (
        proceeding if belief is None else replace(proceeding, win_chance=belief.mean, policy=builder.book.policy.label)
    )


def offers_so_far(a: Account) -> int:
    """How many offers the payer has made in talks; those of the next forum come after them."""
    return len(_offers(a))


def _offers(a: Account) -> list[Decimal]:
    return [o.amount for o in a.offers if o.side == "payer" and o.source in _TALKED and not o.lines]


def _known(a: Account, proceeding: Proceeding) -> bool:
    return any(
        (r.forum, r.level) == (proceeding.forum, proceeding.level)
        and (proceeding.since is None or r.on >= proceeding.since)
        for r in a.results
    )


def _level(builder: DecisionBuilder, forum: str, level: int, on: date, won: bool, share: Decimal) -> None:
    proceeding = builder.account.proceeding
    if proceeding is None or (proceeding.forum, proceeding.level) != (forum, level):
        _add(builder, Result(forum, level, on, won, share))
    else:
        _add(builder, Result(forum, level, on, won, share, proceeding.win_chance, proceeding.policy))


def _add(builder: DecisionBuilder, result: Result) -> None:
    builder.change(results=(*builder.account.results, result))


def _share(amount: Decimal, target: Decimal) -> Decimal:
    return (amount / target).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if target > ZERO else Decimal(0)
