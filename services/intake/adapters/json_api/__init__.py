"""Claims as JSON: one document, or one a line (NDJSON); read with problems at JSON paths."""

from __future__ import annotations

from services.intake.adapters.json_api.claims import JsonClaim, read_claim
from services.intake.adapters.json_api.ndjson import Row, read_ndjson

__all__ = ["JsonClaim", "Row", "read_claim", "read_ndjson"]
