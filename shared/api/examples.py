"""Examples in the OpenAPI document, made of types and names of members; none is of a real claim."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from shared.api.schemas import AnyOf, ListOf

ID = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"
_TEXTS: dict[str, Any] = {
    "claim_id": ID,
    "endpoint_id": ID,
    "link_id": ID,
    "event_id": ID,
    "message_id": "msg_42",
    "tenant": "riverside-em",
    "tenants": "riverside-em",
    "state": "negotiating",
    "type": "recoup.offer.received.v1",
    "types": "recoup.claim.settled.v1",
    "url": "https://rcm.example/recoup",
    "status": "active",
    "role": "negotiator",
    "scopes": "claims:read",
    "key": "rcp_4f1c_…",
    "key_id": "4f1c",
    "secret": "whsec_…",
    "phase": "talking",
    "forum": "open_negotiation",
    "kind": "on_notice",
    "made_on": "2026-03-28",
    "expires_on": "2026-04-20",
    "filed_on": "2026-03-20",
    "until": "2026-04-19",
    "side": "payer",
    "offer_id": "o2",
    "action": "accept",
    "service": "settlement",
    "reason": "",
    "error": "",
    "last_error": "",
    "unavailable": "appeals",
    "group": "60054",
    "language": "en",
    "name": "our platform",
    "description": "",
    "created_by": "operator",
    "code": "99285",
    "zip": "10001",
    "place": "23",
    "modifiers": "25",
    "payer": "60054",
    "payer_id": "60054",
    "policy": "2026-1",
    "region": "NY",
    "specialty": "emergency",
    "source": "medicare_pfs",
    "release": "PFS 2026A",
    "row": "99285, locality 01, facility",
    "uses": "open_negotiation",
    "fallback": "",
    "cannot": "",
    "case_id": "c1",
    "remittance_id": "R1",
    "carcs": "45",
    "sha256": "9f86d081884c7d65",
    "taxonomy": "207P00000X",
    "rendering": "1234567893",
    "ccn": "",
    "discharge": "",
}
_NUMBERS: dict[str, int] = {"line": 1, "lines": 1, "year": 2026, "status": 422, "percentile": 80, "confidence": 82}


def example_of(kind: Any) -> Any:
    """A JSON value of a type that `schemas.ref` takes."""
    if isinstance(kind, AnyOf):
        return example_of(kind.kinds[0])
    if isinstance(kind, ListOf):
        return [example_of(kind.item)]
    return _example("", inspect.type_info(kind))


def _members(cls: type[msgspec.Struct]) -> dict[str, Any]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    members: dict[str, Any] = {}
    if info.tag is not None and info.tag_field:
        members[info.tag_field] = info.tag
    return members | {field.encode_name: _example(field.encode_name, field.type) for field in info.fields}


def _example(name: str, kind: inspect.Type) -> Any:
    match kind:
        case inspect.Metadata(type=inner):
            return _limited(_example(name, inner), inner)
        case inspect.UnionType(types=types):
            return _example(name, next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.StructType(array_like=True, fields=fields):
            return [_example(field.encode_name, field.type) for field in fields]
        case inspect.StructType(cls=cls):
            return _members(cls)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item) | inspect.SetType(item_type=item):
            return [_example(name, item)]
        case inspect.TupleType(item_types=items):
            return [_example(name, item) for item in items]
        case inspect.DictType(value_type=value):
            return {"negotiating": _example(name, value)}
        case inspect.LiteralType(values=values):
            # in one order: two literals of the same values share the one that was made first
            return min((value for value in values if value != ""), key=str, default="")
        case inspect.EnumType(cls=cls):
            return next(iter(cls)).value
        case _:
            return _scalar(name, kind)


def _limited(value: Any, kind: inspect.Type) -> Any:
    """A text within the limit of its type."""
    most = getattr(kind, "max_length", None)
    return value[:most] if isinstance(value, str) and most is not None else value


def _scalar(name: str, kind: inspect.Type) -> Any:
    match kind:
        case inspect.BoolType():
            return True
        case inspect.IntType():
            return _NUMBERS.get(name, 3)
        case inspect.FloatType():
            return 0.42
        case inspect.DecimalType():
            return "182.40"
        case inspect.DateTimeType():
            return "2026-03-29T14:00:00Z"
        case inspect.DateType():
            return "2026-05-01"
        case inspect.UUIDType():
            return ID
        case inspect.StrType():
            return _TEXTS.get(name, name.replace("_", " "))
        case _:
            return {}
