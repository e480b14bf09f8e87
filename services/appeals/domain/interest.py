"""Simple interest on money that came late, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shared.money import ZERO, cents

_YEAR = 365


def interest(amount: Decimal, rate: Decimal, due_on: date, until: date) -> Decimal:
    """Dollars that `amount` bears at `rate` % a year for each day after `due_on`, up to and with `until`.

    A year is 365 days, also a leap one; the result is rounded once, half up. 0 where nothing is late or no rate known.
    """
    days = (until - due_on).days
    if days <= 0 or rate <= 0 or amount <= 0:
        return ZERO
    return cents(amount * rate * days / (100 * _YEAR))
