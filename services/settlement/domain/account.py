"""The state settlement keeps of one claim: its money, its dispute, its talks, its agreement, its end."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from services.settlement.domain.dispute import Dispute, Stake
from services.settlement.domain.idr_value import IdrValue
from services.settlement.domain.ledger import Books, Place, Proof
from services.settlement.domain.offers import Offers
from services.settlement.domain.patient import COINSURANCE_BASE, Finding
from services.settlement.domain.payer_status import Rejection, ReportedStatus, SentInquiry
from services.settlement.domain.policy import Role
from services.settlement.domain.terms import LinePart, Settlement
from services.settlement.domain.valuation import Action, Choice, Inputs
from shared.events.idr import IdrFeeKind
from shared.events.payer import PayerOffer
from shared.events.settlement import CloseReason
from shared.forums import awards
from shared.money import ZERO, total
from shared.payer_answers import Answers

Phase = Literal["expected", "received", "adjudicated", "unjudged", "pursued", "settled", "closed"]
"""`expected`: an offer came before its claim did. `adjudicated`: paid or denied, no verdict yet."""

_ORDER: tuple[Phase, ...] = (
    "pursued", "settled", "unjudged", "adjudicated", "received", "expected", "closed",
)  # fmt: skip

ENDS: tuple[CloseReason, ...] = (
    "voided", "settled_and_paid", "written_off", "pursuit_ended", "denial_stands", "paid_fairly",
)  # fmt: skip
"""Of the ends of several disputes the one that stands first here is the claim's."""

JUDGEABLE: tuple[Phase, ...] = ("adjudicated", "unjudged")
"""Phases in which a verdict counts."""


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision as it was taken: `choose(inputs)` must give `choice` again.

    `by` is the engine, or a person with what they did, whatever the engine's `choice` was; `why` is their reason.
    """

    number: int
    on: date
    offer_id: str
    version: int
    inputs: Inputs
    choice: Choice
    by: str = "automatic"
    why: str = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that waits for a person of at least `role`, at the latest until the end of the day `until`."""

    decision: int
    offer_id: str
    version: int
    action: Action
    amount: Decimal
    expected_value: Decimal
    role: Role
    until: date
    reasons: tuple[str, ...] = ()


ActKind = Literal["accept", "counter", "decline", "approve", "refuse"]


class HeldAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person decided about an offer: kept until `due`, when it is carried out; until then it can be undone.

    `amount` dollars are accepted or demanded. `decision` is the one that `approve` and `refuse` are about. `status` is
    `overtaken` where the act could no longer be carried out; `problem` then says why.
    """

    number: int
    act: ActKind
    offer_id: str
    version: int
    amount: Decimal
    by: str
    role: Role
    why: str
    taken_at: datetime
    due: datetime
    decision: int = 0
    status: Literal["waiting", "done", "undone", "overtaken"] = "waiting"
    problem: str = ""

    @property
    def waits(self) -> bool:
        """True if it is still to be carried out."""
        return self.status == "waiting"


class Proceeding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the dispute is fought: the forum and level in force, and how far talks have come.

    `undecided` while the forum's own decision is outstanding; `over` once we said that talks failed.
    `offers_before`: offers of the payer that were made in forums before this one. `win_chance`, `policy`: the chance of
    winning this level on the day it began, and the policy it is by.
    """

    forum: str
    level: int = 1
    case_id: str = ""
    since: date | None = None
    ends_on: date | None = None
    undecided: bool = False
    over: bool = False
    rounds: int = 0
    offers_before: int = 0
    counters: int = 0
    demand: Decimal | None = None
    win_chance: Decimal | None = msgspec.field(default=None, name="said")
    policy: str = ""
    administrative_fee: Decimal = ZERO
    entity_fee: Decimal = ZERO

    @property
    def awards(self) -> bool:
        """Whether the forum ends in an award, by an entity that takes fees."""
        return awards(self.forum)


class Result(msgspec.Struct, frozen=True, array_like=True):
    """How a level of a forum ended for the claim, or (level 0) the talks held there.

    `won`: the forum granted more than the payer allowed (in IDR: the provider's offer was chosen); talks: agreed.
    `share`: what was granted, of talks the payer's best offer, as a share of the target; 0 where there was nothing.
    `win_chance`: the chance of winning by `policy` and the payers' record on the day the level began.
    """

    forum: str
    level: int
    on: date
    won: bool
    share: Decimal
    win_chance: Decimal | None = None
    policy: str = ""


class UnappliedPayment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money of the claim, in dollars, that says for none of its disputes: a person places it.

    `reference` is the remittance or recoupment that it is of; `share` the patient's cost share in it.
    """

    reference: str
    on: date
    paid: Decimal
    share: Decimal = ZERO


class IdrFee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fee of the IDR filing of a day, in dollars; expected until an `invoice` names it.

    `owed` of it is ours to bear, `paid` was told to be paid, `refunded` to have come back.
    """

    kind: IdrFeeKind
    filed_on: date
    amount: Decimal
    owed: Decimal
    invoice: str = ""
    paid: Decimal = ZERO
    refunded: Decimal = ZERO

    @property
    def due_back(self) -> Decimal:
        """What is not ours to bear and has not come back."""
        return max(self.amount - self.owed - self.refunded, ZERO)


class BeforeWidening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Talks as they were before `lines` joined the dispute, for the case that they get a dispute of their own."""

    lines: tuple[int, ...]
    offers: Offers = ()
    approval: Approval | None = None
    demand: Decimal | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One claim, or one of its disputes. Dollars throughout.

    A claim of several disputes is its first, with the others `beside` it: each has what is said here for itself, money,
    talks, agreement, books and end, of `lines`; the first has the lines that no other holds. `case_id` is the dispute's
    name, of the first only where there are others. What is numbered through the claim (ledger entries, decisions) is
    counted in the first, which has the claim's `unapplied` money as well.
    `paid` and `share` are sums over all remittances, reversals negative, less what the payer `recouped` out of other
    payments; `seen` pairs each remittance with paid + share after it, so that a verdict about an earlier remittance can
    be brought up to date. `owed` is what must stay paid once the claim is closed. Between a reversal and its correction
    `before_reversal` holds (paid, share) as they were and `reversal_until` is the last day to wait for the correction:
    what is concluded meanwhile goes by them; `answers_before` are the payments behind them. `left_by_reversal` is what
    is in dispute where no correction comes.
    `answers` are the claim payments behind these sums; what another payer paid is in none of them. `unanswered` are the
    claim's lines that the payer has not answered, `open_charge` their charge: it is asked after them on `answer_on`.
    `refusal` says that it did not take the claim, `payer_status` what it last told of it, `last_inquiry` ours.
    `filed_on` is the day of the first filing of the pursuit; `unsolicited` dollars came beyond the first payment before
    it, or without any: they are no recovery. `idr_value` is what federal IDR was last told to be worth. `widened`: the
    payer fell short on further lines when the others were settled already; they are judged once it is closed. `policy`
    was in force when the pursuit began. In JSON some fields have another name, under which states are stored.
    """

    claim_id: str
    phase: Phase = "expected"
    held: tuple[PayerOffer, ...] = ()
    payer_id: str = ""
    payer_name: str = ""
    form: str = ""
    billing_npi: str = ""
    account_number: str = ""
    specialty: str = ""
    code: str = ""
    state: str = ""
    service_from: date | None = None
    charge: Decimal = ZERO
    paid: Decimal = ZERO
    share: Decimal = ZERO
    paid_at_first: Decimal | None = None
    first_paid_on: date | None = None
    last_paid_on: date | None = None
    last_remittance: str = ""
    seen: tuple[tuple[str, Decimal], ...] = ()
    recouped: Decimal = ZERO
    reversal_until: date | None = None
    before_reversal: tuple[Decimal, Decimal] | None = msgspec.field(default=None, name="taken_back")
    answers_before: Answers = Answers()
    left_by_reversal: tuple[Stake, ...] = ()
    owed: Decimal = ZERO
    findings: tuple[Finding, ...] = ()
    denied: bool = False
    federal: bool = False
    pursued_on: date | None = None
    filed_on: date | None = None
    unsolicited: Decimal = msgspec.field(default=ZERO, name="unasked")
    policy: str = ""
    allowed_at_first: Decimal | None = None
    dispute: Dispute | None = None
    proceeding: Proceeding | None = msgspec.field(default=None, name="talks")
    results: tuple[Result, ...] = ()
    offers: Offers = ()
    parts: tuple[LinePart, ...] = ()
    approval: Approval | None = None
    act: HeldAct | None = None
    ended: str = ""
    settlement: Settlement | None = None
    earlier: tuple[Settlement, ...] = ()
    review_on: date | None = None
    received_on: date | None = None
    answer_on: date | None = None
    answers: Answers = Answers()
    unanswered: tuple[int, ...] = ()
    open_charge: Decimal = ZERO
    widened: bool = False
    inquiries: int = 0
    refusal: Rejection | None = None
    payer_status: ReportedStatus | None = msgspec.field(default=None, name="said")
    last_inquiry: SentInquiry | None = msgspec.field(default=None, name="asked")
    closed: CloseReason | None = None
    closed_on: date | None = None
    closings: int = 0
    books: Books = Books()
    deposits: tuple[Proof, ...] = ()
    decisions: int = 0
    fresh: tuple[DecisionRecord, ...] = ()
    fresh_at: datetime | None = None
    case_id: str = ""
    lines: tuple[int, ...] = ()
    beside: tuple[Account, ...] = ()
    unapplied: tuple[UnappliedPayment, ...] = msgspec.field(default=(), name="unplaced")
    before_widening: BeforeWidening | None = msgspec.field(default=None, name="narrower")
    idr_fees: tuple[IdrFee, ...] = ()
    idr_value: IdrValue | None = None

    @property
    def disputes(self) -> tuple[Account, ...]:
        """The claim's disputes, the first first."""
        return (self, *self.beside)

    @property
    def stage(self) -> Phase:
        """The phase of the claim: of its disputes the one that is furthest from its end."""
        phases: list[Phase] = [one.phase for one in self.disputes]
        return min(phases, key=_ORDER.index)

    @property
    def end(self) -> CloseReason | None:
        """Why the claim is closed: of its disputes' ends the one that stands first in `ENDS`; None while one lives."""
        if self.stage != "closed":
            return None
        ends: list[CloseReason] = [one.closed for one in self.disputes if one.closed]
        return min(ends, key=ENDS.index, default=None)

    @property
    def end_on(self) -> date | None:
        """The day the claim was closed: that of its last dispute; None while one lives."""
        if self.stage != "closed":
            return None
        return max((one.closed_on for one in self.disputes if one.closed_on), default=None)

    @property
    def balances(self) -> dict[Place, Decimal]:
        """The books of all disputes together."""
        sums = dict(self.books.balances)
        for part in self.beside:
            for place, amount in part.books.balances.items():
                sums[place] = sums.get(place, ZERO) + amount
        return sums

    @property
    def known_as(self) -> str:
        """The dispute's id; empty while nothing is filed in a claim's only one."""
        return self.case_id or (self.proceeding.case_id if self.proceeding else "")

    @property
    def own_name(self) -> str:
        """The dispute as events and ledger name it: empty for the claim's first."""
        return self.case_id if self.lines else ""

    @property
    def unapplied_paid(self) -> Decimal:
        """Dollars paid that no dispute has yet."""
        return total(one.paid for one in self.unapplied)

    @property
    def covered(self) -> Decimal:
        """Paid by the payer plus the patient's cost share: what the payer allows, in dollars."""
        return self.paid + self.share

    @property
    def standing(self) -> tuple[Decimal, Decimal]:
        """(paid, share) of the last adjudication that stands, a reversal without its correction left aside."""
        return (self.paid, self.share) if self.before_reversal is None else self.before_reversal

    @property
    def standing_answers(self) -> Answers | None:
        """The claim payments behind `standing`; None where they are not known, since an older release stored it."""
        if self.before_reversal is None:
            return self.answers
        return self.answers_before if self.answers_before.standing else None

    @property
    def act_waits(self) -> bool:
        """True if somebody's act about an offer is still to be carried out."""
        return self.act is not None and self.act.waits

    @property
    def lawful_share(self) -> Decimal:
        """What the patient may be billed, in dollars.

        Under the No Surprises Act less what was taken on too high a base, and never more than stood when an agreement
        was made.
        """
        share = self.standing[1]
        if self.federal:
            share -= total(f.amount for f in self.findings if f.rule == COINSURANCE_BASE)
        if self.settlement is not None and not self.settlement.share_open:
            share = min(share, self.settlement.patient_share)
        return share

    @property
    def costs(self) -> Decimal:
        """Fees borne so far, in dollars."""
        return self.books.balance("fees")

    @property
    def recovered(self) -> Decimal:
        """What pursuit has brought beyond the first payment, in dollars; 0 without a pursuit.

        What the payer paid before anything was filed was not brought by it.
        """
        if self.pursued_on is None or self.paid_at_first is None:
            return ZERO
        return self.standing[0] - self.paid_at_first - self.unsolicited

    def is_unsolicited(self, paid_on: date | None) -> bool:
        """True if money of a day came without our doing: nothing was agreed, and nothing filed up to that day."""
        if self.pursued_on is None or self.settlement is not None or self.parts:
            return False
        return self.filed_on is None or (paid_on is not None and paid_on < self.filed_on)

    def dispute_of(self, lines: tuple[int, ...]) -> Dispute | None:
        """What an offer about these lines (all where empty) is about; None where nothing of it is in dispute."""
        if not lines or self.dispute is None:
            return self.dispute
        return self.dispute.part(lines)

    def in_part(self, lines: tuple[int, ...]) -> bool:
        """Return True if an offer about these lines leaves others in dispute."""
        return bool(lines) and self.dispute is not None and any(s.line not in lines for s in self.dispute.stakes)
