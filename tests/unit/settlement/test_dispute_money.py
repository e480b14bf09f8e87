"""Money of several disputes at once: reversals, fees, ends, and what was stored before there were several."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.domain.account import Account, BeforeWidening, Proceeding
from services.settlement.domain.commands import (
    end_claim,
)
from shared.events.claims import ClaimVoided, RemittanceReceived, RemittanceReversed
from shared.events.disputes import case_id_in
from shared.events.settlement import (
    BooksRestated,
    ClaimClosed,
    ClaimReopened,
)
from tests.unit.settlement.lines import FIRST, SECOND, THIRD, Lines, two
from tests.unit.settlement.test_disputes import MAX, commanded, told
from tests.unit.settlement.world import START, D


def test_a_reversal_and_its_correction_find_both_disputes() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.pays("R1", {1: (D("160.00"), D("40.00")), 2: (D("0.00"), D("0.00"))}, back=True)
    assert [one.paid for one in w.account.disputes] == [D(0), D(0)]
    w.pays("R2", {1: (D("260.00"), D("40.00")), 2: (D("0.00"), D("0.00"))})
    first, second = w.account.disputes
    assert first.dispute is not None and first.dispute.allowed == D(300)
    assert second.dispute is not None and second.dispute.allowed == D(0)
    assert (first.books.balance("in_dispute"), second.books.balance("in_dispute")) == (D(300), D(300))


def test_fees_are_borne_by_the_dispute_that_took_them_on() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.initiates(FIRST)
    assert [one.costs for one in w.account.disputes] == [D(535), D(0)]
    w.decided(SECOND, "upheld")
    assert [one.costs for one in w.account.disputes] == [D(535), D(0)]
    w.awards(FIRST, D("200.00"), "payer")
    assert [one.costs for one in w.account.disputes] == [D(535), D(0)]


def test_a_forums_own_id_finds_the_dispute() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(case_id_in(SECOND, "external_review"), forum="external_review")
    assert [one.proceeding and one.proceeding.forum for one in w.account.disputes] == [
        "open_negotiation",
        "external_review",
    ]


def test_each_dispute_has_timers_of_its_own() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    due = {timer.kind for timer in w.decider.timers(w.account)}
    assert due == {"payment_due", f"payment_due@{SECOND}"}
    out = w.wait_until(date(2027, 1, 10))
    assert sorted(told(out)) == [("SettlementShort", ""), ("SettlementShort", SECOND)]


def test_the_claim_is_written_off_whole_or_by_dispute() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    out = told(commanded(w, lambda a, now: end_claim(a, now, w.decider.book, MAX)))
    assert out == [("DisputeClosed", ""), ("ClaimClosed", "")]
    assert w.last(ClaimClosed).reason == "written_off"
    assert w.account.balances["written_off"] == D(700)


def test_a_voided_claim_ends_every_dispute() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    out = told(w.receive(ClaimVoided(claim_id=w.claim)))
    assert out == [("DisputeClosed", ""), ("ClaimClosed", "")]
    assert w.last(ClaimClosed).reason == "voided" and w.account.stage == "closed"
    # 160 were paid, and are owed back
    assert {k: v for k, v in w.account.balances.items() if v} == {"payer_paid": D(160), "overpaid": D(-160)}


def test_money_that_comes_after_the_end_restates_the_sums() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.gives_up(FIRST)
    w.gives_up(SECOND)
    out = w.pays("R9", {2: (D("30.00"), D("0.00"))})
    assert told(out) == [("BooksRestated", "")]
    assert w.last(BooksRestated).paid == D(190)


def test_money_taken_back_after_the_end_is_judged_anew_with_all_lines_that_nothing_settled() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.gives_up(FIRST)
    w.gives_up(SECOND)
    w.pays("R1", {1: (D("160.00"), D("40.00")), 2: (D("0.00"), D("0.00"))}, back=True)
    due = min(timer.due for timer in w.decider.timers(w.account) if timer.kind.startswith("recoupment_due"))
    w.wait_until(due.date() + timedelta(days=2))
    assert ClaimReopened in [type(e) for e in w.events]
    assert w.account.stage == "adjudicated" and w.account.beside == ()
    assert w.account.charge == D(1500) and w.account.balances["awaiting"] == D(0)
    w.judged(1, 2)
    w.opens("C9", 2)
    assert [one.phase for one in w.account.disputes] == ["pursued", "pursued"]


STORED: dict[str, Any] = {
    "claim_id": "7b1c7f6e-7a34-5b59-9f0b-0b1d4d9a2a10",
    "phase": "pursued",
    "talks": {"forum": "commercial_appeal", "level": 2, "demand": "900.00", "said": "0.55", "policy": "standard@1"},
    "narrower": {"lines": [2], "demand": "400.00"},
    "unplaced": [{"reference": "R7", "on": "2026-11-02", "paid": "30.00"}],
    "unasked": "12.50",
    "taken_back": ["100.00", "20.00"],
    "said": {"on": "2026-11-03", "code": "A3", "inquiry": 1},
    "asked": {"on": "2026-11-04", "inquiry": 1},
    "results": [["open_negotiation", 0, "2026-10-01", False, "0.8", "0.6", "standard@1"]],
}
"""A state as a release stored it whose names of these fields were others."""


def test_a_state_stored_under_former_names_is_read_and_written_back_under_them() -> None:
    account = msgspec.convert(msgspec.json.decode(msgspec.json.encode(STORED)), Account, strict=False)
    assert account.proceeding == Proceeding(
        forum="commercial_appeal", level=2, demand=D("900.00"), win_chance=D("0.55"), policy="standard@1"
    )
    assert account.before_widening == BeforeWidening(lines=(2,), demand=D("400.00"))
    assert [(one.reference, one.paid) for one in account.unapplied] == [("R7", D("30.00"))]
    assert (account.unapplied_paid, account.unsolicited) == (D("30.00"), D("12.50"))
    assert account.before_reversal == (D("100.00"), D("20.00")) == account.standing
    assert account.payer_status is not None and account.last_inquiry is not None
    assert account.results[0].win_chance == D("0.6")
    written = msgspec.json.decode(msgspec.json.encode(account))
    assert {name: written[name] for name in STORED} == STORED


def test_the_state_of_before_loads_as_one_dispute_and_the_new_one_as_it_was() -> None:
    w = two()
    decoded = msgspec.json.decode(msgspec.json.encode(w.account), type=Account)
    assert decoded == w.account
    single = Lines(1)
    single.begin(1)
    kept = msgspec.json.decode(msgspec.json.encode(single.account))
    assert not {"case_id", "lines", "beside", "unplaced", "narrower"} & set(kept), "one dispute costs no byte more"
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Account) == single.account
    assert ACCOUNTS.name == "accounts" and date(2026, 11, 2) == START


def test_a_payment_taken_off_gives_its_lines_back_to_the_first_dispute() -> None:
    w = Lines(1, 3)
    w.begin(1)
    w.negotiates(FIRST)
    before = {k: v for k, v in w.account.books.balances.items() if v}
    w.pays("R2", {3: (D("0.00"), D("0.00"))})
    w.widened(3)
    w.opens(THIRD, 3)
    w.appeals(THIRD)
    facts = next(
        e.remittance for e in w.log if isinstance(e, RemittanceReceived) and e.remittance.remittance_id == "R2"
    )
    line = replace(facts.lines[0], charge=-facts.lines[0].charge, paid=-facts.lines[0].paid)
    off = replace(facts, remittance_id="R2-off", charge=-facts.charge, lines=(line,))
    out = w.receive(RemittanceReversed(claim_id=w.claim, remittance=off, unmatched=True, unmatched_remittance="R2"))
    assert told(out) == [("DisputeClosed", THIRD)]
    assert w.account.beside == () and w.account.charge == D(1100)
    assert {k: v for k, v in w.account.books.balances.items() if v} == before
    assert w.account.dispute is not None and w.account.dispute.target == D(600)
