"""Splitting a dispute: the charge, money and books of its lines leave the first dispute; and how they are merged back.

Nothing is paid or owed by it: the claim's sums and the balances of its books are the same before and after.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from services.settlement.domain import offers
from services.settlement.domain.account import Account
from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.dispute import Dispute, Stake
from services.settlement.domain.ledger import PLACES, Books, Place
from services.settlement.domain.line_money import LineMoney, by_line, money_of, plus, together
from services.settlement.domain.remittance_posting import dispute_in_books
from shared.decider import IllegalTransition
from shared.events.pursuit import DisputedLine, DisputeOpened
from shared.money import ZERO, total
from shared.payer_answers import Answers


def on_dispute_opened(builder: DecisionBuilder, event: DisputeOpened) -> None:
    """Lines of the first dispute, or of none yet, are a dispute of their own from now on.

    Raises `IllegalTransition` where it would leave the first dispute without a line.
    """
    a = builder.account
    agreed = {part.line for part in a.parts}
    lines = tuple(line for line in event.lines if line.line not in agreed)
    over = a.phase in ("expected", "received") or (a.phase == "closed" and builder.alone)
    if over or not lines:
        return  # the claim ended, or the lines were agreed on, before this was heard
    numbers = tuple(sorted(line.line for line in lines))
    rest = _rest(a, numbers)
    answers, own = by_line(a.answers, frozenset(numbers))
    answers_before, own_before = by_line(a.answers_before, frozenset(numbers))
    money = money_of(own)
    back = _recouped_of(a, lines)
    builder.change(case_id=event.first, **_narrowed_proceeding(builder, numbers))
    child = replace(_dispute(builder, event, lines, own, money, back), answers_before=own_before)
    first = builder.account
    builder.change(
        charge=first.charge - child.charge,
        paid=first.paid - money.paid,
        share=first.share - money.share,
        answers=answers,
        answers_before=answers_before,
        paid_at_first=None if first.paid_at_first is None else first.paid_at_first - money.first,
        allowed_at_first=None if first.allowed_at_first is None else first.allowed_at_first - money.first_covered,
        seen=tuple((name, covered - money.paid - money.share) for name, covered in first.seen),
        findings=tuple(f for f in first.findings if f.line not in numbers),
        before_reversal=None
        if first.before_reversal is None
        else (first.before_reversal[0] - back[0], first.before_reversal[1] - back[1]),
        owed=first.owed - money.paid if first.phase == "closed" else first.owed,
        settlement=first.settlement
        and replace(
            first.settlement,
            expected_paid=first.settlement.expected_paid - money.paid,
            patient_share=first.settlement.patient_share - money.share,
        ),
        dispute=rest,
        widened=False,
    )
    books = _move_out(builder, first, child, total(back))
    builder.change(beside=(*builder.account.beside, replace(child, books=books)))
    dispute_in_books(builder)


def rejoin(builder: DecisionBuilder, part: Account) -> None:
    """A dispute that has ended without an agreement is the first's again, with its money and its books."""
    a, why = builder.account, f"dispute {part.case_id} is the claim's again"
    theirs = builder.journal.beside(part.own_name, part.books.balances)
    for place in PLACES:
        amount = theirs.balance(place)
        theirs.move(amount, place, "billed", why)
        builder.journal.move(amount, "billed", place, why)
    cost: tuple[Place, ...] = ("fees", "fees_receivable")
    for place in cost:
        amount = theirs.balance(place)
        theirs.move(amount, place, "fees_paid", why)
        builder.journal.move(amount, "fees_paid", place, why)
    covered = part.paid + part.share
    before_reversal, answers_before = a.before_reversal, a.answers_before
    awaited = part.before_reversal is not None and any(part.before_reversal)
    if before_reversal is not None or awaited:
        mine, other = a.standing, part.standing
        before_reversal = (mine[0] + other[0], mine[1] + other[1])
        answers_before = together(a.standing_answers or Answers(), part.standing_answers or Answers())
    builder.change(
        charge=a.charge + part.charge,
        paid=a.paid + part.paid,
        share=a.share + part.share,
        answers=together(a.answers, part.answers),
        paid_at_first=plus(a.paid_at_first, part.paid_at_first),
        allowed_at_first=plus(a.allowed_at_first, part.allowed_at_first),
        unsolicited=a.unsolicited + part.unsolicited,
        seen=tuple((name, known + covered) for name, known in a.seen),
        findings=(*a.findings, *part.findings),
        before_reversal=before_reversal,
        answers_before=answers_before,
        reversal_until=a.reversal_until or (part.reversal_until if awaited else None),
        owed=a.owed + part.owed,
        results=(*a.results, *part.results),
        offers=(*a.offers, *offers.close_all(part.offers, builder.today)),
        earlier=(*a.earlier, *part.earlier),
        idr_fees=(*a.idr_fees, *part.idr_fees),
    )


def _rest(a: Account, numbers: tuple[int, ...]) -> Dispute | None:
    """What is left of the first dispute."""
    dispute = a.dispute
    removed = dispute.part(numbers) if dispute is not None else None
    if dispute is None or removed is None or a.phase != "pursued":
        return dispute
    rest = tuple(stake for stake in dispute.stakes if stake.line not in numbers)
    if not rest:
        raise IllegalTransition("a dispute beside the first leaves it a line of its own")
    return replace(
        dispute,
        allowed=dispute.allowed - removed.allowed,
        floor=dispute.floor - removed.floor,
        target=dispute.target - removed.target,
        stretch=dispute.stretch - removed.stretch,
        stakes=rest,
    )


def _narrowed_proceeding(builder: DecisionBuilder, numbers: tuple[int, ...]) -> dict[str, object]:
    """Offers about all that was in dispute have lost their object; those that lines only joined meanwhile have not."""
    a, before = builder.account, builder.account.before_widening
    kept = tuple(o for o in a.offers if not o.lines or not set(o.lines) <= set(numbers))
    if a.phase != "pursued":
        return {"offers": kept, "before_widening": None}
    joined_only = before is not None and set(before.lines) == set(numbers)
    if before is not None and joined_only and [o.offer_id for o in a.offers] == [o.offer_id for o in before.offers]:
        proceeding = a.proceeding and replace(a.proceeding, demand=before.demand)
        return {"offers": before.offers, "approval": before.approval, "proceeding": proceeding, "before_widening": None}
    if a.dispute is None or a.dispute.part(numbers) is None:
        return {"offers": kept, "before_widening": None}
    return {
        "offers": offers.close_all(kept, builder.today),
        "approval": None,
        "proceeding": a.proceeding and replace(a.proceeding, demand=None),
        "before_widening": None,
    }


def _dispute(
    builder: DecisionBuilder,
    event: DisputeOpened,
    lines: tuple[DisputedLine, ...],
    answers: Answers,
    money: LineMoney,
    back: tuple[Decimal, Decimal],
) -> Account:
    a = builder.account
    numbers = tuple(sorted(line.line for line in lines))
    stakes = tuple(Stake(line.line, line.allowed, line.floor, line.target, line.stretch, line.charge) for line in lines)
    answered = bool(answers.lines)
    covered = money.paid + money.share
    return Account(
        claim_id=a.claim_id,
        case_id=event.case_id,
        lines=numbers,
        phase="pursued",
        payer_id=a.payer_id,
        payer_name=a.payer_name,
        form=a.form,
        billing_npi=a.billing_npi,
        account_number=a.account_number,
        specialty=a.specialty,
        code=max(lines, key=lambda line: line.target - line.allowed).code,
        state=a.state,
        service_from=a.service_from,
        charge=total(line.charge for line in lines),
        paid=money.paid,
        share=money.share,
        answers=answers,
        paid_at_first=money.first if answered else ZERO,
        allowed_at_first=money.first_covered if answered else ZERO,
        first_paid_on=a.first_paid_on,
        last_paid_on=a.last_paid_on,
        last_remittance=a.last_remittance,
        seen=tuple((name, covered) for name, _ in a.seen),
        reversal_until=a.reversal_until,
        before_reversal=back if a.before_reversal is not None else None,
        findings=tuple(f for f in a.findings if f.line in numbers),
        denied=event.denied,
        federal=a.federal,
        pursued_on=builder.today,
        policy=builder.book.policy.label,
        dispute=Dispute(
            allowed=total(stake.allowed for stake in stakes),
            floor=total(stake.floor for stake in stakes),
            target=total(stake.target for stake in stakes),
            stretch=total(stake.stretch for stake in stakes),
            stakes=stakes,
        ),
        offers=tuple(o for o in a.offers if o.lines and set(o.lines) <= set(numbers)),
        received_on=a.received_on,
    )


def _move_out(builder: DecisionBuilder, before: Account, child: Account, waiting: Decimal) -> Books:
    """Take the child's charge out of the books of the first and into its own; `waiting` dollars await a correction."""
    assert child.dispute is not None
    why = f"lines {', '.join(str(n) for n in child.lines)} are dispute {child.case_id}"
    ours, theirs = builder.journal, builder.journal.beside(child.own_name)
    share = max(min(child.lawful_share, child.share), ZERO)
    shared = before.dispute is not None and before.dispute.part(child.lines) is not None and before.phase == "pursued"
    disputed = child.dispute.amount
    from_dispute = min(disputed, ours.balance("in_dispute")) if shared else ZERO
    awaiting = min(waiting, ours.balance("awaiting"))
    rest = child.charge - child.paid - share - awaiting
    moved: tuple[tuple[Place, Decimal, Decimal], ...] = (
        ("payer_paid", child.paid, child.paid),
        ("patient_share", share, share),
        ("awaiting", awaiting, awaiting),
        ("in_dispute", from_dispute, disputed),
        ("disallowed", rest - from_dispute, rest - disputed),
    )
    for place, here, there in moved:
        ours.move(here, place, "billed", why)
        theirs.move(there, "billed", place, why)
    return Books(theirs.balances)


def _recouped_of(a: Account, lines: tuple[DisputedLine, ...]) -> tuple[Decimal, Decimal]:
    """(paid, share) of the lines in what a reversal took back and no correction has restored yet."""
    if a.before_reversal is None:
        return ZERO, ZERO
    return total(line.paid for line in lines), total(line.patient_share for line in lines)
