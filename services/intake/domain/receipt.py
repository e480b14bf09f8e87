"""The day on which a payment was received.

The periods of 45 CFR 149.510(b)(1)(i) and of the plans' appeals run from the day on which the provider received
payment or denial. What arrives today was mostly received today; a file that its sender kept, or took out of an archive,
was not.
"""

from __future__ import annotations

from datetime import date

import msgspec

from recoup_x12.model import Payment
from shared.calendar import BusinessDays

USUAL = 5
"""Business days that a payment's explanation may be older than its arrival. CAQH CORE's rule (370) asks for three
between the money and its explanation."""
EARLIEST = date(2000, 1, 1)
"""No 835 of HIPAA is older: an earlier day is a slip of the pen."""
_DAYS = BusinessDays()


def stated_day(text: str, today: date) -> date:
    """The day of receipt that a sender states, as YYYY-MM-DD; raises `ValueError` saying why it cannot be one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or text != day.isoformat():
        raise ValueError("the stated day of receipt is not a date of the form YYYY-MM-DD")
    if day > today:
        raise ValueError(f"the stated day of receipt, {text}, lies in the future")
    if day < EARLIEST:
        raise ValueError(f"the stated day of receipt, {text}, lies before {EARLIEST.isoformat()}")
    return day


class Receipt(msgspec.Struct, frozen=True):
    """When an input came in: the day it arrived, and the day of receipt that its sender stated, if any."""

    arrived_on: date
    stated_on: date | None = None

    @property
    def on(self) -> date:
        """The day stated, else that of the arrival."""
        return self.stated_on or self.arrived_on

    def of_payment(self, payment: Payment) -> tuple[date, bool]:
        """The day from which the last days of every right are counted, and whether it is assumed.

        A day that was stated counts. Else, where the payment's own dates are more than five business days older than
        its arrival, it may have been received on the earlier of them: rights are kept by counting from that day, and a
        person has to say which day it was.
        """
        if self.stated_on is not None:
            return self.stated_on, False
        own = dated(payment)
        own = None if own is None else max(own, EARLIEST)
        if own is None or own >= self.arrived_on or _DAYS.between(own, self.arrived_on) <= USUAL:
            return self.arrived_on, False
        return own, True


def dated(payment: Payment) -> date | None:
    """The earlier of an 835's production date (DTM*405) and its payment date (BPR16); None where it has neither."""
    produced = [item.start for item in payment.dates if item.qualifier == "405" and item.start is not None]
    return min([*produced, *([payment.paid_on] if payment.paid_on is not None else [])], default=None)
