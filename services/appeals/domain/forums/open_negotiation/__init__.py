"""Open negotiation, 45 CFR 149.510(b)(1): thirty business days of talks, which alone open the way to federal IDR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.extensions import last_day, rule_of
from services.appeals.domain.forums.base import BaseForum
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.filing import add_filing, reasons
from services.appeals.domain.forums.open_negotiation.calendar import calendar
from services.appeals.domain.forums.protocol import Calendar, Example, Forum, Papers, Submission, Traits
from services.appeals.domain.judgement import Governing
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.steps import ForumName, Step, Steps
from services.appeals.domain.tables import NEGOTIATE, RemedyRow
from shared.events.pursuit import DocumentRef, NegotiationOpened

_RULE = "45 CFR 149.510(b)(1)(i)"
_REVIEW = "federal_review"
_OPENS = "idr_window_opens"

_STEPS: Steps = {
    "prepare": Step(
        label="send the open-negotiation notice", mover="provider", rule="45 CFR 149.510(b)(1)",
        limits=("nsa.open_negotiation_start",), moves=frozenset(("file", "missed")),
    ),
    "open": Step(
        label="negotiate for 30 business days", mover="both", rule=_RULE,
        limits=("nsa.open_negotiation",), moves=frozenset(("talks_failed", "window_opens")),
    ),
}  # fmt: skip


class OpenNegotiation(BaseForum):
    """Talks that fail do not shorten it; the window for IDR opens after its last day."""

    name: ForumName = "open_negotiation"
    steps: Steps = _STEPS
    traits = Traits(
        label="open negotiation",
        event_name="open_negotiation",
        law="federal",
        federal_process=True,
        remedies=frozenset((NEGOTIATE,)),
        underpayment=NEGOTIATE,
        underpayment_source="45 CFR 149.510",
        answered_by_decision=False,
        withdrawn_if_late=True,
        appealed_if_missed=True,
        yields_to_federal=False,
        rests_after_late_win=False,
        may_share_filing=("open",),
        extended_as="negotiation",
        tasks={
            _REVIEW: "decide whether the federal process governs: open negotiation must be begun by then",
            "idr_window": "initiate the federal IDR process, unless the talks end in an agreement",
        },
    )
    papers = Papers(payer_address="notice_address", argued_by_rates=False, all_rates=True, has_letter=False)
    calendars: Mapping[str, Calendar] = {"nsa": calendar}

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """Thirty business days from the day the payment or denial was received, or as extended."""
        extended = builder.case.extensions
        due = last_day(extended, "negotiation", builder.rule_set.schedule.open_negotiation_until(anchor))
        return due, rule_of(extended, "negotiation", _RULE)

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """The last day of the talks."""
        return builder.rule_set.schedule.negotiation(filed).ends_on, _RULE

    def file(self, builder: DecisionBuilder, submission: Submission) -> None:
        """The notice went to the payer."""
        schedule = builder.rule_set.schedule
        ends_on, _ = self.decide_by(builder, builder.case.level, submission.day)
        filing = add_filing(builder, self, submission.day, ends_on, submission.reference)
        self._negotiate(builder, submission.day, (*reasons(builder.case), schedule.reading()), filing.documents)

    def resume(self, builder: DecisionBuilder) -> bool:
        """A negotiation that a settlement had ended goes on while its window is open and IDR was not initiated."""
        begun = builder.case.negotiation_on
        if begun is None or any(f.forum == FEDERAL_IDR.name for f in builder.case.filings):
            return False
        if builder.today > FEDERAL_IDR.window(builder, begun).until:
            return False
        builder.change(stage="ended", ended="", owed=None, forum=self.name, level=1)
        self._negotiate(builder, begun, (f"the settlement was rescinded; the notice of {begun.isoformat()} stands",))
        return True

    def _negotiate(
        self, builder: DecisionBuilder, begun: date, why: tuple[str, ...], documents: tuple[DocumentRef, ...] = ()
    ) -> None:
        """Negotiate by the notice of `begun`, and wait for the window of IDR initiation after it."""
        dates = builder.rule_set.schedule.negotiation(begun)
        window = FEDERAL_IDR.window(builder, begun)
        builder.change(stage="open", negotiation_on=begun, escalated="", deadlines=(window,))
        builder.emit(
            NegotiationOpened(
                claim_id=builder.case.claim_id,
                case_id=builder.case.case_id,
                notice_on=begun,
                ends_on=dates.ends_on,
                idr_from=dates.idr_from,
                idr_until=dates.idr_until,
                reasons=why,
                documents=documents,
            )
        )

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """At any time: nothing binding is under way."""
        return True

    def review(self, builder: DecisionBuilder, governing: Governing, notice_on: date) -> Deadline | None:
        """The last day to begin, where federal law governs or may."""
        if governing.law not in ("federal", "unknown"):
            return None
        return builder.ours(_REVIEW, *self.file_by(builder, 1, notice_on))

    def timer(self, item: Deadline) -> tuple[str, date] | None:
        """The window for IDR opens as its first day begins."""
        return (_OPENS, item.opens) if item.kind == "idr_window" and item.opens is not None else None

    def fire(self, builder: DecisionBuilder, item: Deadline, timer: str) -> bool:
        """The talks are over without agreement."""
        if timer != _OPENS:
            return False
        self.check(builder, "window_opens")
        FEDERAL_IDR.begin(builder)
        return True

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """Of its notice, and of its review."""
        if case.dispute is None or not (item.kind == _REVIEW or (item.kind == "file" and case.forum == self.name)):
            return ""
        what = "the receipt of payment or denial"
        counted = schedule.counted("nsa.open_negotiation_start", case.dispute.notice_on, what)
        return f"{counted}; {schedule.reading()}"

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """A notice about an underpayment, and about a denial that may be negotiated."""
        return [*super().examples(denials, specialties), Example(remedy=NEGOTIATE)]
