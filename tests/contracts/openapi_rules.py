"""What an OpenAPI document of ours must say of each operation, and which do not yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema

PROBLEM = "application/problem+json"
BINARY = ("application/edi-x12", "application/x-ndjson",
    "application/pdf", "application/gzip", "application/octet-stream", "image/", "text/", "application/zip",
    "application/vnd.",
)  # fmt: skip
METHODS = ("get", "put", "post", "patch", "delete")
_FREE = {"boolean", "null"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation, of all."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def faults(document: dict[str, Any]) -> dict[str, list[str]]:
    """What is wrong with each operation, by its id; operations without a fault are not named."""
    tags = {tag["name"] for tag in document.get("tags", ()) if tag.get("description")}
    found: dict[str, list[str]] = {}
    for path, method, operation in operations(document):
        said = [
            *_head(operation, tags),
            *_parameters(operation, document),
            *_request(operation, document),
            *_responses(operation, document),
        ]
        if not operation.get("security") and not _open(path):
            said.append("no security")
        if said:
            found[operation.get("operationId", f"{method} {path}")] = said
    return found


def _open(path: str) -> bool:
    """Probes ask without a credential; patients come by a link that holds its own."""
    return path.startswith(("/healthz/", "/metrics", "/p/")) or path == "/"


def _head(operation: dict[str, Any], tags: set[str]) -> Iterator[str]:
    for name in ("summary", "description", "operationId"):
        if not operation.get(name):
            yield f"no {name}"
    if not operation.get("tags") or not set(operation["tags"]) <= tags:
        yield "no tag with a description"


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        place = f"parameter {parameter['name']}"
        if not parameter.get("description"):
            yield f"{place}: no description"
        yield from _unlimited(parameter["schema"], document, place)


def _request(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield from _content("body", media, content, document)
        yield from _unlimited(content.get("schema", {}), document, "body")


def _responses(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    responses = operation.get("responses", {})
    if not any(status.startswith(("2", "3")) for status in responses):
        yield "no success"
    for status, response in responses.items():
        if status[0] in "123":
            if not response.get("content") and status not in ("204", "303", "304"):
                yield f"{status}: no content"
        elif not response.get("content"):
            yield f"{status}: no kind of problem"
        for media, content in response.get("content", {}).items():
            yield from _content(status, media, content, document)


def _content(place: str, media: str, content: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    schema = content.get("schema", {})
    if not schema:
        yield f"{place}: no schema"
        return
    if media.startswith(BINARY) and not schema.get("$ref"):
        return
    yield from _undescribed(schema, document, place)
    named = content.get("examples", {}).values()
    shared = document["components"].get("examples", {})
    examples = [shared[one["$ref"].rpartition("/")[2]]["value"] if "$ref" in one else one["value"] for one in named]
    examples += [content["example"]] if "example" in content else []
    if not examples:
        yield f"{place}: no example"
    for example in examples:
        yield from _unfit(example, schema, document, place)


def _unfit(example: Any, schema: dict[str, Any], document: dict[str, Any], place: str) -> Iterator[str]:
    for error in jsonschema.Draft202012Validator(
        {**schema, "components": document["components"]}, format_checker=jsonschema.FormatChecker()
    ).iter_errors(example):
        yield f"{place}: example: {error.json_path}: {error.message[:150]}"


def _undescribed(schema: dict[str, Any], document: dict[str, Any], place: str) -> Iterator[str]:
    """Objects without declared members, and members that nothing describes."""
    for name, node in reached(schema, document):
        if not (node or name == "root"):
            yield f"{place}: {name}: says nothing"
        members = node.get("properties") or node.get("additionalProperties")
        if node.get("type") == "object" and members in (None, {}, True):
            yield f"{place}: {name}: object of unknown members"
        for member, inner in node.get("properties", {}).items():
            if not inner.get("description"):
                yield f"{place}: {name}.{member}: no description"


def _unlimited(schema: dict[str, Any], document: dict[str, Any], place: str) -> Iterator[str]:
    """Texts, numbers and lists of a request that may be of any size."""
    for name, node in reached(schema, document):
        for where, inner in _places(node, name):
            kind = inner.get("type")
            if "enum" in inner or "const" in inner or kind in _FREE:
                continue
            if kind == "string" and not ("maxLength" in inner or "format" in inner or "pattern" in inner):
                yield f"{place}: {where}: text without a limit"
            if kind in ("integer", "number") and not ({"maximum", "exclusiveMaximum"} & set(inner)):
                yield f"{place}: {where}: number without a limit"
            if kind in ("integer", "number") and not ({"minimum", "exclusiveMinimum"} & set(inner)):
                yield f"{place}: {where}: number without a least"
            if kind == "array" and "maxItems" not in inner:
                yield f"{place}: {where}: list without a limit"


def _places(node: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema and those within it, but for components, which are reached by themselves."""
    yield where, node
    for member, inner in node.get("properties", {}).items():
        yield from _places(inner, f"{where}.{member}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from _places(node[key], f"{where}[]")
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in node.get(key, ()):
            yield from _places(inner, where)


def reached(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema as `root`, and every component that it leads to, once."""
    yield "root", schema
    seen: set[str] = set()
    waiting = [schema]
    while waiting:
        for _, inner in _places(waiting.pop(), ""):
            name = str(inner.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                component = document["components"]["schemas"][name]
                waiting.append(component)
                yield name, component
