"""What reading a 277CA, or a 277 about the status of claims, yields."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from recoup_x12.core.items import Item
from recoup_x12.core.party import EMPTY_PARTY, Party


class StatusRead(Item, frozen=True):
    """One STC of a received 277CA (005010X214) or 277 (005010X212). `level` is payer, receiver, provider or claim.

    `reference` is TRN02 there: the claim's control number in a 277CA, the inquiry's own number in a 277. `statuses` are
    (category, status code, entity); `action` WQ accepted, U rejected. `control_number` is the claim's in either.
    `batch` is BHT03, `sender` whom the answer is of (2100A: PR a payer, AY a clearinghouse). A status of one line has
    `of_line`, and the line's number (REF*FJ) and procedure where they are told.
    """

    level: str
    reference: str
    statuses: tuple[tuple[str, str, str], ...]
    action: str
    date: str
    amount: Decimal | None = None
    payer_claim_number: str = ""
    entity_id: str = ""
    implementation: str = ""
    batch: str = ""
    control_number: str = ""
    sender: Party = EMPTY_PARTY
    provider_id: str = ""
    patient: Party = EMPTY_PARTY
    served_from: date | None = None
    served_to: date | None = None
    of_line: bool = False
    line_number: str = ""
    procedure: str = ""
    paid: Decimal | None = None
