"""Code systems and identifier systems of FHIR R4 as US payers and providers use them, and X12's codes for FHIR's."""

from __future__ import annotations

NPI = "http://hl7.org/fhir/sid/us-npi"
TIN = "urn:oid:2.16.840.1.113883.4.4"
SSN = "http://hl7.org/fhir/sid/us-ssn"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
PROCEDURES = (
    CPT,
    HCPCS,
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "urn:oid:2.16.840.1.113883.6.285",
    "urn:oid:2.16.840.1.113883.6.12",
)
DENTAL = ("http://www.ada.org/cdt", "http://ada.org/cdt", "urn:oid:2.16.840.1.113883.6.13")
NDC = "http://hl7.org/fhir/sid/ndc"
REVENUE = "https://www.nubc.org/CodeSystem/RevenueCodes"
BILL_TYPE = "https://www.nubc.org/CodeSystem/TypeOfBill"
PLACE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
TAXONOMY = "http://nucc.org/provider-taxonomy"
CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
RARC = "https://x12.org/codes/remittance-advice-remark-codes"
ADJUSTMENT_GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
FILING = "https://x12.org/codes/claim-filing-indicator-codes"

RELATIONSHIPS = {
    "self": "18",
    "spouse": "01",
    "child": "19",
    "common": "53",
    "parent": "32",
    "other": "G8",
    "injured": "G8",
}
"""Coverage.relationship → individual relationship code (PAT01)."""
CARE_TEAM_ROLES = {
    "primary": "82",
    "rendering": "82",
    "performing": "82",
    "referring": "DN",
    "supervisor": "DQ",
    "supervising": "DQ",
    "attending": "71",
    "operating": "72",
}
GENDERS = {"female": "F", "male": "M", "unknown": "U", "other": "U"}
ACT_REASONS = ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "http://hl7.org/fhir/v3/ActReason")
"""The code system of security labels, as R4 names it and as STU3 did."""
TEST = "HTEST"
"""The security label of resources that hold test data."""
ORDERS = ("P", "S", "T", "A", "B", "C")
"""Coverage.order, from 1 → payer responsibility (SBR01)."""
DIAGNOSIS_TYPES = {"admitting": "ABJ", "patientreasonforvisit": "APR", "externalcauseofinjury": "ABN"}
"""Kinds of diagnosis that are neither HI ABK nor ABF."""
