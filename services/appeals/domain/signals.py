"""What a claim's codes show about the kind of service: computed once, when the claim comes in."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.tables import Rules, Signal, SignalField, SignalRow
from shared.emergency import EMERGENCY_PLACE, EMERGENCY_VISITS, is_emergency_revenue
from shared.events.claims import ClaimFacts, ServiceLine

Tables = dict[SignalField, tuple[SignalRow, ...]]


def signals_of(claim: ClaimFacts, rules: Rules) -> tuple[Signal, ...]:
    """The signals of a claim by the codes of its first day of service, sorted; see `rules/signals.csv`."""
    found: set[Signal] = set()
    tables, on = rules.signals, claim.service_from
    if claim.form == "professional":
        for place in {claim.place_of_service, *(line.place_of_service for line in claim.lines)} - {""}:
            _match(tables, "place", place, on, found)
            if place == EMERGENCY_PLACE:
                found.add("emergency")
    if claim.bill_type:
        _match(tables, "bill_type", claim.bill_type, on, found)
    ancillary = [_of_line(line, tables, on, found) for line in claim.lines]
    # one laboratory line does not make a surgeon's claim ancillary: whoever rendered it is, or every line is
    person: set[Signal] = set()
    _match(tables, "taxonomy", claim.rendering_taxonomy or claim.billing_taxonomy, on, person)
    if claim.billing_taxonomy:
        _match(tables, "taxonomy", claim.billing_taxonomy, on, found)
    found |= person
    if "ancillary" not in person and not (ancillary and all(ancillary)):
        found.discard("ancillary")
    if claim.rendering_taxonomy or "ancillary" in person:
        found.discard("critical_care")  # it is known who rendered it
    if claim.emergency:  # SV109 is the provider's word: it counts where an emergency department may be
        found.add("emergency_code")
    return tuple(sorted(found))


def _of_line(line: ServiceLine, tables: Tables, on: date, found: set[Signal]) -> bool:
    """Add what a line shows; whether the line is ancillary."""
    own: set[Signal] = set()
    _match(tables, "code", line.code, on, own)
    if line.code in EMERGENCY_VISITS:  # 45 CFR 149.110: it counts at a hospital; elsewhere it leaves the question open
        own.add("emergency_code")
    if is_emergency_revenue(line.revenue_code):
        own.add("emergency")
    if line.revenue_code:
        _match(tables, "revenue", line.revenue_code.zfill(4), on, own)
    for modifier in line.modifiers:
        _match(tables, "modifier", modifier, on, own)
    found |= own
    return "ancillary" in own


def _match(tables: Tables, field: SignalField, value: str, on: date, found: set[Signal]) -> None:
    for row in tables.get(field, ()):
        if len(value) == len(row.low) and row.low <= value <= row.high and row.start <= on <= row.end:
            found.add(row.signal)
