"""The figures by which a practice is led, each with what it says: what is collected, open, refused and won.

Amounts are dollars. What a figure is made of stands in `DEFINITIONS`, which goes with every answer, so that nobody has
to guess what was divided by what.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from services.gateway.domain.outcomes import Share

AGES: tuple[int, ...] = (30, 60, 90, 120)
"""The last day of each bucket of age; what is older is in one beyond."""
CHARGE_DAYS = 90
"""Days of charges that days in A/R are measured by."""

DEFINITIONS: Mapping[str, str] = {
    "claims": "claims received and not voided or rejected, whose first payment or denial lies in the period; of our "
    "work, or, with `history`, those loaded as history and not taken up",
    "net_collection": "of closed claims of the period: what their own payers paid, divided by what they owed, which is "
    "what they paid at first and what was short of the fair amount by benchmark's verdict",
    "receivable": "of claims that are not closed, whenever they were answered: billed less paid by any payer, none "
    f"below zero. `days` is that amount divided by the charges of a day, over services of the last {CHARGE_DAYS} days",
    "unanswered": "of these, claims that no payer has answered at all, and what was billed for them",
    "aging": "the same amount by days since the first day of service",
    "denials": "claims of the period that were denied as a whole at first, of those answered; by each reason code "
    "(CARC) of the denial, so that a claim with two reasons is in both. Lines denied beside paid ones are not in it",
    "decisions": "decisions on the merits dated in the period, by forum and level: overturned, overturned in part, "
    "upheld; in federal IDR who prevailed. Dismissed, withdrawn and missed cases are no decision on the merits. `rate` "
    "is the share that was overturned at least in part",
    "written_off": "claims of the period that were closed as written off, and what of the fair amount was short and "
    "not recovered",
    "corrected_by_payers": "claims of the period whose payers paid more than at first without it being recovered by a "
    "pursuit, and those dollars",
    "by_month": "claims by the month of their first payment or denial",
}


class Collected(msgspec.Struct, frozen=True):
    """What was paid of what was owed; `rate` None where nothing was owed."""

    claims: int
    paid: Decimal
    owed: Decimal
    rate: Decimal | None


class Receivable(msgspec.Struct, frozen=True):
    """What is open, and in how many days of charges that is; None where there were no charges."""

    claims: int
    amount: Decimal
    daily_charges: Decimal
    days: Decimal | None


class Aged(msgspec.Struct, frozen=True):
    """What is open and `from_days` to `to_days` old (None: and older)."""

    from_days: int
    to_days: int | None
    claims: int
    amount: Decimal


class ByReason(msgspec.Struct, frozen=True):
    """Claims denied for a reason: how many, what was billed, and their share of the claims answered."""

    carc: str
    claims: int
    billed: Decimal
    rate: Share | None


class Denials(msgspec.Struct, frozen=True):
    """Claims answered, and denied as a whole."""

    answered: int
    denied: int
    billed: Decimal
    rate: Share | None
    by_carc: list[ByReason]


class Decisions(msgspec.Struct, frozen=True):
    """Decisions on the merits at a level of a forum; `overturned` with those `in_part`."""

    forum: str
    level: int
    decided: int
    overturned: int
    in_part: int
    rate: Share | None


class Dollars(msgspec.Struct, frozen=True):
    """Claims, and what they come to."""

    claims: int
    amount: Decimal


class Month(msgspec.Struct, frozen=True):
    """Claims of a month, as YYYY-MM."""

    month: str
    claims: int
    billed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    underpaid: int
    denied: int


class Management(msgspec.Struct, frozen=True):
    """All of them, of claims first answered from `since` to `until`; what is open is as of `on`."""

    on: date
    since: date | None
    until: date | None
    history: bool
    claims: int
    billed: Decimal
    net_collection: Collected
    receivable: Receivable
    unanswered: Dollars
    aging: list[Aged]
    denials: Denials
    decisions: list[Decisions]
    written_off: Dollars
    corrected_by_payers: Dollars
    by_month: list[Month]
    definitions: Mapping[str, str] = msgspec.field(default_factory=lambda: DEFINITIONS)
