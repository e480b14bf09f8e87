"""Handlers of benchmark's assessments: fair payments end the claim, underpayments and denials open a dispute."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec

from services.settlement.domain import offers
from services.settlement.domain.account import JUDGEABLE, Account, BeforeWidening
from services.settlement.domain.decision import DecisionBuilder, close, days_from, reopen
from services.settlement.domain.dispute import Dispute, Stake
from services.settlement.domain.line_money import covered_of
from services.settlement.domain.remittance_posting import corrected, dispute_in_books, place_remainder
from services.settlement.domain.restating import restate_dispute, stake_of
from shared.events.assessment import (
    AssessedLine,
    ClaimBenchmarked,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    DisputeWidened,
    UnderpaymentFlagged,
)
from shared.money import ZERO, total

_DISPUTED = ("underpaid", "denied")


def on_benchmarked(builder: DecisionBuilder, event: ClaimBenchmarked) -> None:
    """Benchmark names the claim's specialty, and the lines that the payer has left out: they are asked after.

    What it finds of a payment answered anew is in dispute from then on.
    """
    restate_dispute(builder, event)
    a = builder.account
    if event.specialty and event.specialty != a.specialty:
        builder.change(specialty=event.specialty)
    if event.unanswered == a.unanswered or a.phase in ("expected", "received") or a.closed == "voided":
        return
    more = bool(set(event.unanswered) - set(a.unanswered))
    again = days_from(builder.today, builder.days.remittance) if more else a.answer_on
    builder.change(
        unanswered=event.unanswered,
        open_charge=max(a.charge - _answered(event), ZERO) if event.unanswered else ZERO,
        answer_on=again if event.unanswered else None,
        inquiries=0 if more else a.inquiries,
    )


def _answered(event: ClaimBenchmarked) -> Decimal:
    """Charge of the lines that the payer answered, in dollars."""
    return total(line.charge for line in event.lines if line.line not in event.unanswered)


def on_paid_fairly(builder: DecisionBuilder, event: ClaimPaidFairly) -> None:
    """The payment stands: the claim ends."""
    a = builder.account
    if a.phase not in JUDGEABLE:
        return
    if event.remittance_id != a.last_remittance and any(seen == event.remittance_id for seen, _ in a.seen):
        # another payment has come since; it has a verdict of its own
        builder.change(review_on=days_from(builder.today, builder.days.review))
        return
    if _recouped_since(a, _judged_by(a, event.remittance_id, event.recouped_by)):
        # fair was what the verdict knew of, and the payer has taken from it since: a person must look
        builder.change(phase="unjudged", review_on=days_from(builder.today, builder.days.review))
        return
    close(builder, "paid_fairly")


def _judged_by(a: Account, remittance_id: str, recouped_by: str) -> str:
    """The last movement of money that a verdict counted, by its name in `seen`."""
    names = {name for name, _ in a.seen}
    after = (f"~{recouped_by}", f"-{recouped_by}") if recouped_by else ()
    return next((name for name in after if name in names), remittance_id)


def _recouped_since(a: Account, judged_by: str) -> bool:
    names = [name for name, _ in a.seen]
    since = names[names.index(judged_by) + 1 :] if judged_by in names else names
    return a.recouped > 0 and any(name.startswith("~") for name in since)


def on_unjudged(builder: DecisionBuilder, _: ClaimUnjudged) -> None:
    """A person must look; the claim ends as it stands if nobody does."""
    if builder.account.phase in JUDGEABLE:
        builder.change(phase="unjudged", review_on=days_from(builder.today, builder.days.review))


def on_flagged(builder: DecisionBuilder, event: UnderpaymentFlagged) -> None:
    """Underpaid: the shortfall is in dispute."""
    short = [line for line in event.lines if line.verdict in _DISPUTED]
    main = max(short, key=lambda line: (line.target or ZERO) - line.allowed, default=None)
    dispute = Dispute(
        allowed=event.allowed,
        floor=event.floor,
        target=event.target,
        stretch=event.stretch,
        stakes=tuple(stake_of(line) for line in short),
    )
    judged_by = _judged_by(builder.account, event.remittance_id, event.recouped_by)
    _pursue(builder, dispute, judged_by, short, event.specialty, main.code if main else builder.account.code)


def on_denied(builder: DecisionBuilder, event: ClaimDenied) -> None:
    """Denied, wholly or in some lines: their fair amount is in dispute."""
    stakes = tuple(_denied_stake(line) for line in event.lines)
    dispute = Dispute(allowed=ZERO, floor=event.target, target=event.target, stretch=event.target, stakes=stakes)
    if builder.account.phase in JUDGEABLE:
        builder.change(denied=True)
        _pursue(builder, dispute, event.remittance_id, event.lines, event.specialty, builder.account.code)


def on_widened(builder: DecisionBuilder, event: DisputeWidened) -> None:
    """A later part of the payer's answer fell short: its lines join the dispute.

    Offers about all that was in dispute have lost their object. What was settled already stays so; the new lines are
    judged once that is paid and closed. A closed claim is reopened.
    """
    a, dispute = builder.account, builder.account.dispute
    if a.phase == "settled":
        builder.change(widened=True)
    elif a.phase == "closed" and a.closed != "voided":
        reopen(builder, "the payer fell short on lines that it answered later")
    if a.phase != "pursued" or dispute is None:
        return
    more = tuple(stake_of(line) for line in event.lines)
    # answered for the first time again, once a payment was taken off: it is at stake as it is now
    before = dispute.part(tuple(stake.line for stake in more)) or Dispute.of(())
    rest = tuple(stake for stake in dispute.stakes if stake not in before.stakes)
    builder.change(
        dispute=msgspec.structs.replace(
            dispute,
            allowed=dispute.allowed - before.allowed + event.allowed,
            floor=dispute.floor - before.floor + event.floor,
            target=dispute.target - before.target + event.target,
            stretch=dispute.stretch - before.stretch + event.stretch,
            stakes=(*rest, *more) if dispute.stakes else (),
        ),
        proceeding=a.proceeding and msgspec.structs.replace(a.proceeding, demand=None),
        offers=offers.close_all(a.offers, builder.today),
        approval=None,
        before_widening=BeforeWidening(
            lines=tuple(line.line for line in event.lines),
            offers=a.offers,
            approval=a.approval,
            demand=a.proceeding.demand if a.proceeding else None,
        ),
    )
    dispute_in_books(builder)


def _denied_stake(line: AssessedLine) -> Stake:
    _, target, _ = line.fair
    return Stake(line.line, ZERO, target, target, target, line.charge)


def _pursue(
    builder: DecisionBuilder,
    dispute: Dispute,
    judged_by: str,
    judged: Sequence[AssessedLine],
    specialty: str,
    code: str,
) -> None:
    a = builder.account
    if a.phase not in JUDGEABLE:
        return
    if a.reversal_until is None:
        place_remainder(builder)  # what was taken back awaited this verdict
    builder.change(
        phase="pursued",
        dispute=dispute,
        specialty=specialty,
        code=code,
        review_on=None,
        pursued_on=a.pursued_on or builder.today,
        policy=a.policy or builder.book.policy.label,
    )
    if a.pursued_on is None and a.paid_at_first is not None:
        builder.change(unsolicited=a.standing[0] - a.paid_at_first)
    builder.journal.move(dispute.amount, "disallowed", "in_dispute", "denied" if a.denied else "underpaid")
    gain = _gained_since(a, judged_by, judged)
    if gain != ZERO:
        corrected(builder, gain, unsolicited=builder.account.filed_on is None)
    dispute_in_books(builder)


def _gained_since(a: Account, judged_by: str, judged: Sequence[AssessedLine]) -> Decimal:
    """Dollars allowed more for the lines in dispute than when they were `judged`, by what came before the verdict.

    Where money cannot be told by line, what the whole claim gained.
    """
    names = [name for name, _ in a.seen]
    if judged_by not in names:
        return ZERO
    at = names.index(judged_by)
    now = covered_of(a.standing_answers, frozenset(line.line for line in judged))
    if now is None or judged_by.startswith("~"):
        return total(a.standing) - a.seen[at][1]
    recouped = total(covered - before for (_, before), (name, covered) in pairwise(a.seen[at:]) if name.startswith("~"))
    return now - total(line.paid + line.patient_share for line in judged) + recouped
