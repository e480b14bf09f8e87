"""What people do to a case: each a pure rule that refuses what is illegal or late, naming the rule's source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from services.appeals.domain import (
    answers,
    further_lines,
    held_answers,
    history,
    payer_duties,
    pursuit,
    receipt,
    records,
    reinstatement,
    reviews,
)
from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.beside_commands import BesideCommands
from services.appeals.domain.case import AppealCase, Dispute, Enclosed
from services.appeals.domain.cause import GROUND
from services.appeals.domain.choice import choose_forum, question_of
from services.appeals.domain.consent import ConsentRecord, holds
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.dispute_selection import place_of
from services.appeals.domain.eligibility import governing_law
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.filing import require_after_earlier
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.forums.registry import FORUMS, forum_in, forum_under
from services.appeals.domain.idr_commands import IdrCommands
from services.appeals.domain.judgement import OVERRIDE, Fired, Governing
from services.appeals.domain.plan import STAFF, PlanAttribute, PlanFact
from services.appeals.domain.statements import Received, SamePlan
from services.appeals.domain.steps import ForumName
from shared.decider import Decision, IllegalTransition
from shared.events.base import Event
from shared.events.pursuit import Law


class Explained(msgspec.Struct, frozen=True):
    """A deadline that moved, and why."""

    kind: str
    before: date | None
    after: date | None
    rule: str
    why: str = ""


class Commands(IdrCommands, BesideCommands):
    """Commands on one case; `now` is the instant they are given."""

    def attest_filing(
        self, case: AppealCase, on: date, reference: str, despite: str = "", given_up: ForumName | None = None
    ) -> Decision[AppealCase]:
        """A person says that the filing the case stands before was sent on a day, under a reference (the proof).

        `despite`: why IDR could be initiated inside a cooling-off period. `given_up`: not that one was sent, but the
        one in this forum that was said to be missed.
        """
        if not reference.strip():
            raise IllegalTransition("attest: a reference or proof of filing is required")
        if on > self._today:
            raise IllegalTransition("attest: the day of filing lies in the future")
        builder, forum = self._builder(case), forum_in(case)
        if case.stage == "ended" and case.lapsed is not None:
            reinstatement.attest(builder, on, reference, despite)
            return builder.decision()
        if given_up is not None:
            reinstatement.attest_missed(builder, given_up, on, reference, despite)
            return builder.decision()
        if forum is not None and case.stage == "prepare":
            require_after_earlier(case, forum, on)
        pursuit.file(builder, on=on, reference=reference, despite=despite)
        return builder.decision()

    def file_in_batch(
        self, case: AppealCase, on: date, reference: str, part: BatchPart | None, despite: str = ""
    ) -> Decision[AppealCase]:
        """Initiate IDR for the claim as one of a batch; refused as it would be alone, which is without a part."""
        if on > self._today:
            raise IllegalTransition("batch: the day of filing lies in the future")
        builder = self._builder(case)
        forum = forum_in(case)
        if forum is None or forum.traits.batch_stage is None:
            raise IllegalTransition("batch: the claim does not stand before IDR initiation; 45 CFR 149.510(b)(2)")
        pursuit.file(builder, on=on, reference=reference, batch=part, despite=despite)
        return builder.decision()

    def send_records(
        self, case: AppealCase, request_id: str, enclosed: tuple[Enclosed, ...], on: date | None, reference: str
    ) -> Decision[AppealCase]:
        """Send what a payer asked for: by the service today, or by hand on a day and under a reference."""
        if on is not None and on > self._today:
            raise IllegalTransition("records: the day of sending lies in the future")
        builder = self._builder(case)
        records.send(builder, request_id, enclosed, on or self._today, reference)
        return builder.decision()

    def record_facts(
        self,
        case: AppealCase,
        *,
        assignment: bool | None = None,
        consent: bool | None = None,
        network_facility: bool | None = None,
        appeal_anyway: bool | None = None,
        same_plan: bool | None = None,
        determined_on: date | None = None,
        plan: Mapping[PlanAttribute, str] | None = None,
        consent_record: ConsentRecord | None = None,
    ) -> Decision[AppealCase]:
        """Facts staff found out.

        An assignment of benefits lets a blocked filing go on, and so does `appeal_anyway`: a denial is appealed though
        its reason calls for something else. The others are judged again.

        `same_plan`: whether the plan (the issuer, where insured) is that of earlier determinations, of all or of those
        of `determined_on`: IDR is postponed, or goes on. `plan` is what was found out of the plan, by attribute.
        A `consent_record` is judged: where it does not hold, there was no consent; in doubt, it is not known.
        """
        builder = self._builder(case)
        if same_plan is not None:
            builder.change(same_plan=SamePlan(same_plan, self._today, determined_on))
            FEDERAL_IDR.plan_known(builder)
            case = builder.case
        if consent_record is not None:
            consent = holds(consent_record)
        facts = msgspec.structs.replace(
            case.facts,
            consent_record=case.facts.consent_record if consent_record is None else consent_record,
            assignment=case.facts.assignment if assignment is None else assignment,
            consent=case.facts.consent if consent is None and consent_record is None else consent,
            network_facility=case.facts.network_facility if network_facility is None else network_facility,
            appeal_anyway=case.facts.appeal_anyway if appeal_anyway is None else appeal_anyway,
        )
        known = tuple(PlanFact(what, value, STAFF, self._today) for what, value in (plan or {}).items() if value)
        builder.change(facts=facts, plan_facts=(*case.plan_facts, *known))
        found = {"assignment_of_benefits": assignment, GROUND: appeal_anyway}
        resolved = {name for name in case.blocked if found.get(name)}
        if case.live and resolved:
            builder.change(blocked=tuple(b for b in case.blocked if b not in resolved))
            if GROUND in resolved:
                builder.change(escalated="")
            if not builder.case.blocked and pursuit.files_by_itself(builder):
                pursuit.file(builder)
        judged_by = (consent, consent_record, network_facility, known or None)
        if case.governing is not None and any(fact is not None for fact in judged_by):
            self._judged_by_facts(builder, case.governing)
        return builder.decision()

    def _judged_by_facts(self, builder: DecisionBuilder, before: Governing) -> None:
        """Judge the law by what is known now, and do what follows for the pursuit."""
        case = builder.case
        governing = governing_law(question_of(case), self._rule_set.rules)
        builder.change(governing=governing)
        payer_duties.law_judged(builder)
        if not case.live or case.dispute is None:
            reinstatement.by_law(builder, before)
        elif governing.law == "federal" and not case.dispute.denied:
            self._federal_by_facts(builder, governing.fired[-1])
        elif governing.law != "federal" and _in_federal_process(case):
            last = governing.fired[-1]
            builder.change(escalated=f"the federal process may not govern: {last.finding}; {last.source}")
        elif (forum := forum_in(builder.case)) is not None and forum.traits.reviews_beside:
            reviews.plan(builder, builder.dispute.notice_on)

    def override_law(self, case: AppealCase, law: Law, who: str, reason: str) -> Decision[AppealCase]:
        """A person decides which law governs; the forum follows while its first step is still in time.

        Refused with the rule where that time is over, where the federal process was initiated already, or where the
        state has none.
        """
        if not reason.strip():
            raise IllegalTransition("override: a reason is required")
        builder = self._builder(case)
        if not case.live or case.governing is None:
            raise IllegalTransition("override: no pursuit is under way")
        fired = Fired(OVERRIDE, f"decided by {who}: {reason}", "staff")
        builder.change(
            governing=msgspec.structs.replace(case.governing, law=law, fired=(*case.governing.fired, fired), missing=())
        )
        if law == "federal":
            self._to_federal(builder)
        else:
            self._from_federal(builder, forum_under(law))
        if builder.case.live and builder.case.reviews:
            reviews.plan(builder, builder.dispute.notice_on)  # what is decided needs no review any more
        payer_duties.law_judged(builder)
        return builder.decision()

    def _from_federal(self, builder: DecisionBuilder, target: Forum) -> None:
        """To the state's process or the plan's appeal, from where nothing binding is under way yet."""
        case, forum = builder.case, forum_in(builder.case)
        if forum is None or not forum.leaves_for(case, target) or forum is target:
            return
        unavailable = target.unavailable(case, self._rule_set.rules)
        if unavailable:
            raise IllegalTransition(f"override: {unavailable}")
        due, rule = target.file_by(builder, 1, builder.dispute.notice_on)
        if self._today > due:
            raise IllegalTransition(f"override: {target.name} had to be filed by {due.isoformat()}; {rule}")
        if any(f.forum == target.name and f.level == 1 for f in case.filings):
            raise IllegalTransition(f"override: {target.name} is filed already and runs on; {rule}")
        builder.change(negotiation_on=None)
        pursuit.start_level(builder, target.name, 1, builder.dispute.notice_on)

    def _federal_by_facts(self, builder: DecisionBuilder, why: Fired) -> None:
        """To the federal process, where it is still open.

        A fact is recorded whatever hangs on it: where the process cannot begin any more, the case stays where it is,
        with the dates beside it counted again, and a person is told what the fact means and why it moves nothing.
        """
        draft = builder.copy()
        try:
            self._to_federal(draft)
        except IllegalTransition as closed:
            forum = forum_in(builder.case)
            if forum is not None and forum.traits.reviews_beside:
                reviews.plan(builder, builder.dispute.notice_on)
            found = f"the federal process governs: {why.finding}; {why.source}"
            stays = f", and goes on: {forum.traits.label}" if forum is not None else ""
            builder.change(escalated=f"{found}. The case stays where it is{stays}, since {closed}")
            return
        builder.take_over(draft)

    def _to_federal(self, builder: DecisionBuilder) -> None:
        """From the plan's appeal to open negotiation. An appeal does not stop the federal clock: late is refused."""
        case, forum, target = builder.case, forum_in(builder.case), forum_under("federal")
        if forum is not None and not forum.traits.yields_to_federal:
            return
        until, rule = target.file_by(builder, 1, builder.dispute.notice_on)
        if self._today > until:
            raise IllegalTransition(f"{target.traits.label} had to start by {until.isoformat()}; {rule}")
        if case.stage not in ("prepare", "await"):
            raise IllegalTransition(f"{target.traits.label} cannot start from this step; 45 CFR 149.510(b)(1)")
        pursuit.start_level(builder, target.name, 1, builder.dispute.notice_on)

    def withdraw(self, case: AppealCase, reason: str) -> Decision[AppealCase]:
        """Give the pursuit up."""
        if not case.live:
            raise IllegalTransition("withdraw: no pursuit is under way")
        builder = self._builder(case)
        forum = forum_in(case)
        assert forum is not None
        forum.withdraw(builder, reason)
        return builder.decision()

    def refuse_doubtful(self, case: AppealCase, answer: Event) -> None:
        """Refuse a payer's answer that a person enters where it would be held if it had come by itself."""
        named: str = getattr(answer, "case_id", "")
        about = case.disputes[place_of(case, named)]
        why = answers.doubt_of(self._builder(about), answer)
        if why:
            raise IllegalTransition(f"answer: {why}; enter what was really decided, with its own day")

    def deal_with_answer(self, case: AppealCase, key: str, *, take: bool) -> Decision[AppealCase]:
        """A person takes an answer that was held, where the case allows it, or lays it aside."""
        builder = self._builder(case)
        if take:
            answers.take_held(builder, key)
        else:
            held_answers.close(builder, held_answers.waiting(case, key))
        return builder.decision()

    def further_lines(self, case: AppealCase, on: date | None, reference: str) -> Decision[AppealCase]:
        """A person appealed for lines that the case does not cover, on a day and under a reference.

        Without them: says why nothing is appealed, or what the appeal came to.
        """
        builder = self._builder(case)
        if on is None:
            further_lines.done(builder)
            return builder.decision()
        if not reference.strip():
            raise IllegalTransition("further lines: a reference or proof of filing is required")
        if on > self._today:
            raise IllegalTransition("further lines: the day of filing lies in the future")
        further_lines.appealed(builder, on, reference)
        return builder.decision()

    def assign(self, case: AppealCase, assignee: str) -> Decision[AppealCase]:
        """Give the case to a person; an empty name takes it back."""
        return Decision(msgspec.structs.replace(case, assignee=assignee))

    def correct_notice(
        self, case: AppealCase, notice_on: date, reason: str = ""
    ) -> tuple[Decision[AppealCase], tuple[Explained, ...]]:
        """The payment or denial was received on another day: every deadline counted from it is computed again.

        Each that moved is said once, with the old day and why. A case that has filed nothing goes to the forum that is
        open by the corrected day; so does one whose right was given up for time, where it is open by that day. A first
        filing that this day makes late is withdrawn for what is still open; where it was answered, or is of IDR, a
        person is told. Of a claim that stands as history the day alone changes.
        """
        lapsed = case.stage == "ended" and case.lapsed is not None
        past = None if case.live else case.history
        if past is None and (not (case.live or lapsed) or case.dispute is None):
            raise IllegalTransition("correct: no pursuit is under way")
        if notice_on > self._today:
            raise IllegalTransition("correct: the day of receipt lies in the future")
        if notice_on < case.facts.service_from:
            raise IllegalTransition(f"correct: the day of receipt lies before the service of {case.facts.service_from}")
        builder = self._builder(case)
        if past is not None:
            history.received_on(builder, past, notice_on)
            return builder.decision(), ()
        assert case.dispute is not None
        why = _received(case.dispute, notice_on)
        why = f"{why}: {reason.strip()}" if reason.strip() else why
        if lapsed:
            was, last, rule = reinstatement.correct(builder, notice_on, why)
            return builder.decision(), (Explained("file", was, last, rule, why),)
        builder.change(
            dispute=msgspec.structs.replace(case.dispute, notice_on=notice_on, arrived_on=None),
            received=Received(case.dispute.remittance_id, notice_on),
        )
        before = {item.kind: item.due for item in case.deadlines}
        at_first = case.stage == "prepare" and case.level == 1 and not case.filings
        forum = forum_in(case)
        assert forum is not None
        if forum.traits.reviews_beside:  # a later day may bring back a date that passed
            reviews.plan(builder, notice_on)
        if receipt.withdraw(builder, why) or (at_first and forum.traits.follows_receipt):
            if receipt.WANTED in case.blocked:
                builder.change(escalated="")
            choose_forum(builder)
        builder.state = builder.case.standing()
        after = {item.kind: item for item in builder.case.deadlines}
        moved = tuple(
            Explained(kind, before.get(kind), after[kind].due if kind in after else None, rule, why)
            for kind, rule in _rules(case, builder.case)
            if before.get(kind) != (after[kind].due if kind in after else None)
        )
        events = builder.events
        builder.events = []
        for change in moved:
            now, lost = after.get(change.kind), case.deadline(change.kind)
            if now is not None and (change.before is not None or now.kind == "file" or now.is_review):
                builder.corrected(now, change.before, why)
            elif now is None and builder.case.live and lost is not None and lost.is_review:
                builder.notice("missed", lost, why)
        builder.events += events
        self._filed_late(builder, notice_on)
        return builder.decision(), moved

    def _filed_late(self, builder: DecisionBuilder, notice_on: date) -> None:
        """Escalate where the corrected day makes the first filing of the pursuit a late one."""
        first = builder.case.filings[0] if builder.case.filings else None
        forum = FORUMS[first.forum] if first is not None else None
        if first is None or forum is None or first.level != 1 or not forum.traits.counted_from_receipt:
            return
        due, rule = forum.file_by(builder, first.level, notice_on)
        if first.filed_on > due:
            builder.change(
                escalated=f"filed on {first.filed_on.isoformat()}, after {due.isoformat()}, the last day counted from "
                f"the corrected receipt; {rule}"
            )


def _in_federal_process(case: AppealCase) -> bool:
    forum = forum_in(case)
    return forum is not None and forum.traits.federal_process


def _received(dispute: Dispute, notice_on: date) -> str:
    """The corrected day beside the one that was counted from."""
    before = dispute.notice_on.isoformat()
    was = f"{before} was assumed" if dispute.arrived_on is not None else f"not on {before}"
    return f"received on {notice_on.isoformat()}, {was}"


def _rules(before: AppealCase, after: AppealCase) -> list[tuple[str, str]]:
    """Every kind of deadline before or after a change, with the rule it stands under now."""
    found = {item.kind: item.rule for item in (*before.deadlines, *after.deadlines)}
    return sorted(found.items())
