"""A claim of several disputes: which of them an event is about, and what follows for the claim.

Each dispute is decided by the rules for one, on its own money, talks and books. The claim ends when the last of them
does, with the sums of all. What says for none of them waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.settlement.domain import unapplied
from services.settlement.domain.account import ENDS, JUDGEABLE, Account
from services.settlement.domain.decision import DecisionBuilder, books_of, close, reopen
from services.settlement.domain.dispute_splitting import rejoin
from services.settlement.domain.ledger import Books
from services.settlement.domain.offers import find
from services.settlement.domain.payment_split import SplitPayment, split_by_line
from services.settlement.domain.restating import of_lines, restate_dispute
from services.settlement.domain.rulebook import Rulebook
from shared.decider import Decision
from shared.events.assessment import ClaimBenchmarked, ClaimDenied, UnderpaymentFlagged
from shared.events.base import Event, scope_of
from shared.events.claims import RemittanceReceived, RemittanceRecouped, RemittanceReversed
from shared.events.disputes import ids_of, place_of, without_lines
from shared.events.life import DisputeScope
from shared.events.payer import PayerOffer, PayerOfferWithdrawn
from shared.events.pursuit import DisputeOpened
from shared.events.settlement import BooksRestated, ClaimClosed, ClaimReopened, DisputeClosed
from shared.lifecycle import unanswered
from shared.money import ZERO, total
from shared.payer_answers import is_no_answer

Rule = Callable[[DecisionBuilder], None]
Handler = Callable[[DecisionBuilder, Any], None]
_SUMS = ("billed", "allowed", "paid_at_first", "paid", "recovered", "patient_share", "costs")


class ClaimDisputes:
    """One decision about a claim of several disputes; `parts` are their newest states, the first first."""

    def __init__(self, account: Account, book: Rulebook, now: datetime) -> None:
        self._book = book
        self._now = now
        self.parts: list[Account] = [replace(account, beside=()), *account.beside]
        self._events: list[Event] = []

    @property
    def open_disputes(self) -> list[int]:
        """The places of disputes that have not ended."""
        return [n for n, part in enumerate(self.parts) if part.phase != "closed"]

    def place_of(self, case_id: str) -> int:
        """The place of the dispute with this id, in whatever forum; the first where no other has it."""
        return place_of([part.case_id for part in self.parts[1:]], case_id)

    def run(self, at: int, rule: Rule) -> None:
        """Apply a rule to one dispute; the claim's entries and decisions are numbered on."""
        first = self.parts[0]
        books = replace(
            self.parts[at].books, entries=first.books.entries, fresh=first.books.fresh, fresh_at=first.books.fresh_at
        )
        me = replace(self.parts[at], books=books, decisions=first.decisions, fresh=first.fresh, fresh_at=first.fresh_at)
        builder = DecisionBuilder(me, self._book, self._now, alone=all(n == at for n in self.open_disputes))
        rule(builder)
        decided = builder.decision()
        self._keep(at, decided.state)
        self._emit(at, decided.events)

    def decision(self) -> Decision[Account]:
        """The claim as it is now, and what is said of it."""
        first = self.parts[0]
        known = {offer.offer_id for part in self.parts for offer in part.offers}
        if any(offer.offer_id in known for offer in first.held):  # it was entered for a dispute meanwhile
            self.parts[0] = replace(first, held=tuple(o for o in first.held if o.offer_id not in known))
        return Decision(replace(self.parts[0], beside=tuple(self.parts[1:])), tuple(self._events))

    def _keep(self, at: int, after: Account) -> None:
        counted = {"decisions": after.decisions, "fresh": after.fresh, "fresh_at": after.fresh_at}
        if at == 0:
            self.parts[0] = replace(after, beside=())
            self.parts += after.beside
            return
        first = self.parts[0]
        numbered = replace(
            first.books, entries=after.books.entries, fresh=after.books.fresh, fresh_at=after.books.fresh_at
        )
        self.parts[0] = replace(first, books=numbered, **counted)
        self.parts[at] = replace(after, books=Books(after.books.balances), decisions=0, fresh=(), fresh_at=None)

    def _emit(self, at: int, events: Sequence[Event]) -> None:
        """Pass on what a dispute's rules said, under its name; its end is the claim's where no other lives."""
        name = self.parts[at].own_name
        alone = all(n == at for n in self.open_disputes)
        for event in events:
            if isinstance(event, ClaimClosed):
                self._events.append(self._closed(at, event) if alone else _ended(event, name))
            elif isinstance(event, BooksRestated):
                if not self.open_disputes:
                    self._events.append(BooksRestated(**self._sums(at, event)))
            elif name and scope_of(event) is DisputeScope.NAMED:
                self._events.append(replace(event, case_id=name))
            else:
                self._events.append(event)
        if at and self.parts[at].phase in JUDGEABLE:
            self._join(at)
        if any(isinstance(event, ClaimReopened) for event in events):
            self._join_ended()
        if not self.open_disputes and any(part.widened for part in self.parts):
            self._judge_again()

    def _closed(self, at: int, event: ClaimClosed) -> ClaimClosed:
        return ClaimClosed(**self._sums(at, event))

    def _sums(self, at: int, mine: ClaimClosed | BooksRestated) -> dict[str, Any]:
        """The books of all disputes together; those of the one at `at` are `mine`."""
        others = [
            books_of(part, part.closed or "pursuit_ended", part.costs) for n, part in enumerate(self.parts) if n != at
        ]
        own = {name: getattr(mine, name) for name in (*_SUMS, "reason", "policy")}
        every = [own, *others]
        unapplied_paid = total(one.paid for one in self.parts[0].unapplied)
        share = total(one.share for one in self.parts[0].unapplied)
        sums = {name: total(books[name] for books in every) for name in _SUMS}
        sums["paid"] += unapplied_paid
        sums["allowed"] += unapplied_paid + share
        return {
            **sums,
            "claim_id": mine.claim_id,
            "reason": min((books["reason"] for books in every), key=ENDS.index),
            "policy": self.parts[0].policy or mine.policy,
        }

    def _join(self, at: int) -> None:
        """A dispute whose money was taken back after its end: its lines are judged again with the first's."""
        part = self.parts.pop(at)
        self.run(0, lambda builder: rejoin(builder, part))
        if self.parts[0].phase == "closed":
            self.parts[0] = replace(self.parts[0], phase=part.phase, closed=None, review_on=part.review_on)

    def _join_ended(self) -> None:
        """The claim is reopened: what no agreement binds is judged again with it."""
        for at in range(len(self.parts) - 1, 0, -1):
            if self.parts[at].phase == "closed" and self.parts[at].settlement is None:
                part = self.parts.pop(at)
                self.run(0, lambda builder, part=part: rejoin(builder, part))

    def give_back(self, at: int) -> None:
        """A dispute that ended since its lines' payment never was the claim's: they are the first's, and unanswered."""
        if at and self.parts[at].phase == "closed" and self.parts[at].settlement is None:
            part = self.parts.pop(at)
            self.run(0, lambda builder: rejoin(builder, part))

    def join_all(self) -> None:
        """The claim is of one dispute again."""
        while len(self.parts) > 1:
            part = self.parts.pop()
            self.run(0, lambda builder, part=part: rejoin(builder, part))

    def _judge_again(self) -> None:
        for n, part in enumerate(self.parts):
            self.parts[n] = replace(part, widened=False)
        self.run(
            0, lambda builder: reopen(builder, "the payer fell short on lines, or took money back, before the end")
        )


def decide(account: Account, data: Event, book: Rulebook, now: datetime, handler: Handler) -> Decision[Account]:
    """Decide one event of a claim of several disputes."""
    claim = ClaimDisputes(account, book, now)
    ROUTES[scope_of(data)](claim, data, handler)
    return claim.decision()


def apply(account: Account, book: Rulebook, now: datetime, case_id: str, rule: Rule) -> Decision[Account]:
    """Apply a rule to the dispute with this id, the first where it is empty."""
    claim = ClaimDisputes(account, book, now)
    claim.run(claim.place_of(case_id) if case_id else 0, rule)
    return claim.decision()


def _money(claim: ClaimDisputes, event: RemittanceReceived | RemittanceReversed, handler: Handler) -> None:
    """A claim payment goes to the disputes whose lines it pays; what it says of none waits for a person."""
    reversed_ = isinstance(event, RemittanceReversed)
    name = ("-" if reversed_ else "") + event.remittance.remittance_id
    if isinstance(event, RemittanceReversed) and unanswered(event) and not any(_agreed(part) for part in claim.parts):
        claim.join_all()
        claim.run(0, lambda builder: handler(builder, event))
        return
    if event.from_other_payer or any(seen == name for seen, _ in claim.parts[0].seen):
        return
    if not reversed_ and is_no_answer(event.remittance):
        claim.run(0, lambda builder: handler(builder, event))
        return
    open_disputes = claim.open_disputes
    to = open_disputes[0] if len(open_disputes) == 1 else 0 if not open_disputes else None
    shares = split_by_line(event.remittance, [frozenset(part.lines) for part in claim.parts], to)
    one = replace(event, unanswered=False) if isinstance(event, RemittanceReversed) else event
    for at, facts in shares.parts.items():
        claim.run(at, lambda builder, facts=facts: handler(builder, replace(one, remittance=facts)))
    if isinstance(event, RemittanceReversed) and event.unmatched:
        for at in sorted(shares.parts, reverse=True):
            claim.give_back(at)
    _rest(claim, shares, name, event)


def _rest(
    claim: ClaimDisputes, shares: SplitPayment, name: str, event: RemittanceReceived | RemittanceReversed
) -> None:
    if shares.paid or shares.share:
        reference, on = event.remittance.remittance_id, event.remittance.paid_on
        claim.run(0, lambda builder: unapplied.keep(builder, reference, on, shares.paid, shares.share))
    is_unmatched = isinstance(event, RemittanceReversed) and event.unmatched
    if 0 not in shares.parts and not is_unmatched:
        claim.run(0, lambda builder: unapplied.note(builder, name))


def _recouped(claim: ClaimDisputes, event: RemittanceRecouped, handler: Handler) -> None:
    """A recoupment names no line: it is the only living dispute's, else a person says whose."""
    if any(seen == f"~{event.recoupment_id}" for seen, _ in claim.parts[0].seen):
        return
    if len(claim.open_disputes) == 1:
        at = claim.open_disputes[0]
        claim.run(at, lambda builder: handler(builder, event))
        if at:
            claim.run(0, lambda builder: unapplied.note(builder, f"~{event.recoupment_id}"))
        return
    claim.run(0, lambda builder: unapplied.keep(builder, event.recoupment_id, event.paid_on, -event.amount, ZERO))
    claim.run(0, lambda builder: unapplied.note(builder, f"~{event.recoupment_id}"))


def _first(claim: ClaimDisputes, event: Event, handler: Handler) -> None:
    claim.run(0, lambda builder: handler(builder, event))


def _open(claim: ClaimDisputes, event: Event, handler: Handler) -> None:
    for at in claim.open_disputes:
        claim.run(at, lambda builder: handler(builder, event))


def _named(claim: ClaimDisputes, event: Any, handler: Handler) -> None:
    claim.run(claim.place_of(event.case_id), lambda builder: handler(builder, event))


def _opened(claim: ClaimDisputes, event: DisputeOpened, handler: Handler) -> None:
    if not any(part.case_id == event.case_id for part in claim.parts):
        claim.run(0, lambda builder: handler(builder, event))


def _offer(claim: ClaimDisputes, event: PayerOffer | PayerOfferWithdrawn, handler: Handler) -> None:
    """An offer is about the dispute it names, by its id, its lines or an offer it revises, or the only one in talks."""
    if isinstance(event, PayerOfferWithdrawn):
        at = next((n for n, part in enumerate(claim.parts) if find(part.offers, event.offer_id)), 0)
        claim.run(0, lambda builder: unapplied.forget_offer(builder, event.offer_id))
        claim.run(at, lambda builder: handler(builder, event))
        return
    at = offered_to(claim.parts, event)
    if at is None:
        claim.run(0, lambda builder: unapplied.keep_offer(builder, event))
    else:
        claim.run(at, lambda builder: handler(builder, event))


def offered_to(parts: Sequence[Account], event: PayerOffer) -> int | None:
    """The place of the dispute that an offer is about; None where it does not say."""
    if event.case_id:
        named = [n for n, part in enumerate(parts) if part.case_id and event.case_id in ids_of(part.case_id)]
        return named[0] if named else None
    known = [n for n, part in enumerate(parts) if find(part.offers, event.offer_id)]
    if known:
        return known[0]
    talking = [n for n, part in enumerate(parts) if part.phase == "pursued"]
    if not event.lines:
        return talking[0] if len(talking) == 1 else 0 if not talking else None
    holders = {next((n for n, part in enumerate(parts) if line in part.lines), 0) for line in event.lines}
    return holders.pop() if len(holders) == 1 else None


def _judged(claim: ClaimDisputes, event: UnderpaymentFlagged | ClaimDenied, handler: Handler) -> None:
    """A new judgement of the claim is of the lines that no other dispute holds."""
    held = {line for part in claim.parts[1:] for line in part.lines}
    left = without_lines(event, held)
    if left is None:
        claim.run(0, lambda builder: close(builder, "paid_fairly") if builder.account.phase in JUDGEABLE else None)
        return
    claim.run(0, lambda builder: handler(builder, left))


def _benchmarked(claim: ClaimDisputes, event: ClaimBenchmarked, handler: Handler) -> None:
    """The first dispute hears of the claim, each of what was found of its lines."""
    lines = [frozenset(part.lines) for part in claim.parts]
    others = frozenset[int]().union(*lines[1:])
    lines[0] = frozenset(line.line for line in event.lines) - others
    for at in range(len(lines) - 1, -1, -1):
        dispute = claim.parts[at].dispute
        stakes = dispute.stakes if dispute else ()
        mine = of_lines(event, lines[at], at_stake=frozenset(stake.line for stake in stakes) or lines[at])
        if at == 0:
            claim.run(0, lambda builder, mine=mine: handler(builder, mine))
        else:
            claim.run(at, lambda builder, mine=mine: restate_dispute(builder, mine))


def _agreed(a: Account) -> bool:
    return a.settlement is not None and a.settlement.basis != "corrected_remittance"


def _ended(event: ClaimClosed, name: str) -> DisputeClosed:
    ended = DisputeClosed(
        claim_id=event.claim_id, reason=event.reason, paid=event.paid, recovered=event.recovered, costs=event.costs
    )
    return replace(ended, case_id=name) if name else ended


ROUTES: dict[DisputeScope, Callable[[ClaimDisputes, Any, Handler], None]] = {
    DisputeScope.FIRST: _first,
    DisputeScope.CLAIM: _first,  # what the claim is billed stands in the books of its first
    DisputeScope.END: _open,
    DisputeScope.ASSESSMENT: _benchmarked,
    DisputeScope.VERDICT: _judged,
    DisputeScope.PAYMENT: _money,
    DisputeScope.REVERSAL: _money,
    DisputeScope.RECOUPMENT: _recouped,
    DisputeScope.NAMED: _named,
    DisputeScope.OFFER: _offer,
    DisputeScope.OPENING: _opened,
}
"""What an event of each scope does; the test of the events' registry holds it to what settlement subscribes to."""
