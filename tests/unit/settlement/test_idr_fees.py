"""The fees of IDR in the books: due, invoiced, paid, assessed, refunded; nothing is booked twice.

Worked out by hand: a filing of 2 November 2026 expects 15.00 administrative and 520.00 for the entity. What we bear is
in `fees`, what is due back in `fees_receivable`; with `fees_paid` both add up to nothing.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.idr import IdrClosed, IdrDetermined, IdrFeeKind, IdrFeeStep, IdrFeeTold, IdrReopened
from shared.events.settlement import BooksRestated
from tests.unit.settlement.world import CLAIM, World

D = Decimal


def in_idr() -> World:
    w = World(scale=10)
    w.underpaid()
    w.negotiation()
    w.idr()
    return w


def standing(w: World) -> tuple[Decimal, Decimal]:
    """What is borne, and what is due back."""
    balance = w.account.books.balance
    assert balance("fees") + balance("fees_receivable") + balance("fees_paid") == 0
    due = sum((fee.due_back for one in w.account.disputes for fee in one.idr_fees), D(0))
    assert balance("fees_receivable") == due
    return balance("fees"), due


def told(
    w: World, step: IdrFeeStep, amount: str, kind: IdrFeeKind = "entity", reference: str = "INV-1", **more: Any
) -> None:
    filed_on = more.pop("filed_on", w.account.idr_fees[-1].filed_on)
    event = IdrFeeTold(
        claim_id=CLAIM, case_id="C1", filed_on=filed_on, kind=kind, step=step, amount=D(amount), told_on=w.today,
        reference=reference, **more,
    )  # fmt: skip
    w.receive(event)


def determined(w: World, side: str, owed: str, award: str = "6000.00") -> None:
    event: Any = IdrDetermined(
        claim_id=CLAIM, case_id="C1", determined_on=w.today, prevailing=side, award=D(award),  # pyright: ignore
        fees_owed=D(owed), payment_due_on=w.today + timedelta(days=30),
    )  # fmt: skip
    w.receive(event)


def closed(w: World, back: str, *, unpaid: bool = False, outcome: str = "ineligible") -> None:
    event: Any = IdrClosed(
        claim_id=CLAIM, case_id="C1", outcome=outcome, closed_on=w.today, fee_returned=D(back),  # pyright: ignore
        unpaid=unpaid,
    )  # fmt: skip
    w.receive(event)


@pytest.mark.parametrize(
    ("side", "owed", "borne", "due"),
    [
        ("provider", "0.00", "15.00", "520.00"),
        ("payer", "520.00", "535.00", "0.00"),
        ("provider", "260.00", "275.00", "260.00"),
    ],
)
def test_what_a_determination_gives_back_is_a_receivable_until_it_came(
    side: str, owed: str, borne: str, due: str
) -> None:
    w = in_idr()
    assert standing(w) == (D("535.00"), D("0.00"))
    determined(w, side, owed)
    assert standing(w) == (D(borne), D(due))
    if due != "0.00":
        told(w, "refunded", due, reference="REF-9")
        assert standing(w) == (D(borne), D("0.00"))
        assert w.account.books.balance("fees_paid") == -D(borne)


@pytest.mark.parametrize(
    ("invoice", "side", "owed", "borne", "due"),
    [
        ("435.00", "provider", "0.00", "15.00", "435.00"),
        ("435.00", "payer", "435.00", "450.00", "0.00"),
        ("840.00", "provider", "420.00", "435.00", "420.00"),
    ],
)
def test_an_invoice_before_the_determination_takes_the_place_of_what_was_expected(
    invoice: str, side: str, owed: str, borne: str, due: str
) -> None:
    w = in_idr()
    told(w, "invoiced", invoice)
    assert standing(w) == (D("15.00") + D(invoice), D("0.00"))
    told(w, "paid", invoice, reference="PAY-1")
    determined(w, side, owed)
    assert standing(w) == (D(borne), D(due))
    assert w.account.idr_fees[-1].invoice == "INV-1" and w.account.idr_fees[-1].paid == D(invoice)


@pytest.mark.parametrize(
    ("side", "owed", "borne", "due"),
    [
        ("provider", "0.00", "15.00", "435.00"),
        ("payer", "520.00", "450.00", "0.00"),
        ("provider", "260.00", "232.50", "217.50"),  # half of 435.00
    ],
)
def test_an_invoice_after_it_keeps_the_part_that_is_ours(side: str, owed: str, borne: str, due: str) -> None:
    w = in_idr()
    determined(w, side, owed)
    told(w, "invoiced", "435.00")
    assert standing(w) == (D(borne), D(due))


def test_what_is_assessed_over_a_batch_goes_before_what_was_thought_of_the_claim() -> None:
    """The claim lost its line, but the filing as a whole won: nothing is ours to bear; and the other way round."""
    w = in_idr()
    determined(w, "payer", "520.00", "3600.00")
    told(w, "assessed", "0.00", reference="STATEMENT-1")
    assert standing(w) == (D("15.00"), D("520.00"))
    told(w, "assessed", "520.00", reference="STATEMENT-2")
    assert standing(w) == (D("535.00"), D("0.00"))


def test_a_dispute_closed_before_the_fee_was_paid_awaits_nothing_back() -> None:
    w = in_idr()
    closed(w, "520.00", unpaid=True)
    assert standing(w) == (D("15.00"), D("0.00"))
    w = in_idr()
    closed(w, "520.00")
    assert standing(w) == (D("15.00"), D("520.00"))


def test_a_reopened_dispute_owes_the_fee_again_and_awaits_it_no_more() -> None:
    w = in_idr()
    closed(w, "520.00")
    again = IdrReopened(
        claim_id=CLAIM, case_id="C1", reopened_on=w.today, entity_fee=D("520.00"),
        determination_due_on=w.today + timedelta(days=42),
    )  # fmt: skip
    w.receive(again)
    assert standing(w) == (D("535.00"), D("0.00"))
    told(w, "invoiced", "435.00")
    determined(w, "provider", "0.00")
    assert standing(w) == (D("15.00"), D("435.00"))


def test_a_resubmission_has_fees_of_its_own_and_a_refund_of_the_first_is_its() -> None:
    w = in_idr()
    first = w.account.idr_fees[-1].filed_on
    closed(w, "520.00", outcome="improperly_batched")
    w.today += timedelta(days=5)
    w.idr()
    assert standing(w) == (D("550.00"), D("520.00"))  # 15 + 15 + 520; the first entity's 520 comes back
    told(w, "refunded", "520.00", reference="REF-1", filed_on=first)
    assert standing(w) == (D("550.00"), D("0.00"))
    determined(w, "provider", "0.00")
    assert standing(w) == (D("30.00"), D("520.00"))


def test_an_agreement_in_idr_leaves_half_of_the_fee_due_back() -> None:
    w = in_idr()
    w.offer("700.00", final=True)  # more than the target of 600.00 (times the scale): accepted
    assert w.account.settlement is not None and w.account.settlement.basis == "offer_accepted"
    assert standing(w) == (D("275.00"), D("260.00"))


def test_a_fee_told_after_the_claim_is_closed_restates_its_books() -> None:
    w = in_idr()
    determined(w, "payer", "520.00", "2000.00")  # no more than was allowed: paid, and closed
    assert w.account.phase == "closed"
    told(w, "invoiced", "435.00")
    assert standing(w) == (D("450.00"), D("0.00"))
    assert w.last(BooksRestated).costs == D("450.00")


def test_a_refund_beyond_what_was_due_is_no_cost_any_more() -> None:
    w = in_idr()
    determined(w, "payer", "520.00")
    told(w, "refunded", "100.00")
    assert standing(w) == (D("435.00"), D("0.00"))


STEPS = st.tuples(
    st.sampled_from(["invoiced", "paid", "assessed", "refunded"]), st.sampled_from(["administrative", "entity"]),
    st.sampled_from(["0.00", "15.00", "100.01", "260.00", "435.00", "520.00", "840.00"]),
)  # fmt: skip


@given(st.lists(STEPS, max_size=8), st.sampled_from(["provider", "payer", ""]), st.integers(0, 8))
@settings(max_examples=80, deadline=None)
def test_the_books_of_fees_hold_in_any_order(steps: list[Any], side: str, at: int) -> None:
    """Borne and due back follow from the fees that are kept, whatever is told in whatever order."""
    w = in_idr()
    for n, (step, kind, amount) in enumerate(steps):
        if n == at and side:
            determined(w, side, "520.00" if side == "payer" else "0.00")
        told(w, step, amount, kind, f"R-{n}")
        borne, _ = standing(w)
        assert borne == sum((fee.owed for fee in w.account.idr_fees), D(0))
        assert all(0 <= fee.owed <= fee.amount and fee.refunded <= fee.amount for fee in w.account.idr_fees)
