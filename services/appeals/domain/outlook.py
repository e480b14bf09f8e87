"""The whole calendar of a forum from one date: every step, whose move, its last day, its cost, and the rule behind it.

Steps that have not happened yet are placed on their last safe day, so the calendar is the latest that is still in
time; give the real day of a step and everything after it is counted from there.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from services.appeals.domain.schedule import Dated, Schedule, unit_words
from services.appeals.domain.tables import Fee, Limit, in_force

OutlookForum = Literal["nsa", "commercial", "erisa", "fehb", "external", "state", "corrected", "prompt-pay"]
"""`erisa` is `commercial`: the claims procedure of 29 CFR 2560.503-1, which 45 CFR 147.136(b) asks of insurers too."""


_MECHANISMS = {"arbitration": "arbitration", "mediation": "mediation", "rate": "dispute over its rate",
               "complaint": "complaint"}  # fmt: skip


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Real days of steps already taken; None where a step is still to come."""

    notice_sent: date | None = None
    initiated: date | None = None
    selected: date | None = None
    determined: date | None = None
    filed: date | None = None
    decided: date | None = None


def outlook(
    schedule: Schedule, forum: OutlookForum, received: date, known: Known | None = None, *, state: str = ""
) -> list[Dated]:
    """The calendar of a forum for a payment, denial or decision received on a day."""
    known = known or Known()
    if forum == "nsa":
        return _nsa(schedule, received, known)
    if forum == "external":
        return _appeal(schedule, "external_review", 1, received, known, fehb=False)
    if forum == "corrected":
        return _appeal(schedule, "corrected_claim", 1, received, known, fehb=False)
    if forum == "state":
        return _state(schedule, received, known, state)
    if forum == "prompt-pay":
        return _prompt_pay(schedule, received, state)
    return _plan(schedule, received, known, fehb=forum == "fehb")


def _nsa(schedule: Schedule, received: date, known: Known) -> list[Dated]:
    rules = schedule.rules
    start = rules.limit("nsa.open_negotiation_start", received)
    until = schedule.open_negotiation_until(received)
    sent = known.notice_sent or until
    dates = schedule.negotiation(sent)
    period, window = rules.limit("nsa.open_negotiation", sent), rules.limit("nsa.idr_initiation", sent)
    initiated = known.initiated or dates.idr_until
    selected_by = schedule.entity_selected_by(initiated)
    selected = known.selected or selected_by
    decision_due = schedule.determination_due(selected)
    determined = known.determined or decision_due
    reading = schedule.reading()
    admin, single = rules.fee("idr_admin", initiated), rules.fee("idr_entity_single", initiated)
    joint, offers = rules.limit("nsa.entity_joint", initiated), rules.limit("nsa.offers", selected)
    rest, again = rules.limit("nsa.cooling_off", determined), rules.limit("nsa.after_cooling_off", determined)
    return [
        schedule.dated(
            "open_negotiation_start", "send the open-negotiation notice", "provider", until, start,
            f"{_count(start)} beginning on the day the payment or denial was received, {received}; {reading}",
            opens=received,
        ),
        *_part_of_2026(
            schedule, "nsa.open_negotiation_answer", sent, "payer answers the notice", "payer", f"the notice of {sent}"
        ),
        schedule.dated(
            "open_negotiation_ends", "open negotiation ends", "both", dates.ends_on, period,
            f"{_count(period)} beginning on the day the notice is sent, {sent}; {reading}",
            opens=sent,
        ),
        schedule.dated(
            "idr_initiation", "initiate the federal IDR process", "provider", dates.idr_until, window,
            f"{_count(window)} beginning on the business day after open negotiation ends; {reading}",
            opens=dates.idr_from, cost=_cost(admin, "administrative fee, never returned"),
        ),
        schedule.dated(
            "initiation_answer", "payer may object to the proposed entity", "payer",
            schedule.after("nsa.initiation_answer", initiated), rules.limit("nsa.initiation_answer", initiated),
            f"{_count(rules.limit('nsa.initiation_answer', initiated))} after initiation on {initiated}",
        ),
        schedule.dated(
            "entity_joint", "parties select the certified IDR entity jointly", "both",
            schedule.after("nsa.entity_joint", initiated), joint, f"{_count(joint)} after initiation on {initiated}",
        ),
        schedule.dated(
            "entity_departments", "else the Departments select it", "departments", selected_by,
            rules.limit("nsa.entity_departments", initiated),
            f"{_count(rules.limit('nsa.entity_departments', initiated))} after initiation on {initiated}",
        ),
        *_part_of_2026(
            schedule, "nsa.eligibility_review", selected, "the entity reviews whether the dispute is eligible",
            "entity", f"final selection on {selected}",
        ),
        schedule.dated(
            "offers", "submit offer and fees", "provider", schedule.offers_due(selected), offers,
            f"{_count(offers)} after final selection on {selected}; without an offer the other one is chosen",
            cost=_cost(single, "entity's fee for a single dispute, returned to the winner"),
        ),
        schedule.dated(
            "determination", "the entity chooses one of the two offers", "entity", decision_due,
            rules.limit("nsa.determination", selected),
            f"{_count(rules.limit('nsa.determination', selected))} after final selection on {selected}",
        ),
        schedule.dated(
            "payment", "the award is paid", "payer", schedule.award_payment_due(determined),
            rules.limit("nsa.payment", determined),
            f"{_count(rules.limit('nsa.payment', determined))} after the determination on {determined}",
        ),
        schedule.dated(
            "cooling_off", "no IDR between the parties on the same item", "nobody",
            schedule.cooling_off_until(determined), rest, f"{_count(rest)} after the determination on {determined}",
        ),
        *_cooling_off_of_several_lines(schedule, sent, determined),
        schedule.dated(
            "after_cooling_off", "initiate for talks that ended inside the cooling-off period", "provider",
            schedule.after_cooling_off_until(determined), again,
            f"{_count(again)} {again.note}",
        ),
    ]  # fmt: skip


def _cooling_off_of_several_lines(schedule: Schedule, sent: date, determined: date) -> tuple[Dated, ...]:
    """The shorter period of disputes of several lines, where the open negotiation began under the rule of 2026."""
    limit = in_force(schedule.rules.limits.get("nsa.cooling_off_batched", ()), sent)
    if limit is None:
        return ()
    until = schedule.cooling_off_until(determined, sent)
    why = f"{_count(limit)} after the determination on {determined}, where the dispute is of several lines"
    label = "no IDR on the same item, if of several lines"
    return (schedule.dated("cooling_off_batched", label, "nobody", until, limit, why),)


def _part_of_2026(
    schedule: Schedule, key: str, anchor: date, label: str, mover: Literal["payer", "entity"], after: str
) -> tuple[Dated, ...]:
    """A step that a part of the 2026 rule adds: nothing before the day its row begins to hold."""
    limit = in_force(schedule.rules.limits.get(key, ()), anchor)
    if limit is None:
        return ()
    kind = key.removeprefix("nsa.")
    return (schedule.dated(kind, label, mover, schedule.after(key, anchor), limit, f"{_count(limit)} after {after}"),)


def _plan(schedule: Schedule, received: date, known: Known, *, fehb: bool) -> list[Dated]:
    rows = _appeal(schedule, "commercial_appeal", 1, received, known, fehb=fehb)
    decided = known.decided or rows[-1].due
    rows += _appeal(schedule, "commercial_appeal", 2, decided, Known(), fehb=fehb)
    if not fehb:
        rows += _appeal(schedule, "external_review", 1, rows[-1].due, Known(), fehb=False)
    return rows


def _appeal(
    schedule: Schedule, forum: str, level: int, received: date, known: Known, *, fehb: bool
) -> list[Dated]:  # fmt: skip
    due, rule = schedule.file_by(forum, level, received, None, fehb=fehb)
    limit = schedule.file_limit(forum, level, received, fehb=fehb)
    act_by = schedule.days.on_or_before(due)
    filed = known.filed or act_by
    answer, answer_rule = schedule.decide_by(forum, level, filed, None, fehb=fehb)
    name = {"external_review": "external review", "corrected_claim": "corrected claim"}.get(
        forum, f"appeal level {level}"
    )
    mover = "reviewer" if forum == "external_review" else "payer"
    return [
        Dated(
            kind=f"{forum}_{level}_file", label=f"file: {name}", mover="provider", due=due, act_by=act_by, rule=rule,
            opens=received, why=f"{_count(limit)} after the notice received on {received}",
        ),
        Dated(
            kind=f"{forum}_{level}_decide", label=f"decision: {name}", mover=mover, due=answer, rule=answer_rule,
            why=f"{(answer - filed).days} days after filing on {filed}",
        ),
    ]  # fmt: skip


def _state(schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
    row = schedule.rules.state_row(state, received)
    if row is None:
        raise LookupError(
            f"states.csv has no row for {state or 'an unnamed state'} on {received}: give --state, as in NY"
        )
    if row.mechanism == "none":
        raise LookupError(f"{row.name} ({state}) has no process of its own, the federal one applies: use --forum nsa")
    if row.mechanism == "unknown":
        raise LookupError(f"the process of {row.name} ({state}) on {received} is not known: {row.note}; {row.source}")
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
            kind="state_file", label=f"start {row.name}'s {_MECHANISMS[row.mechanism]}", mover="provider", opens=opens,
            due=due, act_by=act_by, rule=rule, why=f"{limit} after {received}{terms}{caution}",
            cost=f"${row.fee}" if row.fee else "",
        ),
        Dated(
            kind="state_decide", label=f"{row.body} decides", mover="state", due=answer, rule=answer_rule,
            why=f"{(answer - filed).days} days after filing on {filed}{caution}",
        ),
    ]  # fmt: skip


def _prompt_pay(schedule: Schedule, received: date, state: str) -> list[Dated]:
    """When state law makes an insured plan pay a clean claim that it received on a day."""
    row = schedule.rules.prompt_pay_of(state, received)
    if row is None:
        raise LookupError(f"prompt_pay.csv has no row for {state or 'an unnamed state'} on {received}: give --state")
    if not row.electronic:
        raise LookupError(f"how soon {row.name} makes plans pay is not known: {row.note}; {row.source}")
    bears = f"late payment bears {row.interest} % a year" if row.interest else "what late payment bears is not known"
    note = f"; {row.note}" if row.note else ""
    caution = "" if row.status == "verified" else f"; row {row.status}, not yet verified by a person: {row.source}"
    return [
        Dated(
            kind=f"prompt_pay_{way}", label=f"pay or deny a clean claim sent {words}", mover="payer",
            due=schedule.days.add(received, count, row.unit), rule=row.law,
            why=f"{unit_words(count, row.unit)} from the plan's receipt of the claim on {received}; insured plans "
            f"only; {bears}{note}{caution}",
        )
        for way, words, count in (("electronic", "electronically", row.electronic), ("paper", "on paper", row.paper))
    ]  # fmt: skip


def _count(limit: Limit) -> str:
    return unit_words(limit.count, limit.unit)


def _cost(fee: Fee, what: str) -> str:
    span = f"${fee.low}" if fee.low == fee.high else f"${fee.low} to ${fee.high}"
    return f"{span} {what}"
