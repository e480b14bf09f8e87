"""IDR that ends without a determination: the entity's fee comes back once, and is borne again with what follows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.events.idr import IdrClosed, IdrDetermined, IdrReopened
from shared.events.payer import LineAward
from tests.unit.settlement.world import CLAIM, World

ADMINISTRATIVE, ENTITY = Decimal("15.00"), Decimal("520.00")


def in_idr() -> World:
    w = World(scale=10)
    w.underpaid()
    w.negotiation()
    w.idr()
    return w


def borne(w: World) -> Decimal:
    return w.account.books.balance("fees")


def closed(w: World, back: str, outcome: str = "ineligible") -> None:
    event = IdrClosed(
        claim_id=CLAIM, case_id="C1", outcome=outcome, closed_on=w.today, fee_returned=Decimal(back),  # pyright: ignore
    )  # fmt: skip
    w.receive(event)


@pytest.mark.parametrize("back", ["520.00", "260.00", "0.00"])
def test_what_comes_back_of_the_entitys_fee_is_no_cost_and_the_administrative_fee_is(back: str) -> None:
    w = in_idr()
    before = borne(w)
    assert before == ADMINISTRATIVE + ENTITY
    closed(w, back)
    assert borne(w) == before - Decimal(back)


def test_told_twice_it_comes_back_once() -> None:
    w = in_idr()
    closed(w, "520.00")
    closed(w, "520.00", "dismissed")
    assert borne(w) == ADMINISTRATIVE


def test_a_resubmission_bears_its_own_fees_and_a_win_returns_the_second_entitys() -> None:
    w = in_idr()
    closed(w, "520.00", "improperly_batched")
    w.today += timedelta(days=5)
    w.idr()
    assert borne(w) == 2 * ADMINISTRATIVE + ENTITY
    w.determined("600.00")
    assert borne(w) == 2 * ADMINISTRATIVE


def test_a_dispute_that_is_opened_again_owes_the_fee_again_once() -> None:
    w = in_idr()
    closed(w, "520.00")
    again = IdrReopened(
        claim_id=CLAIM, case_id="C1", reopened_on=w.today, entity_fee=ENTITY,
        determination_due_on=w.today + timedelta(days=42),
    )  # fmt: skip
    w.receive(again)
    assert borne(w) == ADMINISTRATIVE + ENTITY
    w.receive(again)
    assert borne(w) == ADMINISTRATIVE + ENTITY
    w.determined("600.00")
    assert borne(w) == ADMINISTRATIVE


def test_a_determination_that_splits_the_fee() -> None:
    w = in_idr()
    determined = IdrDetermined(
        claim_id=CLAIM, case_id="C1", determined_on=w.today, prevailing="provider", award=Decimal("6000.00"),
        fees_owed=ENTITY / 2, payment_due_on=w.today + timedelta(days=30),
    )  # fmt: skip
    w.receive(determined)
    assert borne(w) == ADMINISTRATIVE + ENTITY / 2


def test_awards_line_by_line_are_the_terms_and_a_split_fee_is_borne_by_half() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.idr()
    lines = (LineAward(line=1, prevailing="provider", award=Decimal("600.00")),)
    determined = IdrDetermined(
        claim_id=CLAIM, case_id="C1", determined_on=w.today, prevailing="provider", award=Decimal("600.00"),
        fees_owed=ENTITY / 2, payment_due_on=w.today + timedelta(days=30), lines=lines,
    )  # fmt: skip
    w.receive(determined)
    assert borne(w) == ADMINISTRATIVE + ENTITY / 2
    settlement = w.account.settlement
    assert settlement is not None and [(t.line, t.amount) for t in settlement.lines] == [(1, Decimal("600.00"))]
    assert settlement.reasons == ("the IDR entity chose the provider's offer on 1 of 1 lines",)


@pytest.mark.parametrize(("side", "owed"), [("payer", "520.00"), ("payer", "260.00"), ("provider", "0.00")])
def test_what_is_not_owed_of_the_entitys_fee_comes_back_whoever_prevailed(side: str, owed: str) -> None:
    w = in_idr()
    determined = IdrDetermined(
        claim_id=CLAIM, case_id="C1", determined_on=w.today, prevailing=side, award=Decimal("3600.00"),  # pyright: ignore
        fees_owed=Decimal(owed), payment_due_on=w.today + timedelta(days=30),
        default_of="provider" if side == "payer" else "payer",
    )  # fmt: skip
    w.receive(determined)
    assert borne(w) == ADMINISTRATIVE + Decimal(owed)
    settlement = w.account.settlement
    assert settlement is not None and "made none or paid no fee" in settlement.reasons[0]
