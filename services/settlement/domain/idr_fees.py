"""The fees of federal IDR in the books: what each filing costs us, what comes back of it and has come, each once.

Both sides pay the entity's fee with their offer; what the side that prevailed paid is given back (42 USC
300gg-111(c)(5)(F)), the administrative fee never is (45 CFR 149.510(d)). A filing's fees are expected by the published
tables until an invoice says what they are. What is due back stays a receivable (`fees_receivable`) until it came.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from services.settlement.domain.account import Account, IdrFee
from services.settlement.domain.decision import DecisionBuilder, restate
from shared.events.idr import IdrFeeKind, IdrFeeTold
from shared.money import ZERO, cents


def begun(builder: DecisionBuilder, on: date, administrative: Decimal, entity: Decimal, why: str) -> None:
    """A filing was made on a day: its fees, in dollars, are borne from now on."""
    builder.journal.move(administrative + entity, "fees_paid", "fees", why)
    fees = (
        IdrFee(kind="administrative", filed_on=on, amount=administrative, owed=administrative),
        IdrFee(kind="entity", filed_on=on, amount=entity, owed=entity),
    )
    builder.change(idr_fees=(*_known(builder.account), *fees))


def bear(builder: DecisionBuilder, owed: Decimal, why: str, *, unpaid: bool = False) -> None:
    """Of the last filing's entity fee `owed` dollars are ours; the rest comes back, or need not be paid if `unpaid`."""
    fee = last(builder.account, "entity")
    if fee is None:
        return
    owed = min(max(owed, ZERO), fee.amount)
    _change(builder, fee, replace(fee, owed=owed, amount=owed if unpaid else fee.amount), why)


def due_again(builder: DecisionBuilder, amount: Decimal, why: str) -> None:
    """The last filing's entity fee is due again, as `amount` dollars."""
    fee = last(builder.account, "entity")
    if fee is None:  # of a filing before fees were kept by filing
        begun(builder, builder.today, ZERO, amount, why)
    else:
        _change(builder, fee, replace(fee, amount=amount, owed=amount), why)


def on_fee_reported(builder: DecisionBuilder, event: IdrFeeTold) -> None:
    """A fee was invoiced, paid, assessed or refunded, as somebody told; also of a claim that is closed."""
    fee = last(builder.account, event.kind, event.filed_on)
    if fee is None:
        return
    why = f"IDR: {event.kind} fee {event.step}, {event.reference}"
    costs = builder.journal.balance("fees")
    if event.step == "invoiced":
        _change(builder, fee, _invoiced(fee, event), why)
    elif event.step == "paid":
        _change(builder, fee, replace(fee, paid=fee.paid + event.amount), why)
    elif event.step == "assessed":
        _change(builder, fee, replace(fee, owed=min(event.amount, fee.amount)), why)
    else:
        back = min(fee.refunded + event.amount, fee.amount)
        _change(builder, fee, replace(fee, refunded=back, owed=min(fee.owed, fee.amount - back)), why)
    if builder.journal.balance("fees") != costs:
        restate(builder)


def _invoiced(fee: IdrFee, event: IdrFeeTold) -> IdrFee:
    """The fee as it is, in place of what was expected; our part of it stays the part it was."""
    amount = max(event.amount, fee.refunded)
    owed = amount if fee.owed == fee.amount else cents(amount * fee.owed / fee.amount)
    return replace(fee, amount=amount, owed=owed, invoice=event.reference)


def last(a: Account, kind: IdrFeeKind, filed_on: date | None = None) -> IdrFee | None:
    """The fee of a kind of the filing of a day, of the last where none is named; None where none is known."""
    fees = [fee for fee in _known(a) if fee.kind == kind and filed_on in (None, fee.filed_on)]
    return fees[-1] if fees else None


def _known(a: Account) -> tuple[IdrFee, ...]:
    """The fees of the account's filings; of one begun before they were kept, what its talks say."""
    proceeding = a.proceeding
    if a.idr_fees or proceeding is None or proceeding.since is None or not proceeding.awards:
        return a.idr_fees
    kinds: tuple[tuple[IdrFeeKind, Decimal], ...] = (
        ("administrative", proceeding.administrative_fee),
        ("entity", proceeding.entity_fee),
    )
    return tuple(IdrFee(kind=kind, filed_on=proceeding.since, amount=fee, owed=fee) for kind, fee in kinds)


def _change(builder: DecisionBuilder, before: IdrFee, after: IdrFee, why: str) -> None:
    """Keep a fee as it is now, and book the difference: what is borne, and what is still due back."""
    fees = _known(builder.account)
    at = max(n for n, fee in enumerate(fees) if fee == before)
    builder.change(idr_fees=(*fees[:at], after, *fees[at + 1 :]))
    borne, due = after.owed - before.owed, after.due_back - before.due_back
    if borne * due < 0:  # from the one to the other: no money moved yet
        shift = min(abs(borne), abs(due))
        builder.journal.move(shift if due > 0 else -shift, "fees", "fees_receivable", why)
        borne, due = borne + (shift if due > 0 else -shift), due - (shift if due > 0 else -shift)
    builder.journal.move(borne, "fees_paid", "fees", why)
    builder.journal.move(due, "fees_paid", "fees_receivable", why)
