"""Events that appeals emits: the remedy taken, each step of its ladder and how it ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from shared.events.base import UNKNOWN_CHOICE, Event, Part, contract
from shared.events.life import ANYWHERE, CONTESTED, PURSUED, DisputeScope, State, Transition
from shared.forums import FORUMS

AppealOutcome = Literal["overturned", "partially_overturned", "upheld", "dismissed", "withdrawn", "missed"]
Law = Literal["federal", "state", "commercial", "excluded", "unknown"]
Scope = Literal["emergency", "facility", "air_ambulance", "none", "unknown"]
PlanClass = Literal["commercial", "fehb", "public", "excluded", "unknown"]
Protection = Literal["open", "federal", "state", "either", "emergency", "consent", "public", "other_program", "none"]
"""What protects the patient from a balance bill, as far as it was found.

`federal`, `state`: that law. `either`: one of the two; which of them is open. `emergency`: emergency care, which the
No Surprises Act protects where it covers the plan. `consent`: the patient is said to have given up protection by notice
and consent. `public`: a public program with rules of its own. `other_program`: a plan outside the Act, as workers'
compensation. `none`: no protected service. `open`: not known.
"""


def check_forum(forum: str) -> None:
    """Raise `ValueError` where this release does not know a forum.

    An event that names one waits for the release that does, as one with a newer choice: what it is about cannot be
    told, since a forum may have case ids of its own.
    """
    if forum not in FORUMS:
        raise ValueError(f"{UNKNOWN_CHOICE} of forum")


class DocumentRef(Part, frozen=True):
    """A stored document by kind, template version and SHA-256 of its bytes."""

    kind: str
    version: str
    sha256: str


class RuleFired(Part, frozen=True):
    """A rule that spoke on the governing law: its short name, what it found, and its source."""

    rule: str
    finding: str
    source: str


@contract("recoup.governing-law.determined.v1", source="appeals", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class GoverningLawDetermined(Event, frozen=True, omit_defaults=True):
    """Which law governs the claim's payment, told with the payer's first answer and again whenever it changes.

    `scope` is the protected kind of service, `fired` the rules that spoke, `missing` what would settle what is open.
    `state` (USPS) is set where that state is known to have a process of its own at the day of service. `by_person`:
    staff decided it.
    """

    law: Law
    scope: Scope
    plan: PlanClass
    protection: Protection
    fired: tuple[RuleFired, ...]
    missing: tuple[str, ...] = ()
    state: str = ""
    by_person: bool = False


class DisputedLine(Part, frozen=True):
    """One line of a dispute in dollars: charge, what the payer allowed and paid, the patient's share, fair figures."""

    line: int
    code: str
    charge: Decimal
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal


@contract(
    "recoup.dispute.opened.v1",
    source="appeals",
    life=Transition((*CONTESTED, State.ADJUDICATED, State.UNJUDGED, State.SETTLED, State.PAID), crosses=True),
    scope=DisputeScope.OPENING,
)
class DisputeOpened(Event, frozen=True, omit_defaults=True):
    """Lines of the claim are pursued in a dispute of their own, beside what else is in dispute.

    `case_id` names it in everything that is said of it; `first` is the dispute that it is beside, whose lines are those
    that no other dispute holds. `denied`: its lines were denied, not paid too little.
    """

    case_id: str
    first: str
    lines: tuple[DisputedLine, ...]
    notice_on: date
    denied: bool = False
    reasons: tuple[str, ...] = ()


@contract("recoup.records.sent.v1", source="appeals", life=Transition(ANYWHERE), scope=DisputeScope.NAMED)
class RecordsSent(Event, frozen=True):
    """Records that the payer asked for (`request_ids` of `claim.records-requested`) go out as the answer `number`.

    `late`: after the day by which they were wanted. `reference` is a person's proof where they were sent by hand.
    """

    case_id: str
    number: int
    request_ids: tuple[str, ...]
    sent_on: date
    documents: tuple[DocumentRef, ...] = ()
    reference: str = ""
    late: bool = False


@contract(
    "recoup.appeal.filed.v1",
    source="appeals",
    life=Transition((State.UNDERPAID, State.DENIED, State.RECEIVED, *PURSUED), State.IN_APPEAL, crosses=True),
    scope=DisputeScope.NAMED,
)
class AppealFiled(Event, frozen=True):
    """An appeal went to the payer (or reviewer). Amounts in dollars; `amount_sought` is the allowed amount."""

    case_id: str
    forum: str
    level: int
    remedy: str
    amount_sought: Decimal
    filed_on: date
    decision_due_on: date
    reasons: tuple[str, ...] = ()
    documents: tuple[DocumentRef, ...] = ()

    def __post_init__(self) -> None:
        """Name a forum that is known."""
        check_forum(self.forum)


@contract(
    "recoup.appeal.decided.v1", source="appeals", life=Transition(CONTESTED, crosses=True), scope=DisputeScope.NAMED
)
class AppealDecided(Event, frozen=True):
    """An appeal level ended. `awarded` is the allowed amount granted; `exhausted` when no level is left."""

    case_id: str
    forum: str
    level: int
    outcome: AppealOutcome
    decided_on: date
    awarded: Decimal | None = None
    exhausted: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        """Name a forum that is known."""
        check_forum(self.forum)


@contract(
    "recoup.negotiation.opened.v1",
    source="appeals",
    life=Transition((State.UNDERPAID, State.DENIED, State.IN_APPEAL), State.NEGOTIATING, crosses=True),
    scope=DisputeScope.NAMED,
)
class NegotiationOpened(Event, frozen=True):
    """Open negotiation under 45 CFR 149.510(b)(1) began with the notice sent on `notice_on`."""

    case_id: str
    notice_on: date
    ends_on: date
    idr_from: date
    idr_until: date
    reasons: tuple[str, ...] = ()
    documents: tuple[DocumentRef, ...] = ()


@contract("recoup.deadline.noticed.v1", source="appeals", life=Transition(ANYWHERE), scope=DisputeScope.NAMED)
class DeadlineNoticed(Event, frozen=True):
    """Something was said about a deadline of the pursuit, once each: it nears, it is today, it passed, or it moved.

    `deadline` names it (`file`, `idr_window`, `offer`, `decision`, ...); `rule` is its source. `overdue` is of a date
    by which somebody else had to act, `missed` of one of ours. `due_on` of `postponed` is the new last day, `from_on`
    the new first one.
    """

    case_id: str
    deadline: str
    notice: Literal["reminder", "escalation", "missed", "overdue", "postponed"]
    due_on: date
    rule: str = ""
    from_on: date | None = None
    reason: str = ""


@contract("recoup.deadline.corrected.v1", source="appeals", life=Transition(ANYWHERE), scope=DisputeScope.NAMED)
class DeadlineCorrected(Event, frozen=True):
    """A deadline was counted again, since the day it is counted from was wrong.

    `due_on` is its last day now, `was_on` the one before (None: there was no such deadline), `rule` its source and
    `reason` what was corrected, and why.
    """

    case_id: str
    deadline: str
    due_on: date
    was_on: date | None
    rule: str
    reason: str


@contract(
    "recoup.payment.demanded.v1",
    source="appeals",
    life=Transition((State.SETTLED,), crosses=True),
    scope=DisputeScope.NAMED,
)
class PaymentDemanded(Event, frozen=True):
    """Money owed under a settlement or award did not come in full or in time, and was asked for.

    First the payer is sent a `demand`; then a `complaint` goes to the authority that answers for the plan; last the
    matter goes to `counsel`. `outstanding` are the dollars still owed, `answer_due_on` the day the next step is due.
    """

    case_id: str
    settlement_id: str
    step: Literal["demand", "complaint", "counsel"]
    addressee: str
    outstanding: Decimal
    sent_on: date
    answer_due_on: date
    rule: str
    reference: str = ""
    documents: tuple[DocumentRef, ...] = ()


@contract(
    "recoup.pursuit.ended.v1",
    source="appeals",
    life=Transition(CONTESTED, State.UNSUCCESSFUL, crosses=True),
    scope=DisputeScope.NAMED,
)
class PursuitEnded(Event, frozen=True):
    """No remedy is left or none is worth taking; what was paid stands."""

    case_id: str
    reason: str
    rule: str = ""


@contract(
    "recoup.pursuit.resumed.v1",
    source="appeals",
    life=Transition((State.UNSUCCESSFUL, State.CLOSED)),
    scope=DisputeScope.NAMED,
)
class PursuitResumed(Event, frozen=True):
    """What ended the pursuit was not so: a filing had been sent in time, or the payment was received on a later day.

    The claim is opened and judged again (`claim.reopened`), and pursued from there. `reason` says what was found.
    """

    case_id: str
    reason: str
