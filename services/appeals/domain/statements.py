"""What people said of a case, what is asked of them, what lapsed, and the answers from outside that wait for one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.steps import ForumName
from shared.events.payer import Prevailing
from shared.events.pursuit import AppealOutcome
from shared.events.records import RecordsQuestion

AnswerOutcome = AppealOutcome | Prevailing
"""What a filing came to: a decision's outcome, or who prevailed in IDR."""


class SamePlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's word on whether the claim's plan (its issuer, where insured) is that of earlier determinations.

    Of all up to the day it was said, or only of those of `determined_on`.
    """

    same: bool
    stated_on: date = msgspec.field(name="said_on")
    determined_on: date | None = None


class LateProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's word, after a filing was said to be missed, that it was sent in time; as it is attested before."""

    on: date
    reference: str
    despite: str = ""


class Received(msgspec.Struct, frozen=True):
    """The day on which a payment or denial was received, as a person corrected it."""

    remittance_id: str
    on: date


class HandedOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where another system left a pursuit that is handed over, as a person says.

    It was filed on a day under a reference, or, without them, is to be filed by `due_on`; where it was filed that is
    the day its answer is due. `negotiation_on` is the day of the notice of open negotiation before federal IDR. `offer`
    of the payer (an allowed amount) and `fees` paid so far, in dollars, are kept to be seen. `begun`: the case stands
    there.
    """

    forum: ForumName
    level: int = 1
    filed_on: date | None = None
    reference: str = ""
    due_on: date | None = None
    negotiation_on: date | None = None
    offer: Decimal | None = None
    fees: Decimal | None = None
    begun: bool = False


class ReportedStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of a state's process, or an event beside its steps, that a person tells: its name, day and reference."""

    step: str
    on: date
    reference: str = ""


PaidTo = Literal["patient", "employer", "attorney"]


class Misdirected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dollars that the plan paid to somebody else, as its remittance of `reported_on` says, and what became of them.

    `asked_on`: whoever has them was written to; `payer_notified_on`: so was the plan. `received` dollars came. Once
    they all have, or a person gave them up, `closed_on` says when and `closed_why` why.
    """

    amount: Decimal
    to: PaidTo
    reported_on: date = msgspec.field(name="told_on")
    payer_claim_number: str = ""
    asked_on: date | None = None
    payer_notified_on: date | None = msgspec.field(default=None, name="payer_told_on")
    received: Decimal = Decimal(0)
    closed_on: date | None = None
    closed_why: str = ""

    @property
    def open(self) -> bool:
        """True while the money is still to be asked or waited for."""
        return self.closed_on is None

    @property
    def outstanding(self) -> Decimal:
        """The dollars that have not come."""
        return self.amount - self.received


class Owed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the payer agreed or was ordered to pay beyond its first payment, in dollars, and by when.

    `outstanding` of it has not come. `basis` is empty where the settlement itself was not heard. `patient_share` is the
    patient's lawful share, which nothing agreed or awarded raises.
    """

    settlement_id: str
    amount: Decimal
    outstanding: Decimal
    due_on: date
    basis: str = ""
    settled_on: date | None = None
    patient_share: Decimal | None = None


class FurtherFiling(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's appeal for lines that the case as it is filed does not cover: its day, and its reference."""

    on: date
    reference: str


class HeldAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer from outside that was not taken, since it cannot be or contradicts what is recorded: for a person.

    `key` names its content, so that the same one is kept once. It answers the filing `number` of the case `case_id`,
    named by `filing`, with `outcome` and, in dollars, `amount`, dated `day`, and came on `held_on`; `why` says what is
    wrong with it. `open` until a person has dealt with it.
    """

    key: str
    case_id: str
    number: int
    filing: str
    outcome: AnswerOutcome
    day: date
    held_on: date
    why: str
    amount: Decimal | None = None
    open: bool = True

    @property
    def words(self) -> str:
        """What was not taken, and why."""
        return f"an answer to {self.filing} was not taken; {self.why}"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Records that the payer asked for (277), by `due_on`; `rule` says where that day comes from.

    `answered_by` is the key of the answer that sent them, empty while none did; `refused` why the payer's side did not
    take it; `lapsed`: the day passed, or the claim came to its end, without one.
    """

    request_id: str
    received_on: date
    due_on: date
    rule: str
    trace_number: str
    questions: tuple[RecordsQuestion, ...]
    payer_claim_number: str = ""
    answered_by: str = ""
    refused: str = ""
    lapsed: bool = False

    @property
    def open(self) -> bool:
        """True if an answer is still wanted in time."""
        return not self.answered_by and not self.lapsed


class Lapse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A filing that was given up for time: where, until when it could be made, by which rule.

    `barred`: by the day of receipt it was over before it came to us; else nobody told of it in time.
    """

    forum: ForumName
    level: int
    until: date
    rule: str
    barred: bool = False
