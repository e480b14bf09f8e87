"""What the gateway answers. Amounts are dollars as `Decimal`; members a newer gateway adds are ignored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, or a part of one."""


class Payer(Model, frozen=True):
    """The payer: its id as the claim names it (NM109 of loop 2010BB) and its name."""

    id: str
    name: str


class Provider(Model, frozen=True):
    """National Provider Identifiers; empty where the claim gives none."""

    billing_npi: str
    rendering_npi: str = ""
    facility_npi: str = ""


class Service(Model, frozen=True, rename={"from_": "from"}):
    """When and in which state the service was rendered."""

    from_: date | None = None
    to: date | None = None
    state: str = ""


class Amounts(Model, frozen=True):
    """Dollars, reversals negative: `recovered` beyond the first payment, `deposited` what of `paid` the bank has."""

    billed: Decimal
    paid: Decimal
    recovered: Decimal
    allowed: Decimal | None = None
    paid_at_first: Decimal | None = None
    patient_share: Decimal | None = None
    paid_by_others: Decimal = Decimal(0)
    deposited: Decimal = Decimal(0)


class Assessment(Model, frozen=True):
    """The judgement of the payment; floor, target and stretch are fair allowed amounts of the lines in dispute."""

    verdict: str
    policy: str = ""
    floor: Decimal | None = None
    target: Decimal | None = None
    stretch: Decimal | None = None
    shortfall: Decimal | None = None
    expected_net: Decimal | None = None
    confidence: int | None = None
    reasons: tuple[str, ...] = ()


class Case(Model, frozen=True):
    """The pursuit of the claim in one forum: what is `sought` and what was `awarded`, in dollars allowed."""

    case_id: str
    forum: str
    level: int
    opened_on: date
    sought: Decimal | None = None
    outcome: str = ""
    decided_on: date | None = None
    awarded: Decimal | None = None


class Offer(Model, frozen=True):
    """An offer of the payer (`by` "payer") or our counter-offer ("provider"); `amount` is an allowed amount.

    It is about `lines`, about all in dispute where it names none.
    """

    offer_id: str
    by: str
    round: int
    amount: Decimal
    on: date
    expires_on: date | None = None
    case_id: str = ""
    lines: tuple[int, ...] = ()


class Settlement(Model, frozen=True):
    """What was agreed or decided: `amount` allowed in dollars, and what is still to be paid of it."""

    settlement_id: str
    basis: str
    amount: Decimal
    additional_due: Decimal
    patient_share: Decimal
    settled_on: date
    payment_due_on: date
    recovered: Decimal | None = None
    paid_on: date | None = None
    short: bool = False
    remittance_id: str = ""
    deposited_on: date | None = None


class Books(Model, frozen=True):
    """Settlement's closing figures."""

    reason: str
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    patient_share: Decimal
    costs: Decimal


class Deadline(Model, frozen=True):
    """A day on which something is due, or a right ends; `kind` names what."""

    kind: str
    on: date
    case_id: str = ""


class Dispute(Model, frozen=True):
    """One of the claim's disputes: `lines` are those it is about, `at_stake` the dollars allowed that are contested."""

    case_id: str
    state: str
    forum: str = ""
    lines: tuple[int, ...] = ()
    allowed: Decimal | None = None
    target: Decimal | None = None
    at_stake: Decimal = Decimal(0)
    offer: Offer | None = None
    settlement: Settlement | None = None
    recovered: Decimal = Decimal(0)
    deadlines: tuple[Deadline, ...] = ()
    next_deadline: date | None = None
    closed: str = ""


class Document(Model, frozen=True):
    """A document of the case; `sha256` is of its content."""

    kind: str
    version: str
    sha256: str
    event_id: str = ""


class Moments(Model, frozen=True):
    """When the claim first came to each point."""

    received: datetime | None = None
    adjudicated: datetime | None = None
    flagged: datetime | None = None
    settled: datetime | None = None
    closed: datetime | None = None


class LastEvent(Model, frozen=True):
    """The newest event of the claim."""

    type: str
    at: datetime | None = None


class Claim(Model, frozen=True):
    """One claim as it stands. With `masked`, account numbers are withheld from this key."""

    claim_id: str
    tenant: str
    state: str
    final: bool
    amounts: Amounts
    payer: Payer
    provider: Provider
    masked: bool = False
    patient_control_number: str | None = None
    payer_claim_number: str | None = None
    form: str = ""
    service: Service = Service()
    specialty: str = ""
    forum: str = ""
    assessment: Assessment | None = None
    cases: tuple[Case, ...] = ()
    offers: tuple[Offer, ...] = ()
    settlement: Settlement | None = None
    books: Books | None = None
    deadlines: tuple[Deadline, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    documents: tuple[Document, ...] = ()
    moments: Moments = Moments()
    remittances: int = 0
    events: int = 0
    illegal_transitions: int = 0
    last_event: LastEvent | None = None
    history: bool = False


class ClaimPage(Model, frozen=True):
    """One page of claims; `next` is the cursor of the page after it, None on the last page."""

    items: list[Claim]
    next: str | None = None


class TimelineEntry(Model, frozen=True):
    """One event of a claim; `sentence` says what happened and why, `data` is the event without account numbers."""

    position: int
    event_id: str
    type: str
    source: str
    occurred_at: datetime
    recorded_at: datetime
    state_before: str
    state_after: str
    legal: bool
    sentence: str
    data: dict[str, Any]


class TimelinePage(Model, frozen=True):
    """One page of a claim's events; `next` is the position to go on after, None on the last page."""

    items: list[TimelineEntry]
    next: int | None = None


class BooksLine(Model, frozen=True):
    """What one claim came to. `paid` is the gateway's own sum, `closed_*` are settlement's closing figures."""

    claim_id: str
    tenant: str
    state: str
    close_reason: str
    verdict: str
    billed: Decimal
    paid: Decimal
    recovered: Decimal
    paid_at_first: Decimal | None = None
    closed_billed: Decimal | None = None
    closed_paid: Decimal | None = None
    closed_recovered: Decimal | None = None
    closed_costs: Decimal | None = None
    remittances: int = 0
    events: int = 0
    illegal_transitions: int = 0


class PartitionLag(Model, frozen=True):
    """How far the gateway is in one partition: `end` of the log, `taken` in, and the events between."""

    topic: str
    partition: int
    end: int
    taken: int
    behind: int


class Lag(Model, frozen=True):
    """How many events the answers do not know yet; None where the broker does not answer."""

    broker: bool
    behind: int | None = None
    newest_event_at: datetime | None = None
    partitions: list[PartitionLag] = []


class LiveEvent(Model, frozen=True):
    """One event of the live stream; pass the last `id` to resume after it."""

    id: str
    claim_id: str
    position: int
    type: str
    state_after: str
    sentence: str
    occurred_at: datetime
    data: dict[str, Any] = {}
