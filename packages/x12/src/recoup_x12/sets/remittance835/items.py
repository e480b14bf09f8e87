"""What reading an 835 yields."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from recoup_x12.core.items import Item, UnitRead
from recoup_x12.core.problem import Problem
from recoup_x12.core.source import Source
from recoup_x12.sets.remittance835.model import Payment, ProviderAdjustment, Remittance


class RemittanceRead(UnitRead, frozen=True):
    """One claim payment of an 835.

    `doubts` are those of its problems that leave its money or its lines uncertain: it is held for a person with them,
    and posted without any. `payment` is as its header has it, and `charge` and `paid` are CLP03 and CLP04 where these
    alone can be read.
    """

    remittance: Remittance | None
    source: Source
    doubts: tuple[Problem, ...] = ()
    payment: Payment = Payment()
    charge: Decimal | None = None
    paid: Decimal | None = None

    @property
    def accepted(self) -> bool:
        """True if the claim payment was read and no problem with it is an error."""
        return self.remittance is not None and not self.doubts


class ProviderAdjustmentsRead(Item, frozen=True):
    """The PLB segments of an 835."""

    payment: Payment
    adjustments: tuple[ProviderAdjustment, ...]
    total: Decimal


class PaymentItemRead(Item, frozen=True):
    """What of an 835 belongs to no claim and does not come out even: for a person to settle, beside its claims.

    `kind` is imbalance (BPR02 against the claims and adjustments; `amount` is what is over, negative what is short),
    interest (an imbalance that is just the interest of AMT*I), or adjustment (a pair of a PLB, or a whole one, that is
    not certain; `amount` is what it adds to the payment, None where it cannot be read). `text` is the
    header or the PLB as sent, `place` tells it from another of the same text.
    """

    kind: Literal["imbalance", "interest", "adjustment"]
    problems: tuple[Problem, ...]
    payment: Payment
    amount: Decimal | None
    text: str
    place: int = 0
