"""What settlement's routes answer, as structs: an account, its disputes, its books and its decisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from services.settlement.domain.account import (
    Approval,
    DecisionRecord,
    HeldAct,
    IdrFee,
    Phase,
    Proceeding,
    UnappliedPayment,
)
from services.settlement.domain.dispute import Dispute
from services.settlement.domain.fees import FeeTable
from services.settlement.domain.idr_value import IdrValue
from services.settlement.domain.ledger import Place
from services.settlement.domain.offers import Offer
from services.settlement.domain.patient import Finding
from services.settlement.domain.payer_history import PayerHistory
from services.settlement.domain.policy import Policy
from services.settlement.domain.terms import LinePart, Settlement
from shared.events.payer import PayerOffer
from shared.events.settlement import CloseReason


class PatientShare(msgspec.Struct, frozen=True):
    """What the patient owes, in dollars."""

    stated: Decimal
    lawful: Decimal


class FeeShown(IdrFee, frozen=True, kw_only=True, omit_defaults=False):
    """One fee of an IDR filing, with what comes back of it."""

    back: Decimal = msgspec.field(name="due_back")


class OfferShown(Offer, frozen=True, kw_only=True, omit_defaults=True):
    """One version of an offer; members of their usual value are left out: `status` is then open, `version` 1."""

    doubt: str = ""


class ActShown(HeldAct, frozen=True, kw_only=True, omit_defaults=False):
    """What a person decided about an offer, and how long it can still be undone."""

    seconds_left: float


class _State(msgspec.Struct, frozen=True, kw_only=True):
    claim_id: str
    phase: Phase
    payer_id: str
    specialty: str
    code: str
    charge: Decimal
    paid: Decimal
    paid_at_first: Decimal | None
    patient_share: PatientShare
    balance_billing_findings: tuple[Finding, ...]
    recouped: Decimal
    recovered: Decimal
    costs: Decimal
    idr_fees: tuple[FeeShown, ...]
    dispute: Dispute | None
    idr: IdrValue | None
    talks: Proceeding | None
    offers: tuple[OfferShown, ...]
    waiting_decision: Approval | None
    act: ActShown | None
    agreed_lines: tuple[LinePart, ...]
    settlement: Settlement | None
    earlier_settlements: tuple[Settlement, ...]
    closed: CloseReason | None
    closed_on: date | None
    where_the_money_is: dict[Place, Decimal]


class DisputeShown(_State, frozen=True, kw_only=True):
    """One of several disputes of a claim."""

    case_id: str
    lines: tuple[int, ...]


class AccountShown(_State, frozen=True, kw_only=True):
    """A claim's account; of several disputes the first, and sums of all where they are the claim's.

    The last three members are there where the claim has several disputes.
    """

    deposited: Decimal
    in_transit: Decimal
    settlement_deposited_on: date | None
    disputes: tuple[DisputeShown, ...] | UnsetType = UNSET
    unplaced: tuple[UnappliedPayment, ...] | UnsetType = UNSET
    unplaced_offers: tuple[PayerOffer, ...] | UnsetType = UNSET


class EntryShown(msgspec.Struct, frozen=True, omit_defaults=True, rename={"source": "from", "target": "to"}):
    """One movement of money in a claim's books."""

    seq: int
    on: date
    source: Place
    target: Place
    amount: Decimal
    why: str
    case_id: str = ""


class LedgerShown(msgspec.Struct, frozen=True, kw_only=True):
    """A claim's books, proved against its entries."""

    claim_id: str
    charge: Decimal
    balances: dict[Place, Decimal]
    proved: bool
    entries: tuple[EntryShown, ...]


class DecisionShown(DecisionRecord, frozen=True, kw_only=True, omit_defaults=False):
    """A decision with everything it rests on."""

    replays: bool


class Audit(msgspec.Struct, frozen=True):
    """Whether the books of all claims add up to their states."""

    holds: bool
    broken: tuple[str, ...]


class PolicyInForce(msgspec.Struct, frozen=True):
    """What decisions are made by now."""

    policy: Policy
    record: PayerHistory
    fees: FeeTable
    learnt: dict[str, str]


class Activated(msgspec.Struct, frozen=True):
    """The version of the payers' record that was put in force."""

    active: str
