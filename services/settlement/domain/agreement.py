"""Agreements and awards: their terms, and the proof to the cent that the money came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.settlement.domain import idr_fees, offers, results
from services.settlement.domain.decision import DecisionBuilder, close, days_from
from services.settlement.domain.dispute import Dispute
from services.settlement.domain.terms import LinePart, LineTerm, Settlement
from shared.calendar import BusinessDays
from shared.decider import IllegalTransition
from shared.events.settlement import (
    ClaimSettled,
    LineAgreed,
    SettlementBasis,
    SettlementPaid,
    SettlementReinstated,
    SettlementShort,
)
from shared.money import ZERO, total

_NAMESPACE = UUID("c6d1d6c5-8f0e-5a0f-9f57-1f6a0f3f7f11")
_CENT = Decimal("0.01")
_BUSINESS_DAYS = BusinessDays()


def settle(
    builder: DecisionBuilder,
    *,
    basis: SettlementBasis,
    amount: Decimal,
    settled_on: date,
    payment_due_on: date,
    reasons: tuple[str, ...],
    by: str = "automatic",
    awards: Mapping[int, Decimal] | None = None,
) -> None:
    """Conclude the dispute at `amount` dollars allowed for the lines in dispute.

    `awards` are what was decided of each line, where it was: they are the terms if they are those of just these lines.
    Where nothing more is due the money is there already: the settlement is paid and the claim closes at once.
    """
    a = builder.account
    dispute = a.dispute
    if dispute is None:
        raise IllegalTransition("a claim without a dispute cannot be settled")
    if basis in ("offer_accepted", "corrected_remittance"):
        results.left(builder, agreed=True)
        a = builder.account
    rest_due = amount - dispute.allowed
    due = rest_due + total(part.due for part in a.parts)
    terms = (*(LineTerm(p.line, p.amount) for p in a.parts), *_terms(amount, dispute, awards or {}))
    amount += total(part.amount for part in a.parts)
    share = a.lawful_share
    number = len(a.earlier) + 1
    settlement = Settlement(
        settlement_id=str(uuid5(_NAMESPACE, f"{a.own_name or a.claim_id}/{number}")),
        basis=basis,
        amount=amount,
        additional_due=due,
        patient_share=share,
        settled_on=settled_on,
        payment_due_on=payment_due_on,
        expected_paid=a.standing[0] + due,
        policy=builder.book.policy.label,
        lines=terms,
        share_open=a.denied and share == 0,
        by=by,
        reasons=reasons,
        findings=a.findings if a.federal else (),
    )
    _book(builder, rest_due, basis)
    _refund_entity_fee(builder, basis)
    builder.change(
        phase="settled",
        settlement=settlement,
        approval=None,
        ended="",
        parts=(),
        offers=offers.close_all(a.offers, settled_on),
    )
    builder.emit(_settled(a.claim_id, settlement))
    if due <= 0 and a.before_reversal is None:
        _paid(builder, a.last_paid_on or settled_on, a.last_remittance)


def _book(builder: DecisionBuilder, due: Decimal, basis: SettlementBasis) -> None:
    """What is due for the lines in dispute is agreed, and the rest of the dispute written off."""
    j = builder.journal
    if due >= 0:
        lack = j.draw(due, ("in_dispute",), "agreed", f"settled: {basis}")
        j.move(lack, "disallowed", "agreed", f"settled: {basis}")
    else:
        j.move(-due, "overpaid", "disallowed", f"settled: {basis}, owed back to the payer")
    j.move(j.balance("in_dispute"), "in_dispute", "written_off", f"settled: {basis}")


def _settled(claim_id: str, settlement: Settlement) -> ClaimSettled:
    return ClaimSettled(
        claim_id=claim_id,
        settlement_id=settlement.settlement_id,
        basis=settlement.basis,
        amount=settlement.amount,
        additional_due=settlement.additional_due,
        patient_share=settlement.patient_share,
        settled_on=settlement.settled_on,
        payment_due_on=settlement.payment_due_on,
        policy=settlement.policy,
        reasons=settlement.reasons,
    )


def settle_line(builder: DecisionBuilder, line: int, amount: Decimal) -> None:
    """Agree on one line of the dispute while the others go on; raises `IllegalTransition` for a line not in dispute.

    The whole is announced once the last line is settled or the pursuit of the others ends.
    """
    a, j = builder.account, builder.journal
    dispute = a.dispute
    stake = next((s for s in dispute.stakes if s.line == line), None) if dispute else None
    if dispute is None or stake is None or a.phase != "pursued":
        raise IllegalTransition("this line is not in dispute")
    part = LinePart(line, amount, amount - stake.allowed, builder.today)
    in_dispute = min(part.due, max(stake.target - stake.allowed, ZERO))  # the other lines' part stays in dispute
    lack = part.due - in_dispute + j.draw(in_dispute, ("in_dispute",), "agreed", f"line {line} agreed")
    j.move(lack, "disallowed", "agreed", f"line {line} agreed")
    given_up = max(stake.target - stake.allowed - part.due, ZERO)
    j.draw(given_up, ("in_dispute",), "written_off", f"line {line} agreed")
    rest = replace(
        dispute,
        allowed=dispute.allowed - stake.allowed,
        floor=dispute.floor - stake.floor,
        target=dispute.target - stake.target,
        stretch=dispute.stretch - stake.stretch,
        stakes=tuple(s for s in dispute.stakes if s.line != line),
    )
    approval = a.approval
    after = offers.overtaken(a.offers, (line,), builder.today)
    if approval is not None and offers.find(after, approval.offer_id) not in offers.open_offers(after, "payer"):
        approval = None  # what waited for a person was about this line too
    builder.change(dispute=rest, parts=(*a.parts, part), offers=after, approval=approval)
    builder.emit(
        LineAgreed(
            claim_id=a.claim_id,
            line=line,
            amount=amount,
            allowed=stake.allowed,
            target=stake.target,
            policy=builder.book.policy.label,
            agreed_on=builder.today,
        )
    )
    if not rest.stakes:
        settle_parts(builder, ("every line is agreed",))


def settle_lines(builder: DecisionBuilder, lines: tuple[int, ...], amount: Decimal) -> None:
    """Agree on several lines at `amount` dollars together; each gets its share of the gain by what it fell short."""
    part = builder.account.dispute_of(lines)
    if part is None:
        raise IllegalTransition("these lines are not in dispute")
    short = tuple(s.target - s.allowed for s in part.stakes)
    gains = allocate(amount - part.allowed, tuple(s.line for s in part.stakes), short)
    for stake, gain in zip(part.stakes, gains, strict=True):
        settle_line(builder, stake.line, stake.allowed + gain.amount)


def of_the_rest(builder: DecisionBuilder, award: Decimal) -> Decimal:
    """What an award grants the lines still in dispute: lines agreed after its case began are in the award too."""
    a = builder.account
    since = a.proceeding.since if a.proceeding else None
    return award - total(p.amount for p in a.parts if since is not None and p.on is not None and p.on >= since)


def settle_parts(builder: DecisionBuilder, reasons: tuple[str, ...]) -> None:
    """Conclude with the lines agreed so far; for the others what the payer allowed stands."""
    assert builder.account.dispute is not None
    settle(
        builder,
        basis="offer_accepted",
        amount=builder.account.dispute.allowed,
        settled_on=builder.today,
        payment_due_on=pay_by(builder),
        reasons=reasons,
    )


def pay_by(builder: DecisionBuilder) -> date:
    """The last day to pay what is agreed today.

    An agreement after the initiation of the federal process is paid within 30 business days (45 CFR 149.510(c)(2)(i));
    one in open negotiation within 30 days (42 USC 300gg-111(c)(6)), and any other by the policy.
    """
    proceeding = builder.account.proceeding
    if proceeding is not None and proceeding.awards and proceeding.undecided:
        return _BUSINESS_DAYS.add(builder.today, builder.days.pay_in_idr, "business")
    return days_from(builder.today, builder.days.pay)


def verify(builder: DecisionBuilder, paid_on: date | None, remittance_id: str = "") -> None:
    """Hold what has been paid against the settlement, to the cent; no day where the payer only took money back."""
    missing = outstanding(builder)
    if missing <= 0 and paid_on is not None:
        _paid(builder, paid_on, remittance_id)
    elif missing > 0:
        _short(builder, missing, remittance_id)
        _chase(builder)


def on_payment_due(builder: DecisionBuilder) -> None:
    """The due day passed without the money."""
    _short(builder, outstanding(builder), "")
    _chase(builder)


def reinstate(builder: DecisionBuilder, reason: str) -> None:
    """A settled claim that was paid and closed has lost money: what was agreed or awarded binds, and is owed again."""
    a, s = builder.account, _settlement(builder)
    builder.change(
        phase="settled",
        closed=None,
        closed_on=None,
        settlement=replace(s, paid_on=None, short_on=None, chase_until=None),
    )
    builder.emit(
        SettlementReinstated(
            claim_id=a.claim_id, settlement_id=s.settlement_id, outstanding=outstanding(builder), reason=reason
        )
    )


def outstanding(builder: DecisionBuilder) -> Decimal:
    """Dollars the payer still owes under the settlement; negative where it paid too much."""
    a, s = builder.account, _settlement(builder)
    credit = max(a.share - s.patient_share, ZERO) if s.share_open else ZERO
    return s.expected_paid - credit - a.paid


def _terms(amount: Decimal, dispute: Dispute, awards: Mapping[int, Decimal]) -> tuple[LineTerm, ...]:
    lines = tuple(s.line for s in dispute.stakes)
    if set(awards) >= set(lines) and lines and total(awards[line] for line in lines) == amount:
        return tuple(LineTerm(line, awards[line]) for line in lines)
    return allocate(amount, lines, tuple(s.target for s in dispute.stakes)) if lines or amount else ()


def allocate(amount: Decimal, lines: Sequence[int], weights: Sequence[Decimal]) -> tuple[LineTerm, ...]:
    """`amount` dollars over the lines by weight, in whole cents and exactly; odd cents go to the largest remainders."""
    if not lines:
        return (LineTerm(0, amount),)
    usable = [max(w, ZERO) for w in weights] if len(weights) == len(lines) else []
    if not usable or sum(usable) == 0:
        usable = [Decimal(1)] * len(lines)
    whole = sum(usable, ZERO)
    exact = [amount * w / whole for w in usable]
    parts = [e.quantize(_CENT, rounding=ROUND_DOWN) for e in exact]
    left = int((amount - sum(parts, ZERO)) / _CENT)
    step = _CENT if left >= 0 else -_CENT
    order = sorted(range(len(parts)), key=lambda n: (-abs(exact[n] - parts[n]), n))
    for n in order[: abs(left)]:
        parts[n] += step
    return tuple(LineTerm(line, part) for line, part in zip(lines, parts, strict=True))


def _paid(builder: DecisionBuilder, paid_on: date, remittance_id: str) -> None:
    a, s = builder.account, _settlement(builder)
    builder.change(settlement=replace(s, paid_on=paid_on))
    builder.emit(
        SettlementPaid(
            claim_id=a.claim_id,
            settlement_id=s.settlement_id,
            remittance_id=remittance_id,
            paid=a.paid,
            recovered=a.recovered,
            paid_on=paid_on,
        )
    )
    close(builder, "settled_and_paid")


def _short(builder: DecisionBuilder, missing: Decimal, remittance_id: str) -> None:
    s = _settlement(builder)
    builder.emit(
        SettlementShort(
            claim_id=builder.account.claim_id,
            settlement_id=s.settlement_id,
            due=s.additional_due,
            paid=s.additional_due - missing,
            due_on=s.payment_due_on,
            remittance_id=remittance_id,
        )
    )


def _chase(builder: DecisionBuilder) -> None:
    """From the first short or missed payment the money is chased for the policy's period."""
    s = _settlement(builder)
    if s.short_on is None:
        until = days_from(builder.today, builder.days.chase)
        builder.change(settlement=replace(s, short_on=builder.today, chase_until=until))


def _refund_entity_fee(builder: DecisionBuilder, basis: SettlementBasis) -> None:
    """An agreement during IDR splits the entity's fee in half unless agreed otherwise (42 USC 300gg-111(c)(2)(B))."""
    proceeding = builder.account.proceeding
    if proceeding is None or not proceeding.awards or basis == "idr_award" or not proceeding.undecided:
        return
    half = (proceeding.entity_fee / 2).quantize(_CENT, rounding=ROUND_DOWN)
    idr_fees.bear(builder, proceeding.entity_fee - half, "entity fee split: settled during IDR")


def _settlement(builder: DecisionBuilder) -> Settlement:
    settlement = builder.account.settlement
    if settlement is None:
        raise IllegalTransition("no settlement to verify a payment against")
    return settlement
