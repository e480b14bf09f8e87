"""What reading a 277CA yields."""

from __future__ import annotations

from decimal import Decimal

from recoup_x12.core.items import Item


class StatusRead(Item, frozen=True):
    """One STC of a received 277CA. `level` is payer, receiver, provider or claim; `reference` TRN02 there.

    `statuses` are (category, status code, entity); `action` WQ accepted, U rejected.
    """

    level: str
    reference: str
    statuses: tuple[tuple[str, str, str], ...]
    action: str
    date: str
    amount: Decimal | None = None
    payer_claim_number: str = ""
    entity_id: str = ""
