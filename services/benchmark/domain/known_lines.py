"""What the lines of a claim are worth, remembered: claims repeat the same services in the same places.

No payment is in it. What is remembered is found by everything that it follows from, and by nothing less: the key of a
claim's nature holds every fact of the claim that is read for it, that of a line all that its price and its benchmarks
are made of, that of lines together these lines and which of them share a day and a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import count

import msgspec
from msgspec.structs import replace

from services.benchmark.domain.distributions import KINDS, Distribution
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.line_benchmark import LineBenchmark, line_benchmark_of
from services.benchmark.domain.lines import at_hospital, billed_as, price_of, rendered, service_of, taxonomy_of
from services.benchmark.domain.other_lines import (
    AdjustedForOtherLines,
    Concern,
    adjust_for_other_lines,
    concern_of,
    session_of,
)
from services.benchmark.domain.policy import Policy, Sources
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Measured, NoPrice, Price, Service, of_part
from services.benchmark.domain.specialty import specialty_of
from services.benchmark.domain.stays import Stay
from services.benchmark.domain.systems import Billing, billing_of, billing_of_line
from shared.events.claims import ClaimFacts, RemittanceFacts, RemittanceLine, ServiceLine
from shared.money import ZERO

_MOST_LINES = 200_000
_MOST_BESIDE = 50_000
_MOST_NATURES = 5_000


class Nature(msgspec.Struct, frozen=True, gc=False):
    """What a claim is as a whole: whose work, priced by which system, and the kind of provider whose rate is limited.

    `scope` numbers specialty and system together, with what is known of the hospital or says why a stay has no price.
    """

    specialty: str
    billing: Billing
    usual: str
    sources: Sources
    scope: int


class _Line(msgspec.Struct, eq=False, gc=False):
    """A line as it is priced alone. One object for each key, so that it can be one.

    `alone` is what the sources say of it where other lines change nothing, made when it is asked for.
    """

    service: Service
    price: Price | NoPrice
    concern: Concern
    alone: LineBenchmark | None = None


def _no_rates() -> Measured:
    """Where no table is loaded there is no rate to scale, nor to say why one cannot be."""
    return Measured(ZERO)


class KnownLines:
    """The benchmarks of claims' lines by one reference and one policy."""

    def __init__(self, reference: Reference, policy: Policy) -> None:
        self._reference = reference
        self._policy = policy
        self._kinds = tuple(kind for kind in KINDS if kind in reference.distributions.kinds)
        self._natures: dict[tuple[object, ...], Nature] = {}
        self._scopes: dict[tuple[str, Billing], int] = {}
        self._numbers = count()
        self._lines: dict[tuple[object, ...], _Line] = {}
        self._repriced_lines: dict[tuple[_Line, AdjustedForOtherLines], LineBenchmark] = {}
        self._beside: dict[tuple[object, ...], tuple[LineBenchmark, ...]] = {}

    def nature_of(self, claim: ClaimFacts) -> Nature:
        """What a claim is as a whole; a hospital's outpatient claim has its wage index, where it is known."""
        nature = self._nature_alone(claim)
        if nature.billing.system != "outpatient":
            return nature
        return self._by(nature, at_hospital(nature.billing, claim, self._reference))

    def _nature_alone(self, claim: ClaimFacts) -> Nature:
        """What a claim is by itself; the key holds all that `_nature` reads of it."""
        lines = [(line.code, line.modifiers, line.place_of_service, line.revenue_code) for line in claim.lines]
        key = (
            claim.form,
            claim.bill_type,
            claim.place_of_service,
            claim.emergency,
            claim.billing_taxonomy,
            claim.rendering_taxonomy,
            claim.rendering_npi in ("", claim.billing_npi),  # of who bills and renders, only whether they are one
            claim.billing_npi == (claim.facility_npi or None),
            *lines,
        )
        known = self._natures.get(key)
        if known is None:
            if len(self._natures) >= _MOST_NATURES:
                self._natures.clear()
            known = self._natures[key] = self._nature(claim)
        return known

    def _nature(self, claim: ClaimFacts) -> Nature:
        specialty, billing = specialty_of(claim), billing_of(claim)
        usual, sources = limited_kind(taxonomy_of(claim)), self._policy.sources(specialty)
        return Nature(specialty, billing, usual, sources, self._scope(specialty, billing))

    def _by(self, nature: Nature, billing: Billing) -> Nature:
        """A claim's nature by what is known besides the claim of how it is paid."""
        if billing is nature.billing:
            return nature
        return replace(nature, billing=billing, scope=self._scope(nature.specialty, billing))

    def _scope(self, specialty: str, billing: Billing) -> int:
        """The number of a specialty and a system; none is given twice, also where older ones are forgotten."""
        known = self._scopes.get((specialty, billing))
        if known is None:
            if len(self._scopes) >= _MOST_NATURES:
                self._scopes.clear()
            known = self._scopes[specialty, billing] = next(self._numbers)
        return known

    def line_benchmarks(
        self, claim: ClaimFacts, nature: Nature, remittance: RemittanceFacts, stay: Stay | None = None
    ) -> tuple[LineBenchmark, ...]:
        """What each remitted line is worth beside the others of its claim; of a stay with a price its share of that.

        A stay's shares follow from its charges too, and are not remembered.
        """
        if stay is not None:
            nature = self._by(nature, stay.billing)
            if stay.lines:
                return tuple([self._line_benchmark(service, price, nature, claim) for service, price in stay.lines])
        billed = {line.line: line for line in claim.lines}
        found: list[_Line] = []
        concerned = 0
        for line in remittance.lines:
            one = self._look_up(claim, nature, line, billed.get(line.line))
            found.append(one)
            concerned += one.concern
        if concerned > 1:  # several that meet others, or one that is concerned even alone
            return self._beside_others(claim, nature, found, [billed.get(line.line) for line in remittance.lines])
        return tuple([line.alone or self._alone(line, nature, claim) for line in found])

    def _look_up(self, claim: ClaimFacts, nature: Nature, line: RemittanceLine, billed: ServiceLine | None) -> _Line:
        """What is known of a line; its key holds all that its price and its benchmarks follow from."""
        as_billed = billed_as(claim, line, billed, nature.usual)
        units, day, unit_type, place, limited = as_billed
        period = self._reference.period_of(day)
        payer = claim.payer_id if self._kinds else ""
        whose = claim.tenant if claim.tenant in self._reference.distributions.own_of else ""
        at = claim.service_zip
        key = (line.code, line.modifiers, units, period, unit_type, place, limited, at, nature.scope, payer, whose)
        known = self._lines.get(key)
        if known is None:
            service = service_of(claim, line, as_billed)
            price = price_of(self._reference, billing_of_line(nature.billing, service.modifiers), service)
            service = of_part(service, price)
            if len(self._lines) >= _MOST_LINES:
                self._lines.clear()
            known = self._lines[key] = _Line(service, price, concern_of(price))
        return known

    def _alone(self, line: _Line, nature: Nature, claim: ClaimFacts) -> LineBenchmark:
        """What a line is worth by itself; nature and claim are of its key."""
        line.alone = self._line_benchmark(line.service, line.price, nature, claim)
        return line.alone

    def _line_benchmark(
        self,
        service: Service,
        price: Price | NoPrice,
        nature: Nature,
        claim: ClaimFacts,
        beside: AdjustedForOtherLines | None = None,
    ) -> LineBenchmark:
        found: dict[str, Distribution] = {}
        rows = billing_of_line(nature.billing, service.modifiers).rows
        for kind in self._kinds if rows else ():
            row = self._reference.distribution(
                kind,
                service,
                billing_class=rows,
                payer=claim.payer_id if kind in ("payer_history", "in_network") else "",
                minimum=self._policy.minimum_sample,
                tenant=claim.tenant,
            )
            if row is not None:
                found[kind] = row
        measure = partial(self._reference.measure, service) if self._kinds else _no_rates
        return line_benchmark_of(price, found, nature.sources, self._policy, measure=measure, beside=beside)

    def _beside_others(
        self, claim: ClaimFacts, nature: Nature, lines: Sequence[_Line], billed: Sequence[ServiceLine | None]
    ) -> tuple[LineBenchmark, ...]:
        """Each line's worth beside the others: multiple procedures of a session, packaging.

        It follows from the lines and from which of them were rendered on one day and by one person; whether as an
        assistant is among their modifiers. Which day and which person it was does not matter.
        """
        places = [rendered(claim, one) for one in billed]
        apart = None if places.count(places[0]) == len(places) else tuple(places)
        key = (apart, *lines)
        known = self._beside.get(key)
        if known is None:
            by_place = zip(lines, places, strict=True)
            sessions = [session_of(day, line.service.modifiers, by) for line, (day, by) in by_place]
            prices, concerns = [line.price for line in lines], [line.concern for line in lines]
            found = [
                line.alone or self._alone(line, nature, claim)
                if changed is None
                else self._repriced(line, nature, claim, changed)
                for line, changed in zip(lines, adjust_for_other_lines(prices, sessions, concerns), strict=True)
            ]
            if len(self._beside) >= _MOST_BESIDE:
                self._beside.clear()
            known = self._beside[key] = tuple(found)
        return known

    def _repriced(self, line: _Line, nature: Nature, claim: ClaimFacts, beside: AdjustedForOtherLines) -> LineBenchmark:
        """The benchmark of a line whose Medicare amount the other lines changed."""
        key = (line, beside)
        known = self._repriced_lines.get(key)
        if known is None:
            if len(self._repriced_lines) >= _MOST_LINES:
                self._repriced_lines.clear()
            known = self._line_benchmark(line.service, line.price, nature, claim, beside)
            self._repriced_lines[key] = known
        return known
