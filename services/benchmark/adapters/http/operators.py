"""What routes for operators ask first: by one reference, and in one analysis, stand the claims of all organisations."""

from __future__ import annotations

from fastapi import Depends

from shared.runtime.callers import for_operators

OPERATORS = [Depends(for_operators)]
"""Dependencies of a router whose routes take the operators' token and no other."""
