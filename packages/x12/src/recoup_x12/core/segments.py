"""Leaf values of claims and remittances: what one X12 segment or composite says, typed.

Every value keeps all that its segment may carry in the HIPAA guides, so that a claim can be written back
out as it was read. Amounts are exact `Decimal` US dollars, quantities exact `Decimal`, dates `date`.
An absent element is an empty string or None. Values are immutable and safely shared between claims.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec


class Value(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Base of every immutable part of the model. Parts form trees, never cycles, hence no GC tracking."""


class Reference(Value, frozen=True):
    """REF: an identifier with its qualifier; `secondary` is REF04 as sent, component separator `:`."""

    qualifier: str
    value: str = ""
    description: str = ""
    secondary: str = ""


class Dated(Value, frozen=True):
    """DTP or DTM: `format` D8, RD8, DT or TM; `start`/`end` its days, `text` the value as sent."""

    qualifier: str
    format: str = "D8"
    text: str = ""
    start: date | None = None
    end: date | None = None


class Amount(Value, frozen=True):
    """AMT: dollars under a qualifier."""

    qualifier: str
    amount: Decimal = Decimal(0)


class Quantity(Value, frozen=True):
    """QTY."""

    qualifier: str
    value: Decimal = Decimal(0)


class Address(Value, frozen=True):
    """N3 and N4. `postal_code` without hyphen as sent; `country_subdivision` is N407."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    country_subdivision: str = ""


class Contact(Value, frozen=True):
    """PER: `numbers` holds (qualifier, number) pairs, e.g. ("TE", "5551234567")."""

    function: str = ""
    name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


class Demographics(Value, frozen=True):
    """DMG: `birth_text` is DMG02 as sent; `born` its date."""

    format: str = ""
    birth_text: str = ""
    gender: str = ""
    born: date | None = None


class Specialty(Value, frozen=True):
    """PRV: provider role (BI, PE, AT …), code qualifier (PXC) and taxonomy code."""

    role: str = ""
    qualifier: str = ""
    taxonomy: str = ""


class Coverage(Value, frozen=True):
    """SBR: payer responsibility (P, S, T …), relationship (18 is self), group, insurance type, SBR09."""

    responsibility: str = ""
    relationship: str = ""
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    filing_indicator: str = ""


class PatientInfo(Value, frozen=True):
    """PAT: relationship to the subscriber, date of death, weight in pounds, pregnancy."""

    relationship: str = ""
    death_format: str = ""
    death_date: str = ""
    weight_unit: str = ""
    weight: Decimal | None = None
    pregnant: str = ""


class Attachment(Value, frozen=True):
    """PWK: report type, how it is sent, and its control number."""

    type: str = ""
    transmission: str = ""
    control_qualifier: str = ""
    control_number: str = ""


class ContractInfo(Value, frozen=True):
    """CN1."""

    type: str = ""
    amount: Decimal | None = None
    percentage: Decimal | None = None
    code: str = ""
    terms_discount: Decimal | None = None
    version: str = ""


class Note(Value, frozen=True):
    """NTE."""

    code: str = ""
    text: str = ""


class FileInformation(Value, frozen=True):
    """K3."""

    text: str = ""


class AmbulanceTransport(Value, frozen=True):
    """CR1: patient weight (LB), reason, distance (DH, miles), purposes."""

    weight_unit: str = ""
    weight: Decimal | None = None
    reason: str = ""
    distance_unit: str = ""
    distance: Decimal | None = None
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


class SpinalManipulation(Value, frozen=True):
    """CR2."""

    condition: str = ""
    description: str = ""
    description2: str = ""


class EquipmentCertification(Value, frozen=True):
    """CR3: durable medical equipment, `months` of certified use."""

    type: str = ""
    unit: str = ""
    months: Decimal | None = None


class Condition(Value, frozen=True):
    """CRC: category, whether the conditions apply (Y/N), and up to five condition codes."""

    category: str = ""
    applies: str = ""
    codes: tuple[str, ...] = ()


class HealthCode(Value, frozen=True):
    """One HI composite (C022): diagnosis, procedure, occurrence, value, condition … by its qualifier."""

    qualifier: str
    code: str = ""
    date_format: str = ""
    date_text: str = ""
    amount: Decimal | None = None
    quantity: Decimal | None = None
    version: str = ""
    code_end: str = ""
    present_on_admission: str = ""


class Pricing(Value, frozen=True):
    """HCP: what a repricer says of a claim or line; `allowed` and `savings` in dollars."""

    methodology: str = ""
    allowed: Decimal | None = None
    savings: Decimal | None = None
    organization_id: str = ""
    rate: Decimal | None = None
    group_code: str = ""
    group_amount: Decimal | None = None
    revenue_code: str = ""
    procedure_qualifier: str = ""
    procedure: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    reject_reason: str = ""
    compliance: str = ""
    exception: str = ""


class Adjustment(Value, frozen=True):
    """One CAS triplet: group (CO, PR, OA, PI), claim adjustment reason code, dollars as sent, units."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


class Procedure(Value, frozen=True):
    """C003: code list (HC, HP, IV, WK, ZZ, AD, N4 …), code, up to four modifiers, description, range end."""

    qualifier: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    description: str = ""
    code_end: str = ""


class OtherInsurance(Value, frozen=True):
    """OI: benefits assignment (OI03), patient signature source (OI04), release of information (OI06)."""

    assignment: str = ""
    signature: str = ""
    release: str = ""


class OutpatientAdjudication(Value, frozen=True):
    """MOA: reimbursement rate, HCPCS payable amount, up to five remark codes, ESRD and other amounts."""

    rate: Decimal | None = None
    hcpcs_payable: Decimal | None = None
    remark1: str = ""
    remark2: str = ""
    remark3: str = ""
    remark4: str = ""
    remark5: str = ""
    esrd: Decimal | None = None
    nonpayable_professional: Decimal | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remark codes that are given (MOA03 to MOA07)."""
        return tuple(r for r in (self.remark1, self.remark2, self.remark3, self.remark4, self.remark5) if r)


class InpatientAdjudication(Value, frozen=True):
    """MIA01-24, in the order of the segment."""

    covered_days: Decimal | None = None
    pps_outlier: Decimal | None = None
    lifetime_psychiatric_days: Decimal | None = None
    drg_amount: Decimal | None = None
    remark1: str = ""
    disproportionate_share: Decimal | None = None
    msp_pass_through: Decimal | None = None
    pps_capital: Decimal | None = None
    pps_capital_fsp_drg: Decimal | None = None
    pps_capital_hsp_drg: Decimal | None = None
    pps_capital_dsh_drg: Decimal | None = None
    old_capital: Decimal | None = None
    pps_capital_ime: Decimal | None = None
    operating_hospital_specific_drg: Decimal | None = None
    cost_report_days: Decimal | None = None
    operating_federal_specific_drg: Decimal | None = None
    pps_capital_outlier: Decimal | None = None
    indirect_teaching: Decimal | None = None
    nonpayable_professional: Decimal | None = None
    remark2: str = ""
    remark3: str = ""
    remark4: str = ""
    remark5: str = ""
    pps_capital_exception: Decimal | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remark codes that are given (MIA05, MIA20 to MIA23)."""
        return tuple(r for r in (self.remark1, self.remark2, self.remark3, self.remark4, self.remark5) if r)


def reference_of(references: Iterable[Reference], qualifier: str) -> str:
    """The first REF value under a qualifier, "" where there is none."""
    return next((r.value for r in references if r.qualifier == qualifier), "")


def dated(dates: Iterable[Dated], qualifier: str) -> Dated | None:
    """Return the first DTP or DTM under a qualifier, None where there is none."""
    for found in dates:  # a plain loop: this is asked several times of every line
        if found.qualifier == qualifier:
            return found
    return None


def amount_of(amounts: Iterable[Amount], qualifier: str) -> Decimal | None:
    """Return the first AMT amount under a qualifier, None where there is none."""
    return next((a.amount for a in amounts if a.qualifier == qualifier), None)
