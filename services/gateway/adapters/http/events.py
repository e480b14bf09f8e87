"""`/asyncapi.json`: the topics and events, beside `/openapi.json`."""

from __future__ import annotations

from functools import cache

from fastapi import Response

from shared.events.asyncapi import render


async def document() -> Response:
    """Return the AsyncAPI 3 document of all topics and events."""
    return Response(_text(), media_type="application/json")


@cache
def _text() -> str:
    return render()
