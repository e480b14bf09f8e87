"""A payment that never was the claim's: a person matched it and takes it off again. No payer took anything back."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.settlement.domain import offers
from services.settlement.domain.account import Account
from services.settlement.domain.decision import DecisionBuilder, close, days_from, reopen
from services.settlement.domain.ledger import Place
from services.settlement.domain.remittance_posting import book, weigh_reversal
from shared.events.claims import RemittanceReversed
from shared.events.settlement import ClaimReopened
from shared.lifecycle import unanswered
from shared.money import ZERO, total
from shared.payer_answers import Answers

_WHY = "a person took the payment off the claim"
_SPREAD: tuple[Place, ...] = (
    "payer_paid",
    "patient_share",
    "disallowed",
    "in_dispute",
    "agreed",
    "written_off",
    "overpaid",
)
"""Where a charge is once it was adjudicated."""


def on_unmatched(builder: DecisionBuilder, event: RemittanceReversed) -> None:
    """Undo the payment.

    Where the claim has no other, it waits for its answer again, and what was in dispute about that payment is not; else
    its money is gone at once, without waiting for a correction. It counts again when it is matched again. What was
    agreed with the payer stays agreed.
    """
    a = builder.account
    if event.from_other_payer or not any(name == event.unmatched_remittance for name, _ in a.seen):
        return
    if unanswered(event) and not _agreed(a) and a.closed != "voided":
        _as_received(builder)
    else:
        _without(builder, event)


def _agreed(a: Account) -> bool:
    return a.settlement is not None and a.settlement.basis != "corrected_remittance"


def _as_received(builder: DecisionBuilder) -> None:
    """The account as it was before any payment; what recoupments took, fees and the record of decisions stay."""
    a, j = builder.account, builder.journal
    for place in _SPREAD:
        j.move(j.balance(place), place, "awaiting", _WHY)
    act = a.act
    if act is not None and act.waits:
        act = msgspec.structs.replace(act, status="overtaken", problem=_WHY)
    builder.change(
        phase="received",
        paid=-a.recouped,
        share=ZERO,
        answers=Answers(),
        seen=tuple((name, -a.recouped) for name, _ in a.seen if name.startswith("~")),
        paid_at_first=None,
        first_paid_on=None,
        last_paid_on=None,
        last_remittance="",
        allowed_at_first=None,
        reversal_until=None,
        before_reversal=None,
        answers_before=Answers(),
        findings=(),
        denied=False,
        pursued_on=None,
        filed_on=None,
        unsolicited=ZERO,
        policy="",
        dispute=None,
        proceeding=None,
        offers=offers.close_all(a.offers, builder.today),
        parts=(),
        approval=None,
        act=act,
        ended="",
        settlement=None,
        owed=ZERO,
        review_on=None,
        unanswered=(),
        open_charge=ZERO,
        widened=False,
        closed=None,
        closed_on=None,
        answer_on=days_from(builder.today, builder.days.remittance),
    )
    book(builder)
    if a.phase == "closed":
        builder.emit(ClaimReopened(claim_id=a.claim_id, reason=_WHY, answered=False))


def _without(builder: DecisionBuilder, event: RemittanceReversed) -> None:
    """The account without this one of several payments, or of an agreement that stands."""
    a, facts = builder.account, event.remittance
    answers = a.answers.unmatched(event.remittance)
    share = answers.share - a.answers.share
    removed = {line.line for line in facts.lines if line.line}
    part = bool(removed) and removed.isdisjoint(answers.lines)
    first = facts.paid if part else ZERO
    names = [name for name, _ in a.seen]
    at = names.index(event.unmatched_remittance)
    less = facts.paid + share
    rest = tuple((name, covered + less if n > at else covered) for n, (name, covered) in enumerate(a.seen) if n != at)
    builder.change(
        paid=a.paid + facts.paid,
        share=a.share + share,
        answers=answers,
        seen=rest,
        paid_at_first=None if a.paid_at_first is None else a.paid_at_first + first,
        allowed_at_first=_less(a.allowed_at_first, less if part else ZERO),
        last_remittance=_last(rest) if a.last_remittance == event.unmatched_remittance else a.last_remittance,
    )
    if a.before_reversal is not None:
        builder.change(
            before_reversal=(a.before_reversal[0] + facts.paid, a.before_reversal[1] + share),
            answers_before=a.answers_before.unmatched(facts),
        )
    book(builder)
    if builder.account.phase == "closed" and a.settlement is not None and not _agreed(a):
        reopen(builder, _WHY)  # the payment was taken for the payer's correction; what is left is judged again
    if part:
        _narrowed(builder, frozenset(removed))
    weigh_reversal(builder, a, _WHY, part=part)


def _narrowed(builder: DecisionBuilder, lines: frozenset[int]) -> None:
    """What was in dispute about `lines` is not; where it was about nothing else, the rest is judged again."""
    dispute = builder.account.dispute
    if dispute is None or builder.account.phase != "pursued":
        return
    removed = [stake for stake in dispute.stakes if stake.line in lines]
    if not removed:
        return
    if len(removed) == len(dispute.stakes):
        builder.journal.move(builder.journal.balance("in_dispute"), "in_dispute", "disallowed", _WHY)
        close(builder, "pursuit_ended")
        reopen(builder, _WHY)
        return
    builder.change(
        dispute=msgspec.structs.replace(
            dispute,
            allowed=dispute.allowed - total(stake.allowed for stake in removed),
            floor=dispute.floor - total(stake.floor for stake in removed),
            target=dispute.target - total(stake.target for stake in removed),
            stretch=dispute.stretch - total(stake.stretch for stake in removed),
            stakes=tuple(stake for stake in dispute.stakes if stake.line not in lines),
        ),
        offers=offers.close_all(builder.account.offers, builder.today),
        approval=None,
    )


def _less(amount: Decimal | None, change: Decimal) -> Decimal | None:
    return None if amount is None else amount + change


def _last(seen: tuple[tuple[str, Decimal], ...]) -> str:
    """The last payment that was not a reversal or a recoupment."""
    return next((name for name, _ in reversed(seen) if name[:1] not in "-~"), "")
