"""The calendar of federal IDR, from initiation to the end of cooling-off."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.appeals.domain.rows import in_force
from services.appeals.domain.schedule import Dated, Known, Negotiation, Schedule, unit_words
from services.appeals.domain.tables import Fee, Limit


def idr_dates(schedule: Schedule, sent: date, dates: Negotiation, known: Known) -> list[Dated]:
    """The steps after an open negotiation whose notice was `sent` on a day."""
    initiated = known.initiated or dates.idr_until
    selected = known.selected or schedule.entity_selected_by(initiated)
    determined = known.determined or schedule.determination_due(selected)
    return [
        *_up_to_selection(schedule, sent, dates, initiated),
        *_offers(schedule, initiated, selected),
        *_after_determination(schedule, sent, determined),
    ]


def _up_to_selection(schedule: Schedule, sent: date, dates: Negotiation, initiated: date) -> list[Dated]:
    rules = schedule.rules
    window, admin = rules.limit("nsa.idr_initiation", sent), rules.fee("idr_admin", initiated)
    joint = rules.limit("nsa.entity_joint", initiated)
    return [
        schedule.dated(
            "idr_initiation", "initiate the federal IDR process", "provider", dates.idr_until, window,
            f"{in_days(window)} beginning on the business day after open negotiation ends; {schedule.reading()}",
            opens=dates.idr_from, cost=_cost(admin, "administrative fee, never returned"),
        ),
        schedule.dated(
            "initiation_answer", "payer may object to the proposed entity", "payer",
            schedule.after("nsa.initiation_answer", initiated), rules.limit("nsa.initiation_answer", initiated),
            f"{in_days(rules.limit('nsa.initiation_answer', initiated))} after initiation on {initiated}",
        ),
        schedule.dated(
            "entity_joint", "parties select the certified IDR entity jointly", "both",
            schedule.after("nsa.entity_joint", initiated), joint, f"{in_days(joint)} after initiation on {initiated}",
        ),
        schedule.dated(
            "entity_departments", "else the Departments select it", "departments",
            schedule.entity_selected_by(initiated), rules.limit("nsa.entity_departments", initiated),
            f"{in_days(rules.limit('nsa.entity_departments', initiated))} after initiation on {initiated}",
        ),
    ]  # fmt: skip


def _offers(schedule: Schedule, initiated: date, selected: date) -> list[Dated]:
    rules = schedule.rules
    offers, single = rules.limit("nsa.offers", selected), rules.fee("idr_entity_single", initiated)
    return [
        *part_of_2026(
            schedule, "nsa.eligibility_review", selected, "the entity reviews whether the dispute is eligible",
            "entity", f"final selection on {selected}",
        ),
        schedule.dated(
            "offers", "submit offer and fees", "provider", schedule.offers_due(selected), offers,
            f"{in_days(offers)} after final selection on {selected}; without an offer the other one is chosen",
            cost=_cost(single, "entity's fee for a single dispute, returned to the winner"),
        ),
        schedule.dated(
            "determination", "the entity chooses one of the two offers", "entity", schedule.determination_due(selected),
            rules.limit("nsa.determination", selected),
            f"{in_days(rules.limit('nsa.determination', selected))} after final selection on {selected}",
        ),
    ]  # fmt: skip


def _after_determination(schedule: Schedule, sent: date, determined: date) -> list[Dated]:
    rules = schedule.rules
    rest, again = rules.limit("nsa.cooling_off", determined), rules.limit("nsa.after_cooling_off", determined)
    return [
        schedule.dated(
            "payment", "the award is paid", "payer", schedule.award_payment_due(determined),
            rules.limit("nsa.payment", determined),
            f"{in_days(rules.limit('nsa.payment', determined))} after the determination on {determined}",
        ),
        schedule.dated(
            "cooling_off", "no IDR between the parties on the same item", "nobody",
            schedule.cooling_off_until(determined), rest, f"{in_days(rest)} after the determination on {determined}",
        ),
        *_cooling_off_of_several_lines(schedule, sent, determined),
        schedule.dated(
            "after_cooling_off", "initiate for talks that ended inside the cooling-off period", "provider",
            schedule.after_cooling_off_until(determined), again,
            f"{in_days(again)} {again.note}",
        ),
    ]  # fmt: skip


def _cooling_off_of_several_lines(schedule: Schedule, sent: date, determined: date) -> tuple[Dated, ...]:
    """The shorter period of disputes of several lines, where the open negotiation began under the rule of 2026."""
    limit = in_force(schedule.rules.limits.get("nsa.cooling_off_batched", ()), sent)
    if limit is None:
        return ()
    until = schedule.cooling_off_until(determined, sent)
    why = f"{in_days(limit)} after the determination on {determined}, where the dispute is of several lines"
    label = "no IDR on the same item, if of several lines"
    return (schedule.dated("cooling_off_batched", label, "nobody", until, limit, why),)


def part_of_2026(
    schedule: Schedule, key: str, anchor: date, label: str, mover: Literal["payer", "entity"], after: str
) -> tuple[Dated, ...]:
    """A step that a part of the 2026 rule adds: nothing before the day its row begins to hold."""
    limit = in_force(schedule.rules.limits.get(key, ()), anchor)
    if limit is None:
        return ()
    kind = key.removeprefix("nsa.")
    return (schedule.dated(kind, label, mover, schedule.after(key, anchor), limit, f"{in_days(limit)} after {after}"),)


def in_days(limit: Limit) -> str:
    """`30 business days`."""
    return unit_words(limit.count, limit.unit)


def _cost(fee: Fee, what: str) -> str:
    span = f"${fee.low}" if fee.low == fee.high else f"${fee.low} to ${fee.high}"
    return f"{span} {what}"
