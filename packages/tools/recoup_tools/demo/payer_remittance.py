"""The payer pays what was agreed: an 835 with the earlier payment reversed (CLP02 22) and the corrected one.

Or it takes money back: an 835 without claims, whose PLB names the claim (WO).

The corrected claim pays the earlier amount plus the increase, spread over the lines in dispute in whole cents; the
patient's cost share stays as it was, whatever the settlement (42 USC 300gg-131).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from recoup_tools.demo.payer_memory import ZERO, ClaimFile
from recoup_tools.demo.remit835 import ClaimPayment, PaidLine, Party, Payment, ProviderAdjustment, reversal
from shared.adjustments import is_cost_share
from shared.events.claims import Adjustment, RemittanceFacts, RemittanceLine

_CENT = Decimal("0.01")
_INITIAL = frozenset(("N876", "N877"))  # remarks of a first payment or denial under the NSA
_FINAL = {"offer_accepted": "N874", "idr_award": "N875"}  # negotiated, IDR award


def correcting_payment(file: ClaimFile, increase: Decimal, paid_on: date, trace_number: str) -> Payment:
    """The payment that raises what this claim was paid by `increase` dollars.

    `ValueError` where the file lacks the claim or a standing remittance.
    """
    claim, standing = file.claim, file.standing
    if claim is None or standing is None:
        raise ValueError("nothing to correct: the claim or its remittance is not on file")
    before = _as_paid(file, standing)
    after = _raised(file, before, increase)
    number = f"{_first_number(before.payer_claim_number)}-S{file.corrections + 1}"
    after = msgspec.structs.replace(
        after, payer_claim_number=number, original_reference=before.payer_claim_number, status=standing.status
    )
    if standing.status == "4":
        after = msgspec.structs.replace(after, status="1")
    return Payment(
        payer=_payer(claim.payer_id, claim.payer_name),
        payee=_payee(claim.billing_npi, claim.billing_tin),
        paid_on=paid_on,
        trace_number=trace_number,
        claims=(reversal(before), after),
    )


def withholding(file: ClaimFile, amount: Decimal, paid_on: date, trace_number: str, *, balance: str) -> Payment:
    """An 835 that takes `amount` dollars of this claim back, or returns them where it is negative (PLB WO).

    It pays no claim out of which to take them, so the balance is forwarded under the number `balance` (PLB FB) and the
    payment is nil (TR3 1.10.2.12, 1.10.2.17). `ValueError` where the file lacks the claim or a standing remittance.
    """
    claim, standing = file.claim, file.standing
    if claim is None or standing is None:
        raise ValueError("nothing to take back: the claim or its remittance is not on file")
    number = _first_number(_payer_number(file, standing))
    return Payment(
        payer=_payer(claim.payer_id, claim.payer_name),
        payee=_payee(claim.billing_npi, claim.billing_tin),
        paid_on=paid_on,
        trace_number=trace_number,
        claims=(),
        provider_adjustments=(ProviderAdjustment("WO", number, amount), ProviderAdjustment("FB", balance, -amount)),
    )


def _payer_number(file: ClaimFile, standing: RemittanceFacts) -> str:
    return standing.payer_claim_number or f"SIM{_digits(file.claim_id, 12)}"


def _first_number(number: str) -> str:
    """The claim's number before any correction of ours was marked on it."""
    return number.partition("-S")[0]


def _as_paid(file: ClaimFile, standing: RemittanceFacts) -> ClaimPayment:
    claim = file.claim
    assert claim is not None
    institutional = claim.form == "institutional"
    return ClaimPayment(
        control_number=claim.patient_control_number,
        status=standing.status,
        payer_claim_number=_payer_number(file, standing),
        charge=standing.charge,
        filing=standing.filing_indicator or "12",
        lines=tuple(_line(file, line) for line in standing.lines),
        adjustments=standing.adjustments,
        remarks=tuple(code for code in standing.remark_codes if code not in _INITIAL)[:5],
        place=claim.bill_type.lstrip("0")[:2] if institutional else claim.place_of_service,
        frequency=claim.frequency if claim.frequency in ("1", "7") else "1",
        patient_last="PATIENT",
        patient_first="ON FILE",
        service_from=claim.service_from,
        service_to=claim.service_to,
    )


def _line(file: ClaimFile, line: RemittanceLine) -> PaidLine:
    service_on = file.service_date(line.line)
    assert service_on is not None
    return PaidLine(
        code=line.code,
        code_type=line.code_type,
        modifiers=line.modifiers,
        revenue=line.revenue_code,
        units=line.units,
        charge=line.charge,
        service_on=service_on,
        adjustments=line.adjustments,
        control_number=line.control_number,
        allowed=line.allowed,
        qpa=line.qpa,
        remarks=line.remark_codes,
    )


def _raised(file: ClaimFile, before: ClaimPayment, increase: Decimal) -> ClaimPayment:
    disputed = file.disputed_lines()
    if not before.lines:
        lowered = _restated(before.charge, before.adjustments, before.paid + increase)
        return msgspec.structs.replace(before, adjustments=lowered)
    places = [n for n, line in enumerate(file.standing.lines if file.standing else ()) if line in disputed]
    parts = spread(increase, [_headroom(before.lines[n]) for n in places])
    lines = list(before.lines)
    final = _FINAL.get(file.basis, "") if file.federal else ""
    for n, part in zip(places, parts, strict=True):
        line = lines[n]
        adjustments = _restated(line.charge, line.adjustments, line.paid + part)
        kept = tuple(remark for remark in line.remarks if not final or remark not in _INITIAL)
        share = sum((a.amount for a in adjustments if a.group == "PR"), ZERO)
        lines[n] = msgspec.structs.replace(
            line,
            adjustments=adjustments,
            allowed=line.paid + part + share,
            remarks=(*kept, final) if final and final not in kept else kept,
        )
    return msgspec.structs.replace(before, lines=tuple(lines))


def _headroom(line: PaidLine) -> Decimal:
    return line.charge - line.paid - sum((a.amount for a in line.adjustments if is_cost_share(a)), ZERO)


def _restated(charge: Decimal, adjustments: Sequence[Adjustment], paid: Decimal) -> tuple[Adjustment, ...]:
    """The patient's cost share as it was; all else as one CO 45, or a negative CO 94 where more than charged is due."""
    kept = tuple(a for a in adjustments if is_cost_share(a))
    rest = charge - paid - sum((a.amount for a in kept), ZERO)
    if rest == 0:
        return kept
    return (Adjustment(group="CO", carc="45" if rest > 0 else "94", amount=rest), *kept)


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`total` dollars over the weights in whole cents, exactly; the largest remainders get the odd cents."""
    positive = [max(weight, ZERO) for weight in weights]
    if sum(positive, ZERO) == 0:
        positive = [Decimal(1)] * len(weights)
    whole = sum(positive, ZERO)
    cents = int(total / _CENT)
    exact = [weight * cents / whole for weight in positive]
    parts = [int(share) for share in exact]
    left = cents - sum(parts)
    step = 1 if left >= 0 else -1
    by_remainder = sorted(range(len(parts)), key=lambda n: (-abs(exact[n] - parts[n]), n))
    for n in by_remainder[: abs(left)]:
        parts[n] += step
    return [part * _CENT for part in parts]


def _payer(payer_id: str, name: str) -> Party:
    return Party(
        name=name or "SIMULATED PAYER",
        id=payer_id,
        tin=f"99{_digits(payer_id, 7)}",
        street="1 SIMULATOR PLAZA",
        city="HARTFORD",
        state="CT",
        zip="061030001",
    )


def _payee(npi: str, tin: str) -> Party:
    return Party(
        name="BILLING PROVIDER ON FILE",
        id=npi,
        tin=tin or "990000000",
        street="1 PROVIDER WAY",
        city="HOUSTON",
        state="TX",
        zip="770300001",
    )


def _digits(text: str, count: int) -> str:
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return f"{number % 10**count:0{count}d}"
