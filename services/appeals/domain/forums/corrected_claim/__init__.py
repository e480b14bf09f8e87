"""The corrected claim, or the records that a denial asked for: decided by the payer as a claim."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.protocol import Calendar, Forum, Papers, Submission, Traits
from services.appeals.domain.schedule import Dated, Known, Schedule, Term
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import PayerRow, Remedy
from shared.events.claims import ClaimReplaced
from shared.events.pursuit import AppealDecided
from shared.events.statuses import PayerRejectedClaim

_REMEDIES: frozenset[Remedy] = frozenset(
    ("correct_and_resubmit", "resubmit_as_new_claim", "verify_coverage_and_resubmit", "send_records",
     "patient_information")
)  # fmt: skip


_BY_CLAIM: frozenset[str] = frozenset(("correct_and_resubmit", "resubmit_as_new_claim", "verify_coverage_and_resubmit"))
"""Remedies that a claim carries, sent again with what was wrong."""


class CorrectedClaim(Appeal):
    """Refused, it leads to the plan's appeal, counted from the original denial."""

    name: ForumName = "corrected_claim"
    limits = "corrected"
    steps: Steps = appeal_steps(
        "send the corrected claim or records", "payer decides the corrected claim", mover="payer",
        rule="29 CFR 2560.503-1(f)", limits="corrected", needs=("corrected_fields",),
    )  # fmt: skip
    traits = Traits(
        label="corrected claim",
        event_name="corrected_claim",
        remedies=_REMEDIES,
        own_case_id=True,
        internal_appeal=True,
        reviews_beside=True,
        appealed_if_missed=True,
    )
    papers = Papers(payer_address="claims_address", judged_by_records=True, names_specialty=False, seeks_amount=False)

    def __init__(self) -> None:
        self.calendars: Mapping[str, Calendar] = {"corrected": self._calendar}

    def claim_replaced(self, builder: DecisionBuilder, event: ClaimReplaced) -> None:
        """The claim left corrected: that is the filing, by the number of the 837 that intake sent, if it did.

        Not where the payer asked for records, which no 837 carries, nor after the last day: a person sees to it.
        """
        case, day = builder.case, builder.event_on
        if case.stage != "prepare" or self.remedy(case) not in _BY_CLAIM or day < builder.dispute.notice_on:
            return
        deadline = case.deadline("file")
        if case.blocked or (deadline is not None and day > deadline.until):
            builder.change(escalated=f"the corrected claim left on {day.isoformat()}, which is not in time: see to it")
            return
        reference = f"837 {event.sending}" if event.sending else "837 of the provider's own"
        self.file(builder, Submission(day=day, reference=reference))

    def on_claim_rejected(self, builder: DecisionBuilder, event: PayerRejectedClaim) -> bool:
        """What was rejected before adjudication was never filed: it says nothing of the remedy, and leaves again."""
        case = builder.case
        filing = next((f for f in reversed(case.filings) if f.forum == self.name and f.outcome is None), None)
        if case.stage != "await" or filing is None:
            return False
        who = "clearinghouse" if event.by_clearinghouse else "payer"
        codes = dict.fromkeys(":".join(filter(None, (s.category, s.code, s.entity))) for s in event.statuses)
        why = (
            f"the {who} did not take the corrected claim ({event.kind} {', '.join(list(codes)[:5])}): correct it again"
        )
        done = msgspec.structs.replace(filing, outcome="withdrawn", decided_on=event.received_on)
        builder.change(
            filings=tuple(done if f.number == filing.number else f for f in case.filings),
            escalated=why,
        )
        assert self.traits.event_name is not None
        builder.emit(
            AppealDecided(
                claim_id=case.claim_id, case_id=case_id_in(case, self), forum=self.traits.event_name, level=case.level,
                outcome="withdrawn", decided_on=event.received_on, exhausted=False, reason=why,
            )
        )  # fmt: skip
        return True

    def filing_task(self, case: AppealCase) -> str:
        """What of the two is to be sent: the claim leaves by a correction, records by an attachment."""
        if case.cause is not None and self.remedy(case) in _BY_CLAIM:
            return "correct the claim, look at what differs, and send it to the payer"
        return super().filing_task(case)

    def term(self, level: int, payer: PayerRow | None) -> Term | None:
        """The payer's own time for timely filing."""
        if payer is None or not payer.timely_filing_days:
            return None
        return Term(payer.timely_filing_days, payer.source)

    def next_level(self, builder: DecisionBuilder) -> tuple[ForumName, int] | None:
        """The plan's appeal."""
        return "commercial_appeal", 1

    def next_anchor(self, builder: DecisionBuilder, decided_on: date) -> date:
        """The first appeal runs from the original denial, whatever became of the corrected claim."""
        return builder.dispute.notice_on

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Only for a process whose time runs on beside it."""
        return target.traits.runs_beside_appeal and case.stage in ("prepare", "await")

    def _calendar(self, schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
        return self.dated(schedule, 1, received, known)
