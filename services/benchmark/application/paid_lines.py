"""Paid lines out of claim files, as analysts look at them.

QPAs as disclosed, and what payers allowed beside Medicare's amount and the QPA, by payer, code and region.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.lines import billed_as, price_of, service_of, taxonomy_of
from services.benchmark.domain.qpa import Disclosed
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.regions import region_of
from services.benchmark.domain.releases import Measured, Price, Service, of_part
from services.benchmark.domain.systems import billing_of, billing_of_line
from shared.adjustments import line_allowed
from shared.money import ZERO, cents

Areas = Mapping[str, str]
_TENTH = Decimal("0.1")
_JUDGED = frozenset({"underpaid", "paid_fairly", "below_threshold"})


def disclosed(
    claim_id: str, file: ClaimFile, reference: Reference, areas: Areas | None, minimum: int
) -> Iterator[Disclosed]:
    """Every QPA that the standing payment of a claim discloses, of one unit.

    Lines whose units are not known, or of which a modifier makes another amount than the service's, are left out: their
    QPA is of the modifier too (45 CFR 149.140(b)(2)(ii)), and is compared with that of the same modifiers only.

    Args:
        claim_id: The claim.
        file: What is kept of it.
        reference: Medicare's amounts, which a QPA is set beside.
        areas: The regions of 45 CFR 149.140(a)(7) by ZIP code; None where none are loaded.
        minimum: From how many rates on a payer's percentile is shown.
    """
    remittance, claim = file.remittance, file.claim
    if remittance is None or file.voided:
        return
    billing, billed = billing_of(claim), {line.line: line for line in claim.lines}
    usual = limited_kind(taxonomy_of(claim))
    for number, line in enumerate(remittance.lines, 1):
        if line.qpa is None or line.qpa <= 0:
            continue
        service = service_of(claim, line, billed_as(claim, line, billed.get(line.line), usual))
        billed_modifiers = service.modifiers
        of_line = billing_of_line(billing, service.modifiers)
        price = price_of(reference, of_line, service)
        service = of_part(service, price)
        units = _units(reference, service)
        if not units:
            continue
        state = claim.service_state or reference.state_of(claim.service_zip, service.day)
        row = reference.distribution(
            "in_network", service, billing_class=of_line.rows, payer=claim.payer_id, minimum=minimum
        )
        amount = cents(line.qpa / units)
        plain = isinstance(price, Price) and price.factor == units
        yield Disclosed(
            claim_id,
            line.line or number,
            claim.payer_id,
            service.code,
            tuple(sorted(billed_modifiers)),
            region_of(service.code, claim.service_zip, state, areas),
            service.day.year,
            amount,
            cents(line_allowed(line) / units),
            of_line.rows,
            service.place or claim.bill_type,
            claim.rendering_taxonomy or claim.billing_taxonomy,
            cents(price.amount / units) if isinstance(price, Price) and plain and not price.uncovered else None,
            row.stands_at(amount) if row is not None and plain else None,
            f"{row.table}, {row.row.geography}, n = {row.row.n}" if row is not None else "",
            price.fallback if isinstance(price, Price) else "",
        )


def _units(reference: Reference, service: Service) -> Decimal:
    """Of anesthesia base, time and status units; 0 where they are not known."""
    if not is_anesthesia(service.code):
        return service.units
    measured = reference.measure(service)
    return measured.factor if isinstance(measured, Measured) and not measured.caution else ZERO


class Ratio(msgspec.Struct, frozen=True):
    """What one payer allowed for one code in one region.

    Sums in dollars, and percents to one decimal of Medicare's amounts and of its own QPAs for the same lines.
    """

    payer: str
    code: str
    region: str
    year: int
    lines: int
    allowed: Decimal
    medicare_lines: int
    percent_of_medicare: Decimal | None
    qpa_lines: int
    percent_of_qpa: Decimal | None


class _Sums(msgspec.Struct):
    """Lines, what was allowed for them, and what a reference says of them."""

    lines: int = 0
    allowed: Decimal = ZERO
    reference: Decimal = ZERO

    def add(self, allowed: Decimal, reference: Decimal) -> None:
        self.lines += 1
        self.allowed += allowed
        self.reference += reference

    def percent(self) -> Decimal | None:
        return (100 * self.allowed / self.reference).quantize(_TENTH) if self.reference else None


class Ratios:
    """Gathers judged lines of claim files; each line counts beside those references that it has."""

    def __init__(self, reference: Reference, areas: Areas | None = None) -> None:
        self._reference = reference
        self._areas = areas
        self._sums: dict[tuple[str, str, str, int], tuple[_Sums, _Sums, _Sums]] = defaultdict(
            lambda: (_Sums(), _Sums(), _Sums())
        )

    def add(self, file: ClaimFile) -> None:
        """Take in one claim by its last assessment."""
        assessment, claim = file.assessment, file.claim
        if assessment is None or file.remittance is None or file.voided:
            return
        days = {line.line: line.service_from for line in claim.lines}
        for line in assessment.lines:
            if line.verdict not in _JUDGED:
                continue
            day = days.get(line.line, claim.service_from)
            state = claim.service_state or self._reference.state_of(claim.service_zip, day)
            region = region_of(line.code, claim.service_zip, state, self._areas)
            every, medicare, qpa = self._sums[claim.payer_id, line.code, region, day.year]
            every.add(line.allowed, ZERO)
            for sums, amount in (
                (medicare, next((b.amount for b in line.benchmarks if b.source.startswith("medicare_")), None)),
                (qpa, next((b.amount for b in line.benchmarks if b.source == "qpa"), None)),
            ):
                if amount:
                    sums.add(line.allowed, amount)

    def rows(self, minimum: int = 1) -> list[Ratio]:
        """Those of at least `minimum` lines, by payer, code, region and year."""
        return [
            Ratio(*key, every.lines, every.allowed, medicare.lines, medicare.percent(), qpa.lines, qpa.percent())
            for key, (every, medicare, qpa) in sorted(self._sums.items())
            if every.lines >= minimum
        ]
