"""What a client may know of a claim: the read model's one record for each claim.

All amounts are dollars. Account numbers are kept sealed; everything else here is codes, organisations, amounts and
dates.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.gateway.domain.waiting import Belief, Worked
from shared.events.pursuit import Law, Protection
from shared.lifecycle import State
from shared.money import ZERO
from shared.payer_answers import Answers


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account number: `sealed` can be opened with the key ring, `lookup_hash` finds equal numbers unopened."""

    sealed: str = ""
    lookup_hash: str = msgspec.field(default="", name="blind")


NO_IDENTIFIER = Identifier()

Identify = Callable[[str, str, str, str], Identifier]
"""(tenant, claim id, field, value) → identifier; the same input gives the same identifier."""


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An offer of the payer (`by` "payer") or our counter-offer (`by` "provider"); `amount` is an allowed amount.

    It is about `lines`, about all in dispute where it names none. `ended` is empty while it stands, else how it ended:
    accepted, countered, declined, expired, withdrawn, replaced by a later one, or `over` with the talks.
    """

    offer_id: str
    by: str
    round: int
    amount: Decimal
    on: date
    expires_on: date | None = None
    case_id: str = ""
    lines: tuple[int, ...] = ()
    ended: str = ""


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the pursuit: an appeal level, an open negotiation or an IDR dispute."""

    case_id: str
    forum: str
    level: int
    opened_on: date
    sought: Decimal | None = None
    outcome: str = ""
    decided_on: date | None = None
    awarded: Decimal | None = None


class Deadline(msgspec.Struct, frozen=True, omit_defaults=True):
    """A day by which something has to happen, while it is still open; `kind` is unique within a dispute.

    `case_id` is the dispute, where the claim has several; so it is with an offer's.
    """

    kind: str
    on: date
    case_id: str = ""


class Document(msgspec.Struct, frozen=True):
    """A document produced for the claim: kind, template version, SHA-256 of its bytes, the event that named it."""

    kind: str
    version: str
    sha256: str
    event_id: str


class Assessment(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last judgement of the payment; floor, target and stretch are fair allowed amounts of the lines in dispute."""

    verdict: str
    policy: str = ""
    floor: Decimal | None = None
    target: Decimal | None = None
    stretch: Decimal | None = None
    shortfall: Decimal | None = None
    expected_net: Decimal | None = None
    confidence: int | None = None
    reasons: tuple[str, ...] = ()


class Settlement(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agreed or awarded allowed amount, what the payer still owes by it, and what was verified as paid.

    It is remitted on `paid_on`, by `remittance_id`, and deposited on `deposited_on`, the day a bank tells of.
    """

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


class Proof(msgspec.Struct, frozen=True, array_like=True):
    """A payment, or reversal (negative), that a deposit proves, in dollars, and the day on which its money came."""

    remittance_id: str
    amount: Decimal
    on: date


class LineAtStake(msgspec.Struct, frozen=True, array_like=True):
    """A line in dispute: dollars the payer allowed for it, and the fair allowed amount."""

    line: int
    allowed: Decimal
    target: Decimal


class Dispute(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of a claim's disputes: of `lines`, the first of those that no other holds.

    `recovered` is what it brought, in dollars; `closed` says how it ended.
    """

    case_id: str
    state: State
    lines: tuple[int, ...] = ()
    forum: str = ""
    settlement: Settlement | None = None
    recovered: Decimal = ZERO
    closed: str = ""


class Pursuit(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claim's first verdict against the payer: the day its payment or denial was received, and what was missing.

    `shortfall` is target − allowed of the lines in dispute, of a denial the whole target. `policy` is the negotiation
    policy that the pursuit counts to: of the latest step that names one, in the end of the closing event.
    """

    began_on: date
    shortfall: Decimal
    denied: bool = False
    policy: str = ""


class Books(msgspec.Struct, frozen=True):
    """The claim's closing figures as settlement's ledger states them."""

    reason: str
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    patient_share: Decimal
    costs: Decimal


class PatientShare(msgspec.Struct, frozen=True, omit_defaults=True):
    """What remittances say of the patient's cost share, in dollars; `stated` is None before the first.

    `stated` over all remittances, reversals negative; `excess` and `beyond` of the last one: coinsurance on more than
    the recognized amount, and what is not cost sharing at all. `taken_back` between a reversal and its correction.
    """

    stated: Decimal | None = None
    excess: Decimal = ZERO
    beyond: Decimal = ZERO
    taken_back: bool = False


class GoverningLaw(msgspec.Struct, frozen=True, omit_defaults=True):
    """The governing law as appeals told it last; `state` (USPS) is set where that state has a process of its own."""

    law: Law
    protection: Protection
    state: str = ""
    by_person: bool = False


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one event did to the claim's state, and its position among the claim's events (from 1).

    `about` says in words which dispute it is about, where the claim had several by then.
    """

    event_id: str
    position: int
    before: State
    after: State
    legal: bool
    about: str = ""


class Moments(msgspec.Struct, frozen=True, omit_defaults=True):
    """When the claim came to a point for the first time, by the business calendar."""

    received: datetime | None = None
    adjudicated: datetime | None = None
    flagged: datetime | None = None
    settled: datetime | None = None
    closed: datetime | None = None


class ClaimView(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole read model of one claim.

    `paid` is the sum over all remittances of the claim's own payer, reversals negative; `answers` are those that stand.
    `paid_by_others` is what other payers paid; `deposits` prove what of both is in the bank. `recovered` is what came
    after the first remittance once the claim was pursued; the books' figure replaces it when the claim closes. `code`
    is the procedure that stands for the claim: of the line most underpaid, else of the largest. `assessment` is the
    judgement that is pursued and counted; `standing` a later one of another verdict, which holds of what is paid by
    now. `disputes` are kept where it has several:
    then `state`, `forum`, `recovered` and `settlement` follow from them. `stakes` are the lines in dispute. `steps` are
    the events taken in at `taken_at`, the latest transaction: the timeline reads from them what each event did.
    `history`: loaded as history and not taken up: figures of our work are without it. `denial_carcs` are the reasons
    for which the claim was denied as a whole at first. `worked` is what waits for people, `beliefs` what federal IDR is
    worth to its disputes.
    """

    state: State = State.NONE
    history: bool = False
    events: int = 0
    illegal: int = 0
    patient_control_number: Identifier = NO_IDENTIFIER
    payer_claim_number: Identifier = NO_IDENTIFIER
    form: str = ""
    payer_id: str = ""
    payer_name: str = ""
    billing_npi: str = ""
    rendering_npi: str = ""
    facility_npi: str = ""
    service_state: str = ""
    service_from: date | None = None
    service_to: date | None = None
    specialty: str = ""
    code: str = ""
    forum: str = ""
    billed: Decimal = ZERO
    allowed: Decimal | None = None
    paid_at_first: Decimal | None = None
    first_paid_on: date | None = None
    paid: Decimal = ZERO
    recovered: Decimal = ZERO
    patient_share: Decimal | None = None
    remittances: int = 0
    answers: Answers = Answers()
    paid_by_others: Decimal = ZERO
    deposits: tuple[Proof, ...] = ()
    assessment: Assessment | None = None
    standing: Assessment | None = None
    pursuit: Pursuit | None = None
    cases: tuple[Case, ...] = ()
    offers: tuple[Offer, ...] = ()
    settlement: Settlement | None = None
    books: Books | None = None
    deadlines: tuple[Deadline, ...] = ()
    documents: tuple[Document, ...] = ()
    patient: PatientShare = PatientShare()
    law: GoverningLaw | None = None
    calendar: Moments = Moments()
    machine: Moments = Moments()
    last_type: str = ""
    last_at: datetime | None = None
    taken_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    stakes: tuple[LineAtStake, ...] = ()
    denial_carcs: tuple[str, ...] = ()
    worked: Worked = Worked()
    beliefs: tuple[Belief, ...] = ()

    @property
    def deposited(self) -> Decimal:
        """What payers paid that is in the bank, in dollars."""
        return sum((proof.amount for proof in self.deposits), ZERO)

    @property
    def next_deadline(self) -> date | None:
        """The earliest open deadline."""
        return min((deadline.on for deadline in self.deadlines), default=None)
