"""What people do to a case: each a pure rule that refuses what is illegal or late, naming the rule's source."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from services.appeals.domain import collection, idr, pursuit, receipt, records, reviews
from services.appeals.domain.case import AppealCase, BatchPart, Dispute, Enclosed, SamePlan
from services.appeals.domain.decide import choose_forum, question_of
from services.appeals.domain.eligibility import OVERRIDE, Fired, governing_law
from services.appeals.domain.filing import end
from services.appeals.domain.turn import House, Turn
from shared.events.pursuit import Forum, Law
from shared.fold import Decision, IllegalTransition


class Explained(msgspec.Struct, frozen=True):
    """A deadline that moved, and why."""

    kind: str
    before: date | None
    after: date | None
    rule: str
    why: str = ""


class Commands:
    """Commands on one case; `now` is the instant they are given."""

    def __init__(self, house: House, now: datetime) -> None:
        self._house = house
        self._today = house.today(now)

    def _turn(self, case: AppealCase) -> Turn:
        return Turn(self._house, case, self._today)

    def attest_filing(self, case: AppealCase, on: date, reference: str, despite: str = "") -> Decision[AppealCase]:
        """A person says that the filing the case stands before was sent on a day, under a reference (the proof).

        `despite`: why IDR could be initiated inside a cooling-off period.
        """
        if not reference.strip():
            raise IllegalTransition("attest: a reference or proof of filing is required")
        if on > self._today:
            raise IllegalTransition("attest: the day of filing lies in the future")
        turn = self._turn(case)
        pursuit.file(turn, on=on, reference=reference, despite=despite)
        return turn.decision()

    def file_in_batch(
        self, case: AppealCase, on: date, reference: str, part: BatchPart | None, despite: str = ""
    ) -> Decision[AppealCase]:
        """Initiate IDR for the claim as one of a batch; refused as it would be alone, which is without a part."""
        if on > self._today:
            raise IllegalTransition("batch: the day of filing lies in the future")
        turn = self._turn(case)
        if case.forum != "federal_idr":
            raise IllegalTransition("batch: the claim does not stand before IDR initiation; 45 CFR 149.510(b)(2)")
        pursuit.file(turn, on=on, reference=reference, batch=part, despite=despite)
        return turn.decision()

    def send_records(
        self, case: AppealCase, request_id: str, enclosed: tuple[Enclosed, ...], on: date | None, reference: str
    ) -> Decision[AppealCase]:
        """Send what a payer asked for: by the service today, or by hand on a day and under a reference."""
        if on is not None and on > self._today:
            raise IllegalTransition("records: the day of sending lies in the future")
        turn = self._turn(case)
        records.send(turn, request_id, enclosed, on or self._today, reference)
        return turn.decision()

    def record_facts(
        self,
        case: AppealCase,
        *,
        assignment: bool | None = None,
        consent: bool | None = None,
        network_facility: bool | None = None,
        same_plan: bool | None = None,
        determined_on: date | None = None,
    ) -> Decision[AppealCase]:
        """Facts staff found out. An assignment of benefits lets a blocked filing go on; the others are judged anew.

        `same_plan`: whether the plan (the issuer, where insured) is that of earlier determinations, of all or of those
        of `determined_on`: IDR is postponed, or goes on.
        """
        turn = self._turn(case)
        if same_plan is not None:
            turn.change(same_plan=SamePlan(same_plan, self._today, determined_on))
            pursuit.plan_known(turn)
            case = turn.case
        facts = msgspec.structs.replace(
            case.facts,
            assignment=case.facts.assignment if assignment is None else assignment,
            consent=case.facts.consent if consent is None else consent,
            network_facility=case.facts.network_facility if network_facility is None else network_facility,
        )
        turn.change(facts=facts)
        if case.live and assignment and "assignment_of_benefits" in case.blocked:
            turn.change(blocked=tuple(b for b in case.blocked if b != "assignment_of_benefits"))
            if case.forum is not None and not turn.case.blocked and case.forum not in self._house.policy.attest:
                pursuit.file(turn)
        if case.governing is not None and (consent is not None or network_facility is not None):
            governing = governing_law(question_of(turn.case), self._house.rules)
            turn.change(governing=governing)
            if not case.live or case.dispute is None:
                return turn.decision()
            if governing.law == "federal" and not case.dispute.denied:
                self._to_federal(turn)
            elif governing.law != "federal" and case.forum in ("open_negotiation", "federal_idr"):
                last = governing.fired[-1]
                turn.change(escalated=f"the federal process may not govern: {last.finding}; {last.source}")
        return turn.decision()

    def override_law(self, case: AppealCase, law: Law, who: str, reason: str) -> Decision[AppealCase]:
        """A person decides which law governs; the forum follows while its first step is still in time.

        Refused with the rule where that time is over, where the federal process was initiated already, or where the
        state has none.
        """
        if not reason.strip():
            raise IllegalTransition("override: a reason is required")
        turn = self._turn(case)
        if not case.live or case.governing is None:
            raise IllegalTransition("override: no pursuit is under way")
        fired = Fired(OVERRIDE, f"decided by {who}: {reason}", "staff")
        turn.change(
            governing=msgspec.structs.replace(case.governing, law=law, fired=(*case.governing.fired, fired), missing=())
        )
        if law == "federal":
            self._to_federal(turn)
        else:
            self._from_federal(turn, "state_process" if law == "state" else "commercial_appeal")
        if turn.case.live and reviews.standing(turn.case):
            reviews.plan(turn, turn.dispute.notice_on)  # what is decided needs no review any more
        return turn.decision()

    def _from_federal(self, turn: Turn, target: Forum) -> None:
        """To the state's process or the plan's appeal, from where nothing binding is under way yet."""
        case = turn.case
        if case.forum == "federal_idr" and case.stage != "prepare":
            raise IllegalTransition("override: the federal process was initiated; 45 CFR 149.510(c)")
        elsewhere = case.forum in ("commercial_appeal", "state_process") and case.stage == "prepare"
        if target == "state_process" and case.forum in ("commercial_appeal", "corrected_claim"):
            elsewhere = case.stage in ("prepare", "await")  # an appeal does not stop the state's clock, and runs on
        if case.forum == target or (case.forum not in ("open_negotiation", "federal_idr") and not elsewhere):
            return
        if target == "state_process" and self._house.rules.state(case.facts.state, case.facts.service_from) is None:
            raise IllegalTransition(
                f"override: {case.facts.state or 'the claim'} has no state process; rules/states.csv"
            )
        due, rule = pursuit.file_by(turn, target, 1, turn.dispute.notice_on)
        if self._today > due:
            raise IllegalTransition(f"override: {target} had to be filed by {due.isoformat()}; {rule}")
        if any(f.forum == target and f.level == 1 for f in case.filings):
            raise IllegalTransition(f"override: {target} is filed already and runs on; {rule}")
        turn.change(negotiation_on=None)
        pursuit.take_up(turn, target, 1, turn.dispute.notice_on)

    def _to_federal(self, turn: Turn) -> None:
        """From the plan's appeal to open negotiation. An appeal does not stop the federal clock: late is refused."""
        case = turn.case
        if case.forum in ("open_negotiation", "federal_idr", "collection"):
            return
        until = self._house.schedule.open_negotiation_until(turn.dispute.notice_on)
        if self._today > until:
            raise IllegalTransition(f"open negotiation had to start by {until.isoformat()}; 45 CFR 149.510(b)(1)(i)")
        if case.stage not in ("prepare", "await"):
            raise IllegalTransition("open negotiation cannot start from this step; 45 CFR 149.510(b)(1)")
        pursuit.take_up(turn, "open_negotiation", 1, turn.dispute.notice_on)

    def entity_selected(self, case: AppealCase, on: date) -> Decision[AppealCase]:
        """The certified IDR entity became final on a day."""
        turn = self._turn(case)
        turn.check("select_entity")
        if on > self._today:
            raise IllegalTransition("select_entity: the day of selection lies in the future; 45 CFR 149.510(c)(1)")
        if case.filings and on < case.filings[-1].filed_on:
            began = case.filings[-1].filed_on.isoformat()
            raise IllegalTransition(f"select_entity: IDR was initiated on {began}; 45 CFR 149.510(c)(1)")
        idr.entity_selected(turn, on)
        return turn.decision()

    def offer_submitted(self, case: AppealCase, on: date | None = None) -> Decision[AppealCase]:
        """Our offer and the fees went to the entity on a day: today if not given."""
        if on is not None and on > self._today:
            raise IllegalTransition("submit_offer: the day of the offer lies in the future; 45 CFR 149.510(c)(4)(i)")
        turn = self._turn(case)
        idr.offer_submitted(turn, on or self._today)
        return turn.decision()

    def withdraw(self, case: AppealCase, reason: str) -> Decision[AppealCase]:
        """Give the pursuit up."""
        if not case.live:
            raise IllegalTransition("withdraw: no pursuit is under way")
        turn = self._turn(case)
        if case.forum == "collection":
            collection.finish(turn, f"withdrawn: {reason}")
        else:
            end(turn, f"withdrawn: {reason}", "staff")
        return turn.decision()

    def assign(self, case: AppealCase, assignee: str) -> Decision[AppealCase]:
        """Give the case to a person; an empty name takes it back."""
        return Decision(msgspec.structs.replace(case, assignee=assignee))

    def correct_notice(
        self, case: AppealCase, notice_on: date, reason: str = ""
    ) -> tuple[Decision[AppealCase], tuple[Explained, ...]]:
        """The payment or denial was received on another day: every deadline counted from it is computed anew.

        Each that moved is said once, with the old day and why. A case that has filed nothing goes to the forum that is
        open by the corrected day. A first filing that this day makes late is withdrawn for what is still open; where it
        was answered, or is of IDR, a person is told.
        """
        if not case.live or case.dispute is None:
            raise IllegalTransition("correct: no pursuit is under way")
        if notice_on > self._today:
            raise IllegalTransition("correct: the day of receipt lies in the future")
        if notice_on < case.facts.service_from:
            raise IllegalTransition(f"correct: the day of receipt lies before the service of {case.facts.service_from}")
        turn = self._turn(case)
        turn.change(dispute=msgspec.structs.replace(case.dispute, notice_on=notice_on, arrived_on=None))
        before = {item.kind: item.due for item in case.deadlines}
        at_first = case.stage == "prepare" and case.level == 1 and not case.filings
        why = _received(case.dispute, notice_on)
        why = f"{why}: {reason.strip()}" if reason.strip() else why
        beside = case.forum in ("commercial_appeal", "corrected_claim")  # a later day may bring back a date that passed
        if beside:
            reviews.plan(turn, notice_on)
        if receipt.withdraw(turn, why) or (at_first and case.forum not in ("federal_idr", "collection")):
            if receipt.WANTED in case.blocked:
                turn.change(escalated="")
            choose_forum(turn)
        turn.case = turn.case.standing()
        after = {item.kind: item for item in turn.case.deadlines}
        moved = tuple(
            Explained(kind, before.get(kind), after[kind].due if kind in after else None, rule, why)
            for kind, rule in _rules(case, turn.case)
            if before.get(kind) != (after[kind].due if kind in after else None)
        )
        said = turn.events
        turn.events = []
        for change in moved:
            again = change.before is not None or change.kind in ("file", *reviews.KINDS)
            lost = case.deadline(change.kind)
            if change.after is not None and again:
                turn.corrected(after[change.kind], change.before, why)
            elif change.after is None and turn.case.live and lost is not None and lost.kind in reviews.KINDS:
                turn.notice("missed", lost, why)
        turn.events += said
        self._filed_late(turn, notice_on)
        return turn.decision(), moved

    def _filed_late(self, turn: Turn, notice_on: date) -> None:
        """Escalate where the corrected day makes the first filing of the pursuit a late one."""
        first = turn.case.filings[0] if turn.case.filings else None
        if first is None or first.level != 1 or first.forum in ("federal_idr", "external_review"):
            return
        due, rule = pursuit.file_by(turn, first.forum, first.level, notice_on)
        if first.filed_on > due:
            turn.change(
                escalated=f"filed on {first.filed_on.isoformat()}, after {due.isoformat()}, the last day counted from "
                f"the corrected receipt; {rule}"
            )


def _received(dispute: Dispute, notice_on: date) -> str:
    """The corrected day beside the one that was counted from."""
    before = dispute.notice_on.isoformat()
    was = f"{before} was assumed" if dispute.arrived_on is not None else f"not on {before}"
    return f"received on {notice_on.isoformat()}, {was}"


def _rules(before: AppealCase, after: AppealCase) -> list[tuple[str, str]]:
    """Every kind of deadline before or after a change, with the rule it stands under now."""
    found = {item.kind: item.rule for item in (*before.deadlines, *after.deadlines)}
    return sorted(found.items())
