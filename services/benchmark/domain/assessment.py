"""The assessment of a remittance: each line held against its benchmarks, then the verdict on the claim.

The rule for "underpaid" is in `Assessor._paid_line`; what the claim's lines come to together is in `verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from services.benchmark.domain.adjudication import kind_of
from services.benchmark.domain.coordination import coordinated, is_coordinated
from services.benchmark.domain.distributions import KINDS, Distribution
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.line_benchmark import (
    DISCLOSED,
    PUBLIC_PAYER,
    LineBenchmark,
    certainty,
    line_benchmark_of,
)
from services.benchmark.domain.lines import at_hospital, billed_as, price_of, service_of, session_at, taxonomy_of
from services.benchmark.domain.other_lines import (
    AdjustedForOtherLines,
    Concern,
    Session,
    adjust_for_other_lines,
    concern_of,
)
from services.benchmark.domain.policy import Policy, Sources
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Service, of_part
from services.benchmark.domain.specialty import specialty_of
from services.benchmark.domain.stays import stay_of
from services.benchmark.domain.systems import Billing, billing_of
from services.benchmark.domain.verdict import Assessment, judge
from shared.adjustments import line_allowed, line_share, whole_claim_cuts
from shared.events.assessment import AssessedLine, Benchmark, LineVerdict
from shared.events.claims import Adjustment, ClaimFacts, RemittanceFacts, RemittanceLine, ServiceLine
from shared.money import ZERO, cents

_RATIO = Decimal("0.001")
_ONE = Decimal(1)
_MOST_KEPT = 200_000
_TOLD_APART: dict[str, tuple[str, ...]] = {
    "denied": ("the payer refused the line: a denial, not a low payment",),
    "bundled": ("the payer counts the line into another one",),
    "duplicate": ("the payer holds the line for a duplicate",),
    "patient_responsibility": ("the whole allowed amount falls to the patient's cost share",),
    "in_network": ("the payer applied a contract rate; without a contract, dispute that first",),
}


class _Line(msgspec.Struct):
    """A remitted line on its way: its key, its price, and what the sources say of it."""

    key: tuple[object, ...]
    service: Service
    price: Price | NoPrice
    concern: Concern
    line_benchmark: LineBenchmark | None = None


class Assessor:
    """Judges remittances by the tables of their dates of service and by one policy; remembers what services are worth.

    Pure: the same claim and remittance give the same assessment as long as reference and policy are the same objects.
    """

    def __init__(self, reference: Reference, policy: Policy) -> None:
        self.reference = reference
        self.policy = policy
        self._share = f"{policy.threshold * 100:.0f} %"
        self._kinds = tuple(kind for kind in KINDS if kind in reference.distributions.kinds)
        self._known: dict[tuple[object, ...], _Line] = {}

    def assess(self, claim: ClaimFacts, remittance: RemittanceFacts, left: RemittanceFacts | None = None) -> Assessment:
        """The assessment of what the payer answered to a claim, by what is `left` of it where it took money back.

        The claim's own adjustments are at its lines where it is certain what each of them bears (`told_by_line`).
        """
        specialty = specialty_of(claim)
        sources = self.policy.sources(specialty)
        billing, stay = billing_of(claim), None
        if billing.system == "outpatient":
            billing = at_hospital(billing, claim, self.reference)
        elif billing.system == "inpatient":
            stay = stay_of(claim, remittance, left, billing, self.reference)
            billing, remittance, left = stay.billing, stay.remittance, stay.left
        billed = {line.line: line for line in claim.lines}
        usual = limited_kind(taxonomy_of(claim))
        looked_up = [
            self._look_up(claim, billing, line, billed.get(line.line), usual, specialty, sources)
            for line in remittance.lines
        ]
        line_benchmarks: list[LineBenchmark | None] = [line.line_benchmark for line in looked_up]
        concerned = [line.concern for line in looked_up if line.concern]
        if len(concerned) > 1 or Concern.ALONE in concerned:
            sessions = [session_at(claim, line, billed.get(line.line)) for line in remittance.lines]
            self._adjust_for_other_lines(looked_up, line_benchmarks, sessions, billing, sources, claim)
        if stay is not None:
            for i, (service, price) in enumerate(stay.lines):
                of_stay = _Line((), service, price, Concern.NONE)
                line_benchmarks[i] = self._line_benchmark(of_stay, billing, sources, claim)
        status = remittance.status
        cuts = whole_claim_cuts(remittance)
        lines = tuple(
            [
                self._line(number, line, status, line_benchmark, cuts if line.allowed is None else ())
                for number, (line, line_benchmark) in enumerate(zip(remittance.lines, line_benchmarks, strict=True), 1)
            ]
        )
        if left is not None:
            now = zip(lines, remittance.lines, left.lines, line_benchmarks, strict=True)
            lines, remittance = tuple([self._left(*line) for line in now]), left
        if is_coordinated(claim):
            lines = coordinated(claim, lines, self.policy)
        return judge(specialty, remittance, lines, self.policy)

    def _look_up(
        self,
        claim: ClaimFacts,
        billing: Billing,
        line: RemittanceLine,
        billed: ServiceLine | None,
        usual: str,
        specialty: str,
        sources: Sources,
    ) -> _Line:
        as_billed = billed_as(claim, line, billed, usual)
        key = (line.code, line.modifiers, claim.service_zip, as_billed, specialty, billing)
        key = (*key, claim.payer_id) if self._kinds else key
        known = self._known.get(key)
        if known is None:
            service = service_of(claim, line, as_billed)
            price = price_of(self.reference, billing, service)
            known = _Line(key, of_part(service, price), price, concern_of(price))
            known.line_benchmark = self._line_benchmark(known, billing, sources, claim)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = known
        return known

    def _line_benchmark(
        self,
        line: _Line,
        billing: Billing,
        sources: Sources,
        claim: ClaimFacts,
        beside: AdjustedForOtherLines | None = None,
    ) -> LineBenchmark:
        found: dict[str, Distribution] = {}
        for kind in self._kinds if billing.rows else ():
            row = self.reference.distribution(
                kind,
                line.service,
                billing_class=billing.rows,
                payer=claim.payer_id if kind in ("payer_history", "in_network") else "",
                minimum=self.policy.minimum_sample,
            )
            if row is not None:
                found[kind] = row
        measured = self.reference.measure(line.service)
        return line_benchmark_of(line.price, found, sources, self.policy, measured=measured, beside=beside)

    def _adjust_for_other_lines(
        self,
        lines: Sequence[_Line],
        line_benchmarks: list[LineBenchmark | None],
        sessions: Sequence[Session],
        billing: Billing,
        sources: Sources,
        claim: ClaimFacts,
    ) -> None:
        """Put each line's worth beside the others in `line_benchmarks`: multiple procedures of a session, packaging."""
        for i, changed in enumerate(
            adjust_for_other_lines([line.price for line in lines], sessions, [line.concern for line in lines])
        ):
            if changed is not None:
                line_benchmarks[i] = self._repriced(lines[i], billing, sources, claim, changed)

    def _repriced(
        self, line: _Line, billing: Billing, sources: Sources, claim: ClaimFacts, beside: AdjustedForOtherLines
    ) -> LineBenchmark | None:
        """The benchmark of a line whose Medicare amount the other lines changed."""
        key = (*line.key, beside)
        known = self._known.get(key)
        if known is None:
            known = _Line(key, line.service, line.price, line.concern)
            known.line_benchmark = self._line_benchmark(known, billing, sources, claim, beside)
            self._known[key] = known
        return known.line_benchmark

    def _line(
        self,
        number: int,
        line: RemittanceLine,
        status: str,
        line_benchmark: LineBenchmark | None,
        cuts: tuple[Adjustment, ...],
    ) -> AssessedLine:
        """`cuts` are adjustments of the whole claim, where it is not told what they leave of this line."""
        assert line_benchmark is not None
        kind = kind_of(line, status)
        untold = bool(cuts) and kind != "denied"
        allowed = ZERO if untold else line_allowed(line)
        weak = False
        verdict: LineVerdict
        floor = target = stretch = None
        confidence = 0
        if kind in ("bundled", "duplicate", "in_network"):
            verdict, reasons = kind, _TOLD_APART[kind]
        else:
            fair = self._fair_range(line, line_benchmark)
            if fair is not None:
                floor, target, stretch, confidence = fair
            if untold:
                verdict, reasons = "unjudged", (_untold(cuts),)
            elif kind == "no_charge":
                verdict, reasons = "paid_fairly", ("nothing was charged for the line",)
            elif kind != "paid":
                verdict, reasons = kind, _TOLD_APART[kind]
            else:
                verdict, reasons = self._paid_line(line, allowed, target, line_benchmark)
                weak = verdict == "underpaid" and line_benchmark.is_weak(allowed)
        return AssessedLine(
            line=line.line or number,
            code=line.code,
            modifiers=line.modifiers,
            charge=line.charge,
            allowed=allowed,
            paid=line.paid,
            patient_share=line_share(line),
            verdict=verdict,
            floor=floor,
            target=target,
            stretch=stretch,
            confidence=confidence,
            benchmarks=_benchmarks(line, line_benchmark, allowed),
            reasons=reasons,
            weak_evidence=weak,
        )

    def _left(
        self, line: AssessedLine, paid: RemittanceLine, left: RemittanceLine, line_benchmark: LineBenchmark | None
    ) -> AssessedLine:
        """A line of which the payer has taken money back; of what kind its answer was stays as it was."""
        if paid.paid == left.paid:
            return line
        assert line_benchmark is not None
        allowed = line_allowed(left)
        if line.verdict == "in_network":
            reason = f"the payer took back ${paid.paid - left.paid} of what it paid under a contract"
            verdict, reasons = "unjudged", (reason,)
        else:
            verdict, reasons = self._paid_line(left, allowed, line.target, line_benchmark)
        weak = verdict == "underpaid" and line_benchmark.is_weak(allowed)
        return msgspec.structs.replace(
            line,
            allowed=allowed,
            paid=left.paid,
            patient_share=line_share(left),
            verdict=verdict,
            benchmarks=_benchmarks(left, line_benchmark, allowed),
            reasons=reasons,
            weak_evidence=weak,
        )

    def _paid_line(
        self, line: RemittanceLine, allowed: Decimal, target: Decimal | None, line_benchmark: LineBenchmark
    ) -> tuple[LineVerdict, tuple[str, ...]]:
        """Underpaid is a line whose allowed amount is below the policy's share of its fair target."""
        if target is None:
            return "unjudged", (
                f"no benchmark: {line_benchmark.lacking}" if line_benchmark.lacking else "no benchmark applies",
            )
        if line_benchmark.own_alone and not line.qpa:
            return "unjudged", ("only our own charges speak for the line, which are no benchmark of what it is worth",)
        ranks = [rank.told(allowed) for rank in line_benchmark.ranks]
        if allowed < cents(self.policy.threshold * target):
            first = f"allowed ${allowed} for {line.code} against a fair target of ${target}"
            qpa = (f"the payer's own QPA is ${line.qpa}",) if line.qpa else ()
            return "underpaid", (first, *qpa, *line_benchmark.reasons, *ranks)
        first = f"allowed ${allowed} is at or above {self._share} of the fair target ${target}"
        return "paid_fairly", (first, *line_benchmark.reasons, *ranks)

    def _fair_range(
        self, line: RemittanceLine, line_benchmark: LineBenchmark
    ) -> tuple[Decimal, Decimal, Decimal, int] | None:
        """(floor, target, stretch, confidence): the weighted mean over the sources, never above the charge's cap."""
        bounds, confidence = line_benchmark.range, line_benchmark.confidence
        rule, qpa = line_benchmark.qpa, line.qpa
        if qpa is not None and qpa > 0 and rule is not None:
            points = self.policy.confidence
            sums = line_benchmark.sums.plus(rule.weight, qpa * rule.floor, qpa * rule.target, qpa * rule.stretch)
            bounds = sums.range() if sums.weight else None
            confidence = certainty(points, line_benchmark.points + points.qpa, sums)
        if bounds is None:
            return None
        cap = cents(line.charge * self.policy.charge_cap)
        floor, target, stretch = bounds
        if stretch <= cap:  # as with nearly every line; the figures of a range ascend
            return floor, target, stretch, confidence
        return min(floor, cap), min(target, cap), cap, confidence


def _untold(cuts: tuple[Adjustment, ...]) -> str:
    told = ", ".join(f"${cut.amount} ({cut.group} {cut.carc})" for cut in cuts)
    return f"the payer adjusted the claim as a whole by {told} and does not say what it allowed for each line"


def _benchmarks(line: RemittanceLine, line_benchmark: LineBenchmark, allowed: Decimal) -> tuple[Benchmark, ...]:
    found: list[Benchmark] = []
    qpa, charge = line.qpa, line.charge
    if qpa is not None and qpa > 0:
        found.append(
            Benchmark(
                source="qpa",
                amount=qpa,
                release="disclosed by the payer, 45 CFR 149.140(d)",
                row="835 AMT*ZK",
                uses=DISCLOSED,
                allowed_ratio=_ratio(allowed, qpa),
            )
        )
    found += [
        Benchmark(
            source=one.source,
            amount=one.amount,
            release=one.release,
            row=one.row,
            uses=one.uses,
            percentile=one.percentile,
            n=one.n,
            fallback=one.fallback,
            caveats=one.caveats,
            allowed_ratio=_ratio(allowed, one.amount),
        )
        for one in line_benchmark.benchmarks
    ]
    found.append(
        Benchmark(
            source="billed_charge",
            amount=charge,
            release="the claim",
            row="SV203" if line.revenue_code else "SV102",
            uses=PUBLIC_PAYER,
            allowed_ratio=_ratio(allowed, charge),
        )
    )
    return tuple(found)


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(_RATIO) if whole else None
