"""Weekly cash of open disputes: by hand where nothing is left to chance, and its intervals on replayed histories."""

from __future__ import annotations

from random import Random

from services.gateway.domain.forecast import LEVELS, WEEKS, Course, forecast

TODAY = 1000
FORUMS = {
    "open_negotiation": (25, 0.5, 0.45, 0.12),
    "federal_idr": (60, 0.8, 0.85, 0.22),
    "appeal": (45, 0.5, 0.35, 0.03),
}
"""Median days to the end, log-sd, chance of an agreement or award, and chance that it is never paid."""


def history(dice: Random, a_week: int = 50, weeks: int = 140) -> list[Course]:
    """Whole courses, day by day as they will have been; payers are slower or faster by up to a third."""
    speed = {f"P{n}": dice.uniform(0.75, 1.33) for n in range(6)}
    found: list[Course] = []
    for week in range(weeks):
        for _ in range(a_week):
            payer, forum = dice.choice(sorted(speed)), dice.choice(sorted(FORUMS))
            median, spread, agrees, never = FORUMS[forum]
            began = week * 7 + dice.randrange(7)
            over = began + round(median * speed[payer] * dice.lognormvariate(0, spread))
            short = round(dice.lognormvariate(6, 1) * 100)
            if dice.random() >= agrees:
                found.append(Course(payer, forum, began, None, None, over, short))
            elif dice.random() < never:
                found.append(Course(payer, forum, began, over, None, over + 180, short))
            else:
                paid = over + round(30 * dice.lognormvariate(0, 0.5))
                won = round(short * dice.uniform(0.4, 1.1))
                found.append(Course(payer, forum, began, over, paid, paid, short, won))
    return found


def as_of(one: Course, today: int) -> Course:
    """What is known of a course by the end of a day."""

    def known(day: int | None) -> int | None:
        return day if day is not None and day <= today else None

    paid = known(one.paid)
    return Course(one.payer, one.forum, one.began, known(one.agreed), paid, known(one.ended), one.short,
                  one.won if paid is not None else 0)  # fmt: skip


def came(courses: list[Course], today: int, **of: str) -> list[int]:
    """What the disputes that were open on a day brought in each week after it."""
    weeks = [0] * WEEKS
    for one in courses:
        mine = all(getattr(one, name) == value for name, value in of.items())
        if mine and one.began <= today and one.paid is not None and 0 < one.paid - today <= WEEKS * 7:
            weeks[(one.paid - today - 1) // 7] += one.won
    return weeks


def test_intervals_hold_what_came_as_often_as_they_say_on_twenty_histories() -> None:
    held: dict[int, int] = dict.fromkeys(LEVELS, 0)
    counted = 0
    ahead: list[float] = []
    for seed in range(20):
        whole = history(Random(seed))
        today = 120 * 7
        found = forecast([as_of(one, today) for one in whole if one.began <= today], today, seed=seed)
        real = came(whole, today)
        ahead.append(sum(real) / sum(week.mean for week in found.weeks))
        for week, cents in zip(found.weeks, real, strict=True):
            counted += 1
            for level, (low, high) in week.within.items():
                held[level] += low <= cents <= high
    for level in LEVELS:
        assert abs(100 * held[level] / counted - level) <= 5, f"{level}: {held[level] / counted:.3f}"
    assert 0.93 <= sum(ahead) / len(ahead) <= 1.07, "the half year in all is neither too high nor too low"


def paid_course(n: int, *, agreed: int, paid: int) -> Course:
    return Course("P", "federal_idr", n, n + agreed, n + paid, n + paid, 10_000, 10_000)


def test_what_was_always_paid_in_the_third_week_after_the_award_is_expected_then() -> None:
    ended = [paid_course(n, agreed=28, paid=28 + 18) for n in range(400)]
    award = Course("P", "federal_idr", TODAY - 28, TODAY, None, None, 10_000)
    found = forecast([*ended, award], TODAY)
    weeks = [week.mean for week in found.weeks]
    assert max(weeks) == weeks[2] and weeks[2] > 9_000
    assert found.by_payer.keys() == {"P"} and found.by_forum.keys() == {"federal_idr"}
    assert [w.mean for w in found.by_payer["P"]] == weeks == [w.mean for w in found.by_forum["federal_idr"]]


def test_awards_that_are_never_paid_are_no_cash() -> None:
    paid = [paid_course(n, agreed=28, paid=28 + 18) for n in range(300)]
    never = [Course("P", "federal_idr", n, n + 28, None, n + 28 + 18, 10_000) for n in range(100)]
    award = Course("P", "federal_idr", TODAY - 28, TODAY, None, None, 10_000)
    total = sum(week.mean for week in forecast([*paid, *never, award], TODAY).weeks)
    assert 6_500 <= total <= 8_500, "three of four are paid"


def test_nothing_open_brings_nothing_and_runs_are_the_same_twice() -> None:
    ended = [paid_course(n, agreed=28, paid=40) for n in range(50)]
    assert all(week.mean == 0 for week in forecast(ended, TODAY).weeks)
    assert forecast([], TODAY).disputes == 0
    award = Course("P", "federal_idr", TODAY - 28, TODAY, None, None, 10_000)
    assert forecast([*ended, award], TODAY) == forecast([*ended, award], TODAY)
