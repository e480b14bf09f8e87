"""What payers send us outside X12, on `payer.inbound`: offers, appeal decisions, IDR determinations.

Adapters (HTTP, portals, the payer simulator) put these on the topic; appeals and settlement hear them. Who writes here
is outside, so a contract refuses amounts that are no money and days that no calendar of ours reaches: such a record is
set aside for a person before a claim's state sees it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import UNSET, UnsetType

from shared.events.base import PAYER_INBOUND_TOPIC, Event, contract
from shared.money import require_dollars

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def _require_day(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"a day must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")


@contract("recoup.payer.offer.v1", source="payer", topic=PAYER_INBOUND_TOPIC)
class PayerOffer(Event, frozen=True):
    """The payer offers `amount` dollars as the allowed amount of `lines`; of all in dispute where it names none.

    `case_id` is the dispute it names, where the claim has several.
    """

    offer_id: str
    amount: Decimal
    offered_on: date
    final: bool = False
    expires_on: date | None = None
    lines: tuple[int, ...] = ()
    case_id: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        require_dollars(self.amount)
        _require_day(self.offered_on)
        if self.expires_on is not None:
            _require_day(self.expires_on)


@contract("recoup.payer.offer-withdrawn.v1", source="payer", topic=PAYER_INBOUND_TOPIC)
class PayerOfferWithdrawn(Event, frozen=True):
    """The payer takes its offer back; without effect where the offer ended before (accepted, expired, replaced)."""

    offer_id: str
    withdrawn_on: date

    def __post_init__(self) -> None:
        _require_day(self.withdrawn_on)


@contract("recoup.payer.appeal-decision.v1", source="payer", topic=PAYER_INBOUND_TOPIC)
class PayerAppealDecision(Event, frozen=True):
    """The payer (or external reviewer) decided an appeal level; `awarded` is the allowed amount granted."""

    case_id: str
    level: int
    outcome: Literal["overturned", "partially_overturned", "upheld", "dismissed"]
    decided_on: date
    awarded: Decimal | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        _require_day(self.decided_on)
        if self.awarded is not None:
            require_dollars(self.awarded)


@contract("recoup.payer.idr-determination.v1", source="payer", topic=PAYER_INBOUND_TOPIC)
class PayerIdrDetermination(Event, frozen=True):
    """The certified IDR entity's determination as it reached us."""

    case_id: str
    prevailing: Literal["provider", "payer"]
    award: Decimal
    determined_on: date

    def __post_init__(self) -> None:
        _require_day(self.determined_on)
        require_dollars(self.award)
