"""A health-care claim as an 837 states it: professional, institutional or dental.

Pure data. Field comments name the loop and segment (TR3 005010X222A1, X223A3, X224A2) that each comes from.
Amounts are exact dollars. `lines`, `references`, `dates` … keep the order in which they were sent.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_x12.core.party import EMPTY_PARTY, Party
from recoup_x12.core.segments import (
    Adjustment,
    AmbulanceTransport,
    Amount,
    Attachment,
    Condition,
    ContractInfo,
    Coverage,
    Dated,
    EquipmentCertification,
    FileInformation,
    HealthCode,
    InpatientAdjudication,
    Note,
    OtherInsurance,
    OutpatientAdjudication,
    PatientInfo,
    Pricing,
    Procedure,
    Quantity,
    Reference,
    SpinalManipulation,
    Value,
    amount_of,
    dated,
    reference_of,
)
from recoup_x12.core.source import Source

Form = Literal["professional", "institutional", "dental"]
DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})


class Accident(Value, frozen=True):
    """CLM11: related causes (AA auto, EM employment, OA other), and the state of an auto accident."""

    causes: tuple[str, ...] = ()
    state: str = ""
    country: str = ""


class Admission(Value, frozen=True):
    """CL1: admission type, admission source and patient status."""

    type: str = ""
    source: str = ""
    patient_status: str = ""


class Orthodontics(Value, frozen=True):
    """DN1."""

    months: Decimal | None = None
    months_remaining: Decimal | None = None
    indicator: str = ""
    description: str = ""


class ToothStatus(Value, frozen=True):
    """DN2 of a dental claim."""

    tooth: str = ""
    status: str = ""
    code_list: str = ""


class Tooth(Value, frozen=True):
    """TOO of a dental line: tooth and its surfaces."""

    code_list: str = ""
    code: str = ""
    surfaces: tuple[str, ...] = ()


class Drug(Value, frozen=True):
    """Loop 2410: LIN (N4 is an NDC), CTP quantity and unit, prescription references."""

    qualifier: str = ""
    code: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    references: tuple[Reference, ...] = ()


class Equipment(Value, frozen=True):
    """SV5: durable medical equipment; `days` of rental, prices in dollars."""

    procedure: Procedure | None = None
    unit: str = ""
    days: Decimal | None = None
    rental_price: Decimal | None = None
    purchase_price: Decimal | None = None
    frequency: str = ""


class PurchasedService(Value, frozen=True):
    """PS1."""

    provider_id: str = ""
    charge: Decimal | None = None


class Measurement(Value, frozen=True):
    """MEA: reference (OG, TR), what was measured, and its value."""

    reference: str = ""
    qualifier: str = ""
    value: Decimal | None = None


class FormAnswer(Value, frozen=True):
    """FRM: one answer of a supporting form."""

    question: str = ""
    yes_no: str = ""
    text: str = ""
    date_text: str = ""
    percent: Decimal | None = None


class SupportingForm(Value, frozen=True):
    """Loop 2440: form identification (LQ) and answers (FRM)."""

    code_list: str = ""
    form: str = ""
    answers: tuple[FormAnswer, ...] = ()


class LineAdjudication(Value, frozen=True):
    """Loop 2430: what another payer said of this line (SVD, CAS, DTP*573, AMT*EAF)."""

    payer_id: str = ""
    paid: Decimal = Decimal(0)
    procedure: Procedure | None = None
    revenue_code: str = ""
    units: Decimal | None = None
    bundled_line: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    dates: tuple[Dated, ...] = ()
    amounts: tuple[Amount, ...] = ()


class OtherPayer(Value, frozen=True):
    """Loops 2320 and 2330: another payer's coverage, its adjudication of the claim, and its parties."""

    coverage: Coverage
    adjustments: tuple[Adjustment, ...] = ()
    amounts: tuple[Amount, ...] = ()
    insurance: OtherInsurance | None = None
    inpatient: InpatientAdjudication | None = None
    outpatient: OutpatientAdjudication | None = None
    subscriber: Party | None = None  # 2330A
    payer: Party | None = None  # 2330B
    providers: tuple[Party, ...] = ()  # 2330C-I
    extra: tuple[str, ...] = ()

    @property
    def paid(self) -> Decimal | None:
        """AMT*D, the amount this payer paid; None where it was not sent."""
        return amount_of(self.amounts, "D")


class Line(Value, frozen=True):
    """Loop 2400: one service line. `pointers` index the claim's diagnoses from 1."""

    number: int
    procedure: Procedure | None = None
    charge: Decimal = Decimal(0)
    unit: str = ""
    quantity: Decimal | None = None
    place_of_service: str = ""
    pointers: tuple[int, ...] = ()
    revenue_code: str = ""  # SV201
    rate: Decimal | None = None  # SV206
    noncovered: Decimal | None = None  # SV207
    emergency: str = ""  # SV109
    epsdt: str = ""  # SV111
    family_planning: str = ""  # SV112
    copay_exempt: str = ""  # SV115
    oral_cavities: tuple[str, ...] = ()  # SV304
    prosthesis: str = ""  # SV305
    teeth: tuple[Tooth, ...] = ()
    equipment: Equipment | None = None
    attachments: tuple[Attachment, ...] = ()
    transport: AmbulanceTransport | None = None
    certification: EquipmentCertification | None = None
    conditions: tuple[Condition, ...] = ()
    dates: tuple[Dated, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    contract: ContractInfo | None = None
    references: tuple[Reference, ...] = ()
    amounts: tuple[Amount, ...] = ()
    file_information: tuple[FileInformation, ...] = ()
    notes: tuple[Note, ...] = ()
    purchased: PurchasedService | None = None
    pricing: Pricing | None = None
    drugs: tuple[Drug, ...] = ()
    providers: tuple[Party, ...] = ()  # 2420
    adjudications: tuple[LineAdjudication, ...] = ()  # 2430
    forms: tuple[SupportingForm, ...] = ()  # 2440
    extra: tuple[str, ...] = ()

    @property
    def service_from(self) -> date | None:
        """First day of DTP*472."""
        found = dated(self.dates, "472")
        return found.start if found else None

    @property
    def service_to(self) -> date | None:
        """Last day of DTP*472."""
        found = dated(self.dates, "472")
        return found.end if found else None

    @property
    def control_number(self) -> str:
        """REF*6R, the provider's number of this line, which the 835 repeats."""
        return reference_of(self.references, "6R")


class Claim(Value, frozen=True):
    """One claim with everything it needs to stand alone, whatever it shared with others in its file."""

    form: Form
    implementation: str  # ST03/GS08, e.g. 005010X222A1
    control_number: str  # CLM01
    charge: Decimal  # CLM02
    place: str = ""  # CLM05-1: place of service, or type of bill without its frequency
    place_qualifier: str = ""  # CLM05-2: B place of service, A bill type
    frequency: str = ""  # CLM05-3: 1 original, 7 replacement, 8 void …
    provider_signature: str = ""  # CLM06
    assignment: str = ""  # CLM07
    benefits_assignment: str = ""  # CLM08
    release: str = ""  # CLM09
    patient_signature: str = ""  # CLM10
    accident: Accident | None = None  # CLM11
    special_program: str = ""  # CLM12
    predetermination: str = ""  # CLM19
    delay_reason: str = ""  # CLM20
    submitter: Party = EMPTY_PARTY  # 1000A
    receiver: Party = EMPTY_PARTY  # 1000B
    billing: Party = EMPTY_PARTY  # 2010AA, with 2000A PRV
    pay_to: Party | None = None  # 2010AB
    pay_to_plan: Party | None = None  # 2010AC
    currency: str = ""  # CUR02
    coverage: Coverage = Coverage()  # 2000B SBR
    subscriber: Party = EMPTY_PARTY  # 2010BA
    subscriber_info: PatientInfo | None = None  # 2000B PAT
    payer: Party = EMPTY_PARTY  # 2010BB
    patient: Party | None = None  # 2010CA; None where the patient is the subscriber
    patient_info: PatientInfo | None = None  # 2000C PAT
    batch_purpose: str = ""  # BHT02
    batch_reference: str = ""  # BHT03
    batch_created: str = ""  # BHT04 and BHT05
    batch_type: str = ""  # BHT06: CH chargeable, RP reporting, 31 subrogation
    admission: Admission | None = None
    orthodontics: Orthodontics | None = None
    tooth_statuses: tuple[ToothStatus, ...] = ()
    dates: tuple[Dated, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    contract: ContractInfo | None = None
    amounts: tuple[Amount, ...] = ()
    references: tuple[Reference, ...] = ()
    file_information: tuple[FileInformation, ...] = ()
    notes: tuple[Note, ...] = ()
    transport: AmbulanceTransport | None = None
    spinal: SpinalManipulation | None = None
    conditions: tuple[Condition, ...] = ()
    health_codes: tuple[HealthCode, ...] = ()
    pricing: Pricing | None = None
    providers: tuple[Party, ...] = ()  # 2310
    other_payers: tuple[OtherPayer, ...] = ()  # 2320
    lines: tuple[Line, ...] = ()  # 2400
    extra: tuple[str, ...] = ()  # segments the guide does not place here, as sent
    context_extra: tuple[str, ...] = ()  # the same, of the levels above the claim
    source: Source | None = None

    @property
    def who(self) -> Party:
        """The patient, who may be the subscriber."""
        return self.patient or self.subscriber

    @property
    def diagnoses(self) -> tuple[HealthCode, ...]:
        """Diagnoses in the order that line pointers count them."""
        return tuple(h for h in self.health_codes if h.qualifier in DIAGNOSIS_QUALIFIERS)

    @property
    def payer_claim_number(self) -> str:
        """REF*F8: the payer's control number of the claim that this one replaces or voids."""
        return reference_of(self.references, "F8")

    @property
    def prior_authorization(self) -> str:
        """REF*G1, or "" where none is given."""
        return reference_of(self.references, "G1")

    @property
    def bill_type(self) -> str:
        """Type of bill with its frequency digit, institutional claims only."""
        return self.place + self.frequency if self.place_qualifier == "A" else ""

    @property
    def service_from(self) -> date | None:
        """First day of service: the lines' earliest DTP*472, else the statement's (DTP*434)."""
        days = [d for line in self.lines if (d := line.service_from)]
        statement = dated(self.dates, "434") or dated(self.dates, "472")
        return min(days) if days else statement.start if statement else None

    @property
    def service_to(self) -> date | None:
        """Last day of service: the lines' latest DTP*472, else the statement's (DTP*434)."""
        days = [d for line in self.lines if (d := line.service_to)]
        statement = dated(self.dates, "434") or dated(self.dates, "472")
        return max(days) if days else statement.end if statement else None

    def provider(self, role: str) -> Party | None:
        """Return the claim-level provider (2310) in a role, such as 82, DN, 77, 71 or 72; None where there is none."""
        return next((p for p in self.providers if p.role == role), None)


def corrected(claim: Claim, payer_claim_number: str, frequency: Literal["7", "8"] = "7") -> Claim:
    """The claim as a replacement (7) or void (8) of the one the payer knows under `payer_claim_number`.

    CLM05-3 and REF*F8 change (TR3 2300 Payer Claim Control Number); the original text no longer applies.
    """
    references = tuple(r for r in claim.references if r.qualifier != "F8")
    return msgspec.structs.replace(
        claim, frequency=frequency, references=(*references, Reference("F8", payer_claim_number)), source=None
    )
