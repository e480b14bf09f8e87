"""The state of one claim's pursuit, as the appeals service keeps it."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.cause import Cause
from services.appeals.domain.consent import ConsentRecord
from services.appeals.domain.duty import Duty
from services.appeals.domain.extensions import Extension
from services.appeals.domain.idr_belief import IdrBelief
from services.appeals.domain.idr_beside import EntityChoice, Information
from services.appeals.domain.judgement import Governing
from services.appeals.domain.plan import PlanFact
from services.appeals.domain.statements import (
    FurtherFiling,
    HandedOver,
    HeldAnswer,
    Lapse,
    LateProof,
    Misdirected,
    Owed,
    Received,
    ReportedStep,
    SamePlan,
    Wanted,
)
from services.appeals.domain.steps import ForumName, Stage
from services.appeals.domain.tables import Signal
from shared.calendar import Convention
from shared.events.disputes import NAMESPACE, case_id_in
from shared.events.payer import LineAward, Prevailing
from shared.events.pursuit import AppealOutcome, DocumentRef


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the practice decides for itself.

    `attest`: forums in which nothing counts as filed until a person says when it was sent and under which reference;
    in the others the service files by itself. `idr_win_probability` and `idr_entity_fee_share` (0 to 1, where in the
    published range the entity's fee is expected, unless `idr_entity`, the one we propose, publishes its own) judge
    whether IDR is worth its fees. `idr_gather_days` after its
    window opened a claim is initiated, together with those it may be batched with by then; 0: at once. Days are
    business days, but for `answer_grace_days`: calendar days for the mail before silence counts as no answer.
    """

    attest: frozenset[ForumName] = frozenset()
    convention: Convention = "safe"
    idr_win_probability: Decimal = Decimal("0.60")
    idr_entity_fee_share: Decimal = Decimal("0.50")
    idr_entity: str = ""
    remind_days: int = 5
    answer_grace_days: int = 5
    default_levels: int = 2
    idr_gather_days: int = 0
    release: str = "2026-11"


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the rules need of the claim; `evidence` is the SHA-256 of the claim event it came from.

    `codes` are the service codes of its lines, one a line; `group_number` and `plan_name` name its plan. `consent` and
    `network_facility` are what staff found out: whether the patient signed notice and consent, whether the facility
    participates in the plan's network; None while unknown. `appeal_anyway`: they appeal a denial that calls for
    something else first. `sent_on` is the day the claim left for the payer.
    """

    payer_id: str
    payer_name: str
    billing_npi: str
    billing_tin: str
    institutional: bool
    service_from: date
    service_to: date
    state: str
    filing_indicator: str
    assignment: bool
    charge: Decimal
    evidence: str
    signals: tuple[Signal, ...] = ()
    consent: bool | None = None
    network_facility: bool | None = None
    appeal_anyway: bool = False
    consent_record: ConsentRecord | None = None
    codes: tuple[str, ...] = ()
    group_number: str = ""
    plan_name: str = ""
    sent_on: date | None = None


class Dispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is in dispute: the payment or denial, and what it should have been (allowed amounts, dollars).

    `evidence` and `remittance_evidence` are the SHA-256 of the events it came from. `recouped`: the payer took money
    back that it had paid, and `notice_on` is the day it told so. `denied_beside` dollars of the target are of lines
    denied beside others that were paid too little: they are argued with the plan, never in federal IDR. `widened` are
    the SHA-256 of events that added lines later. `arrived_on` is given where `notice_on` is assumed: the latest day it
    can have been. `judged_on` is the day the verdict was given: what ended before it was never ours to keep.
    """

    remittance_id: str
    specialty: str
    notice_on: date
    denied: bool
    allowed: Decimal
    target: Decimal
    evidence: str
    remittance_evidence: str = ""
    carcs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    lines: int = 1
    recouped: bool = msgspec.field(default=False, name="taken_back")
    denied_beside: Decimal = Decimal(0)
    denied_lines: int = 0
    widened: tuple[str, ...] = ()
    arrived_on: date | None = None
    judged_on: date | None = msgspec.field(default=None, name="told_on")


class Deadline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A date the case lives by.

    `ours`: we must act by `due`, are reminded on `remind_on`, and it is escalated on the day itself; otherwise we wait
    for somebody until `due`; `since` is the day it was first due, once it is chased. `notices` counts notices given
    of it: 1 reminded, 2 escalated. `last` is the day the law names, where ours is kept on a business day before it.
    `assumed`: the day it is counted from is not known, and another one taken for it; it takes no right away.
    """

    kind: str
    due: date
    rule: str
    ours: bool = False
    opens: date | None = None
    remind_on: date | None = None
    notices: int = msgspec.field(default=0, name="told")
    since: date | None = None
    last: date | None = None
    assumed: bool = False

    @property
    def is_review(self) -> bool:
        """True for the last day of a right beside the plan's appeal, which a person reviews."""
        return self.kind.endswith("_review")

    @property
    def until(self) -> date:
        """The last lawful day: what was done on it was done in time, whatever we had planned."""
        return self.last or self.due

    @property
    def first_due(self) -> date:
        """The day the rule names, also while it is chased."""
        return self.since or self.due


class Enclosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attachment that goes with a filing; `asked` is the code of the payer's question that it answers."""

    reference: str
    kind: str
    sha256: str
    asked: str = ""


class Filing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One filing and what became of it. `reference` is the proof a person or a channel gave.

    `awarded` is the allowed amount that a decision or an IDR award granted, `prevailing` who won in IDR, `lines` what
    was determined of each line where that differs, `default_of` the side that made no offer or paid no fee, `by_line`
    what is sought of each line; `closed_as` how IDR ended undetermined; `reported_fees` names each invoice and receipt.
    """

    number: int
    forum: ForumName
    level: int
    remedy: str
    filed_on: date
    due_on: date
    sought: Decimal
    documents: tuple[DocumentRef, ...] = ()
    reference: str = ""
    outcome: AppealOutcome | None = None
    decided_on: date | None = None
    awarded: Decimal | None = None
    batch: BatchPart | None = None
    request_id: str = ""
    enclosed: tuple[Enclosed, ...] = ()
    prevailing: Prevailing | None = None
    closed_as: str = ""
    lines: tuple[LineAward, ...] = ()
    default_of: Prevailing | None = None
    reported_fees: tuple[str, ...] = msgspec.field(default=(), name="fees_told")
    by_line: tuple[tuple[int, Decimal], ...] = ()

    @property
    def answers_request(self) -> bool:
        """True for records sent because the payer asked: part of no pursuit, and nothing is made of the case for it."""
        return bool(self.request_id)


class AppealCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One claim's pursuit, or that of one of its disputes.

    `round` counts pursuits (a reopened claim starts another); `case_id` is of the last.
    A claim of several disputes is its first, with the others `beside` it: each has what is said here for itself, forum,
    deadlines, filings and end, about `lines`; the first is about those that no other holds, and has what is asked for.
    `records_due` is the deadline of the first of the records that are `wanted`: it stands beside the pursuit's own.
    `further_due` is the last day to appeal against lines that what is filed does not cover, counted from the day
    `further_from`; a person does so, which `further_filed` keeps, and it is then the day of the decision.
    `responses` are the filings that sent such records; they count for themselves, through all rounds.
    `remarks` are the remark codes of the payer's answer; `law_emitted` says that `governing` was told to the others.
    `lapsed` is the filing that ended the pursuit, since it was not made in time; `proof` that it was, until the claim
    is judged again. `received` is the last day of receipt that a person stated. `history` is what could be in dispute
    of a claim that was loaded as history, until it is taken up or answered anew. `handed_over` is where another system
    left its pursuit. `reported_steps` are the steps of a state's process a person reported. `misdirected` is money that
    the plan sent to somebody else, `misdirected_due` its next step. `held` are answers for a person: they stay.
    `entity_on` is the day the IDR entity became final; `entity_assumed`: nobody has told it, and the last day for it
    was taken. `payer_entity_on` is the day that the payer alone told, until the portal or the entity tells one.
    `offer_on` is the day of our offer, `determined_on` of the last determination, `entity` how it was chosen,
    `information` what it asked for, `idr_belief` what we were told of IDR; `duties` the payer's that were not kept.
    `not_owed` are those that it would not have kept if the Act held, which does not seem so.
    `settlement_untold` is the last day for telling of a settlement in IDR, which passed and was not recorded.
    """

    claim_id: str
    facts: Facts
    case_id: str = ""
    round: int = 0
    remittance_id: str = ""
    remittance_evidence: str = ""
    remittance_groups: tuple[str, ...] = ()
    remittance_carcs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    dispute: Dispute | None = None
    governing: Governing | None = None
    law_emitted: bool = msgspec.field(default=False, name="law_told")
    cause: Cause | None = None
    forum: ForumName | None = None
    level: int = 0
    stage: Stage = "watching"
    deadlines: tuple[Deadline, ...] = ()
    filings: tuple[Filing, ...] = ()
    blocked: tuple[str, ...] = ()
    negotiation_on: date | None = None
    entity_on: date | None = None
    entity_assumed: bool = False
    payer_entity_on: date | None = msgspec.field(default=None, name="entity_said")
    offer_on: date | None = None
    determined_on: date | None = None
    cooling_off_until: date | None = None
    same_plan: SamePlan | None = None
    entity: EntityChoice | None = None
    information: tuple[Information, ...] = ()
    information_due: Deadline | None = None
    extensions: tuple[Extension, ...] = ()
    plan_facts: tuple[PlanFact, ...] = ()
    owed: Owed | None = None
    duties: tuple[Duty, ...] = ()
    not_owed: tuple[Duty, ...] = ()
    settlement_untold: date | None = None
    wanted: tuple[Wanted, ...] = ()
    records_due: Deadline | None = None
    further_due: Deadline | None = None
    further_from: date | None = None
    further_filed: FurtherFiling | None = None
    responses: tuple[Filing, ...] = ()
    held: tuple[HeldAnswer, ...] = ()
    lapsed: Lapse | None = None
    proof: LateProof | None = None
    received: Received | None = None
    history: Dispute | None = None
    handed_over: HandedOver | None = None
    reported_steps: tuple[ReportedStep, ...] = msgspec.field(default=(), name="steps_told")
    misdirected: Misdirected | None = None
    misdirected_due: Deadline | None = None
    escalated: str = ""
    assignee: str = ""
    ended: str = ""
    idr_belief: IdrBelief | None = None
    lines: tuple[int, ...] = ()
    beside: tuple[AppealCase, ...] = ()

    @property
    def disputes(self) -> tuple[AppealCase, ...]:
        """The claim's disputes, the first first."""
        return (self, *self.beside)

    @property
    def leading(self) -> AppealCase:
        """The dispute that stands for the claim in lists: the first, and once it has ended one that is pursued."""
        if self.live:
            return self
        return next((one for one in self.beside if one.live), self)

    @property
    def live(self) -> bool:
        """True if a remedy is being pursued."""
        return self.stage not in ("watching", "ended")

    def standing(self) -> AppealCase:
        """The case with the deadlines that stand beside its pursuit, whatever a step did to its deadlines.

        Those of records, of further lines, and of money that went to somebody else.
        """
        case = self
        for name in ("records_due", "further_due", "misdirected_due", "information_due"):
            kept: Deadline | None = getattr(case, name)
            mine = case.deadline("records" if name == "records_due" else kept.kind if kept is not None else "")
            if mine is not None and kept != mine:
                case = msgspec.structs.replace(case, **{name: mine})
        asked = case.information_due
        if asked is not None and case.stage not in ("selection", "offers", "determination"):
            others = tuple(d for d in case.deadlines if d.kind != asked.kind)
            case = msgspec.structs.replace(case, information_due=None, deadlines=others)
        beside = (case.records_due, case.further_due, case.misdirected_due, case.information_due)
        lost = [d for d in beside if d is not None and case.deadline(d.kind) is None]
        return msgspec.structs.replace(case, deadlines=(*case.deadlines, *lost)) if lost else case

    def deadline(self, kind: str) -> Deadline | None:
        """The standing deadline of a kind."""
        for item in self.deadlines:
            if item.kind == kind:
                return item
        return None

    @property
    def reviews(self) -> tuple[Deadline, ...]:
        """Deadlines of a person's review of rights that run beside the plan's appeal."""
        return tuple(d for d in self.deadlines if d.is_review)

    @property
    def own_records_id(self) -> str:
        """The id under which answers to the payer's requests for records go out."""
        return str(uuid.uuid5(NAMESPACE, f"{self.claim_id}/records"))

    @property
    def own_name(self) -> str:
        """The dispute's id where its claim has several; empty where it is the only one."""
        return self.case_id if self.beside or self.lines else ""

    def id_beside(self, forum: ForumName) -> str:
        """The id of a forum that has one of its own, beside the case's."""
        return case_id_in(self.case_id, forum)

    def key_of(self, filing: Filing) -> str:
        """What names a filing on its way out, and in what comes back about it."""
        return f"{self.own_records_id if filing.answers_request else self.case_id}-{filing.number}"

    def filed_as(self, key: str) -> Filing | None:
        """The filing that went out under a key."""
        return next((f for f in (*self.filings, *self.responses) if self.key_of(f) == key), None)


def case_id_of(claim_id: str, round_: int) -> str:
    """The case's id: the same for the same claim and round on every run."""
    return str(uuid.uuid5(NAMESPACE, f"{claim_id}/{round_}"))


def beside_id(first: str, lines: tuple[int, ...]) -> str:
    """The id of a dispute about `lines` beside the dispute `first`."""
    return str(uuid.uuid5(NAMESPACE, f"{first}/lines/{','.join(map(str, lines))}"))
