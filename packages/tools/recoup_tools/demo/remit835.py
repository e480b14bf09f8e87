"""Writing remittances as 835 (005010X221A1) that balance in every rule; generator and payer simulator share it.

Balancing (TR3 1.10.2.1): SVC02 − Σ line CAS = SVC03; CLP03 − Σ claim and line CAS = CLP04; BPR02 = Σ CLP04 − Σ PLB.
Everything paid is computed from charges and adjustments here, so that no caller can write an unbalanced one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from recoup_tools.demo.x12 import amount, day, trimmed
from shared.events.claims import Adjustment

ZERO = Decimal(0)

# Synthetic routing numbers (right check digit, no bank) and accounts for BPR06–BPR15.
_PAYER_BANK = "01*999999992*DA*100200300"
_PAYEE_BANK = "01*999988880*DA*400500600"


class PaidLine(msgspec.Struct, frozen=True, kw_only=True):
    """One adjudicated line (loop 2110). Amounts in dollars; `allowed` is AMT*B6, `qpa` AMT*ZK, if they are sent."""

    code: str
    charge: Decimal
    service_on: date
    modifiers: tuple[str, ...] = ()
    code_type: str = "HC"
    revenue: str = ""
    units: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()
    control_number: str = ""
    allowed: Decimal | None = None
    qpa: Decimal | None = None
    remarks: tuple[str, ...] = ()

    @property
    def paid(self) -> Decimal:
        """SVC03: the charge less all adjustments, in dollars."""
        return self.charge - sum((a.amount for a in self.adjustments), ZERO)

    @property
    def patient_share(self) -> Decimal:
        """Sum of the adjustments of group PR, in dollars."""
        return sum((a.amount for a in self.adjustments if a.group == "PR"), ZERO)


class ClaimPayment(msgspec.Struct, frozen=True, kw_only=True):
    """One claim of a payment (loop 2100).

    `status` CLP02, `filing` CLP06, `original_reference` REF*F8, `contract_class` REF*CE, `interest` AMT*I.
    """

    control_number: str
    status: str
    payer_claim_number: str
    charge: Decimal
    filing: str
    lines: tuple[PaidLine, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    place: str = ""
    frequency: str = ""
    patient_last: str = ""
    patient_first: str = ""
    member: str = ""
    rendering_npi: str = ""
    original_reference: str = ""
    contract_class: str = ""
    service_from: date | None = None
    service_to: date | None = None
    received_on: date | None = None
    interest: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        """CLP04: the charge less every adjustment, the claim's own and its lines'."""
        own = sum((a.amount for a in self.adjustments), ZERO)
        return self.charge - own - sum((line.charge - line.paid for line in self.lines), ZERO)

    @property
    def patient_share(self) -> Decimal:
        """CLP05: what is adjusted under group PR."""
        own = sum((a.amount for a in self.adjustments if a.group == "PR"), ZERO)
        return own + sum((line.patient_share for line in self.lines), ZERO)


class ProviderAdjustment(msgspec.Struct, frozen=True):
    """One PLB adjustment; a positive `amount` lowers the payment, a negative one raises it."""

    reason: str
    reference: str
    amount: Decimal


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Payer or payee: name, identifier (payer id or NPI), TIN and address."""

    name: str
    id: str
    tin: str
    street: str
    city: str
    state: str
    zip: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment by one payer to one payee: one 835 transaction."""

    payer: Party
    payee: Party
    paid_on: date
    trace_number: str
    claims: tuple[ClaimPayment, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()

    @property
    def total(self) -> Decimal:
        """BPR02."""
        withheld = sum((p.amount for p in self.provider_adjustments), ZERO)
        return sum((claim.paid for claim in self.claims), ZERO) - withheld


def reversal(claim: ClaimPayment) -> ClaimPayment:
    """The claim payment that takes `claim` back: CLP02 22 and every amount with its sign turned (TR3 1.10.2.8)."""
    return msgspec.structs.replace(
        claim,
        status="22",
        charge=-claim.charge,
        adjustments=_turned(claim.adjustments),
        remarks=(),
        interest=ZERO,
        original_reference="",
        lines=tuple(
            msgspec.structs.replace(
                line,
                charge=-line.charge,
                adjustments=_turned(line.adjustments),
                allowed=None,
                qpa=None,
                remarks=(),
            )
            for line in claim.lines
        ),
    )


def _turned(adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    return tuple(msgspec.structs.replace(a, amount=-a.amount, quantity=-a.quantity) for a in adjustments)


def transaction(payment: Payment) -> list[str]:
    """The segments between ST and SE of one 835; `ValueError` where the payment would be negative."""
    if payment.total < 0:
        raise ValueError("BPR02 cannot be negative: forward the balance with a PLB adjustment (TR3 1.10.2.12)")
    payer, payee = payment.payer, payment.payee
    segments = [
        _bpr(payment),
        f"TRN*1*{payment.trace_number}*1{payer.tin}",
        f"DTM*405*{day(payment.paid_on)}",
        f"N1*PR*{payer.name}",
        f"N3*{payer.street}",
        f"N4*{payer.city}*{payer.state}*{payer.zip}",
        f"REF*2U*{payer.id}",
        "PER*BL*EDI SUPPORT*TE*5555550199",
        f"N1*PE*{payee.name}*XX*{payee.id}",
        f"N3*{payee.street}",
        f"N4*{payee.city}*{payee.state}*{payee.zip}",
        f"REF*TJ*{payee.tin}",
    ]
    if payment.claims:
        segments.append("LX*1")
    for claim in payment.claims:
        segments += _claim(claim)
    segments += _plb(payment)
    return segments


def _bpr(payment: Payment) -> str:
    payer_id, payee_bank, on = f"1{payment.payer.tin}", _PAYEE_BANK, day(payment.paid_on)
    if payment.total == 0:
        return f"BPR*H*0*C*NON************{on}"
    return f"BPR*I*{amount(payment.total)}*C*ACH*CCP*{_PAYER_BANK}*{payer_id}**{payee_bank}*{on}"


def _plb(payment: Payment) -> list[str]:
    """PLB segments of up to six adjustments for the payee's fiscal year."""
    found = payment.provider_adjustments
    return [
        f"PLB*{payment.payee.id}*{payment.paid_on.year}1231*"
        + "*".join(f"{p.reason}:{p.reference}*{amount(p.amount)}" for p in found[start : start + 6])
        for start in range(0, len(found), 6)
    ]


def _cas(adjustments: Sequence[Adjustment]) -> list[str]:
    """CAS segments: one a group, up to six triplets each."""
    groups: dict[str, list[Adjustment]] = {}
    for adjustment in adjustments:
        if adjustment.amount:
            groups.setdefault(adjustment.group, []).append(adjustment)
    return [
        f"CAS*{group}*" + trimmed("*".join(_triplet(a) for a in found[start : start + 6]))
        for group, found in groups.items()
        for start in range(0, len(found), 6)
    ]


def _triplet(adjustment: Adjustment) -> str:
    quantity = amount(adjustment.quantity) if adjustment.quantity else ""
    return f"{adjustment.carc}*{amount(adjustment.amount)}*{quantity}"


def _claim(claim: ClaimPayment) -> list[str]:
    share = claim.patient_share
    segments = [
        trimmed(
            f"CLP*{claim.control_number}*{claim.status}*{amount(claim.charge)}*{amount(claim.paid)}"
            f"*{amount(share) if share else ''}*{claim.filing}*{claim.payer_claim_number}"
            f"*{claim.place}*{claim.frequency}"
        ),
        *_cas(claim.adjustments),
    ]
    if claim.member:
        segments.append(f"NM1*QC*1*{claim.patient_last}*{claim.patient_first}****MI*{claim.member}")
    else:
        segments.append(trimmed(f"NM1*QC*1*{claim.patient_last}*{claim.patient_first}"))
    if claim.rendering_npi:
        segments.append(f"NM1*82*1******XX*{claim.rendering_npi}")
    if claim.remarks:
        segments.append("MOA***" + "*".join(claim.remarks[:5]))
    if claim.contract_class:
        segments.append(f"REF*CE*{claim.contract_class}")
    if claim.original_reference:
        segments.append(f"REF*F8*{claim.original_reference}")
    if claim.service_from is not None:
        segments.append(f"DTM*232*{day(claim.service_from)}")
        segments.append(f"DTM*233*{day(claim.service_to or claim.service_from)}")
    if claim.received_on is not None:
        segments.append(f"DTM*050*{day(claim.received_on)}")
    if claim.interest:
        segments.append(f"AMT*I*{amount(claim.interest)}")
    for line in claim.lines:
        segments += _line(line)
    return segments


def _line(line: PaidLine) -> list[str]:
    procedure = ":".join((line.code_type, line.code, *line.modifiers))
    segments = [
        f"SVC*{procedure}*{amount(line.charge)}*{amount(line.paid)}*{line.revenue}*{amount(line.units)}",
        f"DTM*472*{day(line.service_on)}",
        *_cas(line.adjustments),
    ]
    if line.control_number:
        segments.append(f"REF*6R*{line.control_number}")
    if line.allowed:
        segments.append(f"AMT*B6*{amount(line.allowed)}")
    if line.qpa:
        segments.append(f"AMT*ZK*{amount(line.qpa)}")
    segments += [f"LQ*HE*{remark}" for remark in line.remarks]
    return segments
