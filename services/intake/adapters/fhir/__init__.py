"""FHIR R4: Claim and ExplanationOfBenefit, lone or in a Bundle, read."""

from __future__ import annotations

from services.intake.adapters.fhir.claims import FhirClaim, read_claims
from services.intake.adapters.fhir.remittances import FhirRemittance, read_remittances
from services.intake.adapters.fhir.texts import kinds_of, strangers_of, texts_of

__all__ = ["FhirClaim", "FhirRemittance", "kinds_of", "read_claims", "read_remittances", "strangers_of", "texts_of"]
