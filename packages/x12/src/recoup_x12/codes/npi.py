"""National Provider Identifier check digit."""

from __future__ import annotations

from functools import lru_cache

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PREFIX_SUM = 24  # what the card-issuer prefix 80840 adds to the Luhn sum


@lru_cache(maxsize=50_000)
def npi_is_valid(npi: str) -> bool:
    """Return True if ten digits carry the right check digit (45 CFR 162.406: ISO 7812 Luhn with prefix 80840)."""
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()) or npi[0] not in "12":
        return False
    digits = [int(ch) for ch in npi]
    total = _PREFIX_SUM + sum(digits[1::2]) + sum(_DOUBLED[d] for d in digits[::2])
    return total % 10 == 0
