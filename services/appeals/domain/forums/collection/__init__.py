"""Making agreed money come: demand, complaint, counsel.

A settlement binds and an award is paid within 30 calendar days (42 USC 300gg-111(c)(6), 45 CFR 149.510(c)(4)(ix)). What
comes short, late or is taken back needs no new argument about the amount, so it is not appealed: the payer is sent a
demand that names the agreement and the sum; then the authority that answers for the plan gets a complaint, which only a
person may file; last a person hands the matter to counsel. The money ends it wherever it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.base import BaseForum
from services.appeals.domain.forums.collection.addressee import BY_A_PERSON, addressee
from services.appeals.domain.forums.filing import add_filing
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.protocol import Addressee, Example, Papers, Submission, Traits
from services.appeals.domain.statements import Owed
from services.appeals.domain.steps import ForumName, Step, Steps
from services.appeals.domain.tables import NEGOTIATE, RemedyRow, in_force
from shared.decider import IllegalTransition
from shared.events.pursuit import PaymentDemanded
from shared.events.settlement import SettlementShort

StepName = Literal["demand", "complaint", "counsel"]
LEVELS: tuple[StepName, ...] = ("demand", "complaint", "counsel")
_RULE = "the agreement; for an award 45 CFR 149.510(c)(4)(ix)"
_TASKS: dict[StepName, str] = {
    "demand": "demand the payment that is owed",
    "complaint": "file a complaint with the authority that answers for the plan",
    "counsel": "refer what is owed to counsel",
}

_STEPS: Steps = {
    "prepare": Step(
        label="demand what is owed, then complain, then refer to counsel", mover="provider", rule=_RULE,
        limits=("collection.file",), moves=frozenset(("file", "missed")),
    ),
    "await": Step(
        label="the payer pays", mover="payer", rule=_RULE,
        limits=("collection.demand", "collection.complaint", "collection.counsel"), moves=frozenset(("unpaid",)),
    ),
}  # fmt: skip


class Collection(BaseForum):
    """No forum of the law: what was agreed or awarded is not argued again."""

    name: ForumName = "collection"
    steps: Steps = _STEPS
    traits = Traits(
        label="collection",
        event_name=None,
        filed_remedies=tuple(f"payment_{step}" for step in LEVELS),
        own_case_id=True,
        answered_by_decision=False,
        follows_receipt=False,
        counted_from_receipt=False,
        yields_to_federal=False,
        rests_after_late_win=False,
    )
    papers = Papers(about="debt", payer_address="claims_address", argued_by_rates=False)

    def fell_short(self, builder: DecisionBuilder, event: SettlementShort) -> None:
        """Money under a settlement is missing: begin to collect it, or go on about the sum as it stands now."""
        case = builder.case
        if case.dispute is None or case.cause is None:
            return
        known = case.owed if case.owed is not None and case.owed.settlement_id == event.settlement_id else None
        owed = Owed(
            settlement_id=event.settlement_id,
            amount=event.due,
            outstanding=event.due - event.paid,
            due_on=event.due_on,
            basis=known.basis if known else "",
            settled_on=known.settled_on if known else None,
            patient_share=known.patient_share if known else None,
        )
        builder.change(owed=owed)
        if case.live and case.forum != self.name:
            raise IllegalTransition("a settlement is short while its claim is still pursued")
        if not case.live:
            self._prepare(builder, 1)

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """A step is taken within a few days (our own rule)."""
        schedule, limit = builder.rule_set.schedule, builder.rule_set.rules.limit("collection.file", anchor)
        return schedule.days.add(anchor, limit.count, limit.unit), limit.rule

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """The time that a step gives to pay or to act (our own rule)."""
        return builder.rule_set.schedule.answer_due(f"collection.{LEVELS[level - 1]}", filed)

    def file(self, builder: DecisionBuilder, submission: Submission) -> None:
        """Send the step the case stands before."""
        case, day, reference = builder.case, submission.day, submission.reference
        owed = case.owed
        assert owed is not None
        if case.level >= BY_A_PERSON and not reference:
            raise IllegalTransition("file: a complaint and a referral need a person and the reference they were given")
        step = LEVELS[case.level - 1]
        due, rule = self.decide_by(builder, case.level, day)
        filing = add_filing(builder, self, day, due, reference)
        to = addressee(case, builder.rule_set, case.level)
        builder.change(stage="await", escalated="", deadlines=(builder.waiting("payment", due, rule),))
        builder.emit(
            PaymentDemanded(
                claim_id=case.claim_id,
                case_id=case_id_in(case, self),
                settlement_id=owed.settlement_id,
                step=step,
                addressee=to.name,
                outstanding=owed.outstanding,
                sent_on=day,
                answer_due_on=due,
                rule=to.rule,
                reference=reference,
                documents=filing.documents,
            )
        )

    def remedy(self, case: AppealCase) -> str:
        """The letters' argument goes by the level."""
        return self.traits.filed_remedies[case.level - 1]

    def sought(self, case: AppealCase) -> Decimal:
        """What has not come."""
        return case.owed.outstanding if case.owed is not None else super().sought(case)

    def at_stake(self, case: AppealCase) -> Decimal | None:
        """What has not come."""
        return case.owed.outstanding if case.owed is not None else super().at_stake(case)

    def overdue(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """The time a step gave passed without the money: the next step, or nothing is left but the books."""
        if item.kind != "payment":
            return False
        builder.notice("overdue", item)
        self.check(builder, "unpaid")
        if builder.case.level < len(LEVELS):
            self._prepare(builder, builder.case.level + 1)
        else:
            _stop(builder, "the money did not come after demand, complaint and counsel")
        return True

    def missed(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """Nobody took the step in time. What is owed stays owed: a person is told, and the step is due again."""
        if item.kind != "file":
            return False
        builder.notice("missed", item)
        self.check(builder, "missed")
        step = LEVELS[builder.case.level - 1]
        self._prepare(builder, builder.case.level)
        builder.change(escalated=f"no {step} was filed in time; what is owed stays owed")
        return True

    def withdraw(self, builder: DecisionBuilder, reason: str) -> None:
        """Stop collecting; the books say what was not paid."""
        _stop(builder, f"withdrawn: {reason}")

    def filing_task(self, case: AppealCase) -> str:
        """What the level's step is."""
        return _TASKS[LEVELS[case.level - 1]]

    def addressee(self, rule_set: RuleSet, case: AppealCase, filing: Filing) -> Addressee | None:
        """The payer for a demand; then the authority that answers for the plan, and counsel."""
        return addressee(case, rule_set, filing.level) if filing.level > 1 else None

    def paper_facts(self, case: AppealCase, filing: Filing) -> dict[str, object]:
        """The debt as the filing named it: what has come since does not change a paper that went out."""
        return {} if case.owed is None else {"owed": msgspec.structs.replace(case.owed, outstanding=filing.sought)}

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """Every step about an award."""
        return [Example(level=level, remedy=NEGOTIATE, after="federal_idr") for level in range(1, len(LEVELS) + 1)]

    def _prepare(self, builder: DecisionBuilder, level: int) -> None:
        due, rule = self.file_by(builder, level, builder.today)
        builder.change(
            forum=self.name,
            level=level,
            stage="prepare",
            blocked=(),
            ended="",
            deadlines=(builder.ours("file", due, rule),),
        )
        if level == len(LEVELS):
            builder.change(escalated=_of_the_circuit(builder))
        if level < BY_A_PERSON and self.by_itself(builder.rule_set):
            self.file(builder, Submission(day=builder.today))


def _of_the_circuit(builder: DecisionBuilder) -> str:
    """What counsel should know of the courts of the state about an award; empty for what was agreed."""
    case = builder.case
    row = in_force(builder.rule_set.rules.circuits.get(case.facts.state, ()), case.facts.service_from)
    if case.owed is None or case.owed.basis != "idr_award" or row is None:
        return ""
    found = {"no": "no private action for an award", "yes": "a court let a provider sue", "open": "not decided"}
    return f"{row.state}, circuit {row.circuit}: {found[row.action]}; {row.note}; {row.source}"


def _stop(builder: DecisionBuilder, how: str) -> None:
    builder.change(stage="ended", ended=how, deadlines=(), blocked=())


COLLECTION = Collection()
