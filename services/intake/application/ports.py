"""What intake's application needs of the world, a batch at a time; `adapters/sql` provides it on Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Claim, Payment, RecordsRequest, Remittance
from services.intake.domain.outbound_ack import OutboundAck
from services.intake.domain.recoupment import Recoupment
from services.intake.domain.status_report import StatusReport
from services.intake.domain.submission import ClaimRecord, Outcome
from shared.events.base import Event

Placement = Literal["matched", "waiting", "ambiguous", "dismissed", "duplicate", "held", "refused", "test"]
"""Found its claim; waits for it; for a person to choose; set aside by a person as not ours; received before; held
for a person, since it cannot be posted as it is; not taken in because of an error in this service;
sent as a test, so it pays no claim."""

HeldKind = Literal["payment", "imbalance", "interest", "adjustment"]
"""A claim payment; what BPR02 has over or lacks beside claims and adjustments; interest without a PLB; a PLB that
cannot be read."""
HeldStatus = Literal["open", "posted", "dismissed", "superseded"]
"""For a person; posted by one; set aside by one; come again from the payer, and posted."""


class Original(msgspec.Struct, frozen=True):
    """A claim's text as it was sent; sealed before it is stored. With the place it had and what it came to there."""

    claim_id: str
    fingerprint: str
    text: str
    interchange_id: str
    serial: int = 0
    outcome: Outcome = "accepted"


class Delivered(msgspec.Struct, frozen=True):
    """What an earlier try at the same input already did: the place in it, and the answer it gave."""

    interchange_id: str
    serial: int
    outcome: str
    score: int = 0
    reason: str = ""
    claim_id: str | None = None


class KeptRemittance(msgspec.Struct, frozen=True):
    """A claim payment with its place in the matching: matched, waiting for its claim, or ambiguous.

    `received_on` is the day it was received, whenever it finds its claim: the No Surprises Act counts from it; where
    that is assumed, `arrived_on` is the day it came in.
    `superseded`: a payment that came with it in the same interchange reverses it.
    `excluded` are claims that a person said it is not for.
    """

    remittance_id: str
    status: Placement
    score: int
    reason: str
    remittance: Remittance
    keys: tuple[str, ...]
    received_on: date
    interchange_id: str
    claim_id: str | None = None
    candidates: tuple[str, ...] = ()
    superseded: bool = False
    serial: int = 0
    excluded: tuple[str, ...] = ()
    arrived_on: date | None = None
    from_other_payer: bool = False
    """Found when it is matched, and told with its event; not stored."""
    history: bool = False
    """Loaded as history."""
    counted_again: bool = False
    """It says what another payment of its claim says, and counts beside it by a person's word."""


class HeldPayment(msgspec.Struct, frozen=True):
    """A claim payment, or what of an 835 belongs to none, that a person must settle. Amounts in dollars.

    `reasons` say what is wrong, where, and how to fix it; `text` is the X12 as sent and `remittance` what was read of
    it, both sealed in the store. `claim_id` is the claim that it seems to be for, where that is known.
    `received_on` and `arrived_on` are as of a `KeptRemittance`.
    """

    held_id: str
    kind: HeldKind
    control_number: str
    charge: Decimal | None
    amount: Decimal | None
    trace_number: str
    payer: str
    paid_on: date | None
    reasons: tuple[Problem, ...]
    text: str
    received_on: date
    interchange_id: str
    serial: int = 0
    status: HeldStatus = "open"
    claim_id: str | None = None
    remittance: Remittance | None = None
    arrived_on: date | None = None
    history: bool = False


RecoupmentOutcome = Literal["matched", "unmatched", "ambiguous", "duplicate", "dismissed", "test"]


class KeptRecoupment(msgspec.Struct, frozen=True):
    """A recoupment with its place: the claim it is about, where exactly one is known by the payer's number.

    `decided` counts the decisions of people about it so far.
    """

    recoupment: Recoupment
    outcome: RecoupmentOutcome
    claim_id: str | None
    received_on: date
    decided: int = 0


RequestOutcome = Literal["matched", "unmatched", "ambiguous", "duplicate", "dismissed", "refused", "test"]


class KeptRequest(msgspec.Struct, frozen=True):
    """A request with its place: the claim it asks about, or why none was found and which may be meant."""

    request_id: str
    request: RecordsRequest
    outcome: RequestOutcome
    reason: str
    claim_id: str | None
    candidates: tuple[str, ...]
    received_on: date


StatusOutcome = Literal["matched", "rejected", "unmatched", "ambiguous", "duplicate", "dismissed", "refused", "test"]
"""`rejected`: it has its claim, which the payer did not take."""


class KeptStatus(msgspec.Struct, frozen=True):
    """What a payer says of a claim, with its place: the claim, or why none was found and which may be meant."""

    report_id: str
    report: StatusReport
    outcome: StatusOutcome
    reason: str
    claim_id: str | None
    candidates: tuple[str, ...]
    received_on: date


class Store(Protocol):
    """One transaction on intake's schema. Every method is one or two statements, whatever the number of rows."""

    async def resolve_keys(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Claim ids under each of these match keys."""
        ...

    async def load(self, claim_ids: Sequence[str]) -> dict[str, ClaimRecord]:
        """Records of these claims, locked until the transaction ends."""
        ...

    def put(self, claim_id: str, record: ClaimRecord) -> None:
        """Keep a new or changed record; written by `save`."""
        ...

    def emit(self, event: Event) -> None:
        """Queue an event about a claim that was loaded or put; its sequence is counted on the claim's row."""
        ...

    def reject(self, event: Event) -> None:
        """Queue the rejection of a submission that has no record, as the first and only event under its id."""
        ...

    async def save(self) -> None:
        """Write the records that were put or emitted about."""
        ...

    async def keep_originals(self, originals: Sequence[Original]) -> None:
        """Keep the submitted text of accepted claims, sealed."""
        ...

    async def delivered(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Delivered]:
        """Where these accepted submissions, named by claim id and fingerprint, were first delivered."""
        ...

    async def add_keys(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Make claims findable: claim id → match keys."""
        ...

    async def drop_keys(self, claim_id: str, keys: Sequence[str]) -> None:
        """Make a claim no longer findable under these keys."""
        ...

    async def new_rejections(self, ids: Sequence[str]) -> set[str]:
        """Enter refused submissions; returns those not refused before."""
        ...

    async def known_remittances(self, ids: Sequence[str]) -> dict[str, Delivered]:
        """Those of these remittance ids that are stored already, with where they came and how they were placed."""
        ...

    async def keep_remittances(self, remittances: Sequence[KeptRemittance]) -> None:
        """Store new remittances, or new placements of stored ones."""
        ...

    async def expect(self, payments: Sequence[tuple[Payment, date]]) -> None:
        """Keep 835s' payments, each with the day of its receipt, as what a bank's deposit has to be found for."""
        ...

    async def remittance(self, remittance_id: str) -> KeptRemittance | None:
        """One remittance of the tenant, locked."""
        ...

    async def hold(self, held: Sequence[HeldPayment]) -> dict[str, HeldStatus]:
        """Keep these where they are new; returns how each stands now."""
        ...

    async def held(self, held_id: str) -> HeldPayment | None:
        """One held item of the tenant, locked."""
        ...

    async def settle_held(self, held_id: str, status: HeldStatus, claim_id: str | None) -> None:
        """How a held item ended.

        Args:
            held_id: The held item's id.
            status: How it ended.
            claim_id: The claim that it was posted to, if any.
        """
        ...

    async def held_of(self, claim_ids: Sequence[str]) -> list[HeldPayment]:
        """The open held payments of these claims, oldest first, locked."""
        ...

    async def end_held(self, settled: Mapping[str, HeldStatus]) -> None:
        """How held items ended without a person, by their ids."""
        ...

    async def hold_again(self, held_id: str) -> bool:
        """A posted item is held for a person again, and is not a payment any more; False where none of this id is."""
        ...

    async def received_on(self, claim_id: str, payment: Remittance) -> date | None:
        """The day on which this payment of a claim was received."""
        ...

    async def supersede_held(self, payments: Sequence[KeptRemittance]) -> None:
        """End the held items of earlier inputs that these payments are the sound repetition of."""
        ...

    async def recoupments_of(self, claim_ids: Sequence[str]) -> dict[str, list[Recoupment]]:
        """The recoupments matched to each claim, in the order they came."""
        ...

    async def enter_recoupments(self, kept: Sequence[KeptRecoupment]) -> set[str]:
        """Store recoupments; returns the ids of those not stored before."""
        ...

    async def recoupment(self, recoupment_id: str) -> KeptRecoupment | None:
        """One recoupment of the tenant, locked."""
        ...

    async def place_recoupment(self, kept: KeptRecoupment) -> None:
        """Store where a recoupment belongs now."""
        ...

    async def standing(self, claim_ids: Sequence[str]) -> dict[str, list[Remittance]]:
        """The payments and reversals matched to each of these claims, in the order they came."""
        ...

    async def counted_again(self, claim_id: str) -> list[Remittance]:
        """Those of a claim's payments that count by a person's word beside another that says the same."""
        ...

    async def waiting_for(self, keys: Sequence[str]) -> list[KeptRemittance]:
        """Remittances that wait for a claim under any of these keys, oldest first, locked."""
        ...


class RequestStore(Protocol):
    """One transaction on the requests, beside the `Store` of claims."""

    async def enter(self, kept: Sequence[KeptRequest]) -> set[str]:
        """Store requests; returns the ids of those not stored before."""
        ...

    async def request(self, request_id: str) -> KeptRequest | None:
        """One request of the tenant, locked."""
        ...

    async def waiting(self, ids: Sequence[str]) -> list[KeptRequest]:
        """Those of these requests that still have no claim, locked."""
        ...

    async def place(self, kept: KeptRequest) -> None:
        """Store where a request belongs now."""
        ...


class StatusStore(Protocol):
    """One transaction on payers' reports, beside the `Store` of claims."""

    async def enter(self, kept: Sequence[KeptStatus]) -> set[str]:
        """Store reports; returns the ids of those not stored before."""
        ...

    async def asked(self, inquiries: Sequence[str]) -> dict[str, str]:
        """The claims that these inquiries of ours (TRN02 of a 276) asked about."""
        ...

    async def report(self, report_id: str) -> KeptStatus | None:
        """One report of the tenant, locked."""
        ...

    async def place(self, kept: KeptStatus) -> None:
        """Store where a report belongs now."""
        ...


class Questions(Protocol):
    """The questions about coverage (270) that were sent, in one transaction."""

    async def asked(self, keys: Sequence[str]) -> dict[str, str]:
        """The claims that these questions are about, by their keys, locked."""
        ...

    async def claim(self, claim_id: str) -> Claim | None:
        """The claim as it was sent; None where it cannot be read any more."""
        ...

    async def answered(self, key: str, fingerprint: str) -> bool:
        """Keep that a question was answered by this; False where the same answer came before."""
        ...


class SentOut(Protocol):
    """What was sent, as far as an acknowledgment needs it."""

    @property
    def key(self) -> str:
        """The name of the sending."""
        ...

    @property
    def claim_id(self) -> str:
        """The claim it is about."""
        ...

    @property
    def status(self) -> str:
        """What the receiver said of it so far."""
        ...

    @property
    def kind(self) -> Literal["270", "275", "276", "837"]:
        """The transaction set that was sent."""
        ...


class Ledger(Protocol):
    """What was sent and is judged, in one transaction."""

    async def waiting(self, controls: Sequence[int]) -> Mapping[int, SentOut]:
        """What went out under these control numbers, locked."""
        ...

    async def judge(self, control: int, acknowledgment: OutboundAck) -> None:
        """Keep the acknowledgment."""
        ...
