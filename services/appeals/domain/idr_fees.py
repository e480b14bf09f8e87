"""The IDR entity's fee: who bears it after a determination, and our part of it where several claims share a filing.

Each party pays the fee when it offers; the side that did not prevail bears it, and the other's is given back (42 USC
300gg-111(c)(5)(F), 45 CFR 149.510(d)(1)). Of a filing of several lines each is determined by itself: the side with
fewer determinations in its favor bears the whole fee, and each side half where they have as many.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from shared.events.payer import Prevailing
from shared.money import ZERO, cents

RULE = "45 CFR 149.510(d)(1)"


def fee_owed(entity_fee: Decimal, prevailing: Iterable[Prevailing]) -> Decimal:
    """Dollars of the entity's fee that we bear, by who prevailed on each line of the whole filing.

    Nothing for us, all, or half of it with the odd cent borne. Source: 45 CFR 149.510(d)(1) and the Departments'
    guidance for disputing parties on batched determinations (read in secondary sources): what the entity's invoice says
    goes before it.
    """
    sides = tuple(prevailing)
    won, lost = sides.count("provider"), sides.count("payer")
    if won == lost:
        return cents(entity_fee / 2)
    return ZERO if won > lost else entity_fee
