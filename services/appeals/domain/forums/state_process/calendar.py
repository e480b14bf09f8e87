"""A state's process as a calendar, from the receipt of the payment on: every step that its table has."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.forums.state_process.ladder import Rung, Start, ladder_of, steps_of
from services.appeals.domain.schedule import Dated, Known, Schedule, unit_words
from services.appeals.domain.state_tables import StateRow

_MECHANISMS = {"arbitration": "arbitration", "mediation": "mediation", "rate": "dispute over its rate",
               "complaint": "complaint"}  # fmt: skip


def calendar(schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
    """Every step that has a day, for professionals and, where theirs differ, for facilities.

    Raises `LookupError` where the state has no process of its own, or none that is known.
    """
    row = _known_row(schedule, state, received)
    reported = {"file": known.filed} if known.filed else {}
    days: list[Dated] = []
    for institutional in (False, True):
        steps = steps_of(schedule.rules, state, received, institutional=institutional)
        process = ladder_of(schedule, steps, Start(payment=received, reported=reported))
        shown = [r for r in process.values() if not institutional or r.row.providers == "facility"]
        days += [_dated(schedule, row, rung) for rung in shown if rung.due is not None]
    return days


def _dated(schedule: Schedule, row: StateRow, rung: Rung) -> Dated:
    step = rung.row
    assert rung.due is not None
    length = unit_words(step.count, step.unit) if step.count and not rung.stand_in else "a cautious stand-in"
    counted = f"{length}, counted from {'the receipt of the payment' if step.after == 'payment' else step.after}"
    notes = [
        counted if not rung.stand_in else f"{length}: the law's limit is not known",
        "from a day that is assumed" if rung.assumed else "",
        f"holds for: {row.conditions}" if step.step == "file" and row.conditions else "",
        row.note if step.step == "file" else "",
        step.asks,
        step.form and f"on: {step.form}",
        step.verify and f"still to be verified: {step.verify}",
        f"row {step.status}, not yet verified by a person: {step.source}, {step.read_on}"
        if step.status != "verified"
        else "",
    ]
    mover = "provider" if step.mover == "provider" else step.mover
    whom = {"professional": " (professionals)", "facility": " (facilities)", "any": ""}[step.providers]
    label = f"{row.name}'s {_MECHANISMS.get(row.mechanism, 'process')}: {step.label}{whom}"
    act_by = schedule.days.on_or_before(rung.due) if step.mover == "provider" else None
    return Dated(
        kind=f"state_{step.step}", label=label, mover=mover, opens=rung.opens, due=rung.due, act_by=act_by,
        rule=rung.rule, why="; ".join(note for note in notes if note), cost=step.fee,
    )  # fmt: skip


def _known_row(schedule: Schedule, state: str, received: date) -> StateRow:
    """The state's row; raises `LookupError` where it has none, or none that says how."""
    row = schedule.rules.state_row(state, received)
    if row is None:
        raise LookupError(
            f"states.csv has no row for {state or 'an unnamed state'} on {received}: give --state, as in NY"
        )
    if row.mechanism == "none":
        raise LookupError(f"{row.name} ({state}) has no process of its own, the federal one applies: use --forum nsa")
    if row.mechanism == "unknown":
        raise LookupError(f"the process of {row.name} ({state}) on {received} is not known: {row.note}; {row.source}")
    return row
