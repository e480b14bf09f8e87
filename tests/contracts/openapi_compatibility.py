"""What callers rely on in an OpenAPI document, and what of it a change would break."""

from __future__ import annotations

from typing import Any

from tests.contracts.openapi_rules import operations, reached

Shape = dict[str, Any]


def shape_of(document: dict[str, Any], leave_out: frozenset[str]) -> Shape:
    """The document's promises: operations, what they take and answer, and the members of the schemas these name.

    Args:
        document: An OpenAPI document of ours.
        leave_out: Ids of operations that promise nothing yet.
    """
    made: Shape = {"operations": {}, "taken": {}, "answered": {}}
    for path, method, operation in operations(document):
        if operation["operationId"] in leave_out:
            continue
        takes = {p["name"]: [bool(p.get("required")), *_kind(p["schema"])] for p in operation.get("parameters", ())}
        bodies = operation.get("requestBody", {})
        answered: dict[str, list[str]] = {}
        for content in bodies.get("content", {}).values():
            _members(content.get("schema", {}), document, made["taken"])
        for status, response in operation["responses"].items():
            answered[status] = sorted(response.get("content", {}))
            for content in response.get("content", {}).values():
                _members(content.get("schema", {}), document, made["answered"])
        made["operations"][operation["operationId"]] = {
            "at": f"{method.upper()} {path}", "takes": takes, "bodies": sorted(bodies.get("content", {})),
            "answers": answered,
        }  # fmt: skip
    return made


def _members(schema: dict[str, Any], document: dict[str, Any], found: Shape) -> None:
    for name, node in reached(schema, document):
        if name != "root":
            required = node.get("required", [])
            found[name] = {
                member: [member in required, *_kind(inner)] for member, inner in node.get("properties", {}).items()
            } or {"": [True, *_kind(node)]}


def _kind(schema: dict[str, Any]) -> list[Any]:
    """A schema's kinds of value, and its closed values, null where any is allowed."""
    choices = schema.get("anyOf", [schema])
    kinds = {str(one.get("$ref") or one.get("type") or "any") for one in choices}
    closed = [value for one in choices for value in one.get("enum", ())]
    return [sorted(kinds), sorted(map(str, closed)) or None]


def breaks(before: Shape, after: Shape) -> list[str]:
    """What callers of `before` would meet in `after` that they cannot cope with."""
    found: list[str] = []
    for name, old in before["operations"].items():
        new = after["operations"].get(name)
        if new is None:
            found.append(f"{name}: is gone")
            continue
        if old["at"] != new["at"]:
            found.append(f"{name}: moved to {new['at']}")
        found += _taken_less(name, old["takes"], new["takes"])
        found += [f"{name}: takes no {media} any more" for media in old["bodies"] if media not in new["bodies"]]
        found += [f"{name}: answers no {status} any more" for status in old["answers"] if status not in new["answers"]]
    for name, old in before["taken"].items():
        found += _taken_less(name, old, after["taken"].get(name, old))
    for name, old in before["answered"].items():
        found += _answered_less(name, old, after["answered"].get(name, old))
    return found


def _taken_less(name: str, old: Shape, new: Shape) -> list[str]:
    found = [f"{name}.{member}: is not taken any more" for member in old if member not in new]
    for member, (required, kinds, closed) in new.items():
        was_required, were, were_closed = old.get(member, [False, kinds, closed])
        if required and not was_required:
            found.append(f"{name}.{member}: must be given now")
        if not set(were) <= set(kinds):
            found.append(f"{name}.{member}: is of another kind")
        if closed is not None and (were_closed is None or not set(were_closed) <= set(closed)):
            found.append(f"{name}.{member}: takes fewer values")
    return found


def _answered_less(name: str, old: Shape, new: Shape) -> list[str]:
    found: list[str] = []
    for member, (required, kinds, _) in old.items():
        if member not in new:
            found.append(f"{name}.{member}: is not answered any more")
        elif required and not new[member][0]:
            found.append(f"{name}.{member}: may be missing now")
        elif not set(new[member][1]) <= set(kinds):
            found.append(f"{name}.{member}: is of another kind")
    return found
