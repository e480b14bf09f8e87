"""Named cases of law and practice that an earlier reading got wrong, each with its source, worked out by hand.

W11 external review on a weekend, W14 Illinois since 2022, W19 batching before November 2026, W27 the portal's day.
W20, a denied line of a paid claim, is in `tests/unit/whole/test_parts.py`. What was right before stands beside them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.batching import Disputed, plan_filings
from services.appeals.domain.schedule import Schedule
from shared.calendar import EASTERN, BusinessDays, legal_day

D = date.fromisoformat
RULES = load_rules()
SCHEDULE = Schedule(RULES, BusinessDays())


# W11: 45 CFR 147.136(d)(2)(i): four months, no such day moves to the next month's first; a weekend or holiday moves on
@pytest.mark.parametrize(
    ("denied", "until"),
    [
        ("2025-10-30", "2026-03-02"),  # no 30 February: 1 March, a Sunday
        ("2024-02-29", "2024-07-01"),  # 29 June, a Saturday
        ("2025-10-31", "2026-03-02"),  # no 31 February
        ("2026-03-04", "2026-07-06"),  # 4 July, a Saturday; observed on Friday the 3rd
        ("2026-08-25", "2026-12-28"),  # 25 December, a Friday
        ("2026-09-01", "2027-01-04"),  # 1 January, a Friday
        ("2026-07-11", "2026-11-12"),  # Veterans Day
        ("2026-01-15", "2026-05-15"),  # a Friday, and no holiday
        ("2025-02-28", "2025-06-30"),  # 28 June, a Saturday
    ],
)
def test_w11_external_review_ends_on_a_business_day(denied: str, until: str) -> None:
    assert SCHEDULE.last_day("external.file", D(denied), same_day_of_month=True)[0] == D(until)


# W14: Public Act 102-0901 (HB 4703) from 1 July 2022: every facility-based provider outside the network
@pytest.mark.parametrize(
    ("on", "narrow"), [("2022-06-30", True), ("2022-07-01", False), ("2026-09-01", False), ("2015-01-01", True)]
)
def test_w14_illinois(on: str, narrow: bool) -> None:
    row = RULES.state_row("IL", D(on))
    assert row is not None
    assert row.conditions.startswith("pathology, anesthesiology, neonatology, radiology or emergency") == narrow


def disputed(number: int, code: str, **more: Any) -> Disputed:
    fields: dict[str, Any] = {
        "claim_id": f"{number:08d}-0000-5000-8000-000000000000", "payer_id": "99101", "tin": "123456789",
        "npi": "1234567893", "codes": (code,), "service_on": D("2026-07-01"), "negotiation_on": D("2026-08-20"),
        "gap": Decimal(500),
    }  # fmt: skip
    return Disputed(**{k: v for k, v in (fields | more).items() if k in Disputed.__struct_fields__})


# W19: before November 2026 the criteria of 45 CFR 149.510(c)(3)(i)(C) stood vacated (6:23-cv-59); one code is the
# cautious reading across claims, and what an entity reads wider is a person's to file (POST /v1/idr/filings)
@pytest.mark.parametrize(("codes", "filings"), [(("99284", "99284"), 1), (("99284", "99285"), 2)])
def test_w19_unlike_codes_of_two_claims_are_not_batched_by_themselves(codes: tuple[str, str], filings: int) -> None:
    begun = D("2026-08-20")
    opens = SCHEDULE.negotiation(begun).idr_from
    one, two = (disputed(n, code) for n, code in enumerate(codes, 1))
    plan = plan_filings((one, two), SCHEDULE, opens, fee_share=Decimal("0.5"), in_doubt=True)
    assert len(plan.filings) == filings


# W27: the portal's day is Eastern, summer and winter
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 7, 10, 4, 30, tzinfo=UTC), "2026-07-10"),  # 00:30 EDT
        (datetime(2026, 7, 10, 3, 59, tzinfo=UTC), "2026-07-09"),  # 23:59 EDT
        (datetime(2026, 12, 10, 4, 59, tzinfo=UTC), "2026-12-09"),  # 23:59 EST
        (datetime(2026, 12, 10, 5, 0, tzinfo=UTC), "2026-12-10"),
        (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), "2026-03-07"),  # the night before the clocks go forward
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), "2026-03-08"),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), "2026-11-01"),  # the night the clocks go back
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), "2026-11-01"),
    ],
)
def test_w27_a_day_begins_at_midnight_in_the_east(instant: datetime, day: str) -> None:
    assert legal_day(instant, EASTERN) == D(day)


# what was right stays right: the Departments' own table, and days counted by hand over holidays as observed
@pytest.mark.parametrize(
    ("sent", "ends", "until"),
    [
        ("2024-05-31", None, "2024-07-19"),  # the Departments' table of July 2024
        ("2025-11-28", "2026-01-13", "2026-01-16"),
        ("2026-05-02", None, "2026-06-22"),  # a Saturday: both readings agree
        ("2025-02-27", "2025-04-10", "2025-04-15"),
    ],
)
def test_windows_that_were_right(sent: str, ends: str | None, until: str) -> None:
    dates = SCHEDULE.negotiation(D(sent))
    assert dates.idr_until == D(until) and (ends is None or dates.ends_on == D(ends))


@pytest.mark.parametrize(
    ("on", "fee"),
    [
        ("2022-04-15", "50"), ("2022-12-31", "50"), ("2023-01-01", "350"), ("2023-08-02", "350"), ("2023-08-03", "50"),
        ("2024-01-21", "50"), ("2024-01-22", "115"), ("2026-06-10", "115"), ("2026-06-11", "15"),
    ],
)  # fmt: skip
def test_the_administrative_fee_by_the_day_of_initiation(on: str, fee: str) -> None:
    """CMS's guidance for 2022 and 2023, Texas Medical Association v. HHS, 88 FR 88494, 91 FR 33900."""
    assert RULES.fee("idr_admin", D(on)).low == Decimal(fee)


@pytest.mark.parametrize(
    ("determined", "paid_by", "cooling"),
    [
        ("2024-01-31", "2024-03-01", "2024-04-30"),  # 30 and 90 calendar days over 29 February
        ("2026-01-15", "2026-02-14", "2026-04-15"),
        ("2027-02-01", "2027-03-03", "2027-05-02"),
    ],
)
def test_payment_and_cooling_off_after_a_determination(determined: str, paid_by: str, cooling: str) -> None:
    """45 CFR 149.510(c)(4)(ix) and (vii)(B)."""
    assert SCHEDULE.award_payment_due(D(determined)) == D(paid_by)
    assert SCHEDULE.cooling_off_until(D(determined)) == D(cooling)


@pytest.mark.parametrize(
    ("initiated", "selected"),
    [
        ("2026-12-23", "2027-01-04"),  # 24, 28 to 31 December and 4 January: Christmas and New Year out, weekends too
        ("2026-11-20", "2026-12-01"),  # 23, 24, 25, 27, 30 November, 1 December: Thanksgiving out
        ("2026-06-16", "2026-06-25"),  # 17, 18, 22 to 25 June: Juneteenth, a Friday, out
    ],
)
def test_selection_by_the_departments_over_the_new_year(initiated: str, selected: str) -> None:
    """45 CFR 149.510(c)(1)(iv): six business days after the initiation."""
    assert SCHEDULE.entity_selected_by(D(initiated)) == D(selected)


@pytest.mark.parametrize(
    ("key", "on", "low", "high"),
    [
        ("idr_entity_single", "2024-01-22", "200", "840"),
        ("idr_entity_batched", "2024-01-22", "268", "1173"),
        ("idr_entity_extra_25", "2024-01-22", "75", "250"),
        ("idr_entity_single", "2024-01-21", "200", "700"),
        ("idr_entity_single", "2022-12-31", "200", "500"),
    ],
)
def test_the_entitys_fee_lies_in_the_published_range(key: str, on: str, low: str, high: str) -> None:
    """88 FR 88494, and CMS's fee guidance for the years before."""
    fee = RULES.fee(key, D(on))
    assert (fee.low, fee.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    "day",
    ["2026-07-03", "2021-12-31", "2027-12-31", "2022-12-26", "2023-11-10", "2021-06-18"],
)  # fmt: skip
def test_holidays_as_observed(day: str) -> None:
    """5 USC 6103; 31 December 2027 is New Year's Day of 2028, a Saturday."""
    assert not BusinessDays().is_business_day(D(day))


@pytest.mark.parametrize("day", ["2025-12-24", "2025-12-26", "2025-01-09"])
def test_days_that_an_executive_order_closed_are_business_days(day: str) -> None:
    assert BusinessDays().is_business_day(D(day))
