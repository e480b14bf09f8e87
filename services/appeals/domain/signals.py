"""What a claim's codes show about the kind of service: computed once, when the claim comes in."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.tables import Rules, Signal, SignalField, SignalRow
from shared.events.claims import ClaimFacts


def signals_of(claim: ClaimFacts, rules: Rules) -> tuple[Signal, ...]:
    """The signals of a claim by the codes of its first day of service, sorted; see `rules/signals.csv`."""
    found: set[Signal] = set()
    tables, on = rules.signals, claim.service_from
    if claim.form == "professional":
        for place in {claim.place_of_service, *(line.place_of_service for line in claim.lines)} - {""}:
            _match(tables, "place", place, on, found)
    if claim.bill_type:
        _match(tables, "bill_type", claim.bill_type, on, found)
    for line in claim.lines:
        _match(tables, "code", line.code, on, found)
        if line.revenue_code:
            _match(tables, "revenue", line.revenue_code.zfill(4), on, found)
        for modifier in line.modifiers:
            _match(tables, "modifier", modifier, on, found)
    for taxonomy in (claim.rendering_taxonomy, claim.billing_taxonomy):
        if taxonomy:
            _match(tables, "taxonomy", taxonomy, on, found)
    if claim.emergency:
        found.add("emergency")
    return tuple(sorted(found))


def _match(
    tables: dict[SignalField, tuple[SignalRow, ...]], field: SignalField, value: str, on: date, found: set[Signal]
) -> None:
    for row in tables.get(field, ()):
        if len(value) == len(row.low) and row.low <= value <= row.high and row.start <= on <= row.end:
            found.add(row.signal)
