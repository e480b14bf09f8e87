"""FHIR R4: Claim and ExplanationOfBenefit, lone or in a Bundle, read; Claim written."""

from __future__ import annotations

from services.intake.adapters.fhir.claims import FhirClaim, read_claims
from services.intake.adapters.fhir.remittances import FhirRemittance, read_remittances
from services.intake.adapters.fhir.texts import kinds_of, texts_of
from services.intake.adapters.fhir.writing import write_claim

__all__ = ["FhirClaim", "FhirRemittance", "kinds_of", "read_claims", "read_remittances", "texts_of", "write_claim"]
