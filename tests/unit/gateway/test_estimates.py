"""Good-faith estimates: due days, sums, required content and the $400 threshold, worked out by hand from the rule."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.gateway.domain.patient.estimate import (
    Bill,
    Comparison,
    DisputeRequest,
    EstimateRequest,
    Item,
    Patient,
    Provider,
    Recurring,
    compare,
    compute_estimate,
    due_on,
)


def D(text: str | int) -> Decimal:  # noqa: N802
    return Decimal(text)


SURGEON = Provider(
    "Dr. Ana Ruiz", "1234567893", "12-3456789", "12 Main Street, Houston", "TX",
    (Item("Knee repair", "29881", D("1800.00"), D("1"), ("M23.221",)), Item("Visit", "99213", D("95.50"), D("2"))),
)  # fmt: skip
CENTER = Provider(
    "Bayou Surgery Center", "1122334455", "987654321", "14 Main Street, Houston", "TX",
    (Item("Operating room", "29881", D("2500.00")), Item("Implant screw", "C1713", D("33.335"), D(3))),
)  # fmt: skip
REQUEST = EstimateRequest(
    patient=Patient("Pat Doe", date(1980, 2, 3)),
    service="Repair of the left knee",
    providers=(SURGEON, CENTER),
    issued_on=date(2026, 3, 4),
    scheduled_on=date(2026, 3, 2),
    scheduled_for=date(2026, 3, 20),
    separate=("Physical therapy",),
    phone="(713) 555-0142",
)

# (scheduled on, for, requested on) → due. 2026-03-02 is a Monday; 2026-01-19 (Monday) and 2026-07-03 (Friday, for the
# 4th, a Saturday) are holidays.
DUE: list[tuple[Any, Any, Any, Any]] = [
    (date(2026, 3, 2), date(2026, 3, 16), None, date(2026, 3, 5)),  # 10 business days ahead → 3
    (date(2026, 3, 2), date(2026, 3, 13), None, date(2026, 3, 3)),  # 9 ahead → 1
    (date(2026, 3, 2), date(2026, 3, 5), None, date(2026, 3, 3)),  # 3 ahead → 1
    (date(2026, 3, 2), date(2026, 3, 4), None, None),  # 2 ahead → none
    (date(2026, 3, 6), date(2026, 3, 11), None, date(2026, 3, 9)),  # Friday: Mon, Tue, Wed = 3 ahead; due Monday
    (date(2026, 3, 6), date(2026, 3, 10), None, None),  # the weekend does not count
    (date(2026, 1, 16), date(2026, 1, 22), None, date(2026, 1, 20)),  # over the holiday on the 19th: due Tuesday
    (date(2026, 1, 16), date(2026, 1, 21), None, None),
    (date(2026, 7, 2), date(2026, 7, 8), None, date(2026, 7, 6)),  # the 3rd is a holiday as observed
    (None, None, date(2026, 3, 2), date(2026, 3, 5)),  # on request → 3
    (date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 2), date(2026, 3, 5)),  # too soon, but asked for
    (date(2026, 3, 4), date(2026, 3, 30), date(2026, 3, 2), date(2026, 3, 5)),  # the earlier of the two
    (None, None, None, None),
]


@pytest.mark.parametrize(("on", "for_", "asked", "due"), DUE)
def test_when_it_is_due(on: date | None, for_: date | None, asked: date | None, due: date | None) -> None:
    assert due_on(on, for_, asked) == due


def test_the_sums() -> None:
    made = compute_estimate(REQUEST)
    # surgeon 1800 + 2·95.50; center 2500 + 3·33.335 = 100.005, to the cent 100.01
    assert [(p.npi, p.expected) for p in made.providers] == [
        ("1234567893", D("1991.00")),
        ("1122334455", D("2600.01")),
    ]
    assert made.total == D("4591.01")
    assert (made.due_on, made.late, made.revise_by, made.lacks) == (date(2026, 3, 5), False, date(2026, 3, 19), ())
    assert compute_estimate(replace(REQUEST, issued_on=date(2026, 3, 6))).late


def test_required_content_that_is_missing_is_named() -> None:
    item = Item("", " ", D("-1"), D(0))
    bad = Provider("", "123", "12345678", "", "TX", (item,))
    request = replace(
        REQUEST, patient=Patient(" ", date(1980, 2, 3)), service="", providers=(bad, replace(CENTER, items=())),
        scheduled_for=None,
    )  # fmt: skip
    assert set(compute_estimate(request).lacks) == {
        "patient.name", "service", "providers[0].name", "providers[0].location", "providers[0].npi", "providers[0].tin",
        "providers[0].items[0].description", "providers[0].items[0].code", "providers[0].items[0].charge",
        "providers[0].items[0].quantity", "providers[1].items", "scheduled_for",
    }  # fmt: skip
    assert compute_estimate(replace(REQUEST, providers=())).lacks == ("providers",)


FIRST = date(2026, 4, 1)
# Bills against 1991.00 (surgeon) and 2600.01 (center) → (npi, above, reason, start by). 1 April + 120 days: 30 April is
# day 29, 31 May day 60, 30 June day 90, so day 120 is 30 July.
BILLS: list[tuple[list[Bill], list[tuple[str, str | None, str, date | None]]]] = [
    ([Bill("1234567893", D("2391.00"), FIRST)], [("1234567893", "400.00", "eligible", date(2026, 7, 30))]),
    ([Bill("1234567893", D("2390.99"), FIRST)], [("1234567893", "399.99", "below_threshold", None)]),
    ([Bill("1234567893", D("1500.00"), FIRST)], [("1234567893", "-491.00", "below_threshold", None)]),
    # two providers each below: the threshold is per provider, not on the whole
    (
        [Bill("1234567893", D("2300.00"), FIRST), Bill("1122334455", D("2900.00"), FIRST)],
        [("1234567893", "309.00", "below_threshold", None), ("1122334455", "299.99", "below_threshold", None)],
    ),
    # it is the second bill that goes too high, so the days run from it: 10 April + 120 = 8 August
    (
        [Bill("1234567893", D("500.00"), date(2026, 4, 10)), Bill("1234567893", D("1991.00"), FIRST)],
        [("1234567893", "500.00", "eligible", date(2026, 8, 8))],
    ),
    ([Bill("1999999999", D("900.00"), FIRST)], [("1999999999", None, "not_on_estimate", None)]),
    # who took the place of a provider on the estimate is held to that one's part
    (
        [Bill("1999999999", D("2391.00"), FIRST, replaces="1234567893")],
        [("1999999999", "400.00", "eligible", date(2026, 7, 30))],
    ),
]


@pytest.mark.parametrize(("bills", "expected"), BILLS)
def test_which_bills_may_be_disputed(
    bills: list[Bill], expected: list[tuple[str, str | None, str, date | None]]
) -> None:
    found = compare(DisputeRequest(REQUEST, tuple(bills), date(2026, 7, 1)))
    assert [(c.npi, c.above, c.reason, c.start_by) for c in found] == [
        (npi, None if above is None else D(above), reason, by) for npi, above, reason, by in expected
    ]


def test_the_last_day_is_in_time_and_the_next_is_not() -> None:
    def on(day: date, **how: bool) -> Comparison:
        return compare(DisputeRequest(REQUEST, (Bill("1234567893", D("2391.00"), FIRST),), day, **how))[0]

    assert on(date(2026, 7, 30)).eligible
    assert on(date(2026, 7, 31)).reason == "too_late"
    assert on(date(2026, 7, 1), billed_to_plan=True).reason == "billed_to_plan"


amounts = st.decimals(min_value=0, max_value=5000, places=2)


@given(st.lists(st.tuples(amounts, st.integers(0, 60)), min_size=1, max_size=5), st.integers(0, 200))
def test_eligible_is_what_the_rule_says(bills: list[tuple[Decimal, int]], later: int) -> None:
    on = FIRST + timedelta(days=later)
    sent = tuple(Bill("1234567893", amount, FIRST + timedelta(days=n)) for amount, n in bills)
    (found,) = compare(DisputeRequest(REQUEST, sent, on))
    assert found.billed == sum(amount for amount, _ in bills)
    too_high = found.billed >= D("2391.00")
    assert too_high == (found.reason in ("eligible", "too_late"))
    if found.start_by is not None:
        assert (
            min(b.received_on for b in sent) <= found.start_by - timedelta(days=120) <= max(b.received_on for b in sent)
        )
        assert found.eligible == (on <= found.start_by)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_it_is_due_in_one_to_three_business_days(on: date, ahead: int) -> None:
    due = due_on(on, on + timedelta(days=ahead), None)
    if due is None:
        assert ahead <= 7  # 2 business days at most, with a weekend and a holiday between
    else:
        assert 1 <= (due - on).days <= 7 and due.weekday() < 5 and due <= on + timedelta(days=ahead)


def test_clinicians_who_bill_under_one_npi_add_up() -> None:
    """$1,000 and $800 expected under one number; $1,800 and $2,199.99 are billed below the threshold, $2,200 is not."""
    first = replace(SURGEON, items=(Item("Knee repair", "29881", D("1000.00")),))
    second = replace(SURGEON, name="Dr. Lee Park", items=(Item("Assistant", "29881", D("800.00")),))
    request = replace(REQUEST, providers=(first, second))
    for billed, reason in (("1800.00", "below_threshold"), ("2199.99", "below_threshold"), ("2200.00", "eligible")):
        bill = Bill(SURGEON.npi, D(billed), date(2026, 4, 1))
        (found,) = compare(DisputeRequest(request, (bill,), date(2026, 4, 2)))
        assert (found.expected, found.reason) == (D("1800.00"), reason)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"patient": Patient("Pat Doe", date(2999, 1, 1))}, "patient.born_on: after the day of the estimate"),
    ({"scheduled_for": date(2026, 3, 1)}, "scheduled_for: before scheduled_on"),
    ({"issued_on": date(2026, 3, 1)}, "issued_on: before scheduled_on"),
    ({"requested_on": date(2026, 3, 5)}, "issued_on: before requested_on"),
    # 1234567893 has the right check digit: 45 CFR 162.406
    ({"providers": (replace(SURGEON, npi="1234567890"),)}, "providers[0].npi: its check digit is wrong"),
    ({"providers": (SURGEON, replace(CENTER, npi="1122334456"))}, "providers[1].npi: its check digit is wrong"),
    ({"recurring": Recurring(" ", date(2026, 3, 20), date(2026, 6, 20))}, "recurring.frequency: empty"),
    ({"recurring": Recurring("weekly", date(2026, 3, 20), date(2026, 3, 19))},
     "recurring.last: before recurring.first"),
    # 45 CFR 149.610(b)(1)(x)(B): no more than 12 months
    ({"recurring": Recurring("weekly", date(2026, 3, 20), date(2027, 3, 20))},
     "recurring.last: more than twelve months from recurring.first"),
    ({"recurring": Recurring("weekly", date(2028, 2, 29), date(2029, 3, 1))},
     "recurring.last: more than twelve months from recurring.first"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), WRONG)
def test_what_cannot_be_is_named(change: dict[str, Any], why: str) -> None:
    assert compute_estimate(replace(REQUEST, **change)).wrong == (why,)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 20), date(2027, 3, 19)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 3, 20), date(2026, 3, 20)),
    ],
)
def test_recurring_care_of_a_year_is_estimated_at_once(first: date, last: date) -> None:
    request = replace(REQUEST, recurring=Recurring("once a week", first, last))
    assert compute_estimate(request).wrong == ()
    assert compute_estimate(REQUEST).wrong == ()
