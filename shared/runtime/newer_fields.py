"""Fields that a state's type does not know survive it: a replica of the release before writes back what it cannot read.

While two releases run side by side, each reads what the other wrote. A struct drops what it does not know; so what it
drops is kept beside it, by its place, and laid over what is written. Within a list an item is found again by its place
where the list has not become shorter, and else by what is known of it: states' lists are added to, or changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

import msgspec
from msgspec import inspect

SHAPE = "_shape"
"""The key in a state's JSON that names the type that wrote it, so that what one's own wrote needs no second look."""
MIXED = "mixed"
"""The shape of what holds fields of more than one release."""


class Unknown(msgspec.Struct):
    """What one value holds beyond its type: `fields` of its own, and what lies further `inside`, by field or index.

    `known` is the value as its type knows it, for items of a list; `length` is that of the list.
    """

    fields: dict[str, Any] = {}
    inside: dict[str | int, Unknown] = {}
    known: Any = None
    length: int = 0


def shape_of(struct: type[Any]) -> str:
    """Twelve characters that differ with the fields of a struct, and of what lies inside it."""
    return sha256(msgspec.json.encode(msgspec.json.schema(struct), order="sorted")).hexdigest()[:12]


def unknown_in(raw: Any, known: Any, type_: type[Any]) -> Unknown | None:
    """What JSON holds that a type does not know; None where there is nothing.

    Args:
        raw: the JSON as it was read.
        known: the same after its type decoded and encoded it.
        type_: the type.
    """
    return _look(raw, known, _of(type_))


def lay_over(written: Any, unknown: Unknown) -> Any:
    """JSON with what its type did not know, where what it belonged to is still there."""
    if isinstance(written, dict):
        into: dict[str, Any] = dict(written)  # pyright: ignore[reportUnknownArgumentType]
        for name, inner in unknown.inside.items():
            if isinstance(name, str) and name in into:
                into[name] = lay_over(into[name], inner)
        return {**unknown.fields, **into}
    if isinstance(written, list):
        items: list[Any] = list(written)  # pyright: ignore[reportUnknownArgumentType]
        for index, inner in unknown.inside.items():
            place = _place(items, index, inner, unknown.length)
            if place is not None:
                items[place] = lay_over(items[place], inner)
        return items
    return written


def _place(items: list[Any], index: str | int, inner: Unknown, length: int) -> int | None:
    if isinstance(index, int) and len(items) >= length:
        return index
    return next((n for n, item in enumerate(items) if item == inner.known), None)


@lru_cache(maxsize=64)
def _of(type_: type[Any]) -> inspect.Type:
    return inspect.type_info(type_)


def _look(raw: Any, known: Any, type_: inspect.Type) -> Unknown | None:
    if isinstance(type_, inspect.Metadata):
        return _look(raw, known, type_.type)
    if isinstance(type_, inspect.UnionType):
        chosen = _member(raw, type_)
        return None if chosen is None else _look(raw, known, chosen)
    if isinstance(type_, inspect.StructType) and isinstance(raw, dict):
        return _in_struct(raw, known, type_)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(type_, inspect.DictType) and isinstance(raw, dict):
        pairs = cast("dict[str, Any]", raw)
        return _inside({name: _look(value, _at(known, name), type_.value_type) for name, value in pairs.items()})
    if isinstance(type_, inspect.ListType | inspect.VarTupleType) and isinstance(raw, list):
        return _in_list(raw, known, type_.item_type)  # pyright: ignore[reportUnknownArgumentType]
    return None


def _in_struct(raw: dict[str, Any], known: Any, type_: inspect.StructType) -> Unknown | None:
    types = {field.encode_name: field.type for field in type_.fields}
    fields = {n: v for n, v in raw.items() if n not in types and n not in (type_.tag_field, SHAPE)}
    found = _inside({n: _look(v, _at(known, n), types[n]) for n, v in raw.items() if n in types}) or Unknown()
    found.fields = fields
    return found if fields or found.inside else None


def _in_list(raw: list[Any], known: Any, item: inspect.Type) -> Unknown | None:
    found = _inside({n: _look(value, _at(known, n), item) for n, value in enumerate(raw)})
    if found is not None:
        found.length = len(raw)
        for index, inner in found.inside.items():
            inner.known = _at(known, index)
    return found


def _inside(looked: Mapping[Any, Unknown | None]) -> Unknown | None:
    inside = {name: one for name, one in looked.items() if one is not None}
    return Unknown(inside=inside) if inside else None


def _at(value: Any, place: Any) -> Any:
    """What stands at a place, where there is such a place: a type leaves out what is at its default."""
    try:
        return value[place]
    except (KeyError, IndexError, TypeError):
        return None


def _member(raw: Any, union: inspect.UnionType) -> inspect.Type | None:
    """The member of a union that JSON was decoded as, among those that can hold fields."""
    if isinstance(raw, dict):
        structs = [one for one in union.types if isinstance(one, inspect.StructType)]
        tagged = [one for one in structs if one.tag_field and raw.get(one.tag_field) == one.tag]  # pyright: ignore[reportUnknownMemberType]
        plain = [one for one in structs if not one.tag_field] or [
            one for one in union.types if isinstance(one, inspect.DictType)
        ]
        return next(iter(tagged or plain), None)
    if isinstance(raw, list):
        return next((o for o in union.types if isinstance(o, inspect.ListType | inspect.VarTupleType)), None)
    return None
