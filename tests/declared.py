"""Holds what applications really answer in tests to what their OpenAPI documents declare."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import jsonschema
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match

UNTYPED = Path(__file__).parent / "contracts" / "untyped_operations.json"
_PROBLEM = "application/problem+json"
_validators: WeakKeyDictionary[FastAPI, dict[str, jsonschema.Draft202012Validator]] = WeakKeyDictionary()


class Undeclared(AssertionError):
    """An application answered what its document does not declare."""


@cache
def untyped_of(title: str) -> frozenset[str]:
    """Of the application of this title alone: what is not typed in one service may have its name in another."""
    return frozenset(json.loads(UNTYPED.read_text()).get(title.removeprefix("Recoup "), ()))


def hold_answers_to_their_schemas() -> None:
    """From now on every answer of a typed operation is checked, wherever a test asks an application in this process."""
    asked = httpx.ASGITransport.handle_async_request

    async def checked(self: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        response = await asked(self, request)
        # a service's own routes: small applications of unit tests in this process, and files, promise nothing
        ours = isinstance(self.app, FastAPI) and self.app.title.startswith("Recoup ")
        if isinstance(self.app, FastAPI) and ours and not request.url.path.startswith("/desk"):
            body = await response.aread()
            # `fields` leaves members out of what is declared whole
            fault = (
                ""
                if "fields" in request.url.params
                else undeclared(self.app, request.method, request.url.path, response, body)
            )
            if fault:
                raise Undeclared(fault)
        return response

    httpx.ASGITransport.handle_async_request = checked  # pyright: ignore[reportAttributeAccessIssue]


def undeclared(app: FastAPI, method: str, path: str, response: httpx.Response, body: bytes) -> str:
    """What the document does not declare of an answer; empty where all of it is, or the operation is not typed yet."""
    document = app.openapi()
    template = _template(app, method, path)
    operation: dict[str, Any] = document["paths"].get(template, {}).get(method.lower(), {})
    if not operation or operation["operationId"] in untyped_of(app.title) or response.status_code == 304:
        return ""
    where = f"{operation['operationId']} answered {response.status_code}"
    declared = operation["responses"].get(str(response.status_code))
    if declared is None:
        return f"{where}, which is not declared: {body[:300]!r}"
    media = response.headers.get("content-type", "").split(";")[0]
    content = declared.get("content", {}).get(media)
    if content is None:
        return f"{where} with {media or 'no media type'}, which is not declared" if body else ""
    if not media.endswith("json"):
        return ""
    values = [json.loads(line) for line in body.splitlines()] if media.endswith("ndjson") else [json.loads(body)]
    value = values[0] if values else None
    if media == _PROBLEM:
        slug = str(value["type"]).rpartition(":")[2]
        if slug not in content["examples"]:
            return f"{where} with the problem {slug}, which is not declared"
    validator = _validator(app, document, content["schema"])
    error = next((error for one in values for error in validator.iter_errors(one)), None)
    return f"{where}: {error.json_path}: {error.message[:300]}" if error else ""


def _template(app: FastAPI, method: str, path: str) -> str:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.matches(dict(scope))[0] == Match.FULL:
            return str(context.path_format)
    return ""


def _validator(app: FastAPI, document: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    kept = _validators.setdefault(app, {})
    key = json.dumps(schema, sort_keys=True)
    if key not in kept:
        kept[key] = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
    return kept[key]
