"""What a claim's lines do to each other's Medicare amounts.

Reductions hold within a session: the services of one physician, or of physicians in one group, to a patient on one day
(Claims Processing Manual, ch. 12, 40.6; ch. 5, 10.7; ch. 4, 10.5). So who of the group rendered a line does not matter;
an assistant at surgery is reduced beside his own procedures only. What OPPS packages, it packages over the whole claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.multiple import reduce
from services.benchmark.domain.outpatient import arrange
from services.benchmark.domain.releases import NoPrice, Price
from shared.money import cents

_ASSISTANTS = frozenset({"80", "81", "82", "AS"})


class Session(msgspec.Struct, frozen=True):
    """The day of service, and whether an assistant at surgery bills."""

    day: date
    assistant: bool = False


class Beside(msgspec.Struct, frozen=True):
    """A line's Medicare amount in dollars beside the claim's other lines, 0 where it is packaged; and why."""

    amount: Decimal
    reason: str


def session_of(day: date, modifiers: Sequence[str]) -> Session:
    """The session of a line."""
    return Session(day, not _ASSISTANTS.isdisjoint(modifiers))


def in_company(prices: Sequence[Price | NoPrice], sessions: Sequence[Session]) -> list[Beside | None]:
    """For each line what the others change of its amount; None where they change nothing."""
    found: list[Beside | None] = [None] * len(prices)
    if any(isinstance(price, Price) and price.placed is not None for price in prices):
        placed = [price.placed if isinstance(price, Price) else None for price in prices]
        for i, share in enumerate(arrange(placed, [session.day for session in sessions])):
            price = prices[i]
            if share.reason and isinstance(price, Price):
                found[i] = Beside(cents(price.amount * share.factor), share.reason)
    together: dict[Session, list[int]] = defaultdict(list)
    for i, price in enumerate(prices):
        if isinstance(price, Price) and price.ranked is not None:
            together[sessions[i]].append(i)
    for members in together.values():
        ranked = [price.ranked if isinstance(price := prices[i], Price) else None for i in members]
        for i, reduced in zip(members, reduce(ranked), strict=True):
            if reduced is not None and reduced.reason:
                found[i] = Beside(reduced.amount, reduced.reason)
    return found
