"""Rights that run beside the plan's appeal while it is open which law governs: each has a date for a person's review.

An appeal stops neither the federal clock nor a state's. Which of them holds is for a person to find out in time; until
then each that may hold is a deadline of the case, and the earliest is what the worklist shows first.
"""

from __future__ import annotations

from datetime import date

from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.eligibility import Governing
from services.appeals.domain.tables import StateRow
from services.appeals.domain.turn import Turn

KINDS = ("federal_review", "state_review")
_FEDERAL = "45 CFR 149.510(b)(1)(i)"


def standing(case: AppealCase) -> tuple[Deadline, ...]:
    """The reviews that the case has now."""
    return tuple(d for d in case.deadlines if d.kind in KINDS)


def plan(turn: Turn, notice_on: date) -> None:
    """Give the case the reviews that the law as judged calls for, counted from the receipt of payment or denial."""
    others = tuple(d for d in turn.case.deadlines if d.kind not in KINDS)
    governing = turn.case.governing
    found = () if governing is None else _planned(turn, governing, notice_on)
    turn.change(deadlines=(*others, *found))


def _planned(turn: Turn, governing: Governing, notice_on: date) -> tuple[Deadline, ...]:
    found: list[Deadline] = []
    if governing.law in ("federal", "unknown"):
        found.append(turn.ours("federal_review", turn.house.schedule.open_negotiation_until(notice_on), _FEDERAL))
    facts = turn.case.facts
    row = turn.house.rules.state(facts.state, facts.service_from)
    if governing.law == "unknown" and row is not None and _may_hold(turn, governing, row):
        _, due, rule = turn.house.schedule.state_file_by(row, notice_on)
        found.append(turn.ours("state_review", due, rule))
    return tuple(item for item in found if turn.today <= item.until)


def _may_hold(turn: Turn, governing: Governing, row: StateRow) -> bool:
    """Whether a state's process, which someone must begin in time, may be the right one."""
    payer = turn.payer
    self_funded = payer is not None and payer.funding == "self_funded"
    reached = governing.scope in (*row.covers, "unknown", "none") or "unknown" in row.covers
    begun_by_us = row.mechanism in ("arbitration", "mediation", "complaint") or (
        row.mechanism == "unknown" and row.file_count > 0
    )
    return begun_by_us and reached and governing.plan != "fehb" and (row.opt_in or not self_funded)
