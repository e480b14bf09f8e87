"""The books hold under any order of events, and every claim ends exactly once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.settlement.domain.agreement import allocate
from services.settlement.domain.commands import Actor, NotAllowed, agree_line, run, write_off
from services.settlement.domain.ledger import (
    OPEN,
    PLACES,
    Books,
    Entry,
    Journal,
    LedgerError,
    Place,
    check,
    replay,
)
from services.settlement.domain.offers import OfferRefused
from shared.decider import IllegalTransition
from shared.events import assessment, claims
from shared.events.settlement import ClaimClosed, ClaimReopened, SettlementReinstated
from tests.unit.settlement.world import D, World

CENTS = st.integers(0, 100_000).map(lambda n: Decimal(n) / 100)


class Lifetimes(RuleBasedStateMachine):
    """Any event at any time, late, early or twice. `World` proves the books against the entries at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.w = World()
        self.number = 0
        self.taken = 0
        self.standing: tuple[str, Decimal, Decimal] | None = None

    @initialize(early=st.booleans())
    def begins(self, early: bool) -> None:
        if early:
            self.w.offer("300.00", "EARLY")
        self.w.received()

    @rule(paid=CENTS, share=CENTS, again=st.booleans())
    def remittance(self, paid: Decimal, share: Decimal, again: bool) -> None:
        if not again:
            self.number += 1
            self.standing = (f"R{self.number}", paid, share)
        number, paid, share = self.standing or ("R0", paid, share)
        self.w.remitted(number, str(paid), str(share))

    @precondition(lambda self: self.standing is not None)
    @rule()
    def reversal(self) -> None:
        assert self.standing is not None
        number, paid, share = self.standing
        self.w.remitted(f"{number}", str(-paid), str(-share), "22")

    @rule(amount=CENTS, back=st.booleans(), again=st.booleans())
    def recoupment(self, amount: Decimal, back: bool, again: bool) -> None:
        self.taken += not again
        self.w.recouped(f"W{self.taken}", str(-amount if back else amount))

    @rule(which=st.sampled_from(["fair", "flag", "deny", "unjudged"]))
    def verdict(self, which: str) -> None:
        claim, today = self.w.claim, self.w.today
        r = f"R{self.number}"
        if which == "flag":
            self.w.flagged(r)
        elif which == "fair":
            self.w.receive(
                assessment.ClaimPaidFairly(
                    claim_id=claim, remittance_id=r, allowed=D(1), paid=D(1), patient_share=D(0), policy="p", reasons=()
                )
            )
        elif which == "deny":
            self.w.receive(
                assessment.ClaimDenied(
                    claim_id=claim,
                    remittance_id=r,
                    specialty="s",
                    charge=D(1000),
                    target=D(600),
                    notice_on=today,
                    carcs=("50",),
                )
            )
        else:
            self.w.receive(
                assessment.ClaimUnjudged(claim_id=claim, remittance_id=r, allowed=D(1), paid=D(1), reasons=())
            )

    @rule(which=st.sampled_from(["negotiation", "appeal", "idr", "ended"]))
    def forum(self, which: str) -> None:
        getattr(self.w, which)()

    @rule(outcome=st.sampled_from(["overturned", "partially_overturned", "upheld"]), awarded=CENTS)
    def decided(self, outcome: str, awarded: Decimal) -> None:
        self.w.appeal_decided(outcome, str(awarded))

    @rule(award=CENTS, side=st.sampled_from(["provider", "payer"]))
    def determined(self, award: Decimal, side: str) -> None:
        self.w.determined(str(award), side)

    @rule(amount=CENTS, offer_id=st.sampled_from("ABC"), final=st.booleans())
    def offer(self, amount: Decimal, offer_id: str, final: bool) -> None:
        self.w.offer(str(amount), offer_id, final=final)

    @rule(amount=CENTS)
    def line(self, amount: Decimal) -> None:
        self._command(agree_line(Actor("n", "manager"), 1, amount))

    @rule()
    def given_up(self) -> None:
        self._command(write_off(Actor("m", "manager")))

    @rule(charge=st.integers(1, 2000))
    def replaced(self, charge: int) -> None:
        account = self.w.account
        line = claims.ServiceLine(
            line=1, code="99285", charge=D(charge), units=D(1), service_from=self.w.today, service_to=self.w.today
        )
        facts = claims.ClaimFacts(
            tenant="t",
            patient_control_number="A1",
            form="professional",
            payer_id=account.payer_id,
            payer_name="P",
            billing_npi="1",
            total_charge=D(charge),
            service_from=self.w.today,
            service_to=self.w.today,
            lines=(line,),
        )
        self.w.receive(claims.ClaimReplaced(claim_id=self.w.claim, claim=facts))

    @rule()
    def voided(self) -> None:
        self.w.receive(claims.ClaimVoided(claim_id=self.w.claim))

    @rule(days=st.sampled_from([1, 12, 40, 250]))
    def time_passes(self, days: int) -> None:
        self.w.wait_until(self.w.today + timedelta(days=days))

    def _command(self, rule_: object) -> None:
        try:
            self.w.command(lambda account, now: run(account, now, self.w.decider.book, rule_))  # pyright: ignore
        except (OfferRefused, NotAllowed, IllegalTransition):
            return

    @invariant()
    def places_hold_the_charge(self) -> None:
        if self.w.state is None or self.w.account.phase == "expected":
            return
        books = self.w.account.books
        held = sum((books.balance(place) for place in PLACES), Decimal(0))
        assert held == (0 if self.w.account.closed == "voided" else self.w.account.charge) == -books.balance("billed")
        assert books.balance("payer_paid") == self.w.account.paid

    @invariant()
    def every_end_is_one_event(self) -> None:
        told = [e for e in self.w.events if isinstance(e, (ClaimClosed, ClaimReopened, SettlementReinstated))]
        ends = [isinstance(e, ClaimClosed) for e in told]  # a claim is reopened to be judged, or to be paid as agreed
        assert ends == [True, False] * (len(ends) // 2) + [True] * (len(ends) % 2)
        if self.w.state is not None:
            assert (self.w.account.phase == "closed") == (len(ends) % 2 == 1)

    @invariant()
    def a_closed_claim_has_nothing_open(self) -> None:
        if self.w.state is not None and self.w.account.phase == "closed" and self.w.account.reversal_until is None:
            assert all(self.w.account.books.balance(place) == 0 for place in OPEN)


TestLifetimes = Lifetimes.TestCase
TestLifetimes.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)


MOVES = st.lists(st.tuples(st.integers(-10_000, 10_000), st.sampled_from(PLACES), st.sampled_from(PLACES)), max_size=30)


@given(MOVES)
def test_entries_alone_give_the_balances(moves: list[tuple[int, Place, Place]]) -> None:
    from tests.unit.settlement.world import World as _World

    now = _World().now()
    journal = Journal(Books(), now, now.date())
    for amount, source, target in moves:
        if source != target:
            journal.move(Decimal(amount) / 100, source, target, "test")
    books = journal.books()
    assert replay(list(books.fresh)).balances == books.balances
    assert sum(books.balances.values(), Decimal(0)) == 0
    assert all(entry.amount > 0 for entry in books.fresh)


@pytest.mark.parametrize(
    ("balances", "message"),
    [
        ({"awaiting": D(1)}, "balance"),
        ({"billed": D(1), "awaiting": D(-1)}, "awaiting is negative"),
        ({"fees": D(2), "awaiting": D(-2)}, "fees"),
    ],
)
def test_broken_books_are_noticed(balances: dict[Place, Decimal], message: str) -> None:
    with pytest.raises(LedgerError, match=message):
        check(Books(balances, 1))


def test_closed_with_something_open_is_noticed() -> None:
    with pytest.raises(LedgerError, match="agreed"):
        check(Books({"billed": D(-1), "agreed": D(1)}, 1), closed=True)


def test_a_gap_in_the_entries_is_noticed() -> None:
    now = World().today
    with pytest.raises(LedgerError, match="gaps"):
        replay([Entry(1, now, "", "billed", "awaiting", D(1)), Entry(3, now, "", "billed", "awaiting", D(1))])


@given(CENTS, st.lists(CENTS, min_size=1, max_size=9))
def test_an_amount_falls_on_lines_to_the_cent(amount: Decimal, weights: list[Decimal]) -> None:
    terms = allocate(amount, range(1, len(weights) + 1), weights)
    assert sum(t.amount for t in terms) == amount
    assert all(t.amount >= 0 and t.amount == round(t.amount, 2) for t in terms)


def test_odd_cents_go_to_the_largest_remainders() -> None:
    # 100.00 over 1:1:1 is 33.333... each; the first line gets the odd cent
    assert [t.amount for t in allocate(D(100), (1, 2, 3), (D(5), D(5), D(5)))] == [D("33.34"), D("33.33"), D("33.33")]
