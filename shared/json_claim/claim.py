"""The claim: its parties, its payer, and `claimInformation`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct

from shared.json_claim.lines import ClaimOtherPayer, ClaimReport, ClaimServiceLine
from shared.json_claim.parties import (
    ClaimAddress,
    ClaimDependent,
    ClaimProvider,
    ClaimReceiver,
    ClaimSubmitter,
    ClaimSubscriber,
)
from shared.json_claim.places import YesNo, at, day, many, money


class ClaimReferences(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Numbers of the claim, and documents sent apart from it."""

    claim_control_number: Annotated[
        str, at("REF02 (F8)", "payer's number of the claim that this one replaces or voids", 50)
    ] = ""
    prior_authorization_number: Annotated[str, at("REF02 (G1)", "prior authorization", 50)] = ""
    referral_number: Annotated[str, at("REF02 (9F)", "referral", 50)] = ""
    medical_record_number: Annotated[str, at("REF02 (EA)", "medical record", 50)] = ""
    clia_number: Annotated[str, at("REF02 (X4)", "CLIA number of the laboratory", 50)] = ""
    claim_number: Annotated[str, at("REF02 (D9)", "clearinghouse's number of the claim", 50)] = ""
    repriced_claim_number: Annotated[str, at("REF02 (9A)", "repricer's number", 50)] = ""
    adjusted_repriced_claim_number: Annotated[str, at("REF02 (9C)", "repricer's number, adjusted", 50)] = ""
    investigational_device_exemption_number: Annotated[str, at("REF02 (LX)", "investigational device", 50)] = ""
    mammography_certification_number: Annotated[str, at("REF02 (EW)", "mammography certification", 50)] = ""
    demo_project_identifier: Annotated[str, at("REF02 (P4)", "demonstration project", 50)] = ""
    care_plan_oversight_number: Annotated[str, at("REF02 (1J)", "care plan oversight", 50)] = ""
    service_authorization_exception_code: Annotated[str, at("REF02 (4N)", "why there is no authorization", 50)] = ""
    medicare_crossover_reference_id: Annotated[str, at("REF02 (F5)", "Medicare crossover", 50)] = ""
    auto_accident_state: Annotated[str, at("REF02 (LU)", "state of the accident, on institutional claims", 50)] = ""
    peer_review_authorization_number: Annotated[str, at("REF02 (G4)", "peer review organization", 50)] = ""
    report_information: Annotated[list[ClaimReport], many("PWK", "documents sent apart", 10)] = []


class ClaimDates(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Days of the claim, beside those of its lines."""

    statement_begin_date: Annotated[str, day("DTP03 (434)", "first day billed; required on institutional claims")] = ""
    statement_end_date: Annotated[str, day("DTP03 (434)", "last day billed")] = ""
    symptom_date: Annotated[str, day("DTP03 (431)", "onset of illness or symptom")] = ""
    initial_treatment_date: Annotated[str, day("DTP03 (454)", "first treatment")] = ""
    last_seen_date: Annotated[str, day("DTP03 (304)", "last seen by the physician")] = ""
    acute_manifestation_date: Annotated[str, day("DTP03 (453)", "acute manifestation")] = ""
    accident_date: Annotated[str, day("DTP03 (439)", "accident")] = ""
    last_menstrual_period_date: Annotated[str, day("DTP03 (484)", "last menstrual period")] = ""
    last_x_ray_date: Annotated[str, day("DTP03 (455)", "last X-ray")] = ""
    hearing_and_vision_prescription_date: Annotated[str, day("DTP03 (471)", "prescription")] = ""
    disability_begin_date: Annotated[str, day("DTP03 (360)", "begin of disability")] = ""
    disability_end_date: Annotated[str, day("DTP03 (361)", "end of disability")] = ""
    last_worked_date: Annotated[str, day("DTP03 (297)", "last worked")] = ""
    authorized_return_to_work_date: Annotated[str, day("DTP03 (296)", "may work again")] = ""
    admission_date: Annotated[str, day("DTP03 (435)", "admission")] = ""
    admission_date_and_hour: Annotated[
        str, at("DTP03 (435)", "admission with its hour, CCYYMMDDHHMM", pattern=r"^(\d{12})?$")
    ] = ""
    discharge_date: Annotated[str, day("DTP03 (096)", "discharge")] = ""
    discharge_hour: Annotated[str, at("DTP03 (096)", "hour of discharge, HHMM", pattern=r"^(\d{4})?$")] = ""
    assumed_and_relinquished_care_begin_date: Annotated[str, day("DTP03 (090)", "care assumed")] = ""
    assumed_and_relinquished_care_end_date: Annotated[str, day("DTP03 (091)", "care relinquished")] = ""
    repricer_received_date: Annotated[str, day("DTP03 (050)", "received by the repricer")] = ""
    first_contact_date: Annotated[str, day("DTP03 (444)", "first contact, of property and casualty")] = ""


class ClaimNote(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Notes."""

    additional_information: Annotated[str, at("NTE02 (ADD)", "additional information", 80)] = ""
    certification_narrative: Annotated[str, at("NTE02 (CER)", "certification", 80)] = ""
    goal_rehab_or_discharge_plans: Annotated[str, at("NTE02 (DCP)", "goals, rehabilitation, discharge", 80)] = ""
    diagnosis_description: Annotated[str, at("NTE02 (DGN)", "diagnosis", 80)] = ""
    third_part_organization_notes: Annotated[str, at("NTE02 (TPO)", "third party organization", 80)] = ""


class ClaimDiagnosis(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A diagnosis, or another code of the claim."""

    diagnosis_type_code: Annotated[str, at("HI01-1", "ABK principal, ABF other; any HI qualifier", 3)]
    diagnosis_code: Annotated[str, at("HI01-2", "the code, with or without its dot", 30)]
    date: Annotated[str, day("HI01-4", "its day, of procedures and occurrences")] = ""
    amount: Annotated[str, money("HI01-5", "of value codes")] = ""
    present_on_admission_indicator: Annotated[str, at("HI01-9", "Y, N, U or W", 1)] = ""


class ClaimPrincipalDiagnosis(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The principal diagnosis, another way of saying it."""

    principal_diagnosis_code: Annotated[str, at("HI01-2", "the code, with or without its dot", 30)]
    qualifier_code: Annotated[str, at("HI01-1", "left out: ABK", 3)] = ""
    present_on_admission_indicator: Annotated[str, at("HI01-9", "Y, N, U or W", 1)] = ""


class ClaimAdmittingDiagnosis(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The admitting diagnosis."""

    admitting_diagnosis_code: Annotated[str, at("HI01-2", "the code, with or without its dot", 30)]
    qualifier_code: Annotated[str, at("HI01-1", "left out: ABJ", 3)] = ""


class ClaimOtherDiagnosis(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A further diagnosis, another way of saying it."""

    other_diagnosis_code: Annotated[str, at("HI01-2", "the code, with or without its dot", 30)]
    qualifier_code: Annotated[str, at("HI01-1", "left out: ABF", 3)] = ""
    present_on_admission_indicator: Annotated[str, at("HI01-9", "Y, N, U or W", 1)] = ""


class ClaimAdmission(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Admission and discharge, on institutional claims."""

    patient_status_code: Annotated[str, at("CL103", "how the patient left, such as 01", 2)]
    admission_type_code: Annotated[str, at("CL101", "1 emergency, 2 urgent, 3 elective, …", 1)] = ""
    admission_source_code: Annotated[str, at("CL102", "where the patient came from", 1)] = ""


class ClaimInformation(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The claim itself."""

    patient_control_number: Annotated[str, at("CLM01", "your number of the claim; 835s and answers return it", 38)]
    claim_charge_amount: Annotated[str, money("CLM02", "total charge, the sum of the lines'")]
    place_of_service_code: Annotated[
        str, at("CLM05-1", "place of service of an 837P; type of bill (two digits) of an 837I", 3)
    ]
    claim_filing_code: Annotated[str, at("2000B SBR09", "kind of plan, such as CI, BL, MB, MC", 2)]
    service_lines: Annotated[
        list[ClaimServiceLine], many("2400", "the lines: at most 50 of an 837P, 999 of an 837I", 999)
    ]
    claim_frequency_code: Annotated[
        Literal["", "1", "7", "8"], at("CLM05-3", "1 original, 7 replacement, 8 void; left out: 1")
    ] = ""
    signature_indicator: Annotated[YesNo, at("CLM06", "Y: the provider's signature is on file")] = ""
    plan_participation_code: Annotated[str, at("CLM07", "A assigned, B laboratory only, C not assigned", 1)] = ""
    benefits_assignment_certification_indicator: Annotated[
        Literal["", "Y", "N", "W"], at("CLM08", "Y: the patient assigned benefits to the provider")
    ] = ""
    release_information_code: Annotated[Literal["", "Y", "I"], at("CLM09", "Y: the patient released information")] = ""
    patient_signature_source_code: Annotated[str, at("CLM10", "P: signed for the patient", 1)] = ""
    related_causes_code: Annotated[
        list[Annotated[str, at("", "AA auto accident, EM employment, OA other accident", 2)]],
        many("CLM11-1", "what caused it", 3),
    ] = []
    auto_accident_state_code: Annotated[str, at("CLM11-4", "state of the auto accident", 2)] = ""
    auto_accident_country_code: Annotated[str, at("CLM11-5", "country of the auto accident", 3)] = ""
    special_program_code: Annotated[str, at("CLM12", "special program", 3)] = ""
    delay_reason_code: Annotated[str, at("CLM20", "why it comes late", 2)] = ""
    patient_amount_paid: Annotated[str, money("AMT02 (F5)", "what the patient has paid")] = ""
    claim_code_information: Annotated[ClaimAdmission | None, at("CL1", "admission, of an 837I")] = None
    claim_date_information: Annotated[ClaimDates | None, at("DTP", "days; required of an 837I")] = None
    claim_supplemental_information: Annotated[ClaimReferences | None, at("REF", "numbers and documents")] = None
    claim_note: Annotated[ClaimNote | None, at("NTE", "notes")] = None
    health_care_code_information: Annotated[
        list[ClaimDiagnosis], many("HI", "diagnoses and other codes, the principal first", 60)
    ] = []
    principal_diagnosis: Annotated[ClaimPrincipalDiagnosis | None, at("HI", "instead of an ABK among them")] = None
    admitting_diagnosis: Annotated[ClaimAdmittingDiagnosis | None, at("HI", "of an 837I")] = None
    other_diagnosis_information_list: Annotated[
        list[ClaimOtherDiagnosis], many("HI", "instead of ABFs among them", 24)
    ] = []
    service_facility_location: Annotated[ClaimProvider | None, at("2310C; 837I 2310E", "place of service (77)")] = None
    ambulance_pick_up_location: Annotated[ClaimProvider | None, at("2310E", "picked up (PW)")] = None
    ambulance_drop_off_location: Annotated[ClaimProvider | None, at("2310F", "brought to (45)")] = None
    other_subscriber_information: Annotated[list[ClaimOtherPayer], many("2320", "other payers", 10)] = []


class JsonClaim(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One claim. Texts that are empty, and members that are left out, are the same."""

    trading_partner_service_id: Annotated[str, at("2010BB NM109", "payer id", 80)]
    claim_information: Annotated[ClaimInformation, at("2300", "the claim")]
    subscriber: Annotated[ClaimSubscriber, at("2010BA", "the insured")]
    billing: Annotated[ClaimProvider, at("2010AA", "who bills")]
    usage_indicator: Annotated[
        Literal["", "P", "T"], at("ISA15", "T: a test, which is checked and has no other effect; left out: P")
    ] = ""
    control_number: Annotated[str, at("", "ignored", 80)] = ""
    trading_partner_name: Annotated[str, at("2010BB NM103", "payer's name", 60)] = ""
    payer_address: Annotated[ClaimAddress | None, at("2010BB", "payer's address")] = None
    submitter: Annotated[ClaimSubmitter | None, at("1000A", "who sends the claim")] = None
    receiver: Annotated[ClaimReceiver | None, at("1000B", "who receives it")] = None
    dependent: Annotated[ClaimDependent | None, at("2010CA", "the patient, where that is not the insured")] = None
    pay_to_address: Annotated[ClaimAddress | None, at("2010AB", "where payments go, if elsewhere")] = None
    rendering: Annotated[ClaimProvider | None, at("2310B; 837I 2310D", "who did it (82)")] = None
    referring: Annotated[ClaimProvider | None, at("2310A; 837I 2310F", "who referred (DN)")] = None
    supervising: Annotated[ClaimProvider | None, at("2310D", "who supervised (DQ)")] = None
    ordering: Annotated[ClaimProvider | None, at("2310", "who ordered it (DK)")] = None
    attending: Annotated[ClaimProvider | None, at("837I 2310A", "who attended (71)")] = None
    operating: Annotated[ClaimProvider | None, at("837I 2310B", "who operated (72)")] = None
    other_operating: Annotated[ClaimProvider | None, at("837I 2310C", "who else operated (ZZ)")] = None
