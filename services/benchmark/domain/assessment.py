"""The assessment of a remittance: each line held against its benchmarks, then the verdict on the claim.

The rule for "underpaid" is in `Assessor._paid_line`; what the claim's lines come to together is in `verdict`.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.benchmark.domain.adjudication import kind_of, owes_beside_share
from services.benchmark.domain.coordination import coordinated, is_coordinated
from services.benchmark.domain.known_lines import KnownLines
from services.benchmark.domain.line_benchmark import DISCLOSED, PUBLIC_PAYER, LineBenchmark, certainty
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.stays import stay_of
from services.benchmark.domain.verdict import Assessment, judge
from shared.adjustments import line_allowed, line_share, whole_claim_cuts
from shared.events.assessment import AssessedLine, Benchmark, LineVerdict
from shared.events.claims import Adjustment, ClaimFacts, RemittanceFacts, RemittanceLine
from shared.money import ZERO, cents

_RATIO = Decimal("0.001")
_TOLD_APART: dict[str, tuple[str, ...]] = {
    "denied": ("the payer refused the line: a denial, not a low payment",),
    "bundled": ("the payer counts the line into another one",),
    "duplicate": ("the payer holds the line for a duplicate",),
    "patient_responsibility": ("the whole allowed amount falls to the patient's cost share",),
    "in_network": ("the payer applied a contract rate; without a contract, dispute that first",),
}


class Assessor:
    """Judges remittances by the tables of their dates of service and by one policy; remembers what services are worth.

    Pure: the same claim and remittance give the same assessment as long as reference and policy are the same objects.
    """

    def __init__(self, reference: Reference, policy: Policy) -> None:
        reference.read_ahead()
        self.reference = reference
        self.policy = policy
        self._share = f"{policy.threshold * 100:.0f} %"
        self._known = KnownLines(reference, policy)

    def assess(self, claim: ClaimFacts, remittance: RemittanceFacts, left: RemittanceFacts | None = None) -> Assessment:
        """The assessment of what the payer answered to a claim, by what is `left` of it where it took money back.

        The claim's own adjustments are at its lines where it is certain what each bears (`with_line_adjustments`).
        """
        nature, stay = self._known.nature_of(claim), None
        if nature.billing.system == "inpatient":
            stay = stay_of(claim, remittance, left, nature.billing, self.reference)
            remittance, left = stay.remittance, stay.left
        line_benchmarks = self._known.line_benchmarks(claim, nature, remittance, stay)
        cuts = whole_claim_cuts(remittance)
        lines = tuple(
            [
                self._line(number, line, remittance, line_benchmark, cuts if line.allowed is None else ())
                for number, (line, line_benchmark) in enumerate(zip(remittance.lines, line_benchmarks, strict=True), 1)
            ]
        )
        if left is not None:
            now = zip(lines, remittance.lines, left.lines, line_benchmarks, strict=True)
            lines, remittance = tuple([self._left(*line) for line in now]), left
        if is_coordinated(claim):
            lines = coordinated(claim, lines, self.policy)
        packaged = [line_benchmark.packaged for line_benchmark in line_benchmarks]
        return judge(nature.specialty, remittance, lines, self.policy, packaged)

    def _line(
        self,
        number: int,
        line: RemittanceLine,
        of: RemittanceFacts,
        line_benchmark: LineBenchmark,
        cuts: tuple[Adjustment, ...],
    ) -> AssessedLine:
        """A line `of` a remittance; `cuts` are the whole claim's, of which it is not told what they leave of it."""
        kind = kind_of(line, of.status)
        if kind == "patient_responsibility" and owes_beside_share(line, of.remark_codes):
            kind = "paid"
        unexplained = bool(cuts) and kind != "denied"
        allowed = ZERO if unexplained else line_allowed(line)
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
            if unexplained:
                verdict, reasons = "unjudged", (_unexplained(cuts),)
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
        self, line: AssessedLine, paid: RemittanceLine, left: RemittanceLine, line_benchmark: LineBenchmark
    ) -> AssessedLine:
        """A line of which the payer has taken money back; of what kind its answer was stays as it was."""
        if paid.paid == left.paid:
            return line
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
        ranks = [rank.describe(allowed) for rank in line_benchmark.ranks] if line_benchmark.ranks else ()
        if allowed < cents(self.policy.threshold * target):
            first = f"allowed ${allowed!s} for {line.code} against a fair target of ${target!s}"
            qpa = (f"the payer's own QPA is ${line.qpa!s}",) if line.qpa else ()
            return "underpaid", (first, *qpa, *line_benchmark.reasons, *ranks)
        first = f"allowed ${allowed!s} is at or above {self._share} of the fair target ${target!s}"
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


def _unexplained(cuts: tuple[Adjustment, ...]) -> str:
    amounts = ", ".join(f"${cut.amount} ({cut.group} {cut.carc})" for cut in cuts)
    return f"the payer adjusted the claim as a whole by {amounts} and does not say what it allowed for each line"


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
        msgspec.structs.replace(one, allowed_ratio=_ratio(allowed, one.amount)) for one in line_benchmark.benchmarks
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
