"""Percentile tables out of our own claims: what providers charged, and what each payer allowed for it.

A snapshot is taken by a command and loaded as a release like any other, so that judgements change at a known moment
and can be repeated. Only lines that were paid on their merits count: no denials, bundles, contracts or reversals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Literal

from services.benchmark.domain.adjudication import kind_of
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import Row
from services.benchmark.domain.modifiers import component_of
from services.benchmark.domain.statistics import percentiles
from shared.adjustments import line_allowed
from shared.events.claims import RemittanceLine

SnapshotKind = Literal["ucr_charge", "payer_history"]
StateOf = Callable[[str, date], str]


class Snapshot:
    """Gathers lines of remittances received from `first` to `last`; `state_of` tells the state of a ZIP code."""

    def __init__(self, kind: SnapshotKind, first: date, last: date, state_of: StateOf) -> None:
        self._kind = kind
        self._first, self._last = first, last
        self._state_of = state_of
        self._seen: dict[tuple[str, str, str, str, str], list[Decimal]] = defaultdict(list)

    def add(self, file: ClaimFile) -> None:
        """Take in one claim."""
        remittance, claim = file.remittance, file.claim
        if remittance is None or file.voided or not self._first <= remittance.received_on <= self._last:
            return
        form = "institutional" if claim.form == "institutional" else "professional"
        payer = claim.payer_id if self._kind == "payer_history" else ""
        state = claim.service_state or self._state_of(claim.service_zip, claim.service_from)
        places = [f"zip3:{claim.service_zip[:3]}"] if len(claim.service_zip) >= 3 else []
        places += [f"state:{state}"] if state else []
        for line in remittance.lines:
            amount = self._amount(line, remittance.status)
            if amount is not None and amount > 0:
                for place in (*places, "us"):
                    self._seen[line.code, component_of(line.modifiers), form, place, payer].append(amount)

    def _amount(self, line: RemittanceLine, status: str) -> Decimal | None:
        if line.units <= 0 or not line.code:
            return None
        if self._kind == "ucr_charge":
            return line.charge / line.units
        merits = kind_of(line, status) in ("paid", "patient_responsibility")
        return line_allowed(line) / line.units if merits else None

    def rows(self, minimum: int) -> list[Row]:
        """Rows with at least `minimum` lines; amounts in dollars of one unit; `payer_history` keeps payers apart."""
        return [
            Row(code, modifier, form, place, len(found), percentiles(found), payer=payer)
            for (code, modifier, form, place, payer), found in sorted(self._seen.items())
            if len(found) >= minimum
        ]
