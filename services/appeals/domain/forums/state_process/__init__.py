"""A state's own process for out-of-network payment: its services, plans and limits are the rows of `states.csv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.protocol import Addressee, Calendar, Example, Forum, Papers, Traits
from services.appeals.domain.judgement import Governing
from services.appeals.domain.plan import funding_of
from services.appeals.domain.schedule import Dated, Known, Schedule, unit_words
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import RemedyRow, Rules, StateRow

_MECHANISMS = {"arbitration": "arbitration", "mediation": "mediation", "rate": "dispute over its rate",
               "complaint": "complaint"}  # fmt: skip
_REVIEW = "state_review"


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
        runs_beside_appeal=True,
        chases_decision=True,
        tasks={_REVIEW: "decide whether the state's process governs: it must be begun by then"},
    )
    papers = Papers(to_authority=True)

    def __init__(self) -> None:
        self.calendars: Mapping[str, Calendar] = {"state": self._calendar}

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """By the state's row."""
        return builder.rule_set.schedule.state_file_by(_row(builder.case, builder.rule_set.rules), anchor)[1:]

    def opens_on(self, builder: DecisionBuilder, anchor: date) -> date | None:
        """Some states have a first day, counted from the latest day the payment can have been received."""
        row, arrived = _row(builder.case, builder.rule_set.rules), builder.dispute.arrived_on
        return builder.rule_set.schedule.state_file_by(row, max(anchor, arrived or anchor))[0]

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """By the state's row."""
        return builder.rule_set.schedule.state_decide_by(_row(builder.case, builder.rule_set.rules), filed)

    def unavailable(self, case: AppealCase, rules: Rules) -> str:
        """There must be a process."""
        return "" if _row(case, rules) else f"{case.facts.state or 'the claim'} has no state process; rules/states.csv"

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Before it is begun."""
        return case.stage == "prepare"

    def review(self, builder: DecisionBuilder, governing: Governing, notice_on: date) -> Deadline | None:
        """The last day to begin.

        It holds where the law is not known and the process may be the right one, or where it is the state's and a
        person must begin what is not an arbitration.
        """
        row = _row(builder.case, builder.rule_set.rules)
        if row is None or not (_begun_by_a_person(governing, row) or _may_hold(builder, governing, row)):
            return None
        _, due, rule = builder.rule_set.schedule.state_file_by(row, notice_on)
        return builder.ours(_REVIEW, due, rule)

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """Of its review."""
        if item.kind != _REVIEW or case.dispute is None:
            return ""
        return f"the state's process, if it holds; counted from the receipt on {case.dispute.notice_on.isoformat()}"

    def addressee(self, rule_set: RuleSet, case: AppealCase, filing: Filing) -> Addressee | None:
        """The state's body."""
        row = _row(case, rule_set.rules)
        return Addressee(row.body if row else "", row.law if row else "", of_state=True)

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """An underpayment."""
        return [Example()]

    def _calendar(self, schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
        row = _known_row(schedule.rules, state, received)
        opens, due, rule = schedule.state_file_by(row, received)
        days = f"{(due - received).days} calendar days"
        limit = unit_words(row.file_count, row.file_unit) if row.file_count else f"{days} (a cautious stand-in)"
        act_by = schedule.days.on_or_before(due)
        filed = known.filed or act_by
        answer, answer_rule = schedule.state_decide_by(row, filed)
        caution = "" if row.status == "verified" else f"; row {row.status}, not yet verified by a person: {row.source}"
        terms = "".join(f"; {text}" for text in (row.conditions and f"holds for: {row.conditions}", row.note) if text)
        return [
            Dated(
                kind="state_file", label=f"start {row.name}'s {_MECHANISMS[row.mechanism]}", mover="provider",
                opens=opens, due=due, act_by=act_by, rule=rule, why=f"{limit} after {received}{terms}{caution}",
                cost=f"${row.fee}" if row.fee else "",
            ),
            Dated(
                kind="state_decide", label=f"{row.body} decides", mover="state", due=answer, rule=answer_rule,
                why=f"{(answer - filed).days} days after filing on {filed}{caution}",
            ),
        ]  # fmt: skip


def _row(case: AppealCase, rules: Rules) -> StateRow | None:
    return rules.state(case.facts.state, case.facts.service_from)


def _known_row(rules: Rules, state: str, received: date) -> StateRow:
    """The state's row; raises `LookupError` where it has none, or none that says how."""
    row = rules.state_row(state, received)
    if row is None:
        raise LookupError(
            f"states.csv has no row for {state or 'an unnamed state'} on {received}: give --state, as in NY"
        )
    if row.mechanism == "none":
        raise LookupError(f"{row.name} ({state}) has no process of its own, the federal one applies: use --forum nsa")
    if row.mechanism == "unknown":
        raise LookupError(f"the process of {row.name} ({state}) on {received} is not known: {row.note}; {row.source}")
    return row


def _begun_by_a_person(governing: Governing, row: StateRow) -> bool:
    """Return True if the state's law governs by a process that is argued with the plan and begun with the state."""
    rules = {fired.rule for fired in governing.fired}
    return "state_without_arbitration" in rules and row.mechanism in ("mediation", "complaint")


def _may_hold(builder: DecisionBuilder, governing: Governing, row: StateRow) -> bool:
    """Return True if the state's process, which someone must begin in time, may be the right one."""
    if governing.law != "unknown":
        return False
    rules = builder.rule_set.rules
    remarks = (rules.rarc(code, builder.case.facts.service_from) for code in builder.dispute.remarks)
    named = any(remark is not None and remark.effect == "state_law" for remark in remarks)
    said = funding_of(builder.payer, (), builder.case.plan_facts)
    self_funded = said.funding == "self_funded" and not named
    reached = governing.scope in (*row.covers, "unknown", "none") or "unknown" in row.covers
    begun_by_us = row.mechanism in ("arbitration", "mediation", "complaint") or (
        row.mechanism == "unknown" and row.file_count > 0
    )
    return begun_by_us and reached and governing.plan != "fehb" and (row.opt_in or not self_funded)
