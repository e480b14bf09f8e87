"""One decision in the making: the account as it changes, its journal, and the events that come out of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.settlement.domain import idr_belief, ledger, offers
from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.ledger import Journal, LedgerError
from services.settlement.domain.policy import Days
from services.settlement.domain.rulebook import Rulebook
from shared.calendar import legal_day
from shared.decider import Decision, DecisionInProgress
from shared.events.settlement import BooksRestated, ClaimClosed, ClaimReopened, CloseReason
from shared.money import ZERO
from shared.payer_answers import Answers


class DecisionBuilder(DecisionInProgress[Account]):
    """Collects one decision's changes, ledger entries and events; `account` is always the newest state.

    `alone`: no other dispute of the claim lives, so that the end of this one is the claim's.
    """

    def __init__(self, account: Account, book: Rulebook, now: datetime, *, alone: bool = True) -> None:
        super().__init__(account)
        self.book = book
        self.now = now
        self.alone = alone
        self.today: date = legal_day(now, book.zone)
        self.journal = Journal(account.books, now, self.today, account.own_name)

    @property
    def account(self) -> Account:
        """The account as it is now."""
        return self.state

    @property
    def days(self) -> Days:
        """The policy's periods."""
        return self.book.policy.days

    def as_of(self, moment: datetime) -> DecisionBuilder:
        """Return a separate draft over the same account, whose day is that of `moment`; see `adopt`.

        Only before this one has moved money.
        """
        other = DecisionBuilder(self.account, self.book, self.now, alone=self.alone)
        other.events = list(self.events)
        other.today = legal_day(moment, self.book.zone)
        return other

    def adopt(self, draft: DecisionBuilder) -> None:
        """Take over what `draft`, which began at the state of this draft, has decided."""
        self.state, self.events, self.journal = draft.state, draft.events, draft.journal

    def record(self, decision: DecisionRecord) -> None:
        """Keep a decision with its inputs; older ones are in the table already."""
        kept = self.account.fresh if self.account.fresh_at == self.now else ()
        self.change(decisions=decision.number, fresh=(*kept, decision), fresh_at=self.now)

    def value_idr(self) -> None:
        """Make the belief about federal IDR, and tell it, where the dispute has none that is about it."""
        value = idr_belief.renewed(self.account, self.book, self.today)
        if value is not None:
            self.change(idr_value=value)
            self.emit(idr_belief.valued(self.account, value))

    def decision(self) -> Decision[Account]:
        """The result, with its books proved; `LedgerError` where they do not hold."""
        self.value_idr()
        books = self.journal.books()
        if books is not self.account.books:
            ledger.check(books, closed=self.account.phase == "closed" and self.account.reversal_until is None)
            self.change(books=books)
        return Decision(self.account, tuple(self.events))


def close(builder: DecisionBuilder, reason: CloseReason) -> None:
    """End the claim: what is open is written off, the books are stated."""
    a, j = builder.account, builder.journal
    if reason == "settled_and_paid" and j.balance("agreed") != 0:
        raise LedgerError("a settlement counts as paid with an amount still owed")
    for place in ("in_dispute", "agreed"):
        j.move(j.balance(place), place, "written_off", f"closed: {reason}")
    if reason == "voided":
        _withdraw_charge(builder)
        builder.change(
            reversal_until=None, before_reversal=None, answers_before=Answers(), unanswered=(), answer_on=None
        )
    elif a.before_reversal is None:
        j.move(j.balance("awaiting"), "awaiting", "disallowed", f"closed: {reason}")
    paid = a.standing[0]
    builder.change(
        phase="closed",
        closed=reason,
        closed_on=builder.today,
        closings=a.closings + 1,
        owed=ZERO if reason == "voided" else paid + min(j.balance("overpaid") + a.unapplied_paid, ZERO),
        approval=None,
        before_widening=None,
        review_on=None,
        offers=offers.close_all(a.offers, builder.today),
    )
    builder.emit(ClaimClosed(**books_of(builder.account, reason, builder.journal.balance("fees"))))
    if a.widened and reason != "voided":
        builder.change(widened=False)
        reopen(builder, "the payer fell short on lines that it answered later")


def restate(builder: DecisionBuilder) -> None:
    """Money moved on a claim that stays closed: say its books again, for whoever adds them up."""
    a = builder.account
    if a.phase == "closed" and a.closed is not None and a.before_reversal is None:
        builder.emit(BooksRestated(**books_of(a, a.closed, builder.journal.balance("fees"))))


def books_of(a: Account, reason: CloseReason, costs: Decimal) -> dict[str, Any]:
    """What a dispute comes to, as the events of its end have it; `costs` dollars of fees were borne."""
    paid, share = a.standing
    return {
        "claim_id": a.claim_id,
        "reason": reason,
        "billed": a.charge,
        "allowed": paid + share,
        "paid_at_first": a.paid_at_first or ZERO,
        "paid": paid,
        "recovered": a.recovered,
        "patient_share": a.lawful_share,
        "costs": costs,
        "policy": a.policy,
    }


def reopen(builder: DecisionBuilder, reason: str) -> None:
    """A closed claim is reopened; it waits for a new judgement, at the latest until `review_on`.

    Only where nothing was settled: what was agreed or awarded needs no judgement (`agreement.reinstate`). While another
    dispute of the claim lives the claim is not closed: then it is judged again when that one has ended.
    """
    a = builder.account
    if not builder.alone:
        builder.change(widened=True)
        return
    builder.change(
        phase="adjudicated",
        closed=None,
        closed_on=None,
        dispute=None,
        proceeding=None,
        offers=(),
        parts=(),
        approval=None,
        ended="",
        denied=False,
        settlement=None,
        earlier=a.earlier if a.settlement is None else (*a.earlier, a.settlement),
        review_on=days_from(builder.today, builder.days.review),
    )
    builder.emit(ClaimReopened(claim_id=a.claim_id, reason=reason))


def _withdraw_charge(builder: DecisionBuilder) -> None:
    """A void takes the charge back; what the payer had paid is then owed back to it."""
    j = builder.journal
    for place in ("awaiting", "patient_share", "disallowed", "written_off"):
        j.move(j.balance(place), place, "billed", "voided: the charge is withdrawn")
    owed_back = j.balance("payer_paid") + j.balance("overpaid")
    j.move(owed_back, "overpaid", "billed", "voided: owed back to the payer")


def days_from(day: date, days: int) -> date:
    """The day `days` calendar days later."""
    return date.fromordinal(day.toordinal() + days)
