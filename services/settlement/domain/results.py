"""What came of each level of each forum: the history that the payers' record and its calibration are counted from."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from services.settlement.domain.account import Account, Result, Talks
from services.settlement.domain.gathering import chance_at
from services.settlement.domain.turn import Turn
from shared.money import ZERO

_TALKED = ("payer", "negotiator")
"""Sources of offers made in talks; an award or a corrected payment is not an offer."""


def decided(turn: Turn, forum: str, level: int, on: date, *, won: bool, amount: Decimal) -> None:
    """A forum decided: `amount` dollars allowed granted for the lines in dispute."""
    dispute = turn.account.dispute
    if dispute is None:
        return
    share = _share(amount, dispute.target) if won else Decimal(0)
    _level(turn, forum, level, on, won, share)


def left(turn: Turn, *, agreed: bool = False) -> None:
    """The dispute leaves the forum it is in, by agreement, to another one or for good.

    Talks there have ended. A level that was outstanding and never decided brought nothing, unless it was agreed first.
    """
    a = turn.account
    talks = a.talks
    if talks is None or a.dispute is None:
        return
    offers = _offers(a)
    best = max(offers[talks.offers_before :], default=None)
    if best is not None:
        _add(turn, Result(talks.forum, 0, turn.today, agreed, _share(best, a.dispute.target)))
        turn.change(talks=replace(talks, offers_before=len(offers)))
    if talks.undecided and not agreed and not _known(a, talks):
        _level(turn, talks.forum, talks.level, turn.today, False, Decimal(0))


def said(turn: Turn, talks: Talks) -> Talks:
    """The level that begins, with the chance of winning it: kept to be held against its result."""
    a = turn.account
    if not talks.undecided:
        return talks
    belief = chance_at(turn.book, talks.forum, talks.level, specialty=a.specialty, payer=a.payer_id)
    return talks if belief is None else replace(talks, said=belief.mean, policy=turn.book.policy.label)


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


def _level(turn: Turn, forum: str, level: int, on: date, won: bool, share: Decimal) -> None:
    talks = turn.account.talks
    if talks is None or (talks.forum, talks.level) != (forum, level):
        _add(turn, Result(forum, level, on, won, share))
    else:
        _add(turn, Result(forum, level, on, won, share, talks.said, talks.policy))


def _add(turn: Turn, result: Result) -> None:
    turn.change(results=(*turn.account.results, result))


def _share(amount: Decimal, target: Decimal) -> Decimal:
    return (amount / target).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if target > ZERO else Decimal(0)
