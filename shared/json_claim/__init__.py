"""The published shape of a claim as JSON: what `POST /v1/claims` and each line of `POST /v1/claims/bulk` take.

Intake reads it more kindly than it is written here (numbers as texts, days with or without hyphens, the older array
`providers`), and names every field that it does not read.
"""

from __future__ import annotations

from shared.json_claim.claim import JsonClaim
from shared.json_claim.examples import INSTITUTIONAL, PROFESSIONAL

__all__ = ["INSTITUTIONAL", "PROFESSIONAL", "JsonClaim"]
