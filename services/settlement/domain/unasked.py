"""Money that the payer moves without our doing, and money for lines that nothing was agreed about."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.line_money import LineMoney
from shared.money import ZERO


def count_unasked(builder: DecisionBuilder, more: Decimal) -> None:
    """What the payer pays more for lines that nobody disputes is no recovery; what it takes of that again, no loss."""
    unsolicited = builder.account.unsolicited
    left = unsolicited + more if more > ZERO else max(unsolicited + more, min(unsolicited, ZERO))
    builder.change(unsolicited=left)


def expect_beside(builder: DecisionBuilder, beside: LineMoney | None) -> None:
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


def limit_unasked(builder: DecisionBuilder) -> None:
    """Forget of what came without our doing what is gone again: no more of it stands than beyond the first payment."""
    a = builder.account
    if a.unsolicited > ZERO and a.paid_at_first is not None:
        builder.change(unsolicited=min(a.unsolicited, max(a.standing[0] - a.paid_at_first, ZERO)))
