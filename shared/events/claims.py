"""Events that intake emits: claims and remittances as received, matched and accepted.

They carry codes, amounts, dates and identifiers of organisations. Names, birth dates, addresses and member
numbers stay in intake's schema; the patient control number is the one account number that travels, because
subscribers ask for claims by it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from shared.events.base import Event, Part, contract, under_both_names
from shared.events.life import ANYWHERE, JUDGED, LIVING, DisputeScope, State, Transition

ClaimForm = Literal["professional", "institutional", "dental"]


class ServiceLine(Part, frozen=True):
    """One service line of a claim (loop 2400). `units` as billed; `charge` in dollars.

    `rendering_npi` and `rendering_taxonomy` are of the line's own rendering provider (2420A, of institutional claims
    2420C); empty where the claim's rendered it.
    """

    line: int
    code: str
    charge: Decimal
    units: Decimal
    service_from: date
    service_to: date
    code_type: str = "HC"
    modifiers: tuple[str, ...] = ()
    unit_type: str = "UN"
    place_of_service: str = ""
    revenue_code: str = ""
    diagnoses: tuple[str, ...] = ()
    control_number: str = ""
    rendering_npi: str = ""
    rendering_taxonomy: str = ""


class Finding(Part, frozen=True):
    """One case-review finding: which rule, how severe, where and how to fix it. Free of PHI.

    `mend` is the former name of `how_to_fix` and holds the same text: readers of before know only that one.
    """

    rule: str
    severity: Literal["info", "warning", "error"]
    message: str
    mend: str
    line: int = 0
    how_to_fix: str = ""

    def __post_init__(self) -> None:
        if not self.how_to_fix:  # emitted before the field had this name
            msgspec.structs.force_setattr(self, "how_to_fix", self.mend)

    @classmethod
    def of(
        cls, rule: str, severity: Literal["info", "warning", "error"], message: str, how_to_fix: str, line: int = 0
    ) -> Finding:
        """Return the finding with `how_to_fix` under both of its names."""
        return cls(rule=rule, severity=severity, message=message, mend=how_to_fix, line=line, how_to_fix=how_to_fix)


class Adjustment(Part, frozen=True):
    """One CAS adjustment: group (CO, PR, OA, PI), CARC, amount in dollars as sent (positive reduces pay)."""

    group: str
    carc: str
    amount: Decimal
    quantity: Decimal = Decimal(0)


class OtherLinePayment(Part, frozen=True):
    """What another payer paid for one line (2430 SVD02) before the claim was sent here, with its adjustments (CAS)."""

    line: int
    paid: Decimal
    adjustments: tuple[Adjustment, ...] = ()


class OtherPayment(Part, frozen=True):
    """What another payer paid of the claim (2320 AMT*D), in dollars, before the claim was sent here.

    `sequence` is that payer's SBR01, `payer_id` its NM109 (2330B); `remaining` what it left to the patient (AMT*EAF).
    """

    paid: Decimal
    sequence: str = ""
    payer_id: str = ""
    remaining: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[OtherLinePayment, ...] = ()


class ClaimFacts(Part, frozen=True):
    """What the rest of the system needs to know of a claim (loops 2000A to 2430), without PHI.

    `service_zip` and `service_state` are of the place where the service was rendered (2310C, else 2010AA).
    `filing_indicator` is SBR09; `frequency` CLM05-3; `payer_id` NM109 of loop 2010BB. `group_number` (SBR03) and
    `plan_name` (SBR04) name the plan, never a person. `payer_sequence` is SBR01: P, S, T … as this payer is the first,
    second or third to answer; `other_payments` are those of the payers before it. `drg` is the diagnosis related group
    of an inpatient stay as the provider grouped it (HI*DR), `admitted_on` when it began (DTP*435), `patient_status` how
    it ended (CL103). `history`: loaded as history, from before this system was in use.
    """

    tenant: str
    patient_control_number: str
    form: ClaimForm
    payer_id: str
    payer_name: str
    billing_npi: str
    total_charge: Decimal
    service_from: date
    service_to: date
    lines: tuple[ServiceLine, ...]
    frequency: str = "1"
    filing_indicator: str = ""
    place_of_service: str = ""
    bill_type: str = ""
    billing_tin: str = ""
    billing_taxonomy: str = ""
    rendering_npi: str = ""
    rendering_taxonomy: str = ""
    facility_npi: str = ""
    service_zip: str = ""
    service_state: str = ""
    diagnoses: tuple[str, ...] = ()
    prior_authorization: bool = False
    emergency: bool = False
    assignment_of_benefits: bool = False
    findings: tuple[Finding, ...] = ()
    received_on: date | None = None
    group_number: str = ""
    plan_name: str = ""
    payer_sequence: str = ""
    other_payments: tuple[OtherPayment, ...] = ()
    drg: str = ""
    history: bool = False
    patient_status: str = ""
    admitted_on: date | None = None


class RemittanceLine(Part, frozen=True):
    """One adjudicated line (loop 2110). `line` is the claim's line it was matched to, 0 where none was."""

    line: int
    code: str
    charge: Decimal
    paid: Decimal
    units: Decimal = Decimal(1)
    code_type: str = "HC"
    modifiers: tuple[str, ...] = ()
    allowed: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    revenue_code: str = ""
    control_number: str = ""
    qpa: Decimal | None = None


class PayerContact(Part, frozen=True):
    """Whom the payer names for questions about a payment (PER*CX of an 835): an office or a person of the payer's."""

    name: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    url: str = ""


class RemittanceFacts(Part, frozen=True):
    """One claim payment of an 835 (loop 2100) with its lines.

    `status` is CLP02; `paid_on` BPR16; `received_on` the day the 835 reached the provider's side, which
    starts the No Surprises Act clock; `trace_number` TRN02. `arrived_on` is given where that day is assumed: the 835
    arrived on this day without a word of when it was received, and its own dates are so much older that last days are
    counted from them until a person says the day. `origin` is "paper" where a person entered it from paper. `drg` is
    the diagnosis related group that the payer paid a stay by (CLP11), `drg_amount` the dollars it gives for it (MIA04).
    `history`: loaded as history, from before this system was in use; nothing is pursued on its account by itself.
    `contact` is whom the payer names for questions, of the claim payment or else of the whole 835.
    """

    remittance_id: str
    status: str
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal
    paid_on: date
    received_on: date
    payer_claim_number: str = ""
    payer_id: str = ""
    trace_number: str = ""
    filing_indicator: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    lines: tuple[RemittanceLine, ...] = ()
    corrects: str = ""
    arrived_on: date | None = None
    origin: str = ""
    drg: str = ""
    drg_amount: Decimal | None = None
    history: bool = False
    contact: PayerContact | None = None


@contract(
    "recoup.claim.received.v1",
    source="intake",
    life=Transition((State.NONE,), State.RECEIVED),
    scope=DisputeScope.FIRST,
)
class ClaimReceived(Event, frozen=True):
    """A claim was accepted: it passed the checks that X12 and the payer's guide require."""

    claim: ClaimFacts


@contract(
    "recoup.claim.replaced.v1",
    source="intake",
    life=Transition(
        ANYWHERE,
        moves=dict.fromkeys((State.RECEIVED, State.PAYER_REJECTED, State.ADJUDICATED, *JUDGED), State.RECEIVED),
    ),
    scope=DisputeScope.CLAIM,
)
class ClaimReplaced(Event, frozen=True):
    """A replacement (frequency 7) took the place of the claim as it stood before.

    Or, after the payer had rejected it, the claim was sent again as an original. `sending` names the 837 that intake
    composed and sent, empty where it came as an 837 of the provider's own.
    """

    claim: ClaimFacts
    replaces_payer_claim_number: str = ""
    sending: str = ""


@contract("recoup.claim.voided.v1", source="intake", life=Transition(LIVING, State.VOIDED), scope=DisputeScope.END)
class ClaimVoided(Event, frozen=True):
    """The provider withdrew the claim (frequency 8)."""

    payer_claim_number: str = ""


@contract(
    "recoup.claim.rejected.v1",
    source="intake",
    life=Transition((State.NONE, State.REJECTED), State.REJECTED),
    scope=DisputeScope.FIRST,
)
class ClaimRejected(Event, frozen=True):
    """A claim was refused at intake; `problems` locates each reason and says how to fix it."""

    tenant: str
    patient_control_number: str
    total_charge: Decimal
    problems: tuple[Finding, ...]


@contract(
    "recoup.remittance.received.v1",
    source="intake",
    life=Transition(
        ANYWHERE,
        moves=dict.fromkeys((State.RECEIVED, State.PAYER_REJECTED, State.ADJUDICATED), State.ADJUDICATED),
    ),
    scope=DisputeScope.PAYMENT,
)
class RemittanceReceived(Event, frozen=True):
    """The payer's adjudication of the claim arrived and was matched to it.

    `match_score` is 100 for an exact match of control number, payer, provider and charge; `match_reason`
    says what was compared. `superseded`: the reversal of this payment came in the same interchange, so its money
    counts and there is nothing in it to contest.

    `from_other_payer`: another payer than the one the claim was sent to paid this (CLP02 2, 3, 20 or 21 against the
    claim's own SBR01, or another payer's id). It is shown as paid by others; it is not an offer, verdict, recovery or
    patient share of the claim's own payer.

    `counted_again`: it says of the same lines what a payment that stands says, with the same money, which else counts
    once. A person said that it is another payment: its money counts beside that one's.
    """

    remittance: RemittanceFacts
    match_score: int = 100
    match_reason: str = ""
    superseded: bool = False
    from_other_payer: bool = False
    counted_again: bool = False


@contract("recoup.remittance.reversed.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.REVERSAL)
class RemittanceReversed(Event, frozen=True):
    """The payer took back an earlier adjudication (CLP02 22); amounts are negative, as sent.

    `from_other_payer`: what is taken back is another payer's payment, as in a remittance received.
    `unmatched`: no payer took it back; it never was this claim's payment, and a person took it off again.
    `unmatched_remittance` (formerly `taken_off`) is then the remittance it was received as, and `unanswered` says that
    no other payment of the claim's own payer stands: the claim waits for its answer as if that one had never been
    matched.
    """

    remittance: RemittanceFacts
    from_other_payer: bool = False
    unmatched: bool = False
    unmatched_remittance: str = ""
    taken_off: str = ""
    unanswered: bool = False

    def __post_init__(self) -> None:
        under_both_names(self, "unmatched_remittance", "taken_off")


@contract("recoup.remittance.recouped.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.RECOUPMENT)
class RemittanceRecouped(Event, frozen=True):
    """The payer kept back `amount` dollars of this claim's money out of another payment (835 PLB with reason WO).

    Only what goes beyond the payer's own reversals: a recovery announced together with a reversal and its correction
    (PLB with a negative WO) and collected later moves no money of the claim a second time (TR3 1.10.2.17). Negative
    where the payer gives an earlier recoupment back. `trace_number` is TRN02 of the 835 that says so.
    """

    recoupment_id: str
    amount: Decimal
    paid_on: date
    received_on: date
    reason: str = "WO"
    trace_number: str = ""
    payer_claim_number: str = ""


@contract("recoup.remittance.deposited.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class RemittanceDeposited(Event, frozen=True):
    """The bank has the money of one of the claim's payments: a deposit was found for the 835 that it came in.

    `amount` is the payment's (CLP04) in dollars, negative for a reversal that lessened the 835. `deposited_on` is the
    day on which the last of the 835's money was posted. `undone`: it was told by mistake; the money has not come.
    """

    remittance_id: str
    amount: Decimal
    deposited_on: date
    trace_number: str = ""
    undone: bool = False
