"""One decision in the making: the account as it changes, its journal, and the events that come out of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.settlement.domain import ledger, offers
from services.settlement.domain.account import Account, Taken
from services.settlement.domain.ledger import Journal, LedgerError
from services.settlement.domain.policy import Days
from services.settlement.domain.rulebook import Rulebook
from shared.calendar import legal_day
from shared.decider import Decision, DecisionInProgress
from shared.events.settlement import BooksRestated, ClaimClosed, ClaimReopened, CloseReason
from shared.money import ZERO


class Turn(DecisionInProgress[Account]):
    """What a rule works on. `account` is always the newest state; nothing leaves before `decision`.

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

    def as_of(self, moment: datetime) -> Turn:
        """A turn of its own over the same account, whose day is that of `moment`; see `take_over`.

        Only before this turn has moved money.
        """
        other = Turn(self.account, self.book, self.now, alone=self.alone)
        other.events = list(self.events)
        other.today = legal_day(moment, self.book.zone)
        return other

    def take_over(self, trial: Turn) -> None:
        """Make what `trial`, which began where this turn stands, decided its own."""
        self.state, self.events, self.journal = trial.state, trial.events, trial.journal

    def record(self, taken: Taken) -> None:
        """Keep a decision with its inputs; older ones are in the table already."""
        kept = self.account.fresh if self.account.fresh_at == self.now else ()
        self.change(decisions=taken.number, fresh=(*kept, taken), fresh_at=self.now)

    def decision(self) -> Decision[Account]:
        """The result, with its books proved; `LedgerError` where they do not hold."""
        books = self.journal.books()
        if books is not self.account.books:
            ledger.check(books, closed=self.account.phase == "closed" and self.account.reversal_until is None)
            self.change(books=books)
        return Decision(self.account, tuple(self.events))


def close(turn: Turn, reason: CloseReason) -> None:
    """End the claim: what is open is written off, the books are stated."""
    a, j = turn.account, turn.journal
    if reason == "settled_and_paid" and j.balance("agreed") != 0:
        raise LedgerError("a settlement counts as paid with an amount still owed")
    for place in ("in_dispute", "agreed"):
        j.move(j.balance(place), place, "written_off", f"closed: {reason}")
    if reason == "voided":
        _withdraw_charge(turn)
        turn.change(reversal_until=None, taken_back=None, unanswered=(), answer_on=None)
    elif a.taken_back is None:
        j.move(j.balance("awaiting"), "awaiting", "disallowed", f"closed: {reason}")
    paid = a.standing[0]
    turn.change(
        phase="closed",
        closed=reason,
        closed_on=turn.today,
        closings=a.closings + 1,
        owed=ZERO if reason == "voided" else paid + min(j.balance("overpaid") + a.loose, ZERO),
        approval=None,
        narrower=None,
        review_on=None,
        offers=offers.close_all(a.offers, turn.today),
    )
    turn.emit(ClaimClosed(**books_of(turn.account, reason, turn.journal.balance("fees"))))
    if a.widened and reason != "voided":
        turn.change(widened=False)
        reopen(turn, "the payer fell short on lines that it answered later")


def restate(turn: Turn) -> None:
    """Money moved on a claim that stays closed: say its books again, for whoever adds them up."""
    a = turn.account
    if a.phase == "closed" and a.closed is not None and a.taken_back is None:
        turn.emit(BooksRestated(**books_of(a, a.closed, turn.journal.balance("fees"))))


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


def reopen(turn: Turn, reason: str) -> None:
    """A closed claim is reopened; it waits for a new judgement, at the latest until `review_on`.

    Only where nothing was settled: what was agreed or awarded needs no judgement (`agreement.reinstate`). While another
    dispute of the claim lives the claim is not closed: then it is judged again when that one has ended.
    """
    a = turn.account
    if not turn.alone:
        turn.change(widened=True)
        return
    turn.change(
        phase="adjudicated",
        closed=None,
        closed_on=None,
        dispute=None,
        talks=None,
        offers=(),
        parts=(),
        approval=None,
        ended="",
        denied=False,
        settlement=None,
        earlier=a.earlier if a.settlement is None else (*a.earlier, a.settlement),
        review_on=days_from(turn.today, turn.days.review),
    )
    turn.emit(ClaimReopened(claim_id=a.claim_id, reason=reason))


def _withdraw_charge(turn: Turn) -> None:
    """A void takes the charge back; what the payer had paid is then owed back to it."""
    j = turn.journal
    for place in ("awaiting", "patient_share", "disallowed", "written_off"):
        j.move(j.balance(place), place, "billed", "voided: the charge is withdrawn")
    owed_back = j.balance("payer_paid") + j.balance("overpaid")
    j.move(owed_back, "overpaid", "billed", "voided: owed back to the payer")


def days_from(day: date, days: int) -> date:
    """The day `days` calendar days later."""
    return date.fromordinal(day.toordinal() + days)
