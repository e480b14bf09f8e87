"""The OpenAPI document of an application, made of what its routes declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from shared.api import schemas
from shared.api.answer import encode
from shared.api.declared import EXAMPLE, PROBLEM_MEDIA, add_refusal, content_of
from shared.api.members import MEMBERS
from shared.api.reading import BodyReader, QueryReader
from shared.api.refusals import (
    INTERNAL,
    INVALID_REQUEST,
    STARTING,
    TOO_LARGE,
    TOO_MANY_AT_ONCE,
    TOO_SLOW,
    WRONG_MEDIA_TYPE,
    Refusal,
)

_LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_PROBES = ("/healthz/", "/metrics")


def install(
    app: FastAPI,
    *,
    description: str,
    tags: Mapping[str, str],
    members: Mapping[str, str] | None = None,
    refused: Iterable[Refusal] = (),
) -> None:
    """Let `app.openapi()` be the document of what its routes declare.

    Args:
        app: The application, with all its routes.
        description: What the service is, for the head of the document.
        tags: What each group of routes is about, by tag.
        members: What members of its structs mean, besides what is the same everywhere (`shared.api.members`).
        refused: Kinds of problems that every route of it may answer with, besides those of every service.
    """
    every = (INTERNAL, STARTING, TOO_MANY_AT_ONCE, *refused)
    words = {**MEMBERS, **(members or {})}

    def document() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app, description, tags, every, words)
        return app.openapi_schema

    app.openapi = document


def _document(
    app: FastAPI, description: str, tags: Mapping[str, str], every: Iterable[Refusal], words: Mapping[str, str]
) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=description,
        routes=app.routes,
        servers=[{"url": "/", "description": "The address that this document came from."}],
        contact={"name": "The operator of this service"},
        license_info=_LICENSE,
        tags=[{"name": name, "description": text} for name, text in tags.items()],
    )
    made.setdefault("components", {}).setdefault("schemas", {})
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = made["paths"].get(route.path_format, {}).get(method.lower())
                if operation is not None:
                    _complete(operation, route.dependant, str(route.path_format), every)
    _share_examples(made)
    schemas.fill(made)
    for node in schemas.nodes(made["paths"]):
        if EXAMPLE in node:
            node["example"] = msgspec.json.decode(str(node.pop(EXAMPLE)))
    schemas.drop_unused(made)
    _describe(made, words)
    return made


def _complete(operation: dict[str, Any], dependant: Dependant, path: str, every: Iterable[Refusal]) -> None:
    """Add to an operation what its readers take, and the problems that no route declares for itself."""
    responses: dict[str, Any] = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", {}):  # FastAPI's own, which no route of ours sends
        del responses["422"]
    refused = [] if path.startswith(_PROBES) else list(every)
    for call in _calls(dependant):
        refused += getattr(call, "refused", ())
        if scope := getattr(call, "scope", ""):
            _needs(operation, scope)
        if isinstance(call, BodyReader):
            operation["requestBody"] = _body(call)
            refused += [WRONG_MEDIA_TYPE, TOO_LARGE, TOO_SLOW]
        elif isinstance(call, QueryReader):
            operation.setdefault("parameters", []).extend(_parameters(call.struct))
    if operation.get("parameters") or "requestBody" in operation:
        refused.append(INVALID_REQUEST)
    for one in refused:
        add_refusal(responses, one, key=str(one.status))
    operation["responses"] = dict(sorted(responses.items()))


def _needs(operation: dict[str, Any], scope: str) -> None:
    """Say which right a caller needs, for programs and for people: bearer schemes have no scopes in OpenAPI."""
    operation["x-scope"] = scope
    operation["description"] = f"{operation.get('description', '')}\n\nNeeds the scope `{scope}`.".strip()


def _calls(dependant: Dependant) -> Iterable[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def _body(reader: BodyReader) -> dict[str, Any]:
    content = content_of(reader.kind)
    if reader.examples:
        media = content["application/json"]
        del media[EXAMPLE]
        media["examples"] = {
            re.sub(r"[^A-Za-z0-9._-]+", "-", name): {"summary": name, "value": msgspec.json.decode(encode(value))}
            for name, value in reader.examples.items()
        }
    return {"required": reader.required, "content": content}


def _parameters(struct: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """A parameter for each member, described where the member is."""
    return [
        {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": schemas.member(struct, field.encode_name),
        }
        for field in msgspec.structs.fields(struct)
    ]


def _share_examples(document: dict[str, Any]) -> None:
    """Name each problem's example once among the components, where it is the same everywhere."""
    shared: dict[str, Any] = document["components"].setdefault("examples", {})
    for item in document["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                examples: dict[str, Any] = response.get("content", {}).get(PROBLEM_MEDIA, {}).get("examples", {})
                for slug, example in examples.items():
                    if shared.setdefault(slug, example) == example:
                        examples[slug] = {"$ref": f"#/components/examples/{slug}"}


def _describe(document: dict[str, Any], words: Mapping[str, str]) -> None:
    """Let what is not described where it stands be described by its name."""
    for name, schema in document["components"]["schemas"].items():
        for member, inner in schema.get("properties", {}).items():
            _describe_member(inner, words.get(f"{name}.{member}") or words.get(member, ""))
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                text = parameter["schema"].pop("description", "")
                parameter.setdefault("description", text or words.get(parameter["name"], ""))
                parameter["schema"].pop("title", None)
                if parameter["schema"].get("default") == "":  # left out and empty are the same: no value of the schema
                    del parameter["schema"]["default"]


def _describe_member(schema: dict[str, Any], text: str) -> None:
    schema.pop("title", None)
    if text and not schema.get("description"):
        schema["description"] = text
