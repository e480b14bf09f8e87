"""Answers: msgspec bodies, entity tags, opaque cursors, and the schemas of both in the OpenAPI document."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

import httpx
import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from services.gateway.adapters.http.examples import example_of
from shared.problem import Problem

T = TypeVar("T", bound=msgspec.Struct)
_encoder = msgspec.json.Encoder(decimal_format="string")
_structs: dict[str, type[msgspec.Struct]] = {}


def encode(value: Any) -> bytes:
    """JSON: decimals as strings, instants and days ISO 8601."""
    return _encoder.encode(value)


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
        raise Problem(
            422,
            "unknown-field",
            "`fields` names members that a claim does not have.",
            how_to_fix=f"Choose among: {', '.join(names)}.",
            errors=[{"field": "fields", "code": "unknown"}],
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
        raise Problem(
            422, "invalid-cursor", "`cursor` is unknown.", how_to_fix="Pass `next` of the last page as it is."
        ) from None


def describes(struct: type[msgspec.Struct], example: Any = None, *, media: str = "application/json") -> dict[str, Any]:
    """The `responses` entry of a route that answers with `struct`."""
    _structs[struct.__name__] = struct
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{struct.__name__}"}}
    content["example"] = example_of(struct) if example is None else example
    return {"description": (struct.__doc__ or "").split("\n")[0], "content": {media: content}}


def install_openapi(app: FastAPI, description: str) -> None:
    """Let the OpenAPI document hold the schemas of our structs, the problem document and the security schemes."""

    def document() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        schema = get_openapi(title=app.title, version=app.version, description=description, routes=app.routes)
        components = schema.setdefault("components", {})
        _, structs = msgspec.json.schema_components(list(_structs.values()), ref_template="#/components/schemas/{name}")
        components.setdefault("schemas", {}).update({**structs, "Problem": _PROBLEM})
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "description": _BEARER}}
        for path, methods in schema["paths"].items():
            if path.startswith("/v1"):
                for operation in methods.values():
                    operation["security"] = [{"bearer": []}]
                    operation["responses"].pop("422", None)
                    operation["responses"]["default"] = {
                        "description": "A problem (RFC 9457)",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    }
        app.openapi_schema = schema
        return schema

    app.openapi = document


_BEARER = "An API key (`rcp_…`) or a JWT of the configured issuer."
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details. Never repeats a submitted value.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:recoup:problem:<kind>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong and where"},
        "how_to_fix": {"type": "string", "description": "what to do about it"},
        "mend": {"type": "string", "deprecated": True, "description": "the former name of `how_to_fix`"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


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
