"""Service lines of the shape (loop 2400), and what other payers decided."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct

from shared.json_claim.parties import ClaimOtherInsured, ClaimOtherPayerName, ClaimProvider
from shared.json_claim.places import YesNo, at, day, many, money, number

Modifiers = Annotated[list[Annotated[str, at("", "modifier, two characters", 2)]], many("SV101-3", "modifiers", 4)]


class ClaimPointers(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Which diagnoses a line is for."""

    diagnosis_code_pointers: Annotated[
        list[Annotated[str, at("", "place of a diagnosis among the claim's, from 1", 2)]],
        many("SV107-1", "places of diagnoses among the claim's, the first the most important", 4),
    ]


class ProfessionalService(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What was done, on a professional claim (837P)."""

    procedure_code: Annotated[str, at("SV101-2", "CPT or HCPCS code", 48)]
    line_item_charge_amount: Annotated[str, money("SV102", "charge")]
    service_unit_count: Annotated[str, number("SV104", "units or minutes")]
    composite_diagnosis_code_pointers: Annotated[ClaimPointers, at("SV107", "which diagnoses it is for")]
    procedure_identifier: Annotated[str, at("SV101-1", "HC; left out: HC", 2)] = ""
    procedure_modifiers: Modifiers = []
    description: Annotated[str, at("SV101-7", "description, of codes that need one", 80)] = ""
    measurement_unit: Annotated[str, at("SV103", "UN units, MJ minutes", 2)] = ""
    place_of_service_code: Annotated[str, at("SV105", "place, where it is not the claim's", 2)] = ""
    emergency_indicator: Annotated[YesNo, at("SV109", "Y: an emergency")] = ""
    epsdt_indicator: Annotated[YesNo, at("SV111", "Y: of EPSDT")] = ""
    family_planning_indicator: Annotated[YesNo, at("SV112", "Y: family planning")] = ""
    copay_status_code: Annotated[Literal["", "0"], at("SV115", "0: no copay is due")] = ""


class InstitutionalService(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What was done, on an institutional claim (837I)."""

    service_line_revenue_code: Annotated[str, at("SV201", "revenue code", 4)]
    line_item_charge_amount: Annotated[str, money("SV203", "charge")]
    service_unit_count: Annotated[str, number("SV205", "units or days")]
    procedure_identifier: Annotated[str, at("SV202-1", "HC; left out: HC", 2)] = ""
    procedure_code: Annotated[str, at("SV202-2", "CPT or HCPCS code", 48)] = ""
    procedure_modifiers: Annotated[
        list[Annotated[str, at("", "modifier, two characters", 2)]], many("SV202-3", "modifiers", 4)
    ] = []
    description: Annotated[str, at("SV202-7", "description, of codes that need one", 80)] = ""
    measurement_unit: Annotated[str, at("SV204", "UN units, DA days", 2)] = ""
    non_covered_charge_amount: Annotated[str, money("SV207", "of the charge not covered")] = ""


class ClaimReport(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A document that is sent apart from the claim."""

    attachment_report_type_code: Annotated[str, at("PWK01", "what it is, such as OZ (support data)", 2)]
    attachment_transmission_code: Annotated[str, at("PWK02", "how it comes: EL, FX, BM, AA, …", 2)]
    attachment_control_number: Annotated[str, at("PWK06", "its number", 80)] = ""


class ClaimDrug(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The drug of a line."""

    national_drug_code: Annotated[str, at("LIN03", "NDC, eleven digits (5-4-2), hyphens or not", 13)]
    service_id_qualifier: Annotated[str, at("LIN02", "N4; left out: N4", 2)] = ""
    national_drug_unit_count: Annotated[str, number("CTP04", "quantity")] = ""
    measurement_unit_code: Annotated[str, at("CTP05-1", "F2, GR, ME, ML or UN", 2)] = ""
    pharmacy_prescription_number: Annotated[str, at("REF02 (XZ)", "prescription number", 50)] = ""


class ClaimAdjustmentDetail(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One reason of a difference between charge and payment."""

    adjustment_reason_code: Annotated[str, at("CAS02", "claim adjustment reason code (CARC)", 5)]
    adjustment_amount: Annotated[str, money("CAS03", "how much of the charge")]
    adjustment_quantity: Annotated[str, number("CAS04", "units")] = ""


class ClaimAdjustmentGroup(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Differences that one party is responsible for."""

    adjustment_group_code: Annotated[str, at("CAS01", "CO, PR, OA or PI", 2)]
    adjustment_details: Annotated[list[ClaimAdjustmentDetail], many("CAS", "the reasons", 6)]


class ClaimLineAdjudication(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What another payer decided about a line."""

    other_payer_primary_identifier: Annotated[str, at("SVD01", "which payer, by its `otherPayerIdentifier`", 80)]
    service_line_paid_amount: Annotated[str, money("SVD02", "what it paid")]
    service_id_qualifier: Annotated[str, at("SVD03-1", "HC; left out: HC", 2)] = ""
    procedure_code: Annotated[str, at("SVD03-2", "code that it paid", 48)] = ""
    procedure_modifier: Annotated[
        list[Annotated[str, at("", "modifier, two characters", 2)]], many("SVD03-3", "modifiers", 4)
    ] = []
    paid_service_unit_count: Annotated[str, number("SVD05", "units that it paid")] = ""
    adjudication_or_payment_date: Annotated[str, day("DTP03 (573)", "day on which it decided")] = ""
    remaining_patient_liability: Annotated[str, money("AMT02 (EAF)", "what the patient still owes")] = ""
    claim_adjustment_information: Annotated[
        list[ClaimAdjustmentGroup], many("CAS", "why it did not pay the charge", 5)
    ] = []


class ClaimPriorAuthorization(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A prior authorization of a line."""

    prior_authorization_or_referral_number: Annotated[str, at("REF02 (G1)", "its number", 50)]


class ClaimLineReferences(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Numbers of a line."""

    prior_authorization: Annotated[list[ClaimPriorAuthorization], many("REF", "prior authorizations", 5)] = []
    referral_number: Annotated[
        list[Annotated[str, at("", "number", 50)]], many("REF02 (9F)", "referral numbers", 5)
    ] = []
    clinical_laboratory_improvement_amendment_number: Annotated[str, at("REF02 (X4)", "CLIA number", 50)] = ""


class ClaimServiceLine(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A service line: a professional or an institutional service, the same in every line."""

    assigned_number: Annotated[str, at("LX01", "ignored: lines count in their order", 6)] = ""
    service_date: Annotated[str, day("DTP03 (472)", "day of service; required on professional claims")] = ""
    service_date_end: Annotated[str, day("DTP03 (472)", "last day, where it is several")] = ""
    professional_service: Annotated[ProfessionalService | None, at("SV1", "of an 837P")] = None
    institutional_service: Annotated[InstitutionalService | None, at("SV2", "of an 837I")] = None
    provider_control_number: Annotated[str, at("REF02 (6R)", "your number of the line; 835s return it", 50)] = ""
    additional_notes: Annotated[str, at("NTE02 (ADD)", "note", 80)] = ""
    service_line_reference_information: Annotated[ClaimLineReferences | None, at("REF", "numbers")] = None
    service_line_supplemental_information: Annotated[list[ClaimReport], many("PWK", "documents sent apart", 10)] = []
    drug_identification: Annotated[ClaimDrug | None, at("2410", "the drug")] = None
    rendering_provider: Annotated[ClaimProvider | None, at("2420A; 837I 2420C", "who did it (82)")] = None
    referring_provider: Annotated[ClaimProvider | None, at("2420F; 837I 2420D", "who referred (DN)")] = None
    supervising_provider: Annotated[ClaimProvider | None, at("2420D", "who supervised (DQ)")] = None
    ordering_provider: Annotated[ClaimProvider | None, at("2420E", "who ordered it (DK)")] = None
    operating_physician: Annotated[ClaimProvider | None, at("837I 2420A", "who operated (72)")] = None
    other_operating_physician: Annotated[ClaimProvider | None, at("837I 2420B", "who else operated (ZZ)")] = None
    service_facility_location: Annotated[ClaimProvider | None, at("2420C", "where it was done (77)")] = None
    line_adjudication_information: Annotated[
        list[ClaimLineAdjudication], many("2430", "what other payers decided", 15)
    ] = []


class ClaimOtherPayer(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Another payer, and how it decided where it has."""

    payment_responsibility_level_code: Annotated[str, at("SBR01", "P primary, S secondary, T tertiary", 1)]
    individual_relationship_code: Annotated[str, at("SBR02", "18: the insured is the patient; 01, 19, G8, …", 2)]
    benefits_assignment_certification_indicator: Annotated[str, at("OI03", "Y, N or W", 1)]
    release_of_information_code: Annotated[str, at("OI06", "Y or I", 1)]
    other_subscriber_name: Annotated[ClaimOtherInsured, at("2330A", "whom it insures")]
    other_payer_name: Annotated[ClaimOtherPayerName, at("2330B", "who it is")]
    insurance_group_or_policy_number: Annotated[str, at("SBR03", "group or policy number", 50)] = ""
    other_insured_group_name: Annotated[str, at("SBR04", "group name", 60)] = ""
    insurance_type_code: Annotated[str, at("SBR05", "type of insurance", 3)] = ""
    claim_filing_indicator_code: Annotated[str, at("SBR09", "kind of plan, such as CI", 2)] = ""
    patient_signature_generated_for_patient: Annotated[str, at("OI04", "P: signed for the patient", 1)] = ""
    payer_paid_amount: Annotated[str, money("AMT02 (D)", "what it paid")] = ""
    non_covered_charge_amount: Annotated[str, money("AMT02 (A8)", "what it does not cover")] = ""
    remaining_patient_liability: Annotated[str, money("AMT02 (EAF)", "what the patient still owes")] = ""
    claim_level_adjustments: Annotated[list[ClaimAdjustmentGroup], many("CAS", "why it did not pay the charge", 5)] = []
