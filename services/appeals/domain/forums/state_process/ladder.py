"""The steps of a state's process for one claim, with their days: the rows of `state_steps.csv`, counted.

A step is counted from the day that is told for the step before it; where nobody told one, from the day by which that
step had to be taken, and the date is then an assumed one. Where a row knows no limit, a filing and the request to
negotiate get a cautious stand-in (`state.file` of limits.csv), and a decision `state.decide`; every other step then has
no day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from services.appeals.domain.schedule import Schedule
from services.appeals.domain.state_tables import StateStep, StepName
from services.appeals.domain.tables import Rules

_STAND_INS: Mapping[StepName, str] = {"ask": "state.file", "file": "state.file", "decide": "state.decide"}
_ONE = timedelta(days=1)


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps of a claim are counted from: receipt of the payment, the last day of service, and what was told.

    `reported` are days by the name of a step, or of an event beside the steps (`asked`, `referred`).
    """

    payment: date
    service: date | None = None
    reported: Mapping[str, date] = {}


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A step with its days. `due` None: no day is known. `assumed`: counted from a day that nobody told.

    `stand_in`: the law's limit is not known, and a cautious one was taken.
    """

    row: StateStep
    due: date | None
    opens: date | None = None
    done: date | None = None
    assumed: bool = False
    stand_in: bool = False

    @property
    def rule(self) -> str:
        """The law behind its day."""
        return f"{self.row.rule} (limit not verified)" if self.stand_in else self.row.rule

    def closes(self, today: date) -> bool:
        """Return True if the process is closed since this step was not taken in time."""
        return self.row.binding and self.done is None and self.due is not None and today > self.due


Ladder = Mapping[StepName, Rung]


def steps_of(rules: Rules, state: str, on: date, *, institutional: bool) -> tuple[StateStep, ...]:
    """The steps that a state has for a provider's claims of a day of service, in their order."""
    kinds = ("any", "facility" if institutional else "professional")
    rows = rules.state_steps.get(state, ())
    return tuple(row for row in rows if row.providers in kinds and row.start <= on <= row.end)


def ladder_of(schedule: Schedule, rows: tuple[StateStep, ...], start: Start) -> Ladder:
    """Each step with its days."""
    found: dict[StepName, Rung] = {}
    for row in rows:
        found[row.step] = _rung(schedule, row, start, found)
    return found


def _rung(schedule: Schedule, row: StateStep, start: Start, before: Ladder) -> Rung:
    anchor, assumed = _anchor(row.after, start, before)
    opens = _opens(schedule, row, anchor, before)
    due, stand_in = _due(schedule, row, anchor, opens or start.payment)
    done = start.reported.get(row.step)
    return Rung(row=row, due=due, opens=opens, done=done, assumed=assumed and due is not None, stand_in=stand_in)


def _anchor(after: str, start: Start, before: Ladder) -> tuple[date | None, bool]:
    """The day a step is counted from, and whether nobody told it."""
    if after == "payment":
        return start.payment, False
    if after == "service":
        return start.service, False
    told = start.reported.get(after)
    if told is not None:
        return told, False
    known = next((rung for name, rung in before.items() if name == after), None)
    if known is None or known.due is None:
        return None, True
    # talks are over by the calendar: their end is as sure as the day they are counted from
    return known.due, known.assumed if after == "talks" else True


def _opens(schedule: Schedule, row: StateStep, anchor: date | None, before: Ladder) -> date | None:
    if row.opens and anchor is not None:
        return schedule.days.add(anchor, row.opens, row.unit)
    talks = before.get("talks")
    return talks.due + _ONE if row.step == "file" and talks is not None and talks.due is not None else None


def _due(schedule: Schedule, row: StateStep, anchor: date | None, opens: date) -> tuple[date | None, bool]:
    """The last day of a step, and whether a stand-in was taken for its limit."""
    if row.count and anchor is not None:
        if row.after == "payment" and row.unit == "business":
            return schedule.days.last_of_period(anchor, row.count, schedule.convention)[0], False
        return schedule.days.add(anchor, row.count, row.unit), False
    key = _STAND_INS.get(row.step)
    if key is None:
        return None, False
    limit = schedule.rules.limit(key, opens)
    begins = opens if row.step != "decide" else anchor or opens
    return schedule.days.add(begins, limit.count, limit.unit), True
