"""Initiation of the federal IDR process, 45 CFR 149.510(b)(2): its fees, its window, and cooling-off before it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.batching import cuts_of, fees_for
from services.appeals.domain.case import AppealCase, Deadline, Dispute, Filing
from services.appeals.domain.cooling_off import RULE, Period, Standing, party_of, standing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.extensions import last_day, rule_of
from services.appeals.domain.forums.base import BaseForum
from services.appeals.domain.forums.federal_idr.steps import PAPERS, STEPS, TRAITS
from services.appeals.domain.forums.filing import add_filing, end, may_file
from services.appeals.domain.forums.protocol import Submission
from services.appeals.domain.idr_expected import Expected, belief_now, expected_in_idr
from services.appeals.domain.rows import in_force
from services.appeals.domain.steps import ForumName, Steps
from shared.decider import IllegalTransition
from shared.events.idr import IdrInitiated
from shared.events.pursuit import NegotiationOpened
from shared.money import cents

PLAN_OPEN = "a person says whether the plan, or its issuer where it is insured, is that"
_SELECTION = "45 CFR 149.510(c)(1)(iv)"
_BEGUN_BY = "45 CFR 149.510(b)(1)(i)"


class Initiation(BaseForum):
    """Up to the initiation; `FederalIdr` goes on from there."""

    name: ForumName = "federal_idr"
    steps: Steps = STEPS
    traits = TRAITS
    papers = PAPERS

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """The end of the window after an open negotiation whose notice went out on a day."""
        window = self.window(builder, anchor)
        return window.until, window.rule

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """The determination, counted from the last day for the selection of the entity."""
        schedule = builder.rule_set.schedule
        return schedule.determination_due(schedule.entity_selected_by(filed)), "45 CFR 149.510(c)(4)(ii)"

    def window(self, builder: DecisionBuilder, begun: date) -> Deadline:
        """When IDR may be initiated after the open negotiation of a notice."""
        dates, extended = builder.rule_set.schedule.negotiation(begun), builder.case.extensions
        until = last_day(extended, "initiation", dates.idr_until)
        rule = rule_of(extended, "initiation", "45 CFR 149.510(b)(2)(i)")
        return builder.ours("idr_window", until, rule, opens=dates.idr_from)

    def restate(self, builder: DecisionBuilder) -> None:
        """The open negotiation that alone opens the way here (45 CFR 149.510(b)(2)(i)): its notice stands."""
        case, begun = builder.case, builder.case.negotiation_on
        if begun is None:
            return
        dates = builder.rule_set.schedule.negotiation(begun)
        builder.emit(
            NegotiationOpened(
                claim_id=case.claim_id,
                case_id=case.case_id,
                notice_on=begun,
                ends_on=dates.ends_on,
                idr_from=dates.idr_from,
                idr_until=dates.idr_until,
                reasons=(f"the pursuit goes on; the notice of {begun.isoformat()} stands",),
            )
        )

    def begin(self, builder: DecisionBuilder) -> None:
        """Open negotiation is over without agreement: initiate if the claim is eligible and worth the fees."""
        case = builder.case
        if case.governing is None or case.governing.law != "federal":
            end(builder, "the federal process does not govern this claim", "45 CFR 149.510(a)")
            return
        window = case.deadline("idr_window")
        assert window is not None
        stands = self.cooling(builder)
        if stands.binding is not None:
            self.wait_out(builder, stands.binding)
            return
        dispute = without_denied(builder.dispute)
        builder.change(forum=self.name, level=1, stage="prepare", deadlines=(), dispute=dispute)
        if builder.today > window.due:
            # the whole window passed unseen, in an outage: its own timer says so next, like every other miss
            builder.change(deadlines=(builder.ours("file", window.due, window.rule),))
            return
        late = self.late_start(builder)
        if late:
            end(builder, late, _BEGUN_BY)
            return
        self._in_window(builder, window, stands)

    def _in_window(self, builder: DecisionBuilder, window: Deadline, stands: Standing) -> None:
        """Initiate, ask a person about the plan, or wait for claims that may share the filing."""
        gather, by_itself = builder.rule_set.policy.idr_gather_days, self.by_itself(builder.rule_set)
        days = builder.rule_set.schedule.days
        shared_on = min(days.after(builder.today, gather), window.due) if gather and by_itself else None
        builder.change(deadlines=(builder.ours("file", window.due, window.rule),))
        if stands.doubtful is not None:
            if self.is_worthwhile(builder):
                self.ask_about_the_plan(builder, stands.doubtful)
        elif shared_on is not None and shared_on > builder.today:  # what is not worth its fees alone may be in a batch
            rule = "our own rule: claims that may share a filing are filed together"
            builder.change(deadlines=(*builder.case.deadlines, builder.waiting("gather", shared_on, rule)))
        elif self.is_worthwhile(builder) and by_itself:
            self.initiate_today(builder)

    def initiate_today(self, builder: DecisionBuilder) -> None:
        """The service files by itself; what takes several filings is a person's."""
        parts = self.parts(builder)
        if len(parts) > 1:
            each = " and ".join(str(lines) for lines in parts)
            builder.change(
                escalated=f"{sum(parts)} lines are more than a filing may have: file {len(parts)}, of {each}, and "
                "record them under all their numbers; 91 FR 33900 (CMS-9897-F)"
            )
            return
        self.check(builder, "file")
        may_file(builder.case, builder.today)
        self.file(builder, Submission(day=builder.today))

    def gathered(self, builder: DecisionBuilder) -> None:
        """The day on which a claim is initiated that waited for others: alone, since no batch has taken it."""
        filing = builder.case.deadline("file")
        if filing is not None and builder.today > filing.due:
            return  # an outage over gathering day and window: the window's own timer says that it is missed
        stands = self.cooling(builder)
        if filing is not None and stands.binding is not None:
            self._cool_off(builder, filing, stands.binding)
        elif self.is_worthwhile(builder):
            if stands.doubtful is None:
                self.initiate_today(builder)
            else:
                self.ask_about_the_plan(builder, stands.doubtful)

    def plan_known(self, builder: DecisionBuilder) -> None:
        """A person said whether the plan is that of a determination: IDR is postponed, or goes on."""
        case, filing, window = builder.case, builder.case.deadline("file"), builder.case.deadline("idr_window")
        stands = self.cooling(builder)
        if window is not None and window.rule == RULE and stands.binding is None and stands.doubtful is None:
            self._no_longer_postponed(builder)
        if case.forum != self.name or case.stage != "prepare" or filing is None:
            return
        if stands.binding is not None:
            self._cool_off(builder, filing, stands.binding)
        elif stands.doubtful is None and PLAN_OPEN in case.escalated:
            builder.change(escalated="")
            if self.by_itself(builder.rule_set):
                self.initiate_today(builder)

    def _no_longer_postponed(self, builder: DecisionBuilder) -> None:
        """Take the window after the negotiation, if it is open: the period waited for does not bind."""
        begun = builder.case.negotiation_on
        assert begun is not None
        window = self.window(builder, begun)
        if builder.today > window.until:
            reason = "postponed for a cooling-off period that does not bind, while the window for initiation closed on"
            builder.change(escalated=f"{reason} {window.until.isoformat()}; {window.rule}")
            return
        builder.change(deadlines=(window,), escalated="")
        why = "the plan is not that of the determination whose cooling-off period was waited for"
        builder.corrected(window, None, why)

    def _cool_off(self, builder: DecisionBuilder, filing: Deadline, period: Period) -> None:
        # a determination of the days between began a cooling-off period: back to the window, as if it had just opened
        window = msgspec.structs.replace(filing, kind="idr_window")
        builder.change(forum="open_negotiation", level=1, stage="open", deadlines=(window,), escalated="")
        self.wait_out(builder, period)

    def is_worthwhile(self, builder: DecisionBuilder) -> bool:
        """Return True if IDR alone is expected to bring more than it costs; the pursuit ends where it is not."""
        if self.expected_gain(builder, builder.today) > 0:
            return True
        administrative, entity = self.expected_fees(builder, builder.today)
        win, award, source = self._expected(builder)
        end(
            builder,
            f"IDR is not worth its fees: {cents(award - builder.dispute.allowed)} to win with chance {win} ({source}) "
            f"against {administrative} and, if lost, {entity}",
            "45 CFR 149.510(d)",
        )
        return False

    def initiation(self, case: AppealCase) -> Filing | None:
        """The last filing that initiated IDR; None where none did."""
        return next((f for f in reversed(case.filings) if f.forum == self.name), None)

    def expected_fees(self, builder: DecisionBuilder, on: date) -> tuple[Decimal, Decimal]:
        """Administrative fee, and the entity's fee as expected within its published range (borne by the loser)."""
        rules, policy = builder.rule_set.rules, builder.rule_set.policy
        return fees_for(rules, on, self.parts(builder), policy.idr_entity_fee_share, policy.idr_entity)

    def parts(self, builder: DecisionBuilder) -> tuple[int, ...]:
        """The lines of each filing that the dispute takes by the rule of the day its open negotiation began."""
        begun = builder.case.negotiation_on
        rule = in_force(builder.rule_set.rules.batching, begun) if begun is not None else None
        return cuts_of(max(builder.dispute.lines, 1), rule)

    def fees_of(self, builder: DecisionBuilder, filing: Filing) -> tuple[Decimal, Decimal]:
        """Administrative and entity's fee of a filing: the claim's part of them where it shares the filing."""
        if filing.batch is not None:
            return filing.batch.administrative_fee, filing.batch.entity_fee
        return self.expected_fees(builder, filing.filed_on)

    def expected_gain(self, builder: DecisionBuilder, on: date) -> Decimal:
        """What IDR is expected to bring after its fees, in dollars."""
        win, award, _ = self._expected(builder)
        administrative, entity = self.expected_fees(builder, on)
        return win * (award - builder.dispute.allowed) - administrative - (1 - win) * entity

    def _expected(self, builder: DecisionBuilder) -> Expected:
        return expected_in_idr(builder.case, builder.rule_set.policy.idr_win_probability)

    def sought(self, case: AppealCase) -> Decimal:
        """Our offer, which is chosen apart from what is fair; the fair value where none was told."""
        belief = belief_now(case)
        return super().sought(case) if belief is None else belief.offer

    def sought_by_line(self, case: AppealCase) -> tuple[tuple[int, Decimal], ...]:
        """Our offer line by line."""
        belief = belief_now(case)
        return () if belief is None else belief.lines

    def cooling(self, builder: DecisionBuilder, on: date | None = None) -> Standing:
        """The cooling-off periods that stand against initiating on a day, today if not given.

        What other claims' determinations began is read beforehand (`House.cooling`).
        """
        return standing(party_of(builder.case, builder.rule_set.rules), builder.rule_set.cooling, on or builder.today)

    def wait_out(self, builder: DecisionBuilder, period: Period) -> None:
        """Initiation waits for the end of a cooling-off period.

        Only an open negotiation that ended inside the period keeps its right, for 30 business days after it; one that
        ended before the determination that began the period has lost its window to it.
        """
        case, schedule = builder.case, builder.rule_set.schedule
        window = case.deadline("idr_window")
        assert window is not None and case.negotiation_on is not None
        negotiation = schedule.negotiation(case.negotiation_on)
        until = period.until.isoformat()
        if window.rule != RULE and negotiation.ends_on < period.determined_on:
            end(
                builder,
                f"open negotiation ended on {negotiation.ends_on.isoformat()}, before the cooling-off period that runs "
                f"until {until} and holds the whole window for initiation",
                RULE,
            )
            return
        opens, due = schedule.after_cooling_off(period.until)
        later = builder.ours("idr_window", due, RULE, opens=opens)
        builder.change(deadlines=(later,))
        builder.notice("postponed", later, f"the parties cool off over this code until {until}")

    def ask_about_the_plan(self, builder: DecisionBuilder, period: Period) -> None:
        """Ask a person whether a period binds, by the window's last day; until then nothing is postponed."""
        filing = builder.case.deadline("file")
        assert filing is not None
        why = (
            f"{PLAN_OPEN} of the determination of {period.determined_on.isoformat()}: if it is, the parties cool off "
            f"over this code until {period.until.isoformat()}, and if not, IDR is initiated by {filing.due.isoformat()}"
        )
        reminded = msgspec.structs.replace(filing, notices=1)
        builder.change(deadlines=(reminded,), escalated=f"{why}; {RULE}")
        builder.notice("reminder", reminded, why)

    def late_start(self, builder: DecisionBuilder) -> str:
        """Why no IDR is open after an open negotiation that began too late (a corrected date of receipt shows it)."""
        began, schedule = builder.case.negotiation_on, builder.rule_set.schedule
        until = schedule.open_negotiation_until(builder.dispute.notice_on)
        until = last_day(builder.case.extensions, "negotiation", until)
        if began is None or began <= until:
            return ""
        return f"open negotiation began on {began.isoformat()}, after its last day {until.isoformat()}"

    def file(self, builder: DecisionBuilder, submission: Submission) -> None:
        """The notice of IDR initiation went to the Departments and the other party, for this claim or a batch with it.

        Refused inside a cooling-off period that binds, unless a person says why it was filed `despite` it. Where it is
        not known whether one binds, what a person filed stands, and the question stays open.
        """
        case, day, despite = builder.case, submission.day, submission.despite
        batch = submission.batch
        schedule = builder.rule_set.schedule
        if case.governing is None or case.governing.law != "federal":
            raise IllegalTransition("initiate: the federal process does not govern this claim; 45 CFR 149.510(a)")
        late = self.late_start(builder)
        if late:
            raise IllegalTransition(f"initiate: {late}; 45 CFR 149.510(b)(1)(i)")
        if case.negotiation_on is not None and day < (first := schedule.negotiation(case.negotiation_on).idr_earliest):
            raise IllegalTransition(f"initiate: not before {first.isoformat()}; 45 CFR 149.510(b)(2)(i)")
        stands = self.cooling(builder, day)
        if stands.binding is not None and not despite:
            raise IllegalTransition(
                f"initiate: the parties cool off over this code until {stands.binding.until.isoformat()}; {RULE}; "
                "where it may be filed all the same, say why in `cooling_off_reason`"
            )
        doubt = "" if stands.doubtful is None or despite else f"filed on {day.isoformat()}, though perhaps too early: "
        if doubt and stands.doubtful is not None:
            doubt += f"{PLAN_OPEN} of the determination of {stands.doubtful.determined_on.isoformat()}; {RULE}"
        selected_by = schedule.entity_selected_by(day)
        due, _ = self.decide_by(builder, case.level, day)
        filing = add_filing(builder, self, day, due, submission.reference, batch)
        administrative, entity = self.fees_of(builder, filing)
        selection = builder.waiting("entity_selection", selected_by, _SELECTION)
        builder.change(stage="selection", deadlines=(selection,), escalated=doubt)
        builder.emit(
            IdrInitiated(
                claim_id=case.claim_id,
                case_id=case.case_id,
                initiated_on=day,
                offer=filing.sought,
                administrative_fee=administrative,
                entity_fee=entity,
                determination_due_on=due,
                documents=filing.documents,
                batch_id=batch.batch_id if batch else "",
                batch_claims=len(set(batch.claim_ids)) if batch else 1,
            )
        )


def without_denied(dispute: Dispute) -> Dispute:
    """What IDR decides is the amount of a payment: lines that were denied are not before it (45 CFR 149.510(a)(2))."""
    if not dispute.denied_lines or dispute.denied:
        return dispute
    return msgspec.structs.replace(
        dispute,
        target=dispute.target - dispute.denied_beside,
        lines=max(dispute.lines - dispute.denied_lines, 1),
        denied_beside=dispute.denied_beside * 0,
        denied_lines=0,
    )
