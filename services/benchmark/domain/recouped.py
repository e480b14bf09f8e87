"""What is left of a payment after the payer took money back without saying for which line.

It does so by a reversal that no correction followed, or out of another payment (PLB WO).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from shared.adjustments import line_allowed, line_share
from shared.events.claims import Adjustment, RemittanceFacts, RemittanceLine
from shared.money import ZERO, split


class Recouped(msgspec.Struct, frozen=True, omit_defaults=True):
    """Dollars taken back since the last remittance: the day, and the recoupment or reversal (the last of several).

    `whole`: the payment was reversed, the patient's share with it; only that for `lines` where others of the claim's
    payments stand. `arrived_on` is given where the day is assumed.
    """

    amount: Decimal
    on: date
    by: str
    whole: bool = False
    lines: tuple[int, ...] = ()
    arrived_on: date | None = None

    @property
    def reason(self) -> str:
        """What happened, as a negotiator can say it."""
        if self.whole:
            return f"the payer reversed its payment of ${self.amount} and sent no correction"
        return f"the payer kept ${self.amount} of its payment back out of another one"


def further(
    before: Recouped | None, amount: Decimal, on: date, by: str, arrived_on: date | None = None
) -> Recouped | None:
    """After a recoupment of `amount`, negative where the payer gives one back; None once nothing is taken back."""
    if before is not None and before.whole:
        return msgspec.structs.replace(before, on=on, by=by, arrived_on=arrived_on)
    left = amount + (before.amount if before is not None else ZERO)
    return Recouped(left, on, by, arrived_on=arrived_on) if left > 0 else None


def left_of(remittance: RemittanceFacts, recouped: Recouped) -> RemittanceFacts:
    """The remittance as it would read had the payer paid only what it left.

    A recoupment is of the payment as a whole: each line bears it in proportion to what was paid for it, in whole cents.
    """
    if recouped.lines:
        some = tuple(_nothing(line) if line.line in recouped.lines else line for line in remittance.lines)
        return msgspec.structs.replace(remittance, paid=remittance.paid - recouped.amount, lines=some)
    if recouped.whole:
        lines = tuple(_nothing(line) for line in remittance.lines)
        own = _own(remittance.adjustments)
        return msgspec.structs.replace(remittance, paid=ZERO, patient_responsibility=ZERO, adjustments=own, lines=lines)
    paid = [max(line.paid, ZERO) for line in remittance.lines]
    cuts = split(min(recouped.amount, sum(paid, ZERO)), paid)
    return msgspec.structs.replace(
        remittance,
        paid=remittance.paid - recouped.amount,
        lines=tuple(
            msgspec.structs.replace(line, paid=line.paid - cut, allowed=max(line_allowed(line) - cut, line_share(line)))
            for line, cut in zip(remittance.lines, cuts, strict=True)
        ),
    )


def _nothing(line: RemittanceLine) -> RemittanceLine:
    return msgspec.structs.replace(line, paid=ZERO, allowed=ZERO, adjustments=_own(line.adjustments))


def _own(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
    """What the payer took upon itself: nothing of a reversed payment is the patient's."""
    return tuple(adjustment for adjustment in adjustments if adjustment.group != "PR")
