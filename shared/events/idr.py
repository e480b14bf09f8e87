"""Events of federal IDR that appeals emits: a dispute initiated, determined, closed and reopened, and its fees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from shared.events.base import Event, contract, under_both_names
from shared.events.life import ANYWHERE, DisputeScope, State, Transition
from shared.events.payer import LineAward, Prevailing, Reporter
from shared.events.pursuit import DocumentRef


@contract(
    "recoup.idr.initiated.v1",
    source="appeals",
    life=Transition((State.NEGOTIATING, State.IN_IDR), State.IN_IDR, crosses=True),
    scope=DisputeScope.NAMED,
)
class IdrInitiated(Event, frozen=True):
    """The federal IDR process was initiated, 45 CFR 149.510(b)(2), or once more in the right form. Fees in dollars.

    `batch_claims` claims share the filing `batch_id` where that is not empty; the fees are then this claim's part of
    the filing's, and the parts add up to the cent.
    """

    case_id: str
    initiated_on: date
    offer: Decimal
    administrative_fee: Decimal
    entity_fee: Decimal
    determination_due_on: date
    documents: tuple[DocumentRef, ...] = ()
    batch_id: str = ""
    batch_claims: int = 1


@contract("recoup.idr.determined.v1", source="appeals", life=Transition((State.IN_IDR,)), scope=DisputeScope.NAMED)
class IdrDetermined(Event, frozen=True):
    """The certified IDR entity chose one of the two offers; `award` is the allowed amount it fixed.

    `fees_owed` dollars of the entity's fee are ours to bear. Where it chose line by line `lines` has each, `award` is
    their sum and `prevailing` the side with more of them. `default_of` is the side that made no offer or paid no fee.
    """

    case_id: str
    determined_on: date
    prevailing: Prevailing
    award: Decimal
    fees_owed: Decimal
    payment_due_on: date
    lines: tuple[LineAward, ...] | UnsetType = UNSET
    default_of: Prevailing | UnsetType = UNSET


IdrOutcome = Literal["ineligible", "improperly_batched", "improperly_bundled", "withdrawn", "fees_unpaid", "dismissed"]
"""How an IDR dispute ends without a determination."""
IneligibleFor = Literal[
    "", "state_law", "all_payer_model", "not_covered", "untimely", "cooling_off", "no_open_negotiation", "other"
]
"""Why an entity found a dispute ineligible."""


@contract(
    "recoup.idr.closed.v1", source="appeals", life=Transition((State.IN_IDR,), crosses=True), scope=DisputeScope.NAMED
)
class IdrClosed(Event, frozen=True, omit_defaults=True):
    """The IDR dispute was closed without a determination; the administrative fee is kept.

    `fee_returned` dollars of the entity's fee come back to us. `resubmit_by` is the last day to send it once more,
    where it was batched or bundled wrongly for the first time. What follows is told by its own event. `unpaid`: it
    had not been paid yet, so that it need not be, and nothing is awaited back. `told_by` is the former name of
    `reported_by` and holds the same.
    """

    case_id: str
    outcome: IdrOutcome
    closed_on: date
    fee_returned: Decimal
    ineligible_for: IneligibleFor = ""
    reported_by: Reporter = "entity"
    told_by: Reporter = "entity"
    resubmit_by: date | None = None
    unpaid: bool = False

    def __post_init__(self) -> None:
        under_both_names(self, "reported_by", "told_by")


@contract(
    "recoup.idr.reopened.v1",
    source="appeals",
    life=Transition((State.IN_IDR, State.IN_APPEAL), State.IN_IDR, crosses=True),
    scope=DisputeScope.NAMED,
)
class IdrReopened(Event, frozen=True, omit_defaults=True):
    """A closed dispute awaits its determination again; `entity_fee` dollars are due; `reported_by` as in IdrClosed."""

    case_id: str
    reopened_on: date
    entity_fee: Decimal
    determination_due_on: date
    reported_by: Reporter = "entity"
    told_by: Reporter = "entity"

    def __post_init__(self) -> None:
        under_both_names(self, "reported_by", "told_by")


IdrFeeKind = Literal["administrative", "entity"]
"""The fee of the Departments for a party's taking part in a dispute, and the fee of the IDR entity."""
IdrFeeStep = Literal["invoiced", "paid", "assessed", "refunded"]
"""What became of a fee: `assessed` is what of the entity's fee a side bears in the end."""


@contract("recoup.idr.fee-told.v1", source="appeals", life=Transition(ANYWHERE), scope=DisputeScope.NAMED)
class IdrFeeTold(Event, frozen=True, omit_defaults=True):
    """A fee of the IDR filing of `filed_on` was invoiced to us, paid, assessed or refunded: `amount` dollars of it.

    Of a filing of several claims that is this claim's part. `reference` is the number of the invoice or receipt, given
    once for each step. `reported_on` is the day of the step; `told_on` is its former name and holds the same day.
    """

    case_id: str
    filed_on: date
    kind: IdrFeeKind
    step: IdrFeeStep
    amount: Decimal
    told_on: date
    reference: str
    dispute: str = ""
    reported_on: date | None = None

    def __post_init__(self) -> None:
        if self.reported_on is None:  # emitted before the field had this name
            msgspec.structs.force_setattr(self, "reported_on", self.told_on)
