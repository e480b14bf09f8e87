"""Server-sent events: one claim, or all claims of the caller, as they happen."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.gateway.adapters.http.authenticate import credential_of, identify, may
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, ClaimId
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.live import Listener
from services.gateway.application.live_ports import Tail
from shared.api.declared import sends
from shared.api.refusals import Refusal

router = APIRouter(prefix="/v1", tags=["live"])
StreamReader = Annotated[Principal, Depends(may("stream:read"))]
LastEventId = Annotated[
    str,
    Header(alias="Last-Event-ID", max_length=40, description="resume after this event; 0 for everything there is"),
]
_PAGE = 200
TOO_MANY_STREAMS = Refusal(
    429, "too-many-streams", "Too many live streams are open.", "Close some, or try again later."
)
INVALID_LAST_EVENT_ID = Refusal(422, "invalid-last-event-id", "`Last-Event-ID` is unknown.", "Leave it out.")
_REFUSED = (TOO_MANY_STREAMS, INVALID_LAST_EVENT_ID)
_FRAMES = "Frames with `id`, `event: claim` and a JSON object in `data`; a comment as heartbeat."
EventTypes = Annotated[
    list[Annotated[str, Field(max_length=100)]] | None,
    Query(alias="type", max_length=50, description="only these event types; may be given several times"),
]


class Streams:
    """How many streams are open, and how often they beat."""

    def __init__(self, *, most: int = 10_000, most_each: int = 200, beat_seconds: float = 15.0) -> None:
        self.most = most
        self.most_each = most_each
        self.beat_seconds = beat_seconds
        self.open: Counter[str] = Counter()

    def enter(self, who: Principal) -> None:
        """Count one stream in; a problem where there are too many."""
        if self.open[who.id] >= self.most_each or self.open.total() >= self.most:
            raise TOO_MANY_STREAMS.problem(headers={"Retry-After": "30"})
        self.open[who.id] += 1

    def leave(self, who: Principal) -> None:
        """Count it out."""
        self.open[who.id] -= 1
        if not self.open[who.id]:
            del self.open[who.id]


@router.get(
    "/events", summary="Live events", response_class=StreamingResponse,
    responses=sends("text/event-stream", description=_FRAMES, refused=_REFUSED),
)  # fmt: skip
async def stream_all(
    request: Request,
    who: StreamReader,
    types: EventTypes = None,
    last_event_id: LastEventId = "",
) -> StreamingResponse:
    """Stream every event of the caller's claims from now on, or after `Last-Event-ID`."""
    return await _stream(request, who, Listener(who.tenants, None, frozenset(types or ())), last_event_id)


@router.get(
    "/claims/{claim_id}/events", summary="Live events of one claim", response_class=StreamingResponse,
    responses=sends("text/event-stream", description=_FRAMES, refused=(*_REFUSED, CLAIM_NOT_FOUND)),
)  # fmt: skip
async def stream_claim(
    request: Request, who: StreamReader, claim_id: ClaimId, last_event_id: LastEventId = ""
) -> StreamingResponse:
    """Stream every event of one claim from now on, or after `Last-Event-ID`."""
    if await Gateway.of(request).reader.claim(who, str(claim_id)) is None:
        await Gateway.of(request).refused(request, who, "not_found")
        raise CLAIM_NOT_FOUND.problem()
    return await _stream(request, who, Listener(who.tenants, str(claim_id)), last_event_id)


async def _stream(request: Request, who: Principal, listener: Listener, last_event_id: str) -> StreamingResponse:
    if last_event_id and not (last_event_id.isdigit() and len(last_event_id) < 19):
        raise INVALID_LAST_EVENT_ID.problem()
    gateway = Gateway.of(request)
    streams: Streams = request.app.state.streams
    streams.enter(who)
    try:
        await gateway.accessed(request, who, "stream", (), who.tenants)
        now = await gateway.tail.listen(listener)
    except BaseException:
        streams.leave(who)
        raise
    after = int(last_event_id) if last_event_id else now
    return StreamingResponse(
        _frames(request, who, listener, gateway, streams, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _frames(
    request: Request, who: Principal, listener: Listener, gateway: Gateway, streams: Streams, after: int
) -> AsyncGenerator[bytes]:
    checked = time.monotonic()
    try:
        yield b"retry: 2000\n\n"
        while True:
            if time.monotonic() - checked > streams.beat_seconds:
                checked = time.monotonic()
                if await identify(request.app, credential_of(request)) is None:
                    return  # the key was revoked or has expired
            if listener.behind:
                listener.behind = False
                frames = await gateway.reader.missed(who, listener, after, _PAGE)
                listener.behind |= len(frames) == _PAGE
            else:
                try:
                    async with asyncio.timeout(streams.beat_seconds):  # wait_for of 3.11 may forget a cancellation
                        frames = [await listener.queue.get()]
                except TimeoutError:
                    yield b": beat\n\n"
                    continue
                if listener.behind:
                    continue  # the buffer was given up while we waited: this frame is not the next one
            for frame in frames:
                if frame.id > after:  # what was read from the timeline may wait in the buffer too
                    after = frame.id
                    yield frame.data
    finally:
        _leave(gateway.tail, listener, streams, who)


def _leave(tail: Tail, listener: Listener, streams: Streams, who: Principal) -> None:
    tail.leave(listener)
    streams.leave(who)
