"""What our work came to, in the field's words: each figure with its definition and the claims that it is made of.

A figure is a count, a sum, or one divided by another, over sets of claims. The adapter says in SQL which claims a set
holds; figure and list read the same, so that the claims behind a number add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from services.gateway.domain.outcomes import Share, share

Name = Literal[
    "net_recovery", "recovered", "recovery_rate", "underpayment_rate", "denial_rate", "win_rate", "overturn_rate",
    "days_to_payment", "net_collection", "in_dispute", "receivable", "written_off", "corrected_by_payers",
]  # fmt: skip
Unit = Literal["dollars", "share", "days"]
SetName = Literal[
    "answered", "judged", "underpaid", "denied", "pursued", "ended", "won", "paid_after_dispute", "decided",
    "overturned", "closed", "in_dispute", "open", "unanswered", "written_off", "corrected", "age", "month",
    "cash_month", "carc",
]  # fmt: skip
"""Sets of claims; `age`, `month`, `cash_month` and `carc` take a value."""

SETS: Mapping[SetName, str] = {
    "answered": "first payment or denial lies in the period; `amount` is what was billed",
    "judged": "of these, claims that the benchmark gave a verdict on; `amount` is what was billed",
    "underpaid": "of these, those paid less than the fair amount; `amount` is what was short",
    "denied": "answered in the period and denied as a whole at first; `amount` is what was billed",
    "pursued": "answered in the period and disputed; `amount` is what was short",
    "ended": "of these, those whose dispute has ended; `amount` is what was short",
    "won": "of these, those that brought money; `amount` is what was recovered",
    "paid_after_dispute": "of these, those whose recovered money has a day; `amount` is what was recovered",
    "decided": "a decision on the merits is dated in the period; `amount` is what was recovered",
    "overturned": "of these, those decided for the provider at least in part; `amount` is what was recovered",
    "closed": "answered in the period and closed; `amount` is what their own payers paid",
    "in_dispute": "disputed and not ended, whenever answered; `amount` is what is still short",
    "open": "not closed, with money open, whenever answered; `amount` is billed less paid",
    "unanswered": "not closed and answered by no payer; `amount` is what was billed",
    "written_off": "answered in the period and closed as written off; `amount` is what was short and not recovered",
    "corrected": "answered in the period, paid more since without our recovering it; `amount` is those dollars",
    "age": "of the open ones, those whose first day of service lies so many days back; `amount` is billed less paid",
    "month": "first payment or denial lies in this month; `amount` is what was billed",
    "cash_month": "the money that was recovered came in this month; `amount` is what was recovered",
    "carc": "denied as a whole at first for this reason code; `amount` is what was billed",
}
VALUED: frozenset[SetName] = frozenset({"age", "month", "cash_month", "carc"})


class Part(msgspec.Struct, frozen=True):
    """How many claims of a set there are, and what they come to in dollars."""

    claims: int
    amount: Decimal


class Drill(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claims behind a number: pass both to `/v1/results/claims`, with the period and payer of this answer."""

    set: SetName
    value: str = ""


class Figure(msgspec.Struct, frozen=True):
    """One number of the results, with what it is made of and where its claims are."""

    name: Name
    label: Annotated[str, Meta(description="what the field calls it")]
    unit: Unit
    value: Annotated[
        Decimal | None, Meta(description="dollars, days, or a share from 0 to 1; null: nothing to divide by")
    ]
    before: Annotated[Decimal | None, Meta(description="the same in the period compared with")]
    share: Annotated[Share | None, Meta(description="of a share of claims: its 90% interval")]
    claims: Annotated[int, Meta(description="claims that it is made of", ge=0)]
    better: Annotated[Literal["more", "less", ""], Meta(description="which way is good")]
    definition: str
    drill: Drill


class Median(msgspec.Struct, frozen=True):
    """Days from the short payment or denial to the money that was won: the middle one of `claims`."""

    claims: int
    days: Decimal | None


class Sums(msgspec.Struct, frozen=True):
    """All sets without a value, the fees of disputes that ended, decisions, and days to payment."""

    parts: Mapping[SetName, Part]
    fees: Decimal
    owed: Decimal
    decisions: int
    decisions_won: int
    days: Median


_DEFINED: tuple[tuple[Name, str, Unit, Literal["more", "less", ""], SetName, str], ...] = (
    ("net_recovery", "Net recovery", "dollars", "more", "ended",
     "recovered on disputes that have ended, less the fees of forums on these"),
    ("recovered", "Recovered", "dollars", "more", "won", "dollars that payers paid after our dispute, before fees"),
    ("recovery_rate", "Recovery rate", "share", "more", "ended",
     "dollars recovered, divided by dollars short at the first verdict, both of disputes that have ended"),
    ("win_rate", "Disputes won", "share", "more", "won", "disputes that brought money, of those that have ended"),
    ("overturn_rate", "Overturn rate", "share", "more", "overturned",
     "decisions on the merits dated in the period that were for the provider at least in part, of all such decisions; "
     "dismissed, withdrawn and missed cases are no decision on the merits. Its claims may have several decisions"),
    ("days_to_payment", "Days to payment", "days", "less", "paid_after_dispute",
     "from the day the short payment or denial was received to the day of the payment that was won; the median"),
    ("underpayment_rate", "Underpayment rate", "share", "less", "underpaid",
     "claims paid less than the fair amount, of those that the benchmark judged"),
    ("denial_rate", "Denial rate", "share", "less", "denied", "claims denied as a whole at first, of those answered"),
    ("net_collection", "Net collection rate", "share", "more", "closed",
     "of closed claims: what their own payers paid, divided by what they owed: paid at first and short by the verdict"),
    ("in_dispute", "A/R in dispute", "dollars", "", "in_dispute",
     "what is short of the fair amount and not recovered, of disputes that have not ended, whenever they began"),
    ("receivable", "Open A/R", "dollars", "less", "open", "billed less paid of claims that are not closed"),
    ("written_off", "Written off", "dollars", "less", "written_off",
     "what was short and not recovered of claims closed as written off"),
    ("corrected_by_payers", "Corrected by payers", "dollars", "", "corrected",
     "what payers paid beyond the first payment without it being recovered by a dispute"),
)  # fmt: skip


def figures(now: Sums, before: Sums | None) -> list[Figure]:
    """All figures of a period, beside those of the one before it."""
    return [
        Figure(
            name=name,
            label=label,
            unit=unit,
            value=_value(name, now),
            before=_value(name, before) if before else None,
            share=_share(name, now),
            claims=now.parts[drill].claims,
            better=better,
            definition=definition,
            drill=Drill(drill),
        )
        for name, label, unit, better, drill, definition in _DEFINED
    ]


def _value(name: Name, sums: Sums) -> Decimal | None:
    part = sums.parts
    dollars = {
        "net_recovery": part["won"].amount - sums.fees,
        "recovered": part["won"].amount,
        "in_dispute": part["in_dispute"].amount,
        "receivable": part["open"].amount,
        "written_off": part["written_off"].amount,
        "corrected_by_payers": part["corrected"].amount,
    }
    if name in dollars:
        return dollars[name]
    if name == "days_to_payment":
        return sums.days.days
    if name == "recovery_rate":
        return quotient(part["won"].amount, part["ended"].amount)
    if name == "net_collection":
        return quotient(part["closed"].amount, sums.owed)
    found = _share(name, sums)
    return found.value if found else None


def _share(name: Name, sums: Sums) -> Share | None:
    part = sums.parts
    of = {
        "win_rate": (part["won"].claims, part["ended"].claims),
        "overturn_rate": (sums.decisions_won, sums.decisions),
        "underpayment_rate": (part["underpaid"].claims, part["judged"].claims),
        "denial_rate": (part["denied"].claims, part["answered"].claims),
    }
    return share(*of[name]) if name in of else None


def quotient(part: Decimal, whole: Decimal) -> Decimal | None:
    """Part of the whole to four digits, half up; None of nothing."""
    return (part / whole).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if whole else None


Compare = Literal["none", "previous", "year"]


def compared(since: date | None, until: date | None, how: Compare) -> tuple[date, date] | None:
    """The period to compare with: as many days right before, or the same days a year earlier.

    None where a side is open or nothing is to be compared. The 29th of February is the 28th a year earlier.
    """
    if how == "none" or since is None or until is None or until < since:
        return None
    if how == "year":
        return _year_before(since), _year_before(until)
    days = (until - since).days + 1
    return since - timedelta(days=days), since - timedelta(days=1)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def steps(values: Sequence[Decimal], at_most: int = 12) -> list[Decimal]:
    """Edges of bins of one width, from nought on, that hold all values: a width of 1, 2, 2.5 or 5 times a power of ten.

    Args:
        values: What is to be shown; below nought is not.
        at_most: Bins.

    Returns:
        Edges from 0 to beyond the largest, one more than bins; none where there is no value.
    """
    if not values:
        return []
    largest = max(max(values), Decimal(1))
    width = Decimal(f"{_nice(largest / at_most):f}")
    count = int(largest // width) + 1
    return [width * n for n in range(count + 1)]


def _nice(least: Decimal) -> Decimal:
    power = Decimal(1).scaleb(least.adjusted())
    return next(
        power * step
        for step in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
        if power * step >= least
    )


class Bar(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Claims from `from` (inclusive) to `to` (exclusive); the last bar is open where `to` is null."""

    from_: Decimal
    to: Decimal | None
    claims: int


class Histogram(msgspec.Struct, frozen=True):
    """A distribution in bars of one width; the last holds whatever lies beyond."""

    name: Literal["recovered", "days_to_payment"]
    label: str
    unit: Unit
    claims: int
    median: Decimal | None
    bars: list[Bar]
    drill: Drill


class MonthOfWork(msgspec.Struct, frozen=True):
    """A month, as YYYY-MM: claims first answered in it, and money that came in it after disputes, by forum."""

    month: str
    claims: int
    underpaid: int
    denied: int
    recovered: Decimal
    by_forum: Mapping[str, Decimal]
    drill: Drill
    cash_drill: Drill


class Bucket(msgspec.Struct, frozen=True):
    """Open A/R whose first day of service lies `from_days` to `to_days` back (null: and more)."""

    from_days: int
    to_days: int | None
    claims: int
    amount: Decimal
    drill: Drill


class Reason(msgspec.Struct, frozen=True):
    """Claims denied as a whole at first for a reason code; a claim with two reasons is in both."""

    carc: str
    claims: int
    billed: Decimal
    share: Share | None
    drill: Drill


class Scorecard(msgspec.Struct, frozen=True):
    """A payer: our own record with it, with intervals."""

    payer_id: str
    name: str
    claims: int
    underpaid: Share | None
    denied: Share | None
    won: Share | None
    recovered: Decimal
    short: Annotated[Decimal, Meta(description="at the first verdict, of disputes that have ended")]
    recovery_rate: Decimal | None
    in_dispute: Decimal
    days_to_payment: Median


class Results(msgspec.Struct, frozen=True):
    """Everything of a period; `drill` members with `/v1/results/claims` open the claims behind each number."""

    since: date | None
    until: date | None
    compared: Annotated[tuple[date, date] | None, Meta(description="first and last day of the period compared with")]
    on: Annotated[date, Meta(description="the day as of which claims are open and old")]
    payer_id: str
    figures: list[Figure]
    months: list[MonthOfWork]
    aging: list[Bucket]
    reasons: list[Reason]
    histograms: list[Histogram]
    payers: list[Scorecard]
    sets: Annotated[Mapping[SetName, str], Meta(description="what each set of claims is, and its amount")]
