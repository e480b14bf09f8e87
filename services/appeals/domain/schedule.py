"""When each step of each forum must be taken: dates with the rule behind them.

No Surprises Act periods "beginning on" a day can be counted with that day as day 1 or as day 0. The Departments' own
extension table of July 2024 (open negotiation of 31 May 2024, initiation due 19 July) counts it as day 1. Under the
default convention `safe`, a last day to act is the earlier reading and a period ends at the later one, so that a date
holds whichever reading the reviewer takes.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from services.appeals.domain.rows import in_force
from services.appeals.domain.tables import Limit, Rules
from shared.calendar import BusinessDays, Convention, Unit

_READING = {
    "inclusive": "the first day counts as day 1",
    "exclusive": "the first day counts as day 0",
    "safe": "counted so that it holds whether the first day is day 1 or day 0",
}


class Dated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One date of a calendar and why it is that date.

    `due` is the day the rule names; `act_by` the last business day on which we can still act, where the move is ours;
    `opens` the first day on which the step may be taken. `mover` says whose move it is, `rule` the law behind it.
    """

    kind: str
    label: str
    mover: str
    due: date
    rule: str
    why: str
    opens: date | None = None
    act_by: date | None = None
    cost: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Real days of steps already taken; None where a step is still to come."""

    notice_sent: date | None = None
    initiated: date | None = None
    selected: date | None = None
    determined: date | None = None
    filed: date | None = None
    decided: date | None = None


class Term(msgspec.Struct, frozen=True):
    """A payer's own time limit in calendar days, as staff recorded it."""

    days: int
    source: str


class Negotiation(msgspec.Struct, frozen=True):
    """The dates that follow from an open-negotiation notice; all are business days.

    `idr_earliest` is the first day of the window by either reading of the period: what a person filed on it was no
    early filing.
    """

    ends_on: date
    idr_from: date
    idr_until: date
    idr_earliest: date


class Schedule:
    """Computes dates from the tables under one day-count convention."""

    def __init__(self, rules: Rules, days: BusinessDays, convention: Convention = "safe") -> None:
        self.rules = rules
        self.days = days
        self.convention: Convention = convention
        # A day's claims share their dates: what follows from one is worked out once. Days are few, so this stays small.
        self._negotiations: dict[date, Negotiation] = {}
        self._starts: dict[date, date] = {}

    # --- No Surprises Act

    def open_negotiation_until(self, received: date) -> date:
        """Last day to send the open-negotiation notice for a payment or denial received on a day."""
        known = self._starts.get(received)
        if known is None:
            limit = self.rules.limit("nsa.open_negotiation_start", received)
            due = self.days.last_of_period(received, limit.count, self.convention)[0]
            known = self._starts[received] = self.for_everybody("nsa.open_negotiation_start", due)
        return known

    def negotiation(self, sent: date) -> Negotiation:
        """End of open negotiation and the window for IDR initiation, for a notice sent on a day."""
        known = self._negotiations.get(sent)
        if known is not None:
            return known
        period = self.rules.limit("nsa.open_negotiation", sent).count
        window = self.rules.limit("nsa.idr_initiation", sent).count
        earlier, later = self.days.last_of_period(sent, period, self.convention)
        until = self.for_everybody("nsa.idr_initiation", self.days.after(earlier, window))
        dates = Negotiation(later, self.days.after(later, 1), until, self.days.after(earlier, 1))
        self._negotiations[sent] = dates
        return dates

    def entity_selected_by(self, initiated: date) -> date:
        """When the Departments have selected the entity at the latest."""
        return self.for_everybody("nsa.entity_departments", self.after("nsa.entity_departments", initiated))

    def offers_due(self, selected: date) -> date:
        """When offers and fees are due."""
        return self.for_everybody("nsa.offers", self.after("nsa.offers", selected))

    def for_everybody(self, key: str, due: date) -> date:
        """`due`, or the day to which the Departments moved the limit's last days for everybody (`extensions.csv`)."""
        rows = self.rules.extensions.get(key, ())
        moved = [row.until for row in rows if row.applies == "all" and row.due_from <= due <= row.due_to]
        return max([due, *moved])

    def determination_due(self, selected: date) -> date:
        """When the entity must decide."""
        return self.after("nsa.determination", selected)

    def award_payment_due(self, determined: date) -> date:
        """When an award must be paid."""
        return self.after("nsa.payment", determined)

    def cooling_off_until(self, determined: date, batched_from: date | None = None) -> date:
        """Last day on which the same parties may not initiate IDR for the same item.

        `batched_from` is the day open negotiation began where the dispute was of several lines: under the rule of 2026
        its period is shorter.
        """
        shorter = batched_from and in_force(self.rules.limits.get("nsa.cooling_off_batched", ()), batched_from)
        if shorter:
            return self.days.add(determined, shorter.count, shorter.unit)
        return self.after("nsa.cooling_off", determined)

    def after_cooling_off_until(self, determined: date) -> date:
        """Last day to initiate IDR for open negotiations that ended inside the cooling-off period."""
        return self.after_cooling_off(self.cooling_off_until(determined))[1]

    def after_cooling_off(self, until: date) -> tuple[date, date]:
        """First business day and last day to initiate after a cooling-off period whose last day is given."""
        limit = self.rules.limit("nsa.after_cooling_off", until)
        last = self.days.last_of_period(until + timedelta(days=1), limit.count, self.convention)[0]
        return self.days.after(until, 1), last

    # --- everything else

    def after(self, key: str, anchor: date) -> date:
        """`anchor` plus the limit `key`."""
        limit = self.rules.limit(key, anchor)
        return self.days.add(anchor, limit.count, limit.unit)

    def last_day(
        self, key: str, anchor: date, *, term: Term | None = None, same_day_of_month: bool = False
    ) -> tuple[date, str]:
        """The last day by the limit `key` of limits.csv, counted from `anchor`, and its rule.

        `term` goes before the limit, where staff know the payer's own. Months are counted to the same day of the month
        where `same_day_of_month`. A row `key.extended` moves a day without business to the next with it.
        """
        limit = self.rules.limit(key, anchor)
        if term is not None:
            return self._extended(key, self.days.add(anchor, term.days, "calendar")), term.source
        months = same_day_of_month and limit.unit == "months"
        add = (
            self.days.same_day_of_month(anchor, limit.count)
            if months
            else self.days.add(anchor, limit.count, limit.unit)
        )
        return self._extended(key, add), limit.rule

    def answer_due(self, key: str, filed: date) -> tuple[date, str]:
        """When the answer to a filing is due by the limit `key`, and its rule."""
        limit = self.rules.limit(key, filed)
        return self.days.add(filed, limit.count, limit.unit), limit.rule

    def _extended(self, key: str, due: date) -> date:
        """`due`, or the next business day after a weekend or holiday, where a row `key.extended` says so."""
        row = in_force(self.rules.limits.get(f"{key}.extended", ()), due)
        if row is None or self.days.is_business_day(due):
            return due
        return self.days.add(due, row.count, row.unit)

    # --- explaining

    def counted(self, key: str, anchor: date, what: str) -> str:
        """A sentence that says how a limit was counted."""
        return explain(self.rules.limit(key, anchor), anchor, what)

    def reading(self) -> str:
        """How this schedule reads "beginning on"."""
        return _READING[self.convention]

    def dated(
        self, kind: str, label: str, mover: str, due: date, limit: Limit, why: str, *, opens: date | None = None,
        cost: str = "",
    ) -> Dated:  # fmt: skip
        """A row of a calendar; where the move is ours, with the last business day to make it."""
        act_by = self.days.on_or_before(due) if mover == "provider" else None
        return Dated(
            kind=kind,
            label=label,
            mover=mover,
            due=due,
            rule=limit.rule,
            why=why,
            opens=opens,
            act_by=act_by,
            cost=cost,
        )


def unit_words(count: int, unit: Unit) -> str:
    """`30 business days`, `4 months`."""
    return f"{count} months" if unit == "months" else f"{count} {unit} days"


def explain(limit: Limit, anchor: date, what: str) -> str:
    """A sentence that says how a limit was counted from its anchor."""
    note = f" ({limit.note})" if limit.note else ""
    return f"{unit_words(limit.count, limit.unit)} from {what} on {anchor.isoformat()}{note}"
