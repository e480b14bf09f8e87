"""Requests read by structs: `Annotated[Order, read_body(Order)]`, `Annotated[Search, read_query(Search)]`.

What does not fit is a 422 problem that names each place and what belongs there, and repeats nothing of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from fastapi import Depends, Request
from msgspec import inspect

from shared.api.refusals import INVALID_REQUEST, TOO_LARGE, WRONG_MEDIA_TYPE
from shared.api.schemas import AnyOf, ListOf
from shared.problem import Problem

LARGEST = 1024 * 1024
"""Bytes of a body, where a route says nothing else."""
_JSON = re.compile(r"^application/(json|[\w.-]+\+json)\s*(;|$)", re.IGNORECASE)
_PLACE = re.compile(r" - at `(key in )?\$\.?(.*?)`$")
_FIELD = re.compile(r"(missing required|unknown) field `(\w{1,60})`")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")
_VALUE = re.compile(r"^(Invalid (?:enum )?value|Invalid value) .*$")


class BodyReader:
    """Reads a JSON body as `kind`: a dependency, and what the OpenAPI document says of the body."""

    def __init__(
        self, kind: Any, *, most: int, required: bool, examples: Mapping[str, Any], decode: Callable[[bytes], Any]
    ) -> None:
        self.kind = kind
        self.most = most
        self.required = required
        self.examples = dict(examples)
        self._decode = decode

    async def __call__(self, request: Request) -> Any:
        """Return the body; a problem where it is too large, of another media type, or does not fit."""
        media = request.headers.get("content-type", "application/json")
        if not _JSON.match(media):
            raise WRONG_MEDIA_TYPE.problem()
        body = await limited(request, self.most)
        setattr(request, "_body", body)  # noqa: B010 - whoever reads it again has it: a repeated act is known by its bytes
        if not body and not self.required:
            return None
        try:
            return self._decode(body)
        except msgspec.ValidationError as error:
            raise unfit(error, self.kind, "body") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            fault = {"field": "body", "code": "json_invalid", "message": "The body is not JSON."}
            raise INVALID_REQUEST.problem(errors=[fault]) from None


async def limited(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes; a 413 problem for more, before the rest is read."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise TOO_LARGE.problem(f"The body has more than {most} bytes.")
    body = request._body = bytes(content)  # pyright: ignore[reportPrivateUsage] - for `request.body()`, which reads once
    return body


class QueryReader:
    """Reads the query as a struct, a parameter a member: a dependency, and what the document says of the query."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self.struct = struct
        info = inspect.type_info(struct)
        assert isinstance(info, inspect.StructType)
        self._instants = {field.encode_name for field in info.fields if _is_instant(field.type)}
        self._many = {field.encode_name: _is_list(field.type) for field in info.fields}

    async def __call__(self, request: Request) -> Any:
        """Return the query; a problem for a name or value that is none of its own."""
        query = request.query_params
        faults = [
            {"field": "query", "code": "unknown", "message": f"Parameters are: {', '.join(self._many)}."}
            for name in query
            if name not in self._many
        ]
        if faults:
            raise INVALID_REQUEST.problem(errors=faults[:1])
        for name in self._instants & set(query):
            if not _INSTANT.match(query[name]):  # a number would be taken for seconds since 1970
                fault = {"field": f"query.{name}", "code": "invalid", "message": "Must be an instant (RFC 3339)."}
                raise INVALID_REQUEST.problem(errors=[fault])
        given = {name: query.getlist(name) if self._many[name] else query[name] for name in query}
        try:
            return msgspec.convert(given, self.struct, strict=False)
        except msgspec.ValidationError as error:
            raise unfit(error, self.struct, "query") from None


def read_body(
    kind: Any,
    *,
    most: int = LARGEST,
    required: bool = True,
    examples: Mapping[str, Any] | None = None,
    decode: Callable[[bytes], Any] | None = None,
) -> Any:
    """A parameter that is the JSON body, read as `kind`.

    Args:
        kind: What the body is, in terms of msgspec; its limits are the route's limits.
        most: Bytes it may have.
        required: Whether it must be there; without it the parameter is None.
        examples: Values of `kind` by what they are examples of; without them one is made from the type.
        decode: Reads the bytes, where that takes more than the type; raises what msgspec raises.
    """
    decode = msgspec.json.Decoder(kind).decode if decode is None else decode
    return Depends(BodyReader(kind, most=most, required=required, examples=examples or {}, decode=decode))


def read_query(struct: type[msgspec.Struct]) -> Any:
    """A parameter that is the whole query, read as a struct; a member that is a list may be given several times."""
    return Depends(QueryReader(struct))


def unfit(error: msgspec.ValidationError, kind: Any, where: str) -> Problem:
    """The 422 problem for what msgspec found: the place, what belongs there, and never the value that stood there."""
    text = str(error)
    found = _PLACE.search(text)
    path = found[2] if found else ""
    named = _FIELD.search(text)
    dotted = re.sub(r"\[(\w+)\]", r".\1", path).replace("[...]", "").lstrip(".")
    place = ".".join(part for part in (where, dotted, named[2] if named and named[1] != "unknown" else "") if part)
    code = "invalid"
    if named:
        code = "missing" if named[1] == "missing required" else "unknown"
    message = _PLACE.sub("", text)
    if _VALUE.match(message):
        choices = _choices(kind, path)
        code, message = "enum", f"Must be one of: {', '.join(choices)}." if choices else "Is none of the known values."
    elif code == "unknown":
        message = f"Members are: {', '.join(_names(_at(kind, path)))}."
    return INVALID_REQUEST.problem(errors=[{"field": place, "code": code, "message": message}])


def _is_list(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_list(kind.type)
    return isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType)


def _is_instant(kind: inspect.Type) -> bool:
    return any(isinstance(plain, inspect.DateTimeType) for plain in _plain(kind))


def _at(kind: Any, path: str) -> list[inspect.Type]:
    """The types that may stand at a path of msgspec's, such as `lines[...].code`."""
    if isinstance(kind, AnyOf | ListOf):
        return []
    found = [inspect.type_info(kind)]
    for part in re.findall(r"\w+|\[[^\]]*\]", path):
        found = [inner for one in found for plain in _plain(one) for inner in _inside(plain, part)]
    return [plain for one in found for plain in _plain(one)]


def _plain(kind: inspect.Type) -> list[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        return _plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [plain for one in kind.types for plain in _plain(one)]
    return [kind]


def _inside(kind: inspect.Type, part: str) -> list[inspect.Type]:
    if isinstance(kind, inspect.StructType):
        return [field.type for field in kind.fields if field.encode_name == part]
    if isinstance(kind, inspect.DictType):
        return [kind.value_type]
    item = getattr(kind, "item_type", None)
    return [cast("inspect.Type", item)] if item is not None else []


def _choices(kind: Any, path: str) -> list[str]:
    found: list[str] = []
    for one in _at(kind, path):
        if isinstance(one, inspect.LiteralType):
            found += [str(value) for value in one.values]
        elif isinstance(one, inspect.EnumType):
            found += [str(member.value) for member in one.cls]
    return found


def _names(kinds: list[inspect.Type]) -> list[str]:
    return [field.encode_name for one in kinds if isinstance(one, inspect.StructType) for field in one.fields]
