"""Claims of nobody, as examples: one professional, one institutional."""

from __future__ import annotations

from shared.json_claim.claim import (
    ClaimAdmission,
    ClaimDates,
    ClaimDiagnosis,
    ClaimInformation,
    ClaimReferences,
    JsonClaim,
)
from shared.json_claim.lines import ClaimPointers, ClaimServiceLine, InstitutionalService, ProfessionalService
from shared.json_claim.parties import (
    ClaimAddress,
    ClaimContact,
    ClaimProvider,
    ClaimReceiver,
    ClaimSubmitter,
    ClaimSubscriber,
)

_SUBMITTER = ClaimSubmitter(
    organization_name="RIVERSIDE BILLING",
    submitter_identification="RVSBILL",
    contact_information=ClaimContact(name="OFFICE", phone_number="2125550100"),
)
_SUBSCRIBER = ClaimSubscriber(
    member_id="W123456789",
    last_name="SAMPLE",
    first_name="JANE",
    date_of_birth="1980-01-02",
    gender="F",
    group_number="G77",
    payment_responsibility_level_code="P",
    address=ClaimAddress(address1="2 ELM ST", city="NEW YORK", state="NY", postal_code="10002"),
)
_BILLING_ADDRESS = ClaimAddress(address1="1 RIVER RD", city="NEW YORK", state="NY", postal_code="10001-0001")

PROFESSIONAL = JsonClaim(
    usage_indicator="P",
    trading_partner_service_id="60054",
    trading_partner_name="AETNA",
    submitter=_SUBMITTER,
    receiver=ClaimReceiver(organization_name="AETNA"),
    billing=ClaimProvider(
        npi="1234567893",
        employer_id="521234567",
        taxonomy_code="207P00000X",
        organization_name="RIVERSIDE EMERGENCY MEDICINE PC",
        address=_BILLING_ADDRESS,
    ),
    rendering=ClaimProvider(npi="1245319599", last_name="DOE", first_name="ALEX", taxonomy_code="207P00000X"),
    subscriber=_SUBSCRIBER,
    claim_information=ClaimInformation(
        claim_filing_code="CI",
        patient_control_number="RVS-200001",
        claim_charge_amount="1110.00",
        place_of_service_code="23",
        claim_frequency_code="1",
        signature_indicator="Y",
        plan_participation_code="C",
        benefits_assignment_certification_indicator="Y",
        release_information_code="Y",
        claim_supplemental_information=ClaimReferences(medical_record_number="MR-1"),
        health_care_code_information=[
            ClaimDiagnosis(diagnosis_type_code="ABK", diagnosis_code="S61.411A"),
            ClaimDiagnosis(diagnosis_type_code="ABF", diagnosis_code="W26.0XXA"),
        ],
        service_lines=[
            ClaimServiceLine(
                service_date="2026-03-04",
                provider_control_number="1",
                professional_service=ProfessionalService(
                    procedure_identifier="HC",
                    procedure_code="99284",
                    procedure_modifiers=["25"],
                    line_item_charge_amount="810.00",
                    measurement_unit="UN",
                    service_unit_count="1",
                    composite_diagnosis_code_pointers=ClaimPointers(diagnosis_code_pointers=["1", "2"]),
                ),
            ),
            ClaimServiceLine(
                service_date="2026-03-04",
                provider_control_number="2",
                professional_service=ProfessionalService(
                    procedure_identifier="HC",
                    procedure_code="12001",
                    line_item_charge_amount="300.00",
                    measurement_unit="UN",
                    service_unit_count="1",
                    composite_diagnosis_code_pointers=ClaimPointers(diagnosis_code_pointers=["1"]),
                ),
            ),
        ],
    ),
)
INSTITUTIONAL = JsonClaim(
    usage_indicator="P",
    trading_partner_service_id="60054",
    trading_partner_name="AETNA",
    submitter=_SUBMITTER,
    receiver=ClaimReceiver(organization_name="AETNA"),
    billing=ClaimProvider(
        npi="1234567893",
        employer_id="521234567",
        taxonomy_code="282N00000X",
        organization_name="RIVERSIDE HOSPITAL",
        address=_BILLING_ADDRESS,
    ),
    attending=ClaimProvider(npi="1245319599", last_name="DOE", first_name="ALEX", taxonomy_code="207P00000X"),
    subscriber=_SUBSCRIBER,
    claim_information=ClaimInformation(
        claim_filing_code="CI",
        patient_control_number="RVS-200002",
        claim_charge_amount="2450.00",
        place_of_service_code="13",
        claim_frequency_code="1",
        plan_participation_code="C",
        benefits_assignment_certification_indicator="Y",
        release_information_code="Y",
        claim_code_information=ClaimAdmission(
            admission_type_code="1", admission_source_code="1", patient_status_code="01"
        ),
        claim_date_information=ClaimDates(statement_begin_date="2026-03-04", statement_end_date="2026-03-04"),
        health_care_code_information=[
            ClaimDiagnosis(diagnosis_type_code="ABK", diagnosis_code="S61.411A"),
            ClaimDiagnosis(diagnosis_type_code="APR", diagnosis_code="S61.411A"),
        ],
        service_lines=[
            ClaimServiceLine(
                service_date="2026-03-04",
                provider_control_number="1",
                institutional_service=InstitutionalService(
                    service_line_revenue_code="0450",
                    procedure_identifier="HC",
                    procedure_code="99284",
                    line_item_charge_amount="2450.00",
                    measurement_unit="UN",
                    service_unit_count="1",
                ),
            ),
        ],
    ),
)
