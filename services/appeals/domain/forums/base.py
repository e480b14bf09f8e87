"""What forums have in common: the answers of a forum that has nothing of its own to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.filing import end
from services.appeals.domain.forums.protocol import Addressee, Calendar, Example, Forum, Papers, Traits
from services.appeals.domain.judgement import Governing
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.statements import ReportedStep
from services.appeals.domain.steps import ForumName, Move, Steps, check_step
from services.appeals.domain.tables import RemedyRow, Rules
from shared.decider import IllegalTransition
from shared.events.claims import ClaimReplaced
from shared.events.statuses import PayerRejectedClaim


class BaseForum:
    """The defaults; a forum overrides what is its own. `file_by` and `file` every forum brings itself."""

    name: ForumName
    steps: Steps
    traits: Traits
    papers: Papers
    calendars: Mapping[str, Calendar] = {}

    def check(self, builder: DecisionBuilder, move: Move) -> None:
        """Raise `IllegalTransition` where the step of a case that stands here does not allow the move."""
        stage = builder.case.stage
        check_step(f"{self.name}, {stage}", self.steps[stage], move)

    def by_itself(self, rule_set: RuleSet) -> bool:
        """Return True if the service files here without a person's attestation."""
        return self.name not in rule_set.policy.attest

    def paid_by(self, builder: DecisionBuilder, decided_on: date) -> tuple[date, str]:
        """In thirty days, our own rule."""
        return decided_on + timedelta(days=30), "our own rule: payment or talks in 30 days"

    def opens_on(self, builder: DecisionBuilder, anchor: date) -> date | None:
        """At once."""
        return None

    def beside(self, builder: DecisionBuilder, anchor: date) -> tuple[Deadline, ...]:
        """Nothing."""
        return ()

    def begun(self, builder: DecisionBuilder, anchor: date) -> None:
        """Nothing follows."""

    def step_reported(self, builder: DecisionBuilder, step: ReportedStep) -> None:
        """There is none."""
        raise IllegalTransition(f"step: {self.traits.label} has no steps beside its filings; rules/state_steps.csv")

    def unavailable(self, case: AppealCase, rules: Rules) -> str:
        """Open to every claim."""
        return ""

    def by_person(self, case: AppealCase, rule_set: RuleSet) -> bool:
        """By policy."""
        return False

    def blocked_by(self, case: AppealCase) -> tuple[str, ...]:
        """Nothing has to be on file."""
        return ()

    def remedy(self, case: AppealCase) -> str:
        """The cause's own."""
        assert case.cause is not None
        return case.cause.remedy

    def sought(self, case: AppealCase) -> Decimal:
        """The allowed amount that is sought in all."""
        assert case.dispute is not None
        return case.dispute.target

    def sought_by_line(self, case: AppealCase) -> tuple[tuple[int, Decimal], ...]:
        """Not said: in proportion to what is fair."""
        return ()

    def at_stake(self, case: AppealCase) -> Decimal | None:
        """What the target lies above the allowed amount."""
        return case.dispute.target - case.dispute.allowed if case.dispute is not None else None

    def claim_replaced(self, builder: DecisionBuilder, event: ClaimReplaced) -> None:
        """Nothing was waited for."""

    def on_claim_rejected(self, builder: DecisionBuilder, event: PayerRejectedClaim) -> bool:
        """Nothing that was filed here is a claim."""
        return False

    def next_level(self, builder: DecisionBuilder) -> tuple[ForumName, int] | None:
        """None is left."""
        return None

    def next_anchor(self, builder: DecisionBuilder, decided_on: date) -> date:
        """Counted from the receipt of the decision."""
        return decided_on

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Never."""
        return False

    def resume(self, builder: DecisionBuilder) -> bool:
        """Nothing that was begun here stands."""
        return False

    def restate(self, builder: DecisionBuilder) -> None:
        """Nothing has to stand before it."""

    def withdraw(self, builder: DecisionBuilder, reason: str) -> None:
        """The pursuit ends, and its claim's payment stands."""
        end(builder, f"withdrawn: {reason}", "staff")

    def review(self, builder: DecisionBuilder, governing: Governing, notice_on: date) -> Deadline | None:
        """Nothing to review."""
        return None

    def timer(self, item: Deadline) -> tuple[str, date] | None:
        """None of its own."""
        return None

    def fire(self, builder: DecisionBuilder, item: Deadline, timer: str) -> bool:
        """None of its own."""
        return False

    def missed(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """As everywhere."""
        return False

    def overdue(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """As everywhere."""
        return False

    def filing_task(self, case: AppealCase) -> str:
        """The step's label, with its level from the second on."""
        label = self.steps[case.stage].label
        return f"{label}, level {case.level}" if case.level > 1 else label

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """As everywhere."""
        return ""

    def addressee(self, rule_set: RuleSet, case: AppealCase, filing: Filing) -> Addressee | None:
        """The payer."""
        return None

    def paper_facts(self, case: AppealCase, filing: Filing) -> dict[str, object]:
        """Those of every filing."""
        return {}

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """A denial of each kind whose remedy is sought here."""
        return [Example(denial=row, specialty="cardiology") for row in denials.get(self.name, ())]
