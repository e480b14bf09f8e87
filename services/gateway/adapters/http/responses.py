"""Answers: msgspec bodies, entity tags, opaque cursors, and the schemas of both in the OpenAPI document."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

import httpx
import msgspec
from fastapi import Request, Response

from shared.api.answer import encode
from shared.api.declared import answers
from shared.api.refusals import SEALED, Refusal
from shared.api.submitting import INVALID_CURSOR
from shared.problem import Problem

T = TypeVar("T", bound=msgspec.Struct)
EVERYWHERE = (SEALED,)
"""Kinds of problems that any route may answer with, besides those of every service."""
TAGS = {
    "submissions": "Claims and remittances in, and what became of them.",
    "claims": "The state of claims, and what happened to each.",
    "cases": "Live disputes, each in exactly one queue: lists, searches, files, and acts on many.",
    "desk": "What people do to one claim: letters, offers, decisions.",
    "casework": "Working on disputes: facts, filings, answers.",
    "worklist": "What waits for a person.",
    "history": "Claims loaded as history.",
    "corrections": "Corrected claims, and questions to payers.",
    "payments": "Remittances that wait for a person.",
    "deposits": "What the bank says came in, and remittances on paper.",
    "portfolio": "Figures over all claims of the caller.",
    "results": "What our work came to, and the claims behind each number.",
    "access": "Keys, who is calling, and who has looked at what.",
    "ops": "The state of the system.",
    "live": "Events as they happen.",
    "webhooks": "Events sent to an address of yours.",
    "patients": "Letters, pages and estimates for patients.",
}
"""What each group of routes is about."""
UNKNOWN_FIELD = Refusal(
    422, "unknown-field", "`fields` names members that a claim does not have.", "Name members of the claim, by comma.",
    {"errors": [{"field": "fields", "code": "unknown"}]},
)  # fmt: skip
UPSTREAM = (
    Refusal(503, "service-unavailable", "The service that this belongs to does not answer.", "Try again in a moment."),
    Refusal(
        503,
        "service-not-configured",
        "This gateway does not know where the service is that this belongs to.",
        "Operators: set RECOUP_GATEWAY_SERVICES and RECOUP_GATEWAY_DESK_TOKEN.",
    ),
    Refusal(
        502,
        "service-refused",
        "The service that this belongs to answered with an error.",
        "Operators: see its log; for 401, that it knows RECOUP_GATEWAY_DESK_TOKEN among its staff.",
    ),
)
"""Kinds of problems of what is asked of another service."""


def shown(description: str, example: Any, *, status: int = 200) -> dict[int | str, Any]:
    """Declare an answer in JSON by an example: of routes whose body has no type yet."""
    return {status: {"description": description, "content": {"application/json": {"example": example}}}}


def json_response(request: Request, value: Any, *, etag: str = "", fields: str = "", status: int = 200) -> Response:
    """`value` as JSON; 304 without a body where the caller's `If-None-Match` holds the entity tag.

    `fields` names the members of the object to keep, by comma.
    """
    headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if etag:
        headers["ETag"] = etag
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
    body = encode(select(value, fields) if fields else value)
    return Response(body, status, media_type="application/json", headers=headers)


def _matches(condition: str, etag: str) -> bool:
    """Weak comparison, RFC 9110 section 13.1.2."""
    tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def select(value: msgspec.Struct, fields: str) -> dict[str, Any]:
    """Only the named members; `claim_id` always stays. An unknown name is a problem."""
    names = {field.encode_name: field.name for field in msgspec.structs.fields(value)}
    wanted = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        raise UNKNOWN_FIELD.problem(
            how_to_fix=f"Choose among: {', '.join(names)}.", errors=[{"field": "fields", "code": "unknown"}]
        )
    keep = [name for name in names if name in wanted or name == "claim_id"]
    return {name: getattr(value, names[name]) for name in keep}


def cursor_text(cursor: msgspec.Struct | None) -> str | None:
    """A cursor as clients carry it."""
    return None if cursor is None else urlsafe_b64encode(encode(cursor)).decode().rstrip("=")


def parse_cursor(text: str | None, kind: type[T]) -> T | None:
    """The cursor in `text`; a problem where we did not make it."""
    if not text:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except (ValueError, msgspec.DecodeError):
        raise INVALID_CURSOR.problem() from None


def describes(struct: type[msgspec.Struct], example: Any = None, *, media: str = "application/json") -> dict[str, Any]:
    """The `responses` entry of a route that answers with `struct`."""
    return answers(struct, example=example, media=media)[200]


def letter_response(answer: httpx.Response) -> Response:
    """A document of another service as it is; a 404 problem where it has none."""
    if answer.status_code == 404:
        raise Problem(
            404, "letter-not-found", "This claim has no such letter.", how_to_fix="Read /v1/claims/{id}/desk."
        )
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(answer.content, media_type=answer.headers.get("content-type", ""), headers=headers)
