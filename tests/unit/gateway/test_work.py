"""What a move takes and gains, which moves are left aside, and what a plan brings beside working by due date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.gateway.application.case_ports import FoundCase
from services.gateway.application.work import WorkPlanned, plan_work
from services.gateway.domain.effort import effort_of, gain_of, last_day, worth_of
from services.gateway.domain.queues import CaseRow, Move, Queue
from shared.calendar import BusinessDays

MONDAY = date(2026, 11, 30)
DAYS = BusinessDays()


def row(queue: Queue = "file", kind: str = "file", expected: str = "100.00", **move: Any) -> CaseRow:
    owner = move.pop("owner", "")
    return CaseRow(
        place=0, queue=queue, state="in_appeal", move=Move(words="Do it", kind=kind, **move), owner=owner,
        at_stake=Decimal(expected), expected=Decimal(expected),
    )  # fmt: skip


def found(one: CaseRow, n: int = 0) -> FoundCase:
    return FoundCase(str(UUID(int=n + 1)), "t", one, datetime(2026, 11, 30, tzinfo=UTC))


def planned(rows: Sequence[CaseRow], minutes: int, per_day: int = 480, *, approves: bool = False) -> WorkPlanned:
    disputes = [found(one, n) for n, one in enumerate(rows)]
    return plan_work(disputes, MONDAY, minutes=minutes, per_day=per_day, approves=approves)


@pytest.mark.parametrize(
    ("one", "minutes", "gain"),
    [
        (row("file", "file"), 30, "100.00"),
        (row("idr", "idr_window"), 40, "100.00"),
        (row("idr", "offer"), 25, "100.00"),
        (row("decide", "offer"), 10, "50.00"),
        (row("unpaid", "unpaid"), 15, "22.00"),  # 22 % of the awards of 2023 were not paid
        (row("payments", "unplaced"), 10, "5.00"),
        (row("idr", "entity_selection"), 10, "5.00"),
        (row("needs", "file", blocked_by=("profile",)), 20, "50.00"),
        (row("negotiating", "qpa_not_disclosed"), 15, "5.00"),
    ],
)
def test_a_move_has_its_minutes_and_the_money_that_hangs_on_it(one: CaseRow, minutes: int, gain: str) -> None:
    effort = effort_of(one)
    assert effort is not None
    assert (effort.minutes, gain_of(one, effort)) == (minutes, Decimal(gain))
    assert worth_of(one) == (Decimal(gain) * 60 / minutes).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    "one",
    [row("waiting", "decision_due"), row("waiting", "wait"), row("closing", "wait"), row("negotiating", "step"),
     row("negotiating", "negotiation_ends")],
)  # fmt: skip
def test_where_the_move_is_the_other_sides_there_is_nothing_to_do(one: CaseRow) -> None:
    assert effort_of(one) is None
    assert worth_of(one) == 0
    assert planned([one], 480).chosen == []


def test_a_period_of_law_is_hard_and_a_day_of_ours_is_not() -> None:
    filing = row(due=MONDAY, last=MONDAY + timedelta(5))
    chase = row("unpaid", "unpaid", due=MONDAY - timedelta(9))
    assert (effort := effort_of(filing)) and last_day(filing, effort) == MONDAY + timedelta(5)
    assert (effort := effort_of(chase)) and last_day(chase, effort) is None
    assert len(planned([filing, chase], 480).chosen) == 2


def test_what_is_left_aside_is_counted_with_its_money() -> None:
    rows = [
        row(expected="900.00", due=MONDAY - timedelta(1)),
        row(expected="800.00", opens=MONDAY + timedelta(1)),
        row("decide", "offer", "700.00", role="manager"),
        row(expected="60.00"),
        row(expected="50.00"),
        row(expected="0.00"),
    ]
    plan = planned(rows, 30)
    assert [one.gain for one in plan.chosen] == [Decimal("60.00")]
    asides = (plan.passed, plan.later, plan.role, plan.unplaced)
    assert [(one.count, one.gain) for one in asides] == [
        (1, Decimal("900.00")), (1, Decimal("800.00")), (1, Decimal("350.00")), (1, Decimal("50.00")),
    ]  # fmt: skip
    assert [one.gain for one in planned(rows, 40, approves=True).chosen] == [Decimal("350.00"), Decimal("60.00")]


def test_a_plan_of_days_does_first_what_is_due_first_and_says_when() -> None:
    # One hour a day, two filings each. Friday's holiday of the week before is no matter: Tuesday follows Monday.
    rows = [
        row(expected="500.00", due=MONDAY + timedelta(1)),
        row(expected="400.00", due=MONDAY),
        row(expected="300.00", due=MONDAY),
        row(expected="200.00", due=MONDAY),  # no room: two fit on Monday
        row(expected="100.00", due=MONDAY + timedelta(30)),
    ]
    plan = planned(rows, 120, 60)
    assert [(one.gain, one.day) for one in plan.chosen] == [
        (Decimal("400.00"), MONDAY), (Decimal("300.00"), MONDAY),
        (Decimal("500.00"), MONDAY + timedelta(1)), (Decimal("100.00"), MONDAY + timedelta(1)),
    ]  # fmt: skip
    assert (plan.exact, plan.at_most, plan.minutes) == (True, Decimal("1300.00"), 120)


KINDS: tuple[tuple[Queue, str, int], ...] = (
    ("decide", "offer", 10), ("file", "file", 30), ("idr", "idr_window", 40), ("idr", "offer", 25),
    ("unpaid", "unpaid", 15), ("needs", "records", 25), ("idr", "entity_selection", 10),
)  # fmt: skip


def arrivals(dice: Random, days: int, a_day: int) -> dict[int, list[CaseRow]]:
    """New moves of each business day: dollars as disputes have them (log-normal), last days up to three weeks ahead."""
    made: dict[int, list[CaseRow]] = {}
    for day in range(days):
        made[day] = []
        for _ in range(a_day):
            queue, kind, _minutes = dice.choice(KINDS)
            until = DAYS.after(MONDAY, day + dice.randint(1, 15))
            made[day].append(row(queue, kind, f"{dice.lognormvariate(6, 1.2):.2f}", due=until))
    return made


Ordered = Callable[[list[FoundCase], date, int], list[FoundCase]]


def by_due_date(open_: list[FoundCase], _today: date, _minutes: int) -> list[FoundCase]:
    return sorted(open_, key=lambda one: one.row.move.due or date.max)


def by_plan(open_: list[FoundCase], today: date, minutes: int) -> list[FoundCase]:
    """A plan of the day, made each morning."""
    return [one.found for one in plan_work(open_, today, minutes=minutes, per_day=minutes, approves=True).chosen]


def worked(made: dict[int, list[CaseRow]], minutes: int, order: Ordered) -> Decimal:
    """Dollars that were gained by working the order of each day for its minutes."""
    open_, gained, count = list[FoundCase](), Decimal(0), 0
    for day, new in made.items():
        today = DAYS.after(MONDAY, day) if day else MONDAY
        for one in new:
            count += 1
            open_.append(found(one, count))
        open_ = [one for one in open_ if (e := effort_of(one.row)) and (last_day(one.row, e) or today) >= today]
        left, done = minutes, set[str]()
        for one in order(open_, today, minutes):
            effort = effort_of(one.row)
            if effort and effort.minutes <= left:
                left -= effort.minutes
                gained += gain_of(one.row, effort)
                done.add(one.claim_id)
        open_ = [one for one in open_ if one.claim_id not in done]
    return gained


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_half_the_hours_the_plan_brings_a_fifth_more_than_working_by_due_date(seed: int) -> None:
    dice = Random(seed)
    made = arrivals(dice, 30, 20)
    needed = sum(minutes for new in made.values() for one in new for q, k, minutes in KINDS
                 if (q, k) == (one.queue, one.move.kind))  # fmt: skip
    half = needed // len(made) // 2
    dated, planned_ = worked(made, half, by_due_date), worked(made, half, by_plan)
    assert planned_ >= dated * Decimal("1.20"), f"{planned_ / dated:.3f}"
