"""Posting of remittances, reversals and recoupments to the books, and what they mean for the claim."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.settlement.domain import patient
from services.settlement.domain.account import JUDGEABLE, Account
from services.settlement.domain.agreement import outstanding, reinstate, settle, verify
from services.settlement.domain.decision import DecisionBuilder, close, days_from, reopen, restate
from services.settlement.domain.dispute import Dispute
from services.settlement.domain.ledger import Place
from services.settlement.domain.line_money import LineMoney, beside_dispute
from shared.adjustments import cost_share
from shared.events.claims import RemittanceFacts, RemittanceReceived, RemittanceRecouped, RemittanceReversed
from shared.events.settlement import OfferReceived
from shared.money import ZERO, total
from shared.payer_answers import Answers, is_no_answer


def on_remittance(builder: DecisionBuilder, event: RemittanceReceived) -> None:
    """A claim payment arrived: book it, then see what it changes.

    What another payer paid is not this one's, and what says nothing new of the money (a predetermination, a claim
    handed on, the same answer again unless a person says that it is another payment) moves none.
    """
    remittance = event.remittance
    before = builder.account
    if event.from_other_payer or any(seen == remittance.remittance_id for seen, _ in before.seen):
        return
    if is_no_answer(remittance) or (before.answers.is_again(remittance) and not event.counted_again):
        builder.change(seen=(*before.seen, (remittance.remittance_id, before.covered)))
        return
    part = before.answers.is_part(remittance)
    _add_to_sums(builder, remittance)
    a = builder.account
    if part:
        _continue_first_answer(builder, before, remittance.paid)
    first = a.paid_at_first is None
    builder.change(
        reversal_until=None,
        before_reversal=None,
        answers_before=Answers(),
        findings=(*(before.findings if part else ()), *patient.balance_billing(remittance)),
        last_remittance=remittance.remittance_id,
        last_paid_on=remittance.paid_on,
    )
    if first:
        builder.change(
            paid_at_first=remittance.paid, first_paid_on=remittance.paid_on, allowed_at_first=builder.account.covered
        )
    beside = None if part else beside_dispute(before, builder.account)
    _expect_beside(builder, beside)
    book(builder)
    place_remainder(builder)
    a = builder.account
    unsolicited = not first and not part and a.is_unsolicited(remittance.paid_on)
    if unsolicited:
        builder.change(unsolicited=a.unsolicited + a.paid - before.standing[0])
    elif beside is not None and (a.phase == "pursued" or a.settlement is not None):
        _count_unasked(builder, beside.paid)
    if not part:
        _limit_unasked(builder)
    a = builder.account
    if part and a.phase in ("pursued", "settled"):
        dispute_in_books(builder)
    elif a.phase == "received":
        builder.change(phase="adjudicated")
    elif a.phase == "pursued":
        corrected(builder, _gain(before, a, beside), unsolicited=unsolicited)
    elif a.phase == "settled":
        verify(builder, remittance.paid_on, remittance.remittance_id)
    elif _fell_short(a):
        _revive(builder, "a correction took money back")
        _collect_again(builder)
    elif a.standing != before.standing:
        restate(builder)


def _continue_first_answer(builder: DecisionBuilder, before: Account, paid: Decimal) -> None:
    """A further part of the payer's first answer: about lines of its own, so it is neither an offer nor recovered.

    It counts as if it had come with the first part, in what was judged and in what was agreed since.
    """
    a = builder.account
    more = a.covered - before.covered
    *earlier, newest = a.seen
    settlement = a.settlement
    if settlement is not None:
        settlement = msgspec.structs.replace(
            settlement,
            expected_paid=settlement.expected_paid + paid,
            patient_share=settlement.patient_share + a.share - before.share,
        )
    builder.change(
        seen=(*((name, covered + more) for name, covered in earlier), newest),
        paid_at_first=(a.paid_at_first or ZERO) + paid,
        allowed_at_first=(a.allowed_at_first or ZERO) + more,
        settlement=settlement,
    )


def on_reversal(builder: DecisionBuilder, event: RemittanceReversed) -> None:
    """The payer took a payment back; mostly a correction follows at once, so nothing is concluded yet.

    Where its correction has come before it, nothing is waited for: the two counted together until now.
    """
    if event.from_other_payer or any(seen == f"-{event.remittance.remittance_id}" for seen, _ in builder.account.seen):
        return
    before = builder.account
    late = before.reversal_until is None and before.answers.answered_since(event.remittance)
    _add_to_sums(builder, event.remittance, sign="-")
    if late:
        _recouped_late(builder, before)
        return
    if before.reversal_until is None:
        builder.change(
            reversal_until=days_from(builder.today, builder.days.recoupment),
            before_reversal=before.standing,
            answers_before=before.answers,
            left_by_reversal=(),
        )
    book(builder)


def _recouped_late(builder: DecisionBuilder, before: Account) -> None:
    """What was concluded from both payments together, as the payer's own decision, is judged again.

    What is in dispute was told by the correction's own judgement, unless some of its lines are agreed.
    """
    book(builder)
    a = builder.account
    seen = tuple((name, a.covered if name == a.last_remittance else covered) for name, covered in a.seen)
    builder.change(seen=seen)  # the correction is judged without what is gone
    why = "the payer took back what it had answered anew"
    if before.phase == "closed" and before.settlement and before.settlement.basis == "corrected_remittance":
        reopen(builder, why)
    weigh_reversal(builder, before, why, restated=not before.parts)


def on_recoupment(builder: DecisionBuilder, event: RemittanceRecouped) -> None:
    """The payer kept this claim's money back out of another payment, with no correction to wait for.

    A closed claim is reopened; a settlement is short again; in a pursuit there is more to win than before. What was
    taken from a claim nobody pursues stays `awaiting` until a person or the review's day decides.
    """
    a = builder.account
    name = f"~{event.recoupment_id}"
    if any(seen == name for seen, _ in a.seen):
        return
    paid = a.paid - event.amount
    before_reversal = None if a.before_reversal is None else (a.before_reversal[0] - event.amount, a.before_reversal[1])
    builder.change(
        paid=paid,
        recouped=a.recouped + event.amount,
        before_reversal=before_reversal,
        seen=(*a.seen, (name, paid + a.share)),
    )
    if event.amount > 0 and _fell_short(builder.account):
        _revive(builder, "the payer recouped its payment out of another one")
    book(builder)
    if builder.account.phase in ("pursued", "settled", "closed"):
        place_remainder(builder)
    if a.phase == "pursued":
        if a.is_unsolicited(event.paid_on):
            builder.change(unsolicited=a.unsolicited - event.amount)
        _shift_dispute(builder, -event.amount)
    elif builder.account.phase == "settled":
        verify(builder, event.paid_on, event.recoupment_id)
    elif a.phase in ("received", *JUDGEABLE):
        builder.change(review_on=days_from(builder.today, builder.days.review))
    else:
        restate(builder)


def corrected(builder: DecisionBuilder, gain: Decimal, *, unsolicited: bool = False) -> None:
    """A corrected remittance in the middle of a pursuit: it is the payer's offer, paid already.

    `gain` dollars more are allowed for the lines in dispute than before. It settles the dispute where it reaches the
    target; else the dispute goes on about what is left. `unsolicited`: it was paid before anything was filed. Then it
    is not an offer, and a dispute that it leaves nothing of ends, as paid fairly.
    """
    _shift_dispute(builder, gain)
    a = builder.account
    dispute, proceeding = a.dispute, a.proceeding
    if dispute is None or gain <= 0:
        return
    if unsolicited:
        if dispute.allowed >= dispute.target:
            close(builder, "paid_fairly")
        return
    rounds = proceeding.rounds if proceeding else 0
    builder.emit(
        OfferReceived(
            claim_id=a.claim_id,
            offer_id=a.last_remittance,
            round=rounds,
            amount=dispute.allowed,
            source="corrected_remittance",
            received_on=builder.today,
        )
    )
    if dispute.allowed >= dispute.target:
        settle(
            builder,
            basis="corrected_remittance",
            amount=dispute.allowed,
            settled_on=builder.today,
            payment_due_on=builder.today,
            reasons=("the corrected remittance pays the fair amount",),
        )


def on_recoupment_due(builder: DecisionBuilder) -> None:
    """No correction followed a reversal in time: the money is gone, and what was left of it is in dispute."""
    a = builder.account
    left = a.left_by_reversal
    builder.change(reversal_until=None, before_reversal=None, answers_before=Answers(), left_by_reversal=())
    book(builder)
    restated = bool(left) and a.phase == "pursued" and a.dispute is not None and not a.parts
    if restated:
        builder.change(dispute=Dispute.of(left))
    weigh_reversal(builder, a, "the payer took its payment back", restated=restated)


def weigh_reversal(
    builder: DecisionBuilder,
    before: Account,
    why: str,
    *,
    part: bool = False,
    restated: bool = False,
) -> None:
    """Decide what it means that no more than now is paid, where the account was as `before`.

    A `part` was about lines of its own, so what is in dispute about the others is as it was. `restated`: what is in
    dispute was told without this money before.
    """
    standing = before.standing
    if not part:
        _expect_beside(builder, beside_dispute(before, builder.account))
    place_remainder(builder)
    a = builder.account
    if not part and a.is_unsolicited(None):
        builder.change(unsolicited=a.unsolicited + a.standing[0] - standing[0])
    if not part:
        _limit_unasked(builder)
    a = builder.account
    if a.phase == "pursued" and (part or restated):
        dispute_in_books(builder)
    elif a.phase == "pursued":
        _shift_dispute(builder, _gain(before, a, beside_dispute(before, a)))
    if _fell_short(a):
        _revive(builder, why)
        _collect_again(builder)
    elif a.phase == "settled":
        verify(builder, None)
    elif a.phase in ("received", "adjudicated"):
        builder.change(review_on=days_from(builder.today, builder.days.review))
    elif a.standing != standing:
        restate(builder)


def _count_unasked(builder: DecisionBuilder, more: Decimal) -> None:
    """What the payer pays more for lines that nobody disputes is no recovery; what it takes of that again, no loss."""
    unsolicited = builder.account.unsolicited
    left = unsolicited + more if more > ZERO else max(unsolicited + more, min(unsolicited, ZERO))
    builder.change(unsolicited=left)


def _expect_beside(builder: DecisionBuilder, beside: LineMoney | None) -> None:
    """What the payer pays for lines that a settlement is not about pays nothing of it, and is to stay paid as well.

    What it takes back of that is no breach of the settlement, nor what it now leaves to the patient. What it takes back
    beyond that is: the settlement was made with that money paid.
    """
    a, s = builder.account, builder.account.settlement
    if beside is None or s is None:
        return
    more = beside.paid if beside.paid + beside.share >= ZERO else max(beside.paid, min(-s.beside, ZERO))
    if not more:
        return
    builder.change(
        settlement=msgspec.structs.replace(
            s,
            expected_paid=s.expected_paid + more,
            beside=s.beside + more,
            patient_share=s.patient_share + (beside.share if s.share_open else ZERO),
        ),
        owed=a.owed + more if a.phase == "closed" and a.closed == "settled_and_paid" else a.owed,
    )


def _limit_unasked(builder: DecisionBuilder) -> None:
    """Forget of what came without our doing what is gone again: no more of it stands than beyond the first payment."""
    a = builder.account
    if a.unsolicited > ZERO and a.paid_at_first is not None:
        builder.change(unsolicited=min(a.unsolicited, max(a.standing[0] - a.paid_at_first, ZERO)))


def _revive(builder: DecisionBuilder, why: str) -> None:
    """What was settled is owed again and collected; anything else waits for a new judgement."""
    if builder.account.closed != "settled_and_paid":
        reopen(builder, why)
        return
    reinstate(builder, why)


def _collect_again(builder: DecisionBuilder) -> None:
    if builder.account.phase == "settled":
        place_remainder(builder)
        verify(builder, None)


def _fell_short(a: Account) -> bool:
    """Return True if a closed claim has lost money that was to stay; of a voided claim none was."""
    return a.phase == "closed" and a.closed != "voided" and a.paid < a.owed


def _add_to_sums(builder: DecisionBuilder, remittance: RemittanceFacts, *, sign: str = "") -> None:
    """Add a payment or its reversal to the sums; the patient's share of a line counts once, however often told."""
    a = builder.account
    answers = a.answers.without(remittance) if sign else a.answers.with_payment(remittance)
    share = answers.share - a.answers.share
    if sign and answers is a.answers:  # of a payment that is not known: at its word
        share = cost_share(remittance)
    covered = a.covered + remittance.paid + share
    builder.change(
        paid=a.paid + remittance.paid,
        share=a.share + share,
        answers=answers,
        seen=(*a.seen, (f"{sign}{remittance.remittance_id}", covered)),
    )


def book(builder: DecisionBuilder) -> None:
    """Bring the books to what is paid and owed by the patient now."""
    a, j = builder.account, builder.journal
    settled = a.settlement is not None
    spent: tuple[Place, ...] = ("awaiting", "agreed", "in_dispute")
    if a.phase == "closed" and (not settled or a.closed == "written_off"):
        spent = (*spent, "written_off")
    paid = a.paid + a.unapplied_paid - j.balance("payer_paid")
    share = max(min(a.lawful_share, a.share), ZERO) - j.balance("patient_share")
    # what was paid too much goes back first
    if paid < 0:
        back = min(-paid, max(-j.balance("overpaid") - a.unapplied_paid, ZERO))
        j.move(back, "payer_paid", "overpaid", "reversed")
        j.move(-paid - back, "payer_paid", "awaiting", "reversed")
    if share < 0:
        j.move(-share, "patient_share", "awaiting", "reversed")
    if share > 0:
        lack = j.draw(share, spent, "patient_share", "patient's cost share")
        j.move(lack, "disallowed", "patient_share", "patient's cost share")
    if paid > 0:
        lack = j.draw(paid, spent, "payer_paid", "paid")
        beyond: Place = "overpaid" if settled and a.phase in ("settled", "closed") else "disallowed"
        j.move(lack, beyond, "payer_paid", "paid")


def place_remainder(builder: DecisionBuilder) -> None:
    """What an adjudication leaves unpaid is disputed, agreed or disallowed, as the claim stands."""
    j = builder.journal
    left = j.balance("awaiting")
    if builder.account.phase == "settled":
        # a charge that was never adjudicated may have been drawn on first: what is agreed is what is outstanding
        more = max(outstanding(builder), ZERO) - j.balance("agreed")
        from_left = min(max(more, ZERO), left)
        j.move(from_left, "awaiting", "agreed", "not paid")
        j.move(more - from_left, "disallowed", "agreed", "outstanding under the settlement")
        left -= from_left
    sink: Place = "in_dispute" if builder.account.phase == "pursued" else "disallowed"
    j.move(left, "awaiting", sink, "not paid")


def dispute_in_books(builder: DecisionBuilder) -> None:
    """What is in dispute is in the books of it, whatever money of other lines, or from before the verdict, moved."""
    a, j = builder.account, builder.journal
    if a.phase != "pursued" or a.dispute is None or a.reversal_until is not None:
        return
    j.move(a.dispute.amount - j.balance("in_dispute"), "disallowed", "in_dispute", "other money moved")


def _gain(before: Account, after: Account, beside: LineMoney | None) -> Decimal:
    """Dollars allowed more than `before`, without what lines gained that are not in dispute."""
    whole = after.covered - total(before.standing)
    return whole if beside is None else whole - beside.paid - beside.share


def _shift_dispute(builder: DecisionBuilder, gain: Decimal) -> None:
    a = builder.account
    if a.dispute is not None and gain != 0:
        builder.change(dispute=msgspec.structs.replace(a.dispute, allowed=a.dispute.allowed + gain))
