"""What an event of intake's is about, whenever and in whatever company its input came.

The same input that comes a second time gives an event that differs in the day of receipt, in how it was matched, or in
what case review finds by newer tables. Two events are of one input if their names here are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

_IDS = ("remittance_id", "recoupment_id", "request_id", "report_id", "key", "accepted", "undone", "taken_off")
"""Fields that say what an event is about; ids among them are made from the content of the input."""
_CHANGING = frozenset({"received_on", "arrived_on", "match_score", "match_reason", "findings", "traceparent"})
_RECEIVED = "recoup.claim.received.v1"
"""A claim is received once, and its id is made from its content."""


def name_of(type_: str, data: Mapping[str, Any]) -> str:
    """The SHA-256 (hex) of what an event is about.

    Args:
        type_: the event's type.
        data: its payload, as JSON holds it.
    """
    remittance: Mapping[str, Any] = data.get("remittance") or {}
    about: Any = {name: found for name in _IDS if (found := data.get(name, remittance.get(name))) not in (None, "")}
    if type_ == _RECEIVED:
        about = {}
    elif not any(name.endswith("_id") or name == "key" for name in about):
        about = _lasting(data)
    return sha256(msgspec.json.encode((type_, about), order="sorted")).hexdigest()


def _lasting(value: Any) -> Any:
    """A value of JSON without what changes from one receipt to the next."""
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {name: _lasting(inner) for name, inner in fields.items() if name not in _CHANGING}
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [_lasting(item) for item in items]
    return value
