"""What is told of IDR in one form: each kind goes to its rule, and money of a whole filing is shared to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.idr_reports import IdrReport, split
from shared.decider import IllegalTransition
from shared.events.idr import IdrClosed, IdrFeeTold
from tests.unit.appeals.cases import Story, at
from tests.unit.appeals.test_pursuit import begun

D = Decimal
INITIATED = date(2026, 11, 19)


def initiated() -> Story:
    story = begun()
    story.until(INITIATED)
    return story


def told(story: Story, on: date = INITIATED, **fields: Any) -> list[Any]:
    values: dict[str, Any] = {"on": on, **fields}
    decided = Commands(story.decider.rule_set, at(story.today)).report(story.case, IdrReport(**values))
    story.state = decided.state
    return list(decided.events)


def test_each_step_of_a_fee_is_told_once_with_its_number() -> None:
    story = initiated()
    (event,) = told(story, what="invoiced", amount=D("610.00"), reference="INV-7")
    assert event == IdrFeeTold(
        claim_id=story.case.claim_id, case_id=story.case.case_id, filed_on=INITIATED, kind="entity", step="invoiced",
        amount=D("610.00"), told_on=INITIATED, reference="INV-7",
    )  # fmt: skip
    assert told(story, what="invoiced", amount=D("610.00"), reference="INV-7") == [], "the same invoice again"
    assert len(told(story, what="paid", amount=D("610.00"), reference="INV-7")) == 1, "another step of it"
    assert len(told(story, what="invoiced", amount=D("15.00"), reference="INV-7", fee="administrative")) == 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"what": "invoiced", "amount": D("610.00")}, "number of the invoice or receipt is required"),
        ({"what": "paid", "reference": "R1"}, "the amount is required"),
        ({"what": "paid", "reference": "R1", "amount": D(1), "on": date(2026, 11, 18)}, "this day cannot be"),
        ({"what": "paid", "reference": "R1", "amount": D(1), "on": date(2026, 11, 20)}, "this day cannot be"),
        ({"what": "closed"}, "say as what it was closed"),
        ({"what": "determined"}, "recorded as the entity's answer"),
        ({"what": "settlement_reported"}, "no settlement in IDR waits"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(IllegalTransition, match=why):
        told(initiated(), **fields)


def test_no_fee_is_told_before_a_filing() -> None:
    with pytest.raises(IllegalTransition, match="no IDR filing is recorded"):
        told(begun(), what="paid", amount=D(15), reference="R1", on=date(2026, 10, 5))


def test_a_closing_returns_what_was_told() -> None:
    story = initiated()
    events = told(story, what="closed", outcome="ineligible", ineligible_for="untimely", amount=D("500.00"))
    (closed,) = [e for e in events if isinstance(e, IdrClosed)]
    assert (closed.outcome, closed.ineligible_for, closed.fee_returned) == ("ineligible", "untimely", D("500.00"))
    assert closed.reported_by == "portal"


def _of_batch(case: AppealCase, fees: list[Decimal]) -> list[AppealCase]:
    """The disputes of one filing, each with its part of the entity's fee."""
    found: list[AppealCase] = []
    for fee in fees:
        part = BatchPart(batch_id="b", claim_ids=("x",), basis="", rule="", administrative_fee=D(5), entity_fee=fee)
        filings = tuple(msgspec.structs.replace(f, batch=part) if f.forum == "federal_idr" else f for f in case.filings)
        found.append(msgspec.structs.replace(case, filings=filings))
    return found


def test_an_invoice_of_a_batch_is_shared_by_its_parts() -> None:
    # 601.00 over 360.25 and 360.25: halves; over 480.33 and 240.17: 601 × 480.33 / 720.50 = 400.6639, and 200.3361
    case = initiated().case
    whole = IdrReport(what="invoiced", on=INITIATED, amount=D("601.00"), reference="INV-7")
    halves = split(whole, _of_batch(case, [D("360.25"), D("360.25")]))
    assert [one.amount for one in halves] == [D("300.50"), D("300.50")]
    parts = split(whole, _of_batch(case, [D("480.33"), D("240.17")]))
    assert [one.amount for one in parts] == [D("400.66"), D("200.34")]
    assert {one.reference for one in parts} == {"INV-7"}


@given(st.decimals("0", "5000", places=2), st.lists(st.decimals("0", "900", places=2), min_size=1, max_size=30))
def test_parts_add_up_to_the_cent(amount: Decimal, fees: list[Decimal]) -> None:
    whole = IdrReport(what="refunded", on=INITIATED, amount=amount, reference="R")
    parts = split(whole, _of_batch(CASE, fees))
    assert sum((one.amount or D(0) for one in parts), D(0)) == amount


CASE = initiated().case
