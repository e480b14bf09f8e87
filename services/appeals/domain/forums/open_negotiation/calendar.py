"""The calendar of the federal process: open negotiation, IDR, payment and cooling-off, from the day of receipt on."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.forums.federal_idr.calendar import idr_dates, in_days, part_of_2026
from services.appeals.domain.schedule import Dated, Known, Schedule


def calendar(schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
    """Every step from open negotiation to the end of cooling-off."""
    rules, reading = schedule.rules, schedule.reading()
    start = rules.limit("nsa.open_negotiation_start", received)
    until = schedule.open_negotiation_until(received)
    sent = known.notice_sent or until
    dates, period = schedule.negotiation(sent), rules.limit("nsa.open_negotiation", sent)
    return [
        schedule.dated(
            "open_negotiation_start", "send the open-negotiation notice", "provider", until, start,
            f"{in_days(start)} beginning on the day the payment or denial was received, {received}; {reading}",
            opens=received,
        ),
        *part_of_2026(
            schedule, "nsa.open_negotiation_answer", sent, "payer answers the notice", "payer", f"the notice of {sent}"
        ),
        schedule.dated(
            "open_negotiation_ends", "open negotiation ends", "both", dates.ends_on, period,
            f"{in_days(period)} beginning on the day the notice is sent, {sent}; {reading}",
            opens=sent,
        ),
        *idr_dates(schedule, sent, dates, known),
    ]  # fmt: skip
