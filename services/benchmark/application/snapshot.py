"""Percentile tables out of our own claims: what providers charged, and what each payer allowed for it.

A snapshot is taken by a command and loaded as a release like any other, so that judgements change at a known moment
and can be repeated. Only lines that were paid on their merits count: no denials, bundles, contracts or reversals.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Literal

from services.benchmark.domain.adjudication import kind_of
from services.benchmark.domain.anesthesia import is_anesthesia, is_shared
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import Row
from services.benchmark.domain.modifiers import component_of
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Measured, Service
from services.benchmark.domain.statistics import percentiles
from services.benchmark.domain.systems import billing_of
from shared.adjustments import line_allowed
from shared.events.claims import RemittanceLine, ServiceLine
from shared.money import ZERO

SnapshotKind = Literal["ucr_charge", "payer_history"]


class Snapshot:
    """Gathers lines of remittances received from `first` to `last`; `reference` tells states and units."""

    def __init__(self, kind: SnapshotKind, first: date, last: date, reference: Reference) -> None:
        self._kind = kind
        self._first, self._last = first, last
        self._reference = reference
        self._seen: dict[tuple[str, str, str, str, str], list[Decimal]] = defaultdict(list)

    def add(self, file: ClaimFile) -> None:
        """Take in one claim."""
        remittance, claim = file.remittance, file.claim
        if remittance is None or file.voided or not self._first <= remittance.received_on <= self._last:
            return
        form = billing_of(claim).rows
        if not form:
            return
        payer = claim.payer_id if self._kind == "payer_history" else ""
        state = claim.service_state or self._reference.state_of(claim.service_zip, claim.service_from)
        places = [f"zip3:{claim.service_zip[:3]}"] if len(claim.service_zip) >= 3 else []
        places += [f"state:{state}"] if state else []
        billed = {line.line: line for line in claim.lines}
        for line in remittance.lines:
            amount = self._amount(line, remittance.status, self._units(line, billed.get(line.line)))
            if amount is not None and amount > 0:
                for place in (*places, "us"):
                    self._seen[line.code, component_of(line.modifiers), form, place, payer].append(amount)

    def _units(self, line: RemittanceLine, billed: ServiceLine | None) -> Decimal:
        """How many units the line's amounts are of; 0 where that is unknown.

        Of anesthesia only cases with minutes count that one person gave alone: how a charge is shared between who
        directs and who is directed differs.
        """
        if not is_anesthesia(line.code):
            return line.units
        if billed is None or is_shared(line.modifiers):
            return ZERO
        service = Service(line.code, line.modifiers, "", "", billed.units, billed.service_from, billed.unit_type)
        measured = self._reference.measure(service)
        return measured.factor if isinstance(measured, Measured) and not measured.caution else ZERO

    def _amount(self, line: RemittanceLine, status: str, units: Decimal) -> Decimal | None:
        if units <= 0 or not line.code:
            return None
        if self._kind == "ucr_charge":
            return line.charge / units
        merits = kind_of(line, status) in ("paid", "patient_responsibility")
        return line_allowed(line) / units if merits else None

    def rows(self, minimum: int) -> list[Row]:
        """Rows with at least `minimum` lines; amounts in dollars of one unit; `payer_history` keeps payers apart."""
        return [
            Row(code, modifier, form, place, len(found), percentiles(found), payer=payer)
            for (code, modifier, form, place, payer), found in sorted(self._seen.items())
            if len(found) >= minimum
        ]
