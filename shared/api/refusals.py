"""Kinds of problems (RFC 9457) that routes answer with: declared once, raised and shown in the OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from shared.problem import Problem


class Refusal(msgspec.Struct, frozen=True):
    """A kind of problem.

    Attributes:
        status: HTTP status, 400 to 599.
        slug: Last part of the problem's `type` URI; callers tell kinds apart by it.
        detail: What is wrong and where, a sentence that repeats no value of the request.
        how_to_fix: What to do about it.
        members: Further members of the document, by name, with an example of each.
    """

    status: int
    slug: str
    detail: str
    how_to_fix: str = ""
    members: dict[str, Any] = {}

    def problem(self, detail: str = "", *, how_to_fix: str = "", **members: Any) -> Problem:
        """The problem to raise; `detail` and `how_to_fix` say more of this case than the kind does."""
        return Problem(
            self.status, self.slug, detail or self.detail, how_to_fix=how_to_fix or self.how_to_fix, **members
        )

    def example(self) -> dict[str, Any]:
        """A problem document of this kind."""
        return {
            "type": f"urn:recoup:problem:{self.slug}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **({"how_to_fix": self.how_to_fix} if self.how_to_fix else {}),
            **self.members,
        }


INVALID_REQUEST = Refusal(
    422,
    "invalid-request",
    "The request does not fit the schema of this route.",
    "Correct the fields named in `errors`; /openapi.json shows the schema.",
    {"errors": [{"field": "query.limit", "code": "less_than_equal", "message": "Input should be at most 500"}]},
)
WRONG_MEDIA_TYPE = Refusal(
    415,
    "unsupported-media-type",
    "The body is not of a media type that this route takes.",
    "Send `Content-Type: application/json`.",
)
TOO_LARGE = Refusal(413, "too-large", "The body is larger than this route takes.", "Send it in parts.")
TENANT_REQUIRED = Refusal(
    422,
    "tenant-required",
    "It is not said which provider organisation this is for.",
    "Send `X-Tenant` with its name.",
    {"errors": [{"field": "X-Tenant", "code": "required"}]},
)
OTHER_TENANT = Refusal(403, "tenant", "You act in another tenant.", "Send `X-Tenant` with yours, or leave it out.")
STARTING = Refusal(503, "starting", "The service waits for its database or broker.", "Send it again shortly.")
TOO_MANY_AT_ONCE = Refusal(
    503,
    "too-many-at-once",
    "The service works on as many requests as it takes at once.",
    "Send it again as `Retry-After` says; operators: RECOUP_MAX_REQUESTS.",
)
TOO_SLOW = Refusal(
    408, "too-slow", "The body did not come in time.", "Send it again over a better line, or in smaller parts."
)
SEALED = Refusal(
    503,
    "sealed-value",
    "What is asked for cannot be opened.",
    "Operators: RECOUP_PHI_KEYS must hold every key that is in use; put the missing one back.",
)
INTERNAL = Refusal(500, "internal", "The service failed while answering.", "Try again; if it stays, tell ops.")
STAFF_TOKEN = Refusal(
    401, "staff-token-required", "This route is for staff.", "Send `Authorization: Bearer` with a token of staff."
)
OPERATOR_TOKEN = Refusal(
    401,
    "operator-token-required",
    "This route is for operators.",
    "Send `Authorization: Bearer` with the token in RECOUP_ADMIN_TOKEN.",
)
