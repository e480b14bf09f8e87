"""What payers send us outside X12, on `payer.inbound`: offers, appeal decisions, IDR determinations.

Adapters (HTTP, portals, the payer simulator) put these on the topic; appeals and settlement hear them. Who writes here
is outside, so a contract refuses amounts that are no money, days that no calendar of ours reaches, ids that are empty
or longer than 100 characters, and lines that no claim has: such a record is set aside for a person before a claim's
state sees it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import UNSET, UnsetType

from shared.events.base import PAYER_INBOUND_TOPIC, Event, Part, contract, under_both_names
from shared.events.life import DisputeScope
from shared.money import require_dollars, total

Prevailing = Literal["provider", "payer"]
"""Whose offer an IDR entity chose."""
Reporter = Literal["portal", "entity", "departments", "payer", "staff"]
"""Who reported a fact of an IDR dispute: a payer's word alone never ends a right of ours."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LONGEST_ID = 100
_LAST_LINE = 999
"""An 837 bears up to 999 service lines a claim; a claim of ours has no more of any form."""


def _require_day(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"a day must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")


def _require_id(name: str, value: str) -> None:
    if not value.strip() or len(value) > _LONGEST_ID:
        raise ValueError(f"{name} must have 1 to {_LONGEST_ID} characters")


def _require_lines(lines: tuple[int, ...]) -> None:
    if len(lines) > _LAST_LINE or any(not 1 <= line <= _LAST_LINE for line in lines):
        raise ValueError(f"lines must be at most {_LAST_LINE} numbers from 1 to {_LAST_LINE}")


@contract("recoup.payer.offer.v1", source="payer", topic=PAYER_INBOUND_TOPIC, scope=DisputeScope.OFFER)
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
        _require_id("offer_id", self.offer_id)
        _require_lines(self.lines)
        if self.case_id:
            _require_id("case_id", self.case_id)
        require_dollars(self.amount)
        _require_day(self.offered_on)
        if self.expires_on is not None:
            _require_day(self.expires_on)


@contract("recoup.payer.offer-withdrawn.v1", source="payer", topic=PAYER_INBOUND_TOPIC, scope=DisputeScope.OFFER)
class PayerOfferWithdrawn(Event, frozen=True):
    """The payer takes its offer back; without effect where the offer ended before (accepted, expired, replaced)."""

    offer_id: str
    withdrawn_on: date

    def __post_init__(self) -> None:
        _require_id("offer_id", self.offer_id)
        _require_day(self.withdrawn_on)


@contract("recoup.payer.appeal-decision.v1", source="payer", topic=PAYER_INBOUND_TOPIC, scope=DisputeScope.NAMED)
class PayerAppealDecision(Event, frozen=True):
    """The payer (or external reviewer) decided an appeal level; `awarded` is the allowed amount granted."""

    case_id: str
    level: int
    outcome: Literal["overturned", "partially_overturned", "upheld", "dismissed"]
    decided_on: date
    awarded: Decimal | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        _require_id("case_id", self.case_id)
        _require_day(self.decided_on)
        if self.awarded is not None:
            require_dollars(self.awarded)


class LineAward(Part, frozen=True):
    """What an IDR entity determined of one line: whose offer, and the allowed amount, in dollars."""

    line: int
    prevailing: Prevailing
    award: Decimal


def _require_awards(lines: tuple[LineAward, ...], prevailing: Prevailing, award: Decimal) -> None:
    """Raise `ValueError` unless the lines are a claim's, each once, and come to the whole that is told with them."""
    numbers = tuple(one.line for one in lines)
    _require_lines(numbers)
    if len(set(numbers)) != len(numbers):
        raise ValueError("a line must be determined once")
    for one in lines:
        require_dollars(one.award)
    if total(one.award for one in lines) != award:
        raise ValueError("the awards of the lines must add up to the award")
    if 2 * sum(one.prevailing == prevailing for one in lines) < len(lines):
        raise ValueError("the side with fewer lines does not prevail")


@contract("recoup.payer.idr-determination.v1", source="payer", topic=PAYER_INBOUND_TOPIC, scope=DisputeScope.NAMED)
class PayerIdrDetermination(Event, frozen=True):
    """The certified IDR entity's determination as it reached us; `reported_by` is the entity where it is not given.

    `lines` are its determinations line by line, where it chose different sides' offers: `award` is their sum and
    `prevailing` the side with more of them. `default_of` is the side that made no offer or paid no fee, so that the
    other's offer was chosen. `fees_owed` dollars of the entity's fee are ours to bear, where that was told.
    `told_by` is the former name of `reported_by` and holds the same.
    """

    case_id: str
    prevailing: Prevailing
    award: Decimal
    determined_on: date
    reported_by: Reporter | UnsetType = UNSET
    told_by: Reporter | UnsetType = UNSET
    lines: tuple[LineAward, ...] | UnsetType = UNSET
    default_of: Prevailing | UnsetType = UNSET
    fees_owed: Decimal | UnsetType = UNSET

    def __post_init__(self) -> None:
        under_both_names(self, "reported_by", "told_by")
        _require_id("case_id", self.case_id)
        _require_day(self.determined_on)
        require_dollars(self.award)
        if isinstance(self.fees_owed, Decimal):
            require_dollars(self.fees_owed)
        if self.default_of and self.default_of == self.prevailing:
            raise ValueError("the side that made no offer or paid no fee cannot prevail")
        if self.lines:
            _require_awards(self.lines, self.prevailing, self.award)
