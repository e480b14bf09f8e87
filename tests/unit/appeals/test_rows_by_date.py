"""A claim is judged by the rows of its own date: on both sides of every boundary of every table."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.tables import in_force
from shared.events.pursuit import IdrInitiated
from shared.fold import IllegalTransition
from tests.unit.appeals.cases import Story, at, claim, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL

RULES = load_rules()
D = date.fromisoformat
ONE = timedelta(days=1)
FIRST, LAST = date(1900, 1, 1), date(9999, 12, 31)

FEES = [
    # by the day of initiation: Departments' guidance, TMA v. HHS of 3 August 2023, 88 FR 88494, 91 FR 33900
    ("idr_admin", "2022-12-31", "50", "50"), ("idr_admin", "2023-01-01", "350", "350"),
    ("idr_admin", "2023-08-02", "350", "350"), ("idr_admin", "2023-08-03", "50", "50"),
    ("idr_admin", "2024-01-21", "50", "50"), ("idr_admin", "2024-01-22", "115", "115"),
    ("idr_admin", "2026-06-10", "115", "115"), ("idr_admin", "2026-06-11", "15", "15"),
    ("idr_entity_single", "2022-12-31", "200", "500"), ("idr_entity_single", "2023-01-01", "200", "700"),
    ("idr_entity_single", "2024-01-21", "200", "700"), ("idr_entity_single", "2024-01-22", "200", "840"),
    ("idr_entity_batched", "2022-12-31", "268", "670"), ("idr_entity_batched", "2023-01-01", "268", "938"),
    ("idr_entity_batched", "2024-01-21", "268", "938"), ("idr_entity_batched", "2024-01-22", "268", "1173"),
    ("idr_entity_extra_25", "2024-01-21", "0", "0"), ("idr_entity_extra_25", "2024-01-22", "75", "250"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "on", "low", "high"), FEES)
def test_fees_on_both_sides_of_each_change(key: str, on: str, low: str, high: str) -> None:
    fee = RULES.fee(key, D(on))
    assert (fee.low, fee.high) == (Decimal(low), Decimal(high)) and fee.source


@pytest.mark.parametrize(("on", "lines", "codes"), [("2026-10-31", 0, "same"), ("2026-11-01", 50, "comparable")])
def test_batching_changes_with_the_day_open_negotiation_starts(on: str, lines: int, codes: str) -> None:
    rule = in_force(RULES.batching, D(on))
    assert rule is not None and (rule.max_lines, rule.codes) == (lines, codes)


def test_a_part_of_the_2026_rule_without_a_date_is_off_until_its_row_is_given_one() -> None:
    with pytest.raises(LookupError, match=r"limits\.csv"):
        RULES.limit("nsa.open_negotiation_answer", D("2030-01-01"))
    with pytest.raises(LookupError):
        RULES.limit("nsa.eligibility_review", D("2026-08-02"))
    assert RULES.limit("nsa.eligibility_review", D("2026-08-03")).count == 5


def _tables() -> list[tuple[str, tuple[Any, ...]]]:
    keyed: list[tuple[str, dict[Any, tuple[Any, ...]]]] = [
        ("fees", RULES.fees), ("limits", RULES.limits), ("states", RULES.states), ("prompt_pay", RULES.prompt_pay),
        ("plans", RULES.plans), ("rarcs", RULES.rarcs),
    ]  # fmt: skip
    found = [(f"{name} {key}", rows) for name, table in keyed for key, rows in sorted(table.items())]
    return [*found, ("batching", RULES.batching)]


def test_every_row_of_every_table_holds_on_its_first_and_last_day_and_not_beside_them() -> None:
    boundaries = 0
    for name, rows in _tables():
        for row in rows:
            assert row.source, name
            assert in_force(rows, row.start) is row and in_force(rows, row.end) is row, name
            if row.start > FIRST:
                assert in_force(rows, row.start - ONE) is not row, name
                boundaries += 1
            if row.end < LAST:
                assert in_force(rows, row.end + ONE) is not row, name
                boundaries += 1
        for before, after in pairwise(sorted(rows, key=lambda r: r.start)):
            assert before.end + ONE == after.start, f"{name}: a day without a rule"
    assert boundaries > 60


@pytest.mark.parametrize(
    ("initiated", "fee"),
    [("2026-06-10", "115.00"), ("2026-06-11", "15.00")],
)
def test_the_fee_is_that_of_the_day_of_initiation_not_of_the_service(initiated: str, fee: str) -> None:
    policy = Policy(attest=frozenset(("open_negotiation", "federal_idr")))
    story = Story(policy, today=D("2026-04-27"))
    served = D("2026-04-01")
    story.hear(claim(service_from=served, service_to=served), remittance(FEDERAL))
    story.hear(flagged(FEDERAL, notice_on=D("2026-04-27")))
    # notice on Monday 27 April: Memorial Day out, day 30 is 8 or 9 June, the safe window 10, 11 and 12 June
    story.state = Commands(story.fold.house, at(D("2026-04-27"))).attest_filing(story.case, D("2026-04-27"), "M1").state
    story.until(D("2026-06-10"))
    window = story.case.deadline("file")
    assert window is not None and window.due == D("2026-06-12")
    day = D(initiated)
    decision = Commands(story.fold.house, at(day)).attest_filing(story.case, day, "DISP-1")
    (event,) = decision.events
    assert isinstance(event, IdrInitiated) and event.administrative_fee == Decimal(fee)
    with pytest.raises(IllegalTransition, match=r"2026-06-12; 45 CFR 149\.510"):
        Commands(story.fold.house, at(D("2026-06-15"))).attest_filing(story.case, D("2026-06-15"), "DISP-1")
