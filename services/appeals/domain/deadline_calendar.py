"""The whole calendar of a forum from one date: every step, whose move, its last day, its cost, and the rule behind it.

Steps that have not happened yet are placed on their last safe day, so the calendar is the latest that is still in
time; give the real day of a step and everything after it is counted from there.
"""

from __future__ import annotations

from datetime import date

from services.appeals.domain.forums.protocol import Calendar
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.schedule import Dated, Known, Schedule, unit_words


def deadline_calendar(
    schedule: Schedule, name: str, received: date, known: Known | None = None, *, state: str = ""
) -> list[Dated]:
    """The calendar of a forum for a payment, denial or decision received on a day.

    `name` is one of `CALENDARS`, `known` are the days of steps already taken, `state` (USPS) is whose process or law is
    meant. Raises `LookupError` where there is no such calendar, or the tables have no row for it.
    """
    return CALENDARS[name](schedule, received, known or Known(), state)


def _prompt_pay(schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
    """When state law makes an insured plan pay a clean claim that it received on a day."""
    row = schedule.rules.prompt_pay_of(state, received)
    if row is None:
        raise LookupError(f"prompt_pay.csv has no row for {state or 'an unnamed state'} on {received}: give --state")
    if not row.electronic:
        raise LookupError(f"how soon {row.name} makes plans pay is not known: {row.note}; {row.source}")
    bears = f"late payment bears {row.interest} % a year" if row.interest else "what late payment bears is not known"
    note = f"; {row.note}" if row.note else ""
    caution = "" if row.status == "verified" else f"; row {row.status}, not yet verified by a person: {row.source}"
    return [
        Dated(
            kind=f"prompt_pay_{way}", label=f"pay or deny a clean claim sent {words}", mover="payer",
            due=schedule.days.add(received, count, row.unit), rule=row.law,
            why=f"{unit_words(count, row.unit)} from the plan's receipt of the claim on {received}; insured plans "
            f"only; {bears}{note}{caution}",
        )
        for way, words, count in (("electronic", "electronically", row.electronic), ("paper", "on paper", row.paper))
    ]  # fmt: skip


CALENDARS: dict[str, Calendar] = {
    **{name: calendar for forum in FORUMS.values() for name, calendar in forum.calendars.items()},
    "prompt-pay": _prompt_pay,
}
"""By name; a payer's time to pay belongs to no forum.

`erisa` is `commercial`: the claims procedure of 29 CFR 2560.503-1, which 45 CFR 147.136(b) asks of insurers too.
"""
