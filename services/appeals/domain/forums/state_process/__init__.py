"""A state's own process for out-of-network payment: whom it reaches is in `states.csv`, its steps in `state_steps.csv`.

The state is asked in one filing, which is the forum's level. What comes before it and after it (asking the plan to
negotiate, choosing who decides, our final offer) are steps beside it: each of ours has its day, is told with the day
it was taken, and moves what is counted from it. A step that passes ends nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.filing import give_up
from services.appeals.domain.forums.protocol import Addressee, Calendar, Example, Forum, Papers, Traits
from services.appeals.domain.forums.state_process.calendar import calendar
from services.appeals.domain.forums.state_process.ladder import Ladder, Rung, Start, ladder_of, steps_of
from services.appeals.domain.judgement import Governing
from services.appeals.domain.plan import funding_of
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.state_tables import StateRow
from services.appeals.domain.state_thresholds import Amounts, Threshold, thresholds_of
from services.appeals.domain.statements import ReportedStep
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import RemedyRow, Rules
from shared.decider import IllegalTransition
from shared.events.state_process import StateTalksBegun

_REVIEW = "state_review"
_STEP = "state_"
_ASSUMED = "assumed: the step it is counted from was not told, and its last day was taken"
_BEFORE = ("ask",)
_AFTER = ("settle", "select", "information", "offer")


class StateProcess(Appeal):
    """Begun with the state's body, which decides."""

    name: ForumName = "state_process"
    limits = "state"
    steps: Steps = appeal_steps(
        "start the state's process", "the state's process decides", mover="state", rule="rules/states.csv",
        limits="state",
    )  # fmt: skip
    traits = Traits(
        label="state process",
        event_name="state_process",
        law="state",
        withdrawn_if_late=True,
        appealed_if_missed=True,
        runs_beside_appeal=True,
        chases_decision=True,
        assumptions={f"{_STEP}{name}": _ASSUMED for name in (*_BEFORE, *_AFTER)},
        tasks={
            _REVIEW: "decide whether the state's process governs: it must be begun by then",
            f"{_STEP}ask": "ask the plan to negotiate, as the state's law wants it first, and record the day",
            f"{_STEP}settle": "hold the settlement talks of the state's process, and record the day",
            f"{_STEP}select": "choose who decides in the state's process, and record the day",
            f"{_STEP}information": "send what the state's reviewer asked for, and record the day",
            f"{_STEP}offer": "give the state's reviewer our final offer, and record the day",
        },
    )
    papers = Papers(to_authority=True)
    calendars: Mapping[str, Calendar] = {"state": calendar}

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """By the state's row; what closes the process where it was not done in time goes before it."""
        steps = _ladder(builder, anchor)
        ask, rung = steps.get("ask"), steps.get("file")
        if ask is not None and ask.due is not None and ask.closes(builder.today):
            return ask.due, ask.rule
        if rung is None or rung.due is None:
            schedule = builder.rule_set.schedule
            due, rule = schedule.last_day("state.file", anchor)
            return due, f"{rule} (limit not verified)"
        return rung.due, rung.rule

    def opens_on(self, builder: DecisionBuilder, anchor: date) -> date | None:
        """Some states have a first day, counted from the latest day the payment can have been received."""
        arrived = builder.dispute.arrived_on
        rung = _ladder(builder, max(anchor, arrived or anchor)).get("file")
        return rung.opens if rung is not None else None

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """By the state's row."""
        rung = _ladder(builder, builder.dispute.notice_on, filed).get("decide")
        if rung is None or rung.due is None:
            due, rule = builder.rule_set.schedule.answer_due("state.decide", filed)
            return due, f"{rule} (limit not verified)"
        return rung.due, rung.rule

    def paid_by(self, builder: DecisionBuilder, decided_on: date) -> tuple[date, str]:
        """By the state's row, where it has one."""
        rung = _ladder(builder, builder.dispute.notice_on).get("pay")
        if rung is None or rung.due is None:
            return super().paid_by(builder, decided_on)
        return rung.due, rung.rule

    def unavailable(self, case: AppealCase, rules: Rules) -> str:
        """There must be a process, and the claim must reach the amount from which it is open."""
        facts, row = case.facts, _row(case, rules)
        if row is None:
            return f"{facts.state or 'the claim'} has no state process; rules/states.csv"
        below = next((one for one in _thresholds(case, rules) if one.below), None)
        return f"{row.name}'s process is not open: {below.words}; {below.rule}" if below is not None else ""

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Before it is begun."""
        return case.stage == "prepare"

    def beside(self, builder: DecisionBuilder, anchor: date) -> tuple[Deadline, ...]:
        """The steps of ours that stand beside the filing, and after it those that follow."""
        filed = builder.case.stage == "await"
        steps = _ladder(builder, anchor)
        names = _AFTER if filed else _BEFORE
        ours = [rung for name, rung in steps.items() if name in names and rung.row.mover in ("provider", "both")]
        return tuple(
            msgspec.structs.replace(
                builder.ours(f"{_STEP}{rung.row.step}", rung.due, rung.rule), assumed=rung.assumed
            )
            for rung in ours
            if rung.due is not None and rung.done is None and builder.today <= rung.due
        )  # fmt: skip

    def begun(self, builder: DecisionBuilder, anchor: date) -> None:
        """The talks that the state's law wants first run: by our request, or by the law from the payment on."""
        steps = _ladder(builder, anchor)
        ask, talks = steps.get("ask"), steps.get("talks")
        if talks is None or talks.due is None or builder.today > talks.due or (ask is not None and ask.done is None):
            return
        case = builder.case
        asked = next((step for step in case.reported_steps if step.step == "ask"), None) if ask is not None else None
        builder.emit(
            StateTalksBegun(
                claim_id=case.claim_id,
                case_id=case.case_id,
                state=case.facts.state,
                begun_on=anchor if asked is None else asked.on,
                ends_on=talks.due,
                begun_by="law" if asked is None else "provider",
                rule=talks.rule,
                reference="" if asked is None else asked.reference,
            )
        )

    def step_reported(self, builder: DecisionBuilder, step: ReportedStep) -> None:
        """A step was taken, or the state's body asked for something: what is counted from its day moves with it."""
        case, anchor = builder.case, builder.dispute.notice_on
        begun = case.forum == self.name
        if begun and case.stage not in ("prepare", "await"):
            raise IllegalTransition("step: the state's process was decided; rules/state_steps.csv")
        steps = _ladder(builder, anchor)
        known = {name for name in steps if name not in ("file", "decide", "pay", "talks")}
        known |= {rung.row.after for rung in steps.values()} - {"payment", "service", "talks", "file", "decide", "pay"}
        if step.step not in known:
            raise IllegalTransition(
                f"step: {step.step} is told of no step here; one of {', '.join(sorted(known)) or '(none)'}; "
                "rules/state_steps.csv"
            )
        if step.on < anchor:
            raise IllegalTransition(f"step: {step.on.isoformat()} lies before the receipt on {anchor.isoformat()}")
        rest = tuple(item for item in case.reported_steps if item.step != step.step)
        builder.change(reported_steps=(*rest, step))
        if not begun:
            return
        if case.stage == "prepare":
            if step.step == "ask":
                self.begun(builder, anchor)
            main = builder.ours("file", *self.file_by(builder, 1, anchor), opens=self.opens_on(builder, anchor))
        else:
            main = builder.waiting("decision", *self.decide_by(builder, 1, _filed(case) or anchor))
        why = f"{step.step} on {step.on.isoformat()}{f' ({step.reference})' if step.reference else ''}"
        _replace(builder, (main, *self.beside(builder, anchor)), why)

    def missed(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """A request to negotiate that was not made in time ends the pursuit where the law closes the process then."""
        ask = _ladder(builder, builder.dispute.notice_on).get("ask")
        if item.kind != f"{_STEP}ask" or ask is None or not ask.row.binding:
            return False
        builder.notice("missed", item)
        give_up(builder, self, item.until, f"not done by {item.until.isoformat()}: {ask.row.label}", item.rule)
        return True

    def review(self, builder: DecisionBuilder, governing: Governing, notice_on: date) -> Deadline | None:
        """The last day of the next step: asking the plan to negotiate while that is in time, else the filing.

        It holds where the law is not known and the process may be the right one, or where it is the state's and a
        person must begin what is not an arbitration.
        """
        rules = builder.rule_set.rules
        row = _row(builder.case, rules)
        if row is None or not (_begun_by_a_person(governing, row) or _may_hold(builder, governing, row)):
            return None
        ask = _ladder(builder, notice_on).get("ask")
        if ask is not None and ask.due is not None and ask.done is None and builder.today <= ask.due:
            return builder.ours(_REVIEW, ask.due, f"{ask.rule}: {ask.row.label}")
        return builder.ours(_REVIEW, *self.file_by(builder, 1, notice_on))

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """Of its review, and of each of its steps."""
        if case.dispute is None:
            return ""
        received = f"counted from the receipt on {case.dispute.notice_on.isoformat()}"
        if item.kind == _REVIEW:
            return f"the state's process, if it holds; {received}"
        return f"a step of the state's process; {received}" if item.kind in self.traits.tasks else ""

    def addressee(self, rule_set: RuleSet, case: AppealCase, filing: Filing) -> Addressee | None:
        """The state's body."""
        row = _row(case, rule_set.rules)
        return Addressee(row.body if row else "", row.law if row else "", of_state=True)

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """An underpayment."""
        return [Example()]


def rungs(case: AppealCase, rule_set: RuleSet) -> tuple[Rung, ...]:
    """Every step that the state of a claim has for it, with its day; none where the state has no process."""
    if case.dispute is None or _row(case, rule_set.rules) is None:
        return ()
    return tuple(_of(case, rule_set, case.dispute.notice_on, _filed(case)).values())


def _thresholds(case: AppealCase, rules: Rules) -> tuple[Threshold, ...]:
    facts, dispute = case.facts, case.dispute
    if dispute is None:
        return ()
    amounts = Amounts(billed=facts.charge, allowed=dispute.allowed, sought=dispute.target)
    return thresholds_of(rules, facts.state, facts.service_from, amounts, institutional=facts.institutional)


def _replace(builder: DecisionBuilder, deadlines: tuple[Deadline, ...], why: str) -> None:
    """Take the deadlines of the filing and of the steps as they are counted now, and say which moved."""
    before = {item.kind: item for item in builder.case.deadlines}
    ours = {"file", "decision", *StateProcess.traits.tasks} - {_REVIEW}
    others = tuple(item for item in builder.case.deadlines if item.kind not in ours)
    kept = tuple(_kept(item, before.get(item.kind)) for item in deadlines)
    builder.change(deadlines=(*kept, *others), escalated="")
    for item in kept:
        was = before.get(item.kind)
        if was is None or was.due != item.due:
            builder.corrected(item, was.due if was is not None else None, why)


def _kept(item: Deadline, before: Deadline | None) -> Deadline:
    """A deadline as it stands, reminders given and all, where its day did not move."""
    return before if before is not None and (before.due, before.opens) == (item.due, item.opens) else item


def _ladder(builder: DecisionBuilder, anchor: date, filed: date | None = None) -> Ladder:
    return _of(builder.case, builder.rule_set, anchor, filed or _filed(builder.case))


def _of(case: AppealCase, rule_set: RuleSet, anchor: date, filed: date | None) -> Ladder:
    facts = case.facts
    reported = {item.step: item.on for item in case.reported_steps} | ({"file": filed} if filed else {})
    decided = next((f.decided_on for f in reversed(case.filings) if f.forum == StateProcess.name), None)
    if decided is not None:
        reported["decide"] = decided
    rows = steps_of(rule_set.rules, facts.state, facts.service_from, institutional=facts.institutional)
    return ladder_of(rule_set.schedule, rows, Start(payment=anchor, service=facts.service_to, reported=reported))


def _filed(case: AppealCase) -> date | None:
    """The day the state was asked, where it was."""
    filings = (f for f in reversed(case.filings) if f.forum == StateProcess.name and f.outcome != "withdrawn")
    return next((f.filed_on for f in filings), None)


def _row(case: AppealCase, rules: Rules) -> StateRow | None:
    return rules.state(case.facts.state, case.facts.service_from)


def _begun_by_a_person(governing: Governing, row: StateRow) -> bool:
    """Return True if the state's law governs by a process that is argued with the plan and begun with the state."""
    rules = {fired.rule for fired in governing.fired}
    return "state_without_arbitration" in rules and row.mechanism in ("mediation", "complaint")


def _may_hold(builder: DecisionBuilder, governing: Governing, row: StateRow) -> bool:
    """Return True if the state's process, which someone must begin in time, may be the right one."""
    case, rules = builder.case, builder.rule_set.rules
    if governing.law != "unknown" or any(one.below for one in _thresholds(case, rules)):
        return False
    remarks = (rules.rarc(code, case.facts.service_from) for code in builder.dispute.remarks)
    named = any(remark is not None and remark.effect == "state_law" for remark in remarks)
    registered = rules.registered(case.facts.payer_id, builder.dispute.notice_on, case.facts.group_number)
    funding = funding_of(builder.payer, (), case.plan_facts, registered)
    self_funded = funding.funding == "self_funded" and not named
    reached = governing.scope in (*row.covers, "unknown", "none") or "unknown" in row.covers
    facts = case.facts
    steps = steps_of(rules, facts.state, facts.service_from, institutional=facts.institutional)
    known = any(step.step == "file" and step.count for step in steps)
    begun_by_us = row.mechanism in ("arbitration", "mediation", "complaint") or (row.mechanism == "unknown" and known)
    return begun_by_us and reached and governing.plan != "fehb" and (row.opt_in or not self_funded)
