"""The day on which a payment was received.

The periods of 45 CFR 149.510(b)(1)(i) and of the plans' appeals run from the day on which the provider received
payment or denial. What arrives today was mostly received today; a file that its sender kept, or took out of an archive,
was not.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import msgspec

from recoup_x12.model import Payment
from shared.calendar import BusinessDays

USUAL = 5
"""Business days that a payment's explanation may be older than its arrival. CAQH CORE's rule (370) asks for three
between the money and its explanation."""
EARLIEST = date(2000, 1, 1)
"""No 835 of HIPAA is older: an earlier day is a slip of the pen."""
_DAYS = BusinessDays()


_HISTORY = re.compile(r"history(?:\+(?P<mail>[0-9]{1,2})|:(?P<day>.+))?")


class Stated(msgspec.Struct, frozen=True):
    """What a sender says of when its payments were received.

    `on` is the day, None where none is said. `history`: they are from before this system was in use: each was received
    on its own date (DTM*405, BPR16) and `mail_days` for the way, where no day is said.
    """

    on: date | None = None
    history: bool = False
    mail_days: int = 0


NOT_STATED = Stated()


def stated_receipt(text: str, today: date) -> Stated:
    """Read what a sender states: a day, `history`, `history+N` (days for the mail), or `history:` and a day.

    Empty text states nothing. Raises `ValueError` saying why it cannot be.
    """
    if not text:
        return NOT_STATED
    past = _HISTORY.fullmatch(text)
    if past is None:
        return Stated(stated_day(text, today))
    day = past["day"]
    return Stated(stated_day(day, today) if day else None, history=True, mail_days=int(past["mail"] or 0))


def states_history(text: str) -> bool:
    """Return True if a sender's statement begins as that of history does; `stated_receipt` says if it can be."""
    return text.startswith("history")


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


class Received(msgspec.Struct, frozen=True):
    """When one payment was received.

    `on` is the day from which the last days of every right are counted. `latest` is the last day on which it can have
    been received, where `on` is assumed; None where it is certain. `history`: it is from before this system was in use.
    """

    on: date
    latest: date | None = None
    history: bool = False


class Receipt(msgspec.Struct, frozen=True):
    """When an input came in: the day it arrived, and what its sender stated of its receipt.

    `cutover` is the first day of the tenant with this system, where it has told it: claims and payments of before are
    history.
    """

    arrived_on: date
    stated: Stated = NOT_STATED
    cutover: date | None = None

    def is_history(self, made_on: date | None) -> bool:
        """Return True if a claim made out on a day (BHT04) is history: by its sender's word, or made out before."""
        before = self.cutover is not None and made_on is not None and made_on < self.cutover
        return self.stated.history or before

    @property
    def on(self) -> date:
        """The day stated, else that of the arrival."""
        return self.stated.on or self.arrived_on

    def of_payment(self, payment: Payment) -> Received:
        """When a payment was received, and whether it is history.

        A day that was stated counts. Else, where the payment's own dates are more than five business days older than
        its arrival, it may have been received on the earlier of them: rights are kept by counting from that day, and a
        person has to say which day it was. History was received when it was dated, and its days of mail later.
        """
        own = dated(payment)
        own = None if own is None else max(own, EARLIEST)
        known = self.stated.on or own
        before = self.cutover is not None and known is not None and known < self.cutover
        history = self.stated.history or before
        if self.stated.on is not None:
            return Received(self.stated.on, history=history)
        if history:
            mailed = self.arrived_on if own is None else own + timedelta(days=self.stated.mail_days)
            day = min(mailed, self.arrived_on)
            return Received(day, day, history=True)
        if own is None or own >= self.arrived_on or _DAYS.between(own, self.arrived_on) <= USUAL:
            return Received(self.arrived_on)
        return Received(own, self.arrived_on)


def dated(payment: Payment) -> date | None:
    """The earlier of an 835's production date (DTM*405) and its payment date (BPR16); None where it has neither."""
    produced = [item.start for item in payment.dates if item.qualifier == "405" and item.start is not None]
    return min([*produced, *([payment.paid_on] if payment.paid_on is not None else [])], default=None)
