"""Answers: structs as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Response

_encoder = msgspec.json.Encoder(decimal_format="string")


def encode(value: Any) -> bytes:
    """JSON: decimals as strings and exact, instants and days ISO 8601."""
    return _encoder.encode(value)


def answer(value: Any, status: int = 200) -> Response:
    """A value as the JSON body of an answer."""
    return Response(_encoder.encode(value), status, media_type="application/json")
