"""How much one request may ask for; light enough for a help page, and the same for callers and services."""

from __future__ import annotations

CLAIMS_AT_ONCE = 500
"""Claims, or rows about them, that one request may act on, in one transaction; also what a command sends at once."""
