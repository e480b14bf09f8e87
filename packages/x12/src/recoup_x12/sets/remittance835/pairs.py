"""Provider adjustments of one PLB told apart: those that are certain, and those that a person must settle.

A PLB bears up to six pairs of a reason with its reference (PLB03, 05 … 13) and an amount (PLB04, 06 … 14). They have
nothing to do with each other, so that what is wrong with one leaves the others certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.problem import Problem
from recoup_x12.core.segments import Value
from recoup_x12.core.values import is_number
from recoup_x12.sets.remittance835.model import ProviderAdjustment

_FIRST = 3
"""PLB03, the reason of the first pair."""


class DoubtfulPair(Value, frozen=True):
    """A pair that is not certain, as a PLB of its own in `text`.

    `amount` in dollars is None where it cannot be read. `place` tells it from a pair of the same text in its 835; it is
    0 where it is its PLB's only one.
    """

    problems: tuple[Problem, ...]
    amount: Decimal | None
    text: str
    place: int


def are_of_pairs(doubts: Sequence[Problem]) -> bool:
    """Return True if all that is in doubt of a PLB is in pairs of it, so that the others are certain."""
    return all(p.segment == "PLB" and p.element >= _FIRST for p in doubts)


def pairs_of(
    text: str, delimiters: Delimiters, doubts: Sequence[Problem]
) -> tuple[list[ProviderAdjustment], list[DoubtfulPair]]:
    """The certain pairs of a PLB, and the others.

    Args:
        text: The PLB as sent.
        delimiters: Those of its interchange.
        doubts: What is wrong with elements of its pairs.

    Returns:
        The adjustments that are certain, and the pairs that are not, each in their order.
    """
    segment = text.split(delimiters.terminator, 1)[0]
    e = segment.split(delimiters.element)
    rows = [(at, (*e[at : at + 2], "")[:2]) for at in range(_FIRST, len(e), 2)]
    rows = [(at, row) for at, row in rows if any(row)]
    certain: list[ProviderAdjustment] = []
    doubtful: list[DoubtfulPair] = []
    for at, (named, amount) in rows:
        reason, _, reference = named.partition(delimiters.component)
        spelt = amount.strip(" ")
        dollars = Decimal(spelt) if is_number(spelt) else None
        problems = tuple(p for p in doubts if p.element in (at, at + 1))
        if not problems and dollars is not None:
            certain.append(ProviderAdjustment(e[1], e[2], reason, reference, dollars))
            continue
        lone = len(rows) == 1
        alone = text if lone else delimiters.element.join((*e[:_FIRST], named, amount)) + delimiters.terminator
        place = 0 if lone else (doubts[0].position << 5) + at
        doubtful.append(DoubtfulPair(problems or tuple(doubts), dollars, alone, place))
    return certain, doubtful
