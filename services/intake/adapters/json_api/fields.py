"""Which field of the JSON shape is which element of an 837, where that is one to one. Read and written by these tables.

The shape is the one that developers know from clearinghouses' claim APIs: `claimInformation` with its lines, and
top-level parties.
"""

from __future__ import annotations

from typing import Literal

PROVIDERS = {
    "rendering": "82",
    "referring": "DN",
    "supervising": "DQ",
    "ordering": "DK",
    "attending": "71",
    "operating": "72",
    "otherOperating": "ZZ",
}
"""Top-level providers, loop 2310."""
PROVIDER_TYPES = {
    "BillingProvider": "billing",
    "RenderingProvider": "rendering",
    "ReferringProvider": "referring",
    "SupervisingProvider": "supervising",
    "OrderingProvider": "ordering",
    "AttendingProvider": "attending",
    "OperatingPhysician": "operating",
    "OperatingProvider": "operating",
    "OtherOperatingPhysician": "otherOperating",
    "OtherOperatingProvider": "otherOperating",
}
"""`providerType` of the older shape, which has one array `providers`, to the field that names the party now."""
LINE_PROVIDERS = {
    "renderingProvider": "82",
    "referringProvider": "DN",
    "supervisingProvider": "DQ",
    "orderingProvider": "DK",
    "operatingPhysician": "72",
    "otherOperatingPhysician": "ZZ",
    "serviceFacilityLocation": "77",
}
"""Providers of a service line, loop 2420."""
CLAIM_LOCATIONS = {
    "serviceFacilityLocation": "77",
    "ambulancePickUpLocation": "PW",
    "ambulanceDropOffLocation": "45",
}
"""Places within claimInformation, loop 2310."""
PROVIDER_REFERENCES = {
    "employerId": "EI",
    "ssn": "SY",
    "commercialNumber": "G2",
    "stateLicenseNumber": "0B",
    "providerUpinNumber": "1G",
    "locationNumber": "LU",
}
CONTACTS = {"phoneNumber": "TE", "phoneExtension": "EX", "faxNumber": "FX", "email": "EM"}

CLAIM_REFERENCES = {
    "claimControlNumber": "F8",
    "priorAuthorizationNumber": "G1",
    "referralNumber": "9F",
    "medicalRecordNumber": "EA",
    "cliaNumber": "X4",
    "claimNumber": "D9",
    "repricedClaimNumber": "9A",
    "adjustedRepricedClaimNumber": "9C",
    "investigationalDeviceExemptionNumber": "LX",
    "mammographyCertificationNumber": "EW",
    "demoProjectIdentifier": "P4",
    "carePlanOversightNumber": "1J",
    "serviceAuthorizationExceptionCode": "4N",
    "medicareCrossoverReferenceId": "F5",
    "autoAccidentState": "LU",
    "peerReviewAuthorizationNumber": "G4",
}
"""claimSupplementalInformation, REF of loop 2300."""
CLAIM_DATES = {
    "symptomDate": "431",
    "initialTreatmentDate": "454",
    "lastSeenDate": "304",
    "acuteManifestationDate": "453",
    "accidentDate": "439",
    "lastMenstrualPeriodDate": "484",
    "lastXRayDate": "455",
    "hearingAndVisionPrescriptionDate": "471",
    "disabilityBeginDate": "360",
    "disabilityEndDate": "361",
    "lastWorkedDate": "297",
    "authorizedReturnToWorkDate": "296",
    "admissionDate": "435",
    "dischargeDate": "096",
    "assumedAndRelinquishedCareBeginDate": "090",
    "assumedAndRelinquishedCareEndDate": "091",
    "repricerReceivedDate": "050",
    "firstContactDate": "444",
}
"""claimDateInformation, DTP of loop 2300 in format D8. `statementBeginDate` and `statementEndDate` are DTP*434."""
CLAIM_NOTES = {
    "additionalInformation": "ADD",
    "certificationNarrative": "CER",
    "goalRehabOrDischargePlans": "DCP",
    "diagnosisDescription": "DGN",
    "thirdPartOrganizationNotes": "TPO",
}

Text = tuple[str, str, int]
CLAIM_CODES: tuple[Text, ...] = (
    ("claimFrequencyCode", "frequency", 1),
    ("signatureIndicator", "provider_signature", 1),
    ("planParticipationCode", "assignment", 1),
    ("benefitsAssignmentCertificationIndicator", "benefits_assignment", 1),
    ("releaseInformationCode", "release", 1),
    ("patientSignatureSourceCode", "patient_signature", 1),
    ("specialProgramCode", "special_program", 3),
    ("delayReasonCode", "delay_reason", 2),
)
"""Field of claimInformation, attribute of `Claim`, greatest length."""
LINE_CODES: tuple[Text, ...] = (
    ("measurementUnit", "unit", 2),
    ("placeOfServiceCode", "place_of_service", 2),
    ("emergencyIndicator", "emergency", 1),
    ("epsdtIndicator", "epsdt", 1),
    ("familyPlanningIndicator", "family_planning", 1),
    ("copayStatusCode", "copay_exempt", 1),
    ("serviceLineRevenueCode", "revenue_code", 4),
)
SERVICES: dict[str, tuple[Literal["professional", "institutional"], str]] = {
    "professionalService": ("professional", "005010X222A1"),
    "institutionalService": ("institutional", "005010X223A3"),
}
"""Which service object makes which claim, and the implementation it is then held to."""
