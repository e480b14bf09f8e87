"""The assessment of a remittance: each line held against its benchmarks, then the verdict on the claim."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from services.benchmark.domain.adjudication import allowed_of, kind_of, patient_share
from services.benchmark.domain.payment_rules import reductions
from services.benchmark.domain.policy import Policy, Weights
from services.benchmark.domain.reference import NoPrice, Price, Reference
from services.benchmark.domain.specialty import specialty_of
from shared.events.assessment import AssessedLine, Benchmark, LineVerdict, Use, Verdict
from shared.events.claims import ClaimFacts, RemittanceFacts, RemittanceLine, ServiceLine
from shared.money import ZERO, cents

_PUBLIC_PAYER: tuple[Use, ...] = ("commercial_appeal", "state_process", "internal")
_QPA: tuple[Use, ...] = ("federal_idr", "open_negotiation", "commercial_appeal", "state_process", "internal")
_CHARGE: tuple[Use, ...] = ("commercial_appeal", "state_process", "internal")
_RATIO = Decimal("0.001")


class Assessment(msgspec.Struct, frozen=True):
    """The verdict on one remittance, with the sums of its underpaid lines. Dollars."""

    specialty: str
    verdict: Verdict
    lines: tuple[AssessedLine, ...]
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    disputed_allowed: Decimal = ZERO
    floor: Decimal = ZERO
    target: Decimal = ZERO
    stretch: Decimal = ZERO
    expected_net: Decimal = ZERO
    confidence: int = 0
    reasons: tuple[str, ...] = ()


def assess(claim: ClaimFacts, remittance: RemittanceFacts, reference: Reference, policy: Policy) -> Assessment:
    """Judge a remittance by the tables of its dates of service and by the policy."""
    specialty = specialty_of(claim)
    weights = policy.weights(specialty)
    billed = {line.line: line for line in claim.lines}
    pairs = [(line, billed.get(line.line)) for line in remittance.lines]
    prices = [_price(claim, line, service, reference) for line, service in pairs]
    factors = reductions([(p.values, p.amount) if isinstance(p, Price) else (None, ZERO) for p in prices])
    lines = tuple(
        [
            _line(number, line, remittance.status, price, factor, weights, policy)
            for number, ((line, _), price, factor) in enumerate(zip(pairs, prices, factors, strict=True), 1)
        ]
    )
    return _judge(specialty, remittance, lines, policy)


def _price(
    claim: ClaimFacts, line: RemittanceLine, service: ServiceLine | None, reference: Reference
) -> Price | NoPrice:
    day = service.service_from if service else claim.service_from
    units = service.units if service else line.units
    if claim.form == "institutional":
        if claim.bill_type[:2] not in ("13", "83", "85"):
            return NoPrice(f"type of bill {claim.bill_type or 'unknown'} is paid by other systems than OPPS")
        return reference.outpatient(line.code, units or Decimal(1), day)
    place = (service.place_of_service if service else "") or claim.place_of_service
    return reference.professional(line.code, line.modifiers, claim.service_zip, place, units or Decimal(1), day)


def _line(
    number: int,
    line: RemittanceLine,
    status: str,
    price: Price | NoPrice,
    factor: Decimal,
    weights: Weights,
    policy: Policy,
) -> AssessedLine:
    allowed = allowed_of(line)
    kind = kind_of(line, status)
    benchmarks = _benchmarks(line, price, factor, allowed)
    verdict: LineVerdict
    floor = target = stretch = None
    confidence = 0
    if kind not in ("paid", "denied", "patient_responsibility"):
        verdict, reasons = ("in_network" if kind == "in_network" else kind), (_TOLD_APART[kind],)
    else:
        fair = _fair_range(line, price, factor, weights, policy)
        reasons: tuple[str, ...] = ()
        if fair is not None:
            floor, target, stretch, confidence = fair
        if kind != "paid":
            verdict, reasons = kind, (_TOLD_APART[kind],)
        elif target is None:
            verdict = "unjudged"
            reasons = (f"no benchmark: {price.reason}" if isinstance(price, NoPrice) else "no benchmark applies",)
        elif allowed < cents(policy.threshold * target):
            verdict = "underpaid"
            reasons = _reasons(line, allowed, target, price, factor)
        else:
            verdict = "paid_fairly"
            reasons = (
                f"allowed ${allowed} is at or above {policy.threshold * 100:.0f} % of the fair target ${target}",
            )
    return AssessedLine(
        line=line.line or number,
        code=line.code,
        modifiers=line.modifiers,
        charge=line.charge,
        allowed=allowed,
        paid=line.paid,
        patient_share=patient_share(line),
        verdict=verdict,
        floor=floor,
        target=target,
        stretch=stretch,
        confidence=confidence,
        benchmarks=benchmarks,
        reasons=reasons,
    )


_TOLD_APART = {
    "denied": "the payer refused the line: a denial, not a low payment",
    "bundled": "the payer counts the line into another one",
    "duplicate": "the payer holds the line for a duplicate",
    "patient_responsibility": "the whole allowed amount falls to the patient's cost share",
    "in_network": "the payer applied a contract rate",
}


def _benchmarks(
    line: RemittanceLine, price: Price | NoPrice, factor: Decimal, allowed: Decimal
) -> tuple[Benchmark, ...]:
    found: list[Benchmark] = []
    if line.qpa is not None and line.qpa > 0:
        found.append(
            Benchmark(
                source="qpa",
                amount=line.qpa,
                release="disclosed by the payer, 45 CFR 149.140(d)",
                row="835 AMT*ZK",
                uses=_QPA,
                allowed_ratio=_ratio(allowed, line.qpa),
            )
        )
    if isinstance(price, Price):
        amount = cents(price.amount * factor)
        found.append(
            Benchmark(
                source=price.source,
                amount=amount,
                release=price.release,
                row=price.row,
                uses=_PUBLIC_PAYER,
                fallback=price.fallback,
                allowed_ratio=_ratio(allowed, amount),
            )
        )
    found.append(
        Benchmark(
            source="billed_charge",
            amount=line.charge,
            release="the claim",
            row="SV102" if not line.revenue_code else "SV203",
            uses=_CHARGE,
            allowed_ratio=_ratio(allowed, line.charge),
        )
    )
    return tuple(found)


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(_RATIO) if whole else None


def _fair_range(
    line: RemittanceLine, price: Price | NoPrice, factor: Decimal, weights: Weights, policy: Policy
) -> tuple[Decimal, Decimal, Decimal, int] | None:
    """(floor, target, stretch, confidence): weighted between Medicare and QPA, never above the charge."""
    medicare = cents(price.amount * factor) if isinstance(price, Price) else None
    qpa = line.qpa if line.qpa is not None and line.qpa > 0 else None
    if medicare is None and qpa is None:
        return None
    part = weights.qpa_weight if medicare is not None and qpa is not None else Decimal(1 if qpa is not None else 0)
    cap = line.charge * policy.charge_cap
    bounds = [
        min(cents((medicare or ZERO) * by_medicare * (1 - part) + (qpa or ZERO) * by_qpa * part), cap)
        for by_medicare, by_qpa in (
            (weights.floor, weights.qpa_floor),
            (weights.target, weights.qpa_target),
            (weights.stretch, weights.qpa_stretch),
        )
    ]
    confidence = 80 if medicare is not None and qpa is not None else 65
    if isinstance(price, Price) and price.fallback:
        confidence -= 10
    return bounds[0], bounds[1], bounds[2], confidence


def _reasons(
    line: RemittanceLine, allowed: Decimal, target: Decimal, price: Price | NoPrice, factor: Decimal
) -> tuple[str, ...]:
    reasons = [f"allowed ${allowed} for {line.code} against a fair target of ${target}"]
    if line.qpa:
        reasons.append(f"the payer's own QPA is ${line.qpa}")
    if isinstance(price, Price):
        reasons.append(f"Medicare would allow ${cents(price.amount * factor)} ({price.row}, {price.release})")
        reasons += price.notes
        if factor != 1:
            reasons.append("a later procedure of the claim, at half")
        if price.fallback:
            reasons.append(price.fallback)
    return tuple(reasons)


def _judge(specialty: str, remittance: RemittanceFacts, lines: tuple[AssessedLine, ...], policy: Policy) -> Assessment:
    allowed = sum((line.allowed for line in lines), ZERO)
    share = sum((line.patient_share for line in lines), ZERO)

    def result(verdict: Verdict, *reasons: str, **sums: Decimal | int) -> Assessment:
        return Assessment(
            specialty,
            verdict,
            lines,
            allowed,
            remittance.paid,
            share,
            reasons=reasons,
            **sums,  # pyright: ignore[reportArgumentType]
        )

    if not lines:
        return result("unjudged", "the remittance has no lines, and a claim-level payment cannot be compared")
    low = [line for line in lines if line.verdict == "underpaid"]
    if low:
        return _weigh(result, low, policy)
    denied = [line for line in lines if line.verdict == "denied"]
    if denied and all(line.verdict in ("denied", "bundled", "duplicate") for line in lines):
        target = sum((line.target or line.charge for line in denied), ZERO)
        return result("denied", f"{len(denied)} of {len(lines)} lines denied", target=target)
    unjudged = [line for line in lines if line.verdict == "unjudged"]
    charged = sum((line.charge for line in lines), ZERO)
    if unjudged and sum((line.charge for line in unjudged), ZERO) * 2 > charged:
        reasons = dict.fromkeys(reason for line in unjudged for reason in line.reasons)
        return result("unjudged", "cannot judge: most of the charge has no benchmark", *reasons)
    kinds = dict.fromkeys(line.verdict for line in lines)
    return result("paid_fairly", f"no line is underpaid ({', '.join(kinds)})")


def _weigh(result: Callable[..., Assessment], low: list[AssessedLine], policy: Policy) -> Assessment:
    """Whether the shortfall is worth its pursuit."""
    disputed = sum((line.allowed for line in low), ZERO)
    target = sum((line.target or ZERO for line in low), ZERO)
    shortfall = target - disputed
    net = cents(shortfall * policy.chance) - policy.cost_of_pursuit
    sums = {
        "disputed_allowed": disputed,
        "floor": sum((line.floor or ZERO for line in low), ZERO),
        "target": target,
        "stretch": sum((line.stretch or ZERO for line in low), ZERO),
        "expected_net": net,
        "confidence": min(line.confidence for line in low),
    }
    told = f"{len(low)} lines are ${shortfall} short of the fair target of ${target}"
    if net < policy.minimum_net:
        reason = f"pursuit would be expected to bring ${net} after its cost: below ${policy.minimum_net}"
        return result("paid_fairly", told, reason, **sums)
    return result("underpaid", told, f"pursuit is expected to bring ${net} after its cost", **sums)
