"""JSON Schemas of structs: `ref` keeps a place for each type, which is filled when a document is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast, get_type_hints

import msgspec

_PLACE = "type:"
_types: list[Any] = []


class AnyOf:
    """One of several structs that no tag tells apart, which msgspec has no type for."""

    def __init__(self, *kinds: Any) -> None:
        self.kinds = kinds


class ListOf:
    """A list of those, of at most so many."""

    def __init__(self, item: Any, most: int) -> None:
        self.item = item
        self.most = most


def ref(kind: Any) -> dict[str, Any]:
    """A place for the schema of a type that msgspec encodes, `AnyOf` such types, or a list of these."""
    if isinstance(kind, AnyOf):
        return {"anyOf": [ref(one) for one in kind.kinds]}
    if isinstance(kind, ListOf):
        return {"type": "array", "items": ref(kind.item), "maxItems": kind.most}
    if kind not in _types:
        _types.append(kind)
    return {"$ref": f"{_PLACE}{_types.index(kind)}"}


def member(struct: type[msgspec.Struct], name: str) -> dict[str, Any]:
    """The schema of one member of a struct; what it refers to is kept a place for."""
    _, components = msgspec.json.schema_components([struct], ref_template="#/components/schemas/{name}")
    schema = components[struct.__name__]["properties"][name]
    hints = get_type_hints(struct, include_extras=True)
    field = next(one for one in msgspec.structs.fields(struct) if one.encode_name == name)
    return schema if not any("$ref" in node for node in nodes(schema)) else ref(hints[field.name])


def fill(document: dict[str, Any]) -> None:
    """Put each type's schema in its place, and the structs that they name among the components.

    Raises:
        ValueError: two schemas of one name: rename one of the structs.
    """
    places = [node for node in nodes(document) if str(node.get("$ref", "")).startswith(_PLACE)]
    kinds = sorted({str(node["$ref"]) for node in places}, key=lambda place: int(place.removeprefix(_PLACE)))
    wanted = [_types[int(place.removeprefix(_PLACE))] for place in kinds]
    found, components = msgspec.json.schema_components(wanted, ref_template="#/components/schemas/{name}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    twice = sorted({*(set(schemas) & set(components)), *(name for name in components if not name.isidentifier())})
    if twice:
        raise ValueError(f"two schemas have one name: {', '.join(twice)}")
    schemas.update(components)
    for node in nodes(schemas):
        if "prefixItems" in node and not node.get("items"):
            node["items"] = {}  # `maxItems` says the same, and some tools know no schema that is false, or is left out
    for node in places:
        schema = found[kinds.index(str(node.pop("$ref")))]
        node.update({**schema, **node})


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object within a document."""
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        yield given
        for member in list(given.values()):
            yield from nodes(member)
    elif isinstance(value, list):
        for member in cast("list[Any]", value):
            yield from nodes(member)


def drop_unused(document: dict[str, Any]) -> None:
    """Take out component schemas that nothing in the document refers to."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    while True:
        used = {str(node["$ref"]).rpartition("/")[2] for node in nodes(document) if "$ref" in node}
        unused = [name for name in schemas if name not in used]
        if not unused:
            return
        for name in unused:
            del schemas[name]
