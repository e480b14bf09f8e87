"""What routes for operators ask first: by one reference, and in one analysis, stand the claims of all organisations."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from shared.api.security import OPERATOR
from shared.runtime.service import Runtime


def _operator(request: Request, authorization: Annotated[str, Depends(OPERATOR)]) -> None:
    runtime: Runtime = request.app.state.runtime
    runtime.require_operator(authorization)


OPERATORS = [Depends(_operator)]
"""Dependencies of a router whose routes take the operators' token and no other."""
