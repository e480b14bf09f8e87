"""Money that the bank took back: a returned or reversed payment is a debit that names what had come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.intake.domain.bank.deposit import Deposit
from services.intake.domain.bank.reassociation import numbers_of

_WITHIN = timedelta(days=180)
"""How long after it a deposit may be taken back: a check may be returned late, an ACH credit within days."""
_TELLING = 4
"""Characters of a number that tells one deposit from another."""


def taken_back(debit: Deposit, deposits: Iterable[Deposit]) -> list[Deposit]:
    """The deposits that a debit may take back: of its amount, with a number of it, on or before its day."""
    numbers = {number for number in numbers_of(debit) if len(number) >= _TELLING}
    return [
        one
        for one in deposits
        if one.amount == -debit.amount
        and numbers & numbers_of(one)
        and one.posted_on <= debit.posted_on <= one.posted_on + _WITHIN
    ]
