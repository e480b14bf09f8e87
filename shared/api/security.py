"""Security schemes: who may call a route, as the OpenAPI document says it."""

from __future__ import annotations

from fastapi import Request
from fastapi.security import HTTPBearer

from shared.api.refusals import OPERATOR_TOKEN, STAFF_TOKEN, Refusal


class BearerScheme(HTTPBearer):
    """A bearer token (RFC 6750), as a dependency that returns the `Authorization` header as it came, empty if none did.

    Whether the token is good is for the route's own dependency to say; `refused` is what it answers where it is not.

    Args:
        name: The scheme's name in the document.
        description: Which tokens these are and where they come from.
        refused: What a request without a good token is answered.
    """

    def __init__(self, name: str, description: str, *refused: Refusal) -> None:
        super().__init__(scheme_name=name, description=description, auto_error=False)
        self.refused = refused

    async def __call__(self, request: Request) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the header."""
        return request.headers.get("authorization", "")


STAFF = BearerScheme(
    "staff",
    "A token of staff, from the service's settings, or the one that the gateway signs for its caller.",
    STAFF_TOKEN,
)
OPERATOR = BearerScheme("operator", "The operators' token (RECOUP_ADMIN_TOKEN).", OPERATOR_TOKEN)
