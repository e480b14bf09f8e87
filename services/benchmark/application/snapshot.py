"""Percentile tables out of our own claims: what providers charged, and what each payer allowed for it.

A snapshot is taken by a command and loaded as a release like any other, so that judgements change at a known moment
and can be repeated. Only lines that were paid on their merits count: no denials, bundles, contracts or reversals; of
these only amounts of the service itself: no assistants, bilaterals, shares of a package, reduced or later procedures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from services.benchmark.domain.adjudication import kind_of
from services.benchmark.domain.anesthesia import is_anesthesia, is_shared
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import Row
from services.benchmark.domain.doubts import unknown_modifiers
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.lines import billed_as, price_of, service_of, session_at, taxonomy_of
from services.benchmark.domain.modifiers import component_of
from services.benchmark.domain.other_lines import adjust_for_other_lines
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Measured, Service, of_part
from services.benchmark.domain.statistics import percentiles
from services.benchmark.domain.systems import Billing, billing_of, billing_of_line
from shared.adjustments import line_allowed
from shared.events.claims import ClaimFacts, RemittanceFacts, RemittanceLine
from shared.money import ZERO

SnapshotKind = Literal["ucr_charge", "payer_history"]


_OTHERWISE = frozenset({"50", "52", "73", "74", "CQ", "CO"})
"""Modifiers of less or more than the service, where no schedule may say how much."""


class NotShared(ValueError):
    """Claims may not be pooled so; `how_to_fix` says what has to be said or agreed first."""

    def __init__(self, message: str, how_to_fix: str) -> None:
        super().__init__(message)
        self.how_to_fix = how_to_fix


def sharing(asked: Sequence[str], known: Sequence[str], agreed: str) -> list[str]:
    """Whose claims a table is learnt from, and judges: nobody else's.

    Args:
        asked: the organisations named.
        known: those that have claims here.
        agreed: where those named agree to have their claims pooled; empty if they have not.

    Raises:
        NotShared: it is not said whose, one has no claims here, or several are named who have not agreed.
    """
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise NotShared(f"{', '.join(unknown)} has no claims here", f"those that have: {', '.join(known)}")
    if not asked and len(known) > 1:
        raise NotShared("it is not said whose claims", f"name them as tenants (--tenant): {', '.join(known)}")
    whose = sorted(set(asked)) or list(known)
    if len(whose) > 1 and not agreed:
        how_to_fix = "once each of them has agreed, say where in `agreed` (--agreed), or take a table of each"
        raise NotShared(f"the claims of {len(whose)} organisations would be pooled", how_to_fix)
    return whose


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
        payer = claim.payer_id if self._kind == "payer_history" else ""
        state = claim.service_state or self._reference.state_of(claim.service_zip, claim.service_from)
        places = [f"zip3:{claim.service_zip[:3]}"] if len(claim.service_zip) >= 3 else []
        places += [f"state:{state}"] if state else []
        billing = billing_of(claim)
        for line, service in self._alone(claim, remittance, billing):
            amount = self._amount(line, remittance.status, self._units(service))
            form = billing_of_line(billing, service.modifiers).rows
            if form and amount is not None and amount > 0:
                for place in (*places, "us"):
                    self._seen[service.code, component_of(service.modifiers), form, place, payer].append(amount)

    def _alone(
        self, claim: ClaimFacts, remittance: RemittanceFacts, billing: Billing
    ) -> Iterator[tuple[RemittanceLine, Service]]:
        """The lines with what was billed; of payments those only that no other line of the claim lowered."""
        billed = {line.line: line for line in claim.lines}
        lines = [(line, billed.get(line.line)) for line in remittance.lines]
        usual = limited_kind(taxonomy_of(claim))
        services = [service_of(claim, line, billed_as(claim, line, of, usual)) for line, of in lines]
        prices = [price_of(self._reference, billing_of_line(billing, one.modifiers), one) for one in services]
        beside = adjust_for_other_lines(prices, [session_at(claim, line, of) for line, of in lines])
        for (line, of), service, price, lowered in zip(lines, services, prices, beside, strict=True):
            if is_anesthesia(line.code) and of is None:
                continue
            if self._kind == "ucr_charge" or (lowered is None and "51" not in service.modifiers):
                yield line, of_part(service, price)

    def _units(self, service: Service) -> Decimal:
        """How many units the line's amounts are of; 0 where that is unknown or a modifier makes it another service.

        Assistants, bilateral services, shares of a package and the like are of other amounts than the service alone,
        and are left out, as is what an unknown modifier stands on. Of anesthesia only cases with minutes count that one
        person gave alone: how a charge is shared between who directs and who is directed differs.
        """
        if is_shared(service.modifiers) or not _OTHERWISE.isdisjoint(service.modifiers) or unknown_modifiers(service):
            return ZERO
        measured = self._reference.measure(service)
        if not isinstance(measured, Measured) or measured.caution:
            return ZERO
        return measured.factor if is_anesthesia(service.code) or measured.factor == service.units else ZERO

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
