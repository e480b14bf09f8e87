"""The money of several disputes: each settlement that is told to be paid is held against its own lines' payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_tools.demo.books import read_log
from recoup_tools.demo.dispute_books import DisputeBooks
from shared.events.base import CLAIMS_TOPIC, Envelope, Event, contract_of
from shared.events.claims import RemittanceReceived, RemittanceReversed
from shared.events.settlement import SettlementPaid
from shared.lifecycle import Life, life_after
from tests.unit.settlement.lines import FIRST, SECOND, Lines, two
from tests.unit.settlement.world import D

PAID, FULL = "settlement paid = Σ remittances", "a settlement counts as paid only in full"


def faults(log: Sequence[Event]) -> list[tuple[str, str]]:
    """(rule, found) of each fault, in the order of the log."""
    books, life = DisputeBooks(), Life()
    found: list[tuple[str, str]] = []
    for event in log:
        before, life = life, life_after(life, event) or life
        if isinstance(event, RemittanceReceived | RemittanceReversed):
            books.pay(event, before)
        books.take(event, before)
        found += [(rule, str(finds)) for rule, _, finds in books.faults(event, life)]
    return found


def log_of(w: Lines) -> list[Event]:
    return [event for event in w.log if contract_of(event).topic == CLAIMS_TOPIC]


def both_paid() -> Lines:
    """Line 2 (nothing paid of fair 300) is won on appeal, line 1 (160 paid, 40 the patient's) gets 600 in IDR."""
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    w.pays("R2", {2: (D("300.00"), D("0.00"))})
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    w.pays("R3", {1: (D("400.00"), D("0.00"))})
    return w


def test_each_disputes_payment_is_its_own_lines() -> None:
    log = log_of(both_paid())
    assert [event.paid for event in log if isinstance(event, SettlementPaid)] == [D("300.00"), D("560.00")]
    assert faults(log) == []


def _proof(at: int, amount: str) -> Callable[[list[Event]], list[Event]]:
    def spoil(log: list[Event]) -> list[Event]:
        places = [n for n, event in enumerate(log) if isinstance(event, SettlementPaid)]
        event = log[places[at]]
        assert isinstance(event, SettlementPaid)
        return [*log[: places[at]], replace(event, paid=D(amount)), *log[places[at] + 1 :]]

    return spoil


def _line_paid(remittance_id: str, paid: Decimal) -> Callable[[list[Event]], list[Event]]:
    def spoil(log: list[Event]) -> list[Event]:
        return [_with(event, paid) if _is(event, remittance_id) else event for event in log]

    return spoil


def _is(event: Event, remittance_id: str) -> bool:
    return isinstance(event, RemittanceReceived) and event.remittance.remittance_id == remittance_id


def _with(event: Event, paid: Decimal) -> Event:
    assert isinstance(event, RemittanceReceived)
    (line,) = event.remittance.lines
    return replace(event, remittance=replace(event.remittance, paid=paid, lines=(replace(line, paid=paid),)))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        # what was paid in all by then is the claim's, not this dispute's: 160 for line 1 and 300 for line 2
        (_proof(0, "460.00"), [(PAID, "460.00")]),
        (_proof(1, "860.00"), [(PAID, "860.00")]),
        (_proof(1, "560.01"), [(PAID, "560.01")]),
        (_line_paid("R2", D("299.99")), [(PAID, "300.00"), (FULL, "299.99")]),
        # line 1 covers 200 at first; the award makes it 600
        (_line_paid("R3", D("399.99")), [(PAID, "560.00"), (FULL, "599.99")]),
    ],
)
def test_a_settlement_of_one_of_several_that_is_not_paid_is_caught(
    spoil: Callable[[list[Event]], list[Event]], expected: list[tuple[str, str]]
) -> None:
    assert faults(spoil(log_of(both_paid()))) == expected


def test_money_that_names_no_line_is_the_only_living_disputes() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.gives_up(SECOND)
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    w.pays("R3", {}, claim_level=D("400.00"))
    log = log_of(w)
    assert [event.paid for event in log if isinstance(event, SettlementPaid)] == [D("560.00")]
    assert faults(log) == []
    assert faults(_proof(0, "560.01")(log)) == [(PAID, "560.01")]


def test_once_a_person_has_to_place_money_only_the_sums_are_held() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    w.pays("R2", {}, claim_level=D("300.00"))  # while two disputes live
    w.pays("R3", {2: (D("300.00"), D("0.00"))})
    assert faults(_proof(0, "1.00")(log_of(w))) == []


def test_the_books_hold_every_dispute_and_the_sums() -> None:
    w = both_paid()
    envelopes = [
        Envelope(id=f"{n}", type=contract_of(event).type, source="test", time=w.now(), data=event)
        for n, event in enumerate(log_of(w))
    ]
    assert read_log(envelopes).paid == D("860.00")
