"""A settlement is paid by money for the lines it is about: what comes for the claim's other lines pays nothing of it.

Line 1 (billed 1,000, paid 160, patient 40) is settled at 800 dollars, so 600 are due. Line 2 (billed 500) was paid 300
with 50 left to the patient, and nobody disputes that.
"""

from __future__ import annotations

from shared.events.settlement import BooksRestated, ClaimClosed, SettlementReinstated, SettlementShort
from tests.unit.settlement.lines import FIRST, Lines
from tests.unit.settlement.world import D


def settled() -> Lines:
    w = Lines(1, 2)
    w.begin(1)
    w.pays("R2", {2: (D(300), D(50))})
    w.negotiates(FIRST)
    w.offers(D(800), "O1", case_id=FIRST)
    assert w.account.phase == "settled" and w.account.settlement is not None
    assert (w.account.settlement.additional_due, w.account.settlement.expected_paid) == (D(600), D(1060))
    return w


def anew(w: Lines, number: str, before: str, after: str, share: str = "50") -> list[str]:
    """Line 2 is taken back and answered anew."""
    w.pays(f"{number}V", {2: (D(before), D(50))}, back=True)
    return [type(event).__name__ for event in w.pays(number, {2: (D(after), D(share))})]


def test_another_line_paid_better_pays_nothing_of_the_settlement() -> None:
    w = settled()
    assert anew(w, "R3", "300", "450") == ["SettlementShort"]
    short = w.last(SettlementShort)
    assert (short.due, short.paid) == (D(600), D(0))
    assert w.account.books.balance("agreed") == D(600)
    w.pays("R4", {1: (D(600), D(0))})
    closed = w.last(ClaimClosed)
    # 160 + 600 and 450; the 150 more for line 2 were not brought by the pursuit
    assert (closed.reason, closed.paid, closed.recovered) == ("settled_and_paid", D(1210), D(600))


def test_all_that_is_due_on_another_line_is_not_the_settlement_s_money() -> None:
    w = settled()
    anew(w, "R3", "300", "450")
    w.pays("R4", {1: (D(450), D(0))})  # by the claim's sum that would be all of it
    assert (w.account.phase, w.last(SettlementShort).paid) == ("settled", D(450))


def test_what_came_on_another_line_and_goes_again_breaks_no_settlement() -> None:
    w = settled()
    w.pays("R4", {1: (D(600), D(0))})
    assert w.account.phase == "closed"
    assert anew(w, "R3", "300", "450") == ["BooksRestated"]
    assert (w.last(BooksRestated).paid, w.last(BooksRestated).recovered) == (D(1210), D(600))
    assert anew(w, "R5", "450", "300") == ["BooksRestated"]
    assert (w.last(BooksRestated).paid, w.last(BooksRestated).recovered) == (D(1060), D(600))


def test_what_stood_on_another_line_when_it_was_settled_is_owed_where_it_goes() -> None:
    w = settled()
    w.pays("R4", {1: (D(600), D(0))})
    assert "SettlementReinstated" in anew(w, "R3", "300", "200")
    assert w.last(SettlementReinstated).outstanding == D(100)


def test_money_of_the_settled_line_is_missed_behind_more_for_another() -> None:
    w = settled()
    w.pays("R4", {1: (D(600), D(0))})
    anew(w, "R3", "300", "450")
    w.pays("R4V", {1: (D(600), D(0))}, back=True)
    w.pays("R5", {1: (D(500), D(0))})
    assert w.last(SettlementReinstated).outstanding == D(100)


def test_what_is_left_to_the_patient_of_another_line_is_not_owed_by_the_payer() -> None:
    w = settled()
    w.pays("R4", {1: (D(600), D(0))})
    assert anew(w, "R3", "300", "280", share="70") == ["BooksRestated"]
    assert w.account.phase == "closed"
