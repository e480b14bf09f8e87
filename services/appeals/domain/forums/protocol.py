"""What the engine asks of a forum.

A forum keeps no state of its own. It is given a `DecisionBuilder`, whose `case` is the pursuit of one dispute as a
value (dispute, law, cause, forum, level, stage, deadlines, filings), and leaves there the value as it is after the
step, with the events that tell of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.judgement import Governing
from services.appeals.domain.schedule import Dated, Known, Schedule
from services.appeals.domain.statements import ReportedStep
from services.appeals.domain.steps import ForumName, Stage, Steps
from services.appeals.domain.tables import APPEAL_UNDERPAYMENT, Remedy, RemedyRow, Rules
from shared.events.claims import ClaimReplaced
from shared.events.pursuit import Law
from shared.events.statuses import PayerRejectedClaim
from shared.forums import Forum as EventForum

Calendar = Callable[[Schedule, date, Known, str], list[Dated]]
"""Every step from the day of receipt on, with the days that are known, and the state (USPS) where one is named."""


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A filing that is made: its day, the proof a person gave (empty: the service files), and its part in a batch.

    `despite` is a person's reason to initiate IDR inside a cooling-off period.
    """

    day: date
    reference: str = ""
    batch: BatchPart | None = None
    despite: str = ""


class Addressee(msgspec.Struct, frozen=True):
    """Who a filing is addressed to, and the rule that makes them answer for it; whether it is the state's authority."""

    name: str
    rule: str
    of_state: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up filing that shows the forum's papers: a denial by a row of remedies.csv, or an underpayment.

    `after` is the forum of the filing before it, if there was one; `batch` the number of claims that share it.
    """

    level: int = 1
    denial: RemedyRow | None = None
    remedy: Remedy = APPEAL_UNDERPAYMENT
    specialty: str = "emergency"
    after: ForumName | None = None
    batch: int = 0


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """How a forum's papers are made; the defaults are those of an appeal to the payer.

    `about`: what they argue, the amount in dispute or a debt. `payer_address` is the field of the payer's profile they
    go to. `to_authority`: they leave for the state's authority. `argued_by_rates`: an underpayment is shown by
    independent reference rates; `all_rates`: every rate that may be used is shown, also where none supports the claim.
    `judged_by_records`: medical records go with them. `has_letter`: they have a letter, whose words must be there;
    `names_specialty`: it says what the specialty has to say. `exhibit_use`: the use that a reference in an exhibit must
    be marked for. `seeks_amount`: they say what was allowed and what is sought. `bars_figures`: 45 CFR 149.510(c)(4)(v)
    bars figures in every paper. `proven_by`: the forum whose filing before it proves that it may be filed; its papers
    are uploaded with it.
    """

    about: Literal["dispute", "debt"] = "dispute"
    payer_address: str = "appeals_address"
    to_authority: bool = False
    argued_by_rates: bool = True
    all_rates: bool = False
    judged_by_records: bool = False
    has_letter: bool = True
    names_specialty: bool = True
    exhibit_use: str = "federal_idr"
    seeks_amount: bool = True
    bars_figures: bool = False
    proven_by: ForumName | None = None


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of a forum that the engine goes by; the defaults are those of an appeal.

    label: its name inside a sentence.
    event_name: its name in events; None where it is not a forum of the law.
    law: where this law governs, an underpayment begins here.
    federal_process: open only while federal law governs.
    remedies: the remedies of denials that are sought here.
    underpayment, underpayment_source: as what an underpayment is argued here, and by which law.
    filed_remedies: the remedies filings are recorded under, where they are not the cause's.
    own_case_id: levels count from 1 beside the case's, so answers need an id of their own.
    answered_by_decision: a payer's or reviewer's decision answers its filings.
    internal_appeal: a later letter tells what became of it.
    attests: what else a person states who says that a filing was sent, by the fields of the act.
    reviews_beside: reviews of other rights go on beside it.
    argues_denied_lines: lines denied beside the others are argued here too.
    takes_further_lines: lines that are flagged later widen what is pursued here.
    follows_receipt: while nothing is filed, a corrected day of receipt chooses the forum again.
    counted_from_receipt: its first level is counted from the receipt of payment or denial.
    withdrawn_if_late: a first filing that a corrected day of receipt makes late is withdrawn.
    yields_to_federal: a person may move the case to open negotiation.
    runs_beside_appeal: its time runs while the plan's appeal is pending.
    appealed_if_missed: where its time passed, the plan's appeal is what is left, with the days it has.
    rests_after_late_win: it can wait when an earlier level is decided for us; periods of law that run on cannot.
    chases_decision: a decision that does not come is asked for; elsewhere silence exhausts the level.
    exhausted_rule: the law by which no further level is left.
    may_share_filing: the stages at which a claim may be planned into a shared filing.
    batch_stage: the stage at which it waits for others to be filed with.
    extended_as: the step of an extension that makes its first day to file later; empty where none does.
    assumptions: what an assumed deadline of a kind rests on.
    tasks: what to do about a deadline, by its kind.
    """

    label: str
    event_name: EventForum | None
    law: Law | None = None
    federal_process: bool = False
    remedies: frozenset[Remedy] = frozenset()
    underpayment: Remedy = APPEAL_UNDERPAYMENT
    underpayment_source: str = "29 CFR 2560.503-1"
    filed_remedies: tuple[str, ...] = ()
    own_case_id: bool = False
    answered_by_decision: bool = True
    internal_appeal: bool = False
    attests: tuple[str, ...] = ()
    reviews_beside: bool = False
    argues_denied_lines: bool = False
    takes_further_lines: bool = True
    follows_receipt: bool = True
    counted_from_receipt: bool = True
    withdrawn_if_late: bool = False
    yields_to_federal: bool = True
    runs_beside_appeal: bool = False
    appealed_if_missed: bool = False
    rests_after_late_win: bool = True
    chases_decision: bool = False
    exhausted_rule: str = "29 CFR 2560.503-1(l)"
    may_share_filing: tuple[Stage, ...] = ()
    batch_stage: Stage | None = None
    extended_as: str = ""
    assumptions: Mapping[str, str] = {}
    tasks: Mapping[str, str] = {}


class Forum(Protocol):
    """One forum. `calendars` are its dates by the names that `GET /v1/deadlines` knows."""

    name: ForumName
    steps: Steps
    traits: Traits
    papers: Papers
    calendars: Mapping[str, Calendar]

    # --- before a filing

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """Last day to file at a level and its rule, counted from the receipt of what is disputed there."""
        ...

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """When the answer to a filing of a day is due, and its rule."""
        ...

    def paid_by(self, builder: DecisionBuilder, decided_on: date) -> tuple[date, str]:
        """By when what a favourable decision of a day grants has to be paid or talked about, and the rule."""
        ...

    def opens_on(self, builder: DecisionBuilder, anchor: date) -> date | None:
        """First day to file; None where nothing has to be waited for."""
        ...

    def begun(self, builder: DecisionBuilder, anchor: date) -> None:
        """What follows when a level begins, before anything is filed; `anchor` is the day it is counted from."""
        ...

    def beside(self, builder: DecisionBuilder, anchor: date) -> tuple[Deadline, ...]:
        """What else has to be done here, and by when, beside the filing or the wait for its answer."""
        ...

    def step_reported(self, builder: DecisionBuilder, step: ReportedStep) -> None:
        """A person tells that a step beside the filing was taken; raises where there is no such step."""
        ...

    def unavailable(self, case: AppealCase, rules: Rules) -> str:
        """Why the forum is not there for the claim at all; empty where it is."""
        ...

    def by_person(self, case: AppealCase, rule_set: RuleSet) -> bool:
        """Return True if only a person files here for this claim, whatever the policy is."""
        ...

    def blocked_by(self, case: AppealCase) -> tuple[str, ...]:
        """What must be on file before anything is filed, and is not."""
        ...

    def remedy(self, case: AppealCase) -> str:
        """The remedy that the filing the case stands before is recorded under."""
        ...

    def sought(self, case: AppealCase) -> Decimal:
        """The dollars that filing asks for."""
        ...

    def sought_by_line(self, case: AppealCase) -> tuple[tuple[int, Decimal], ...]:
        """The dollars that it asks for of each line by number; empty: in proportion to what is fair."""
        ...

    def at_stake(self, case: AppealCase) -> Decimal | None:
        """The dollars that hang on it; None while nothing is in dispute."""
        ...

    # --- the steps

    def file(self, builder: DecisionBuilder, submission: Submission) -> None:
        """File what the case stands before; what every forum asks of a filing was checked."""
        ...

    def claim_replaced(self, builder: DecisionBuilder, event: ClaimReplaced) -> None:
        """The claim was corrected and sent: it may be what is to be filed here."""
        ...

    def on_claim_rejected(self, builder: DecisionBuilder, event: PayerRejectedClaim) -> bool:
        """The payer's front end rejected the claim; True where that undoes what was filed here."""
        ...

    def next_level(self, builder: DecisionBuilder) -> tuple[ForumName, int] | None:
        """Forum and level that may follow; None where none is left."""
        ...

    def next_anchor(self, builder: DecisionBuilder, decided_on: date) -> date:
        """The day from which the next level is counted."""
        ...

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Return True if a person may move the case to another forum; raises where something binding is under way."""
        ...

    def resume(self, builder: DecisionBuilder) -> bool:
        """Go on after a settlement was rescinded, where what was begun here still stands; False where it does not."""
        ...

    def restate(self, builder: DecisionBuilder) -> None:
        """Tell again what stands before a filing here, where the claim was opened again for it."""
        ...

    def withdraw(self, builder: DecisionBuilder, reason: str) -> None:
        """A person gives the pursuit up."""
        ...

    # --- deadlines

    def review(self, builder: DecisionBuilder, governing: Governing, notice_on: date) -> Deadline | None:
        """The last day of the right to begin here, where the law as judged may lead here."""
        ...

    def timer(self, item: Deadline) -> tuple[str, date] | None:
        """Name and day of a deadline's own timer, where it is not one that every deadline has."""
        ...

    def fire(self, builder: DecisionBuilder, item: Deadline, timer: str) -> bool:
        """Act on a timer of its own; False for the others."""
        ...

    def missed(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """Act on a deadline of ours that passed; False where what every forum does is right."""
        ...

    def overdue(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """Act on somebody else's deadline that passed; False where what every forum does is right."""
        ...

    # --- words and papers

    def filing_task(self, case: AppealCase) -> str:
        """What to do about the filing the case stands before."""
        ...

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """How a deadline was counted; empty for those that are not its own."""
        ...

    def addressee(self, rule_set: RuleSet, case: AppealCase, filing: Filing) -> Addressee | None:
        """Who a filing is addressed to; None: the payer."""
        ...

    def paper_facts(self, case: AppealCase, filing: Filing) -> dict[str, object]:
        """Facts that the hash of its papers stands for beside those of every filing."""
        ...

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """Made-up filings that show every paper; `denials` has a row for each remedy, by its forum."""
        ...
