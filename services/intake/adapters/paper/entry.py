"""What a person enters of a remittance on paper, and the claim payments it makes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from recoup_x12.model import (
    Adjustment,
    Amount,
    Dated,
    OutpatientAdjudication,
    Party,
    Payment,
    Procedure,
    ProviderAdjustment,
    Reference,
    Remittance,
    ServicePayment,
)
from services.intake.domain.paper import ORIGIN

_TEN = 10**11
Dollars = Annotated[Decimal, Field(gt=-_TEN, lt=_TEN, decimal_places=2, description="dollars, as 1234.50")]
Unsigned = Annotated[Decimal, Field(ge=0, lt=_TEN, decimal_places=2, description="dollars, as 1234.50")]
Name = Annotated[str, Field(max_length=60)]
Number = Annotated[str, Field(max_length=50)]
RemarkCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,6}$")]


class _Entry(BaseModel):
    """A field that there is not is a slip of the pen, not ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PaperAdjustment(_Entry):
    """Group, reason (CARC) and amount, as the paper explains what was not paid."""

    group: Literal["CO", "PR", "OA", "PI", "CR"]
    reason: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,5}$")]
    amount: Dollars
    quantity: Decimal | None = None


class PaperLine(_Entry):
    """One service line."""

    code: Annotated[str, Field(max_length=48, description="the procedure; for a line by revenue code, empty")] = ""
    code_type: Literal["HC", "AD", "N4", "HP"] = "HC"
    modifiers: Annotated[list[Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]], Field(max_length=4)] = []
    revenue_code: Annotated[str, Field(pattern=r"^[0-9]{0,4}$")] = ""
    charge: Dollars
    paid: Dollars
    allowed: Dollars | None = None
    units: Annotated[Decimal | None, Field(ge=0, lt=10**6)] = None
    service_from: date | None = None
    service_to: date | None = None
    control_number: Annotated[Number, Field(description="the provider's number of the line")] = ""
    adjustments: Annotated[list[PaperAdjustment], Field(max_length=99)] = []
    remark_codes: Annotated[list[RemarkCode], Field(max_length=20)] = []


class PaperClaim(_Entry):
    """One claim, with what tells whose it is."""

    control_number: Annotated[Number, Field(min_length=1, description="the patient's account number (CLP01)")]
    status: Annotated[
        Literal["1", "2", "3", "4", "19", "20", "21", "22", "23"],
        Field(description="CLP02: 1, 2, 3 processed as primary, secondary, tertiary; 4 denied; 22 reversal"),
    ] = "1"
    charge: Dollars
    paid: Dollars
    patient_responsibility: Annotated[Dollars | None, Field(description="default: the sum of the PR adjustments")] = (
        None
    )
    payer_claim_number: Number = ""
    patient_last_name: Name = ""
    patient_first_name: Name = ""
    member_id: Number = ""
    service_from: date | None = None
    service_to: date | None = None
    adjustments: Annotated[list[PaperAdjustment], Field(max_length=99)] = []
    remark_codes: Annotated[list[RemarkCode], Field(max_length=5)] = []
    lines: Annotated[list[PaperLine], Field(max_length=999)] = []


class PaperProviderAdjustment(_Entry):
    """Money of the payment that is of no claim: interest, money taken back. A positive amount lessens the payment."""

    provider_id: Number = ""
    reason: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,2}$", description="PLB03-1: WO, L6, FB, CS, 72 …")]
    reference: Number = ""
    amount: Dollars


class PaperRemittance(_Entry):
    """One payment on paper: who paid whom by which check, card or transfer, and for which claims."""

    payer: Annotated[Name, Field(min_length=1)]
    payer_id: Annotated[str, Field(pattern=r"^[0-9]{0,10}$", description="the payer's tax id, nine digits")] = ""
    payee: Name = ""
    payee_npi: Annotated[str, Field(pattern=r"^([0-9]{10})?$")] = ""
    payee_tax_id: Annotated[str, Field(pattern=r"^([0-9]{9})?$")] = ""
    method: Literal["check", "eft", "card", "none"] = "check"
    number: Annotated[Number, Field(min_length=1, description="the check's, card payment's or EFT's number")]
    amount: Unsigned
    paid_on: Annotated[date, Field(ge=date(2000, 1, 1), description="the day on the check, or of the transfer")]
    received_on: Annotated[date | None, Field(description="the day it was received; default: today")] = None
    claims: Annotated[list[PaperClaim], Field(min_length=1, max_length=2_000)]
    provider_adjustments: Annotated[list[PaperProviderAdjustment], Field(max_length=200)] = []


_METHODS = {"check": "CHK", "eft": "ACH", "card": "CHK", "none": "NON"}


def payment_of(entry: PaperRemittance) -> Payment:
    """The payment as an 835's header would state it."""
    payer_id = f"1{entry.payer_id}" if len(entry.payer_id) == 9 else entry.payer_id
    by_npi = bool(entry.payee_npi)
    payee = Party(
        "PE", name=entry.payee, id_qualifier="XX" if by_npi else "FI", id=entry.payee_npi or entry.payee_tax_id,
        references=(Reference("TJ", entry.payee_tax_id),) if by_npi and entry.payee_tax_id else (),
    )  # fmt: skip
    return Payment(
        "I", entry.amount, "C", _METHODS[entry.method], (), entry.paid_on, entry.number, payer_id,
        payer=Party("PR", name=entry.payer), payee=payee,
    )  # fmt: skip


def remittances_of(entry: PaperRemittance) -> list[Remittance]:
    """The claim payments, marked as from paper."""
    payment = payment_of(entry)
    return [_claim(claim, payment) for claim in entry.claims]


def provider_adjustments_of(entry: PaperRemittance) -> tuple[ProviderAdjustment, ...]:
    """What of the payment is of no claim, as PLB segments would state it."""
    period = f"{entry.paid_on.year}1231"
    return tuple(
        ProviderAdjustment(one.provider_id or entry.payee_npi or entry.payee_tax_id, period, one.reason, one.reference,
                           one.amount)
        for one in entry.provider_adjustments
    )  # fmt: skip


def _claim(claim: PaperClaim, payment: Payment) -> Remittance:
    adjustments = _adjustments(claim.adjustments)
    lines = tuple(_line(line) for line in claim.lines)
    everything = (*adjustments, *(a for line in lines for a in line.adjustments))
    share = sum((a.amount for a in everything if a.group == "PR"), Decimal(0))
    patient = Party(
        "QC", "1", claim.patient_last_name.upper(), claim.patient_first_name.upper(),
        id_qualifier="MI" if claim.member_id else "", id=claim.member_id,
    )  # fmt: skip
    named = claim.patient_last_name or claim.member_id
    days = [("232", claim.service_from), ("233", claim.service_to)]
    return Remittance(
        claim.control_number, claim.status, claim.charge, claim.paid,
        share if claim.patient_responsibility is None else claim.patient_responsibility,
        payer_claim_number=claim.payer_claim_number, adjustments=adjustments, parties=(patient,) if named else (),
        outpatient=_remarks(claim.remark_codes),
        dates=tuple(_day(qualifier, day) for qualifier, day in days if day is not None), lines=lines, payment=payment,
        origin=ORIGIN,
    )  # fmt: skip


def _remarks(codes: list[str]) -> OutpatientAdjudication | None:
    """Up to five remark codes of the claim, as a MOA has them."""
    if not codes:
        return None
    one, two, three, four, five = [*codes, *[""] * 5][:5]
    return OutpatientAdjudication(remark1=one, remark2=two, remark3=three, remark4=four, remark5=five)


def _line(line: PaperLine) -> ServicePayment:
    start, end = line.service_from, line.service_to or line.service_from
    days = () if start is None or end is None else (
        (_day("472", start),) if start == end else (_day("150", start), _day("151", end))
    )  # fmt: skip
    procedure = Procedure(line.code_type if line.code else "", line.code.upper(), tuple(line.modifiers))
    return ServicePayment(
        procedure, line.charge, line.paid, line.revenue_code, line.units, dates=days,
        adjustments=_adjustments(line.adjustments),
        references=(Reference("6R", line.control_number),) if line.control_number else (),
        amounts=() if line.allowed is None else (Amount("B6", line.allowed),),
        remarks=tuple(Reference("HE", code) for code in line.remark_codes),
    )  # fmt: skip


def _day(qualifier: str, day: date) -> Dated:
    return Dated(qualifier, "D8", f"{day:%Y%m%d}", day, day)


def _adjustments(entered: list[PaperAdjustment]) -> tuple[Adjustment, ...]:
    return tuple(Adjustment(one.group, one.reason, one.amount, one.quantity) for one in entered)
