"""What one caller may take of a service: bytes of a body, time to send them, and requests in work at once.

A server that waits for ever for the rest of a header or body is held up by whoever opens connections and says
nothing. Time-outs are as Apache's `RequestReadTimeout header=20 body=20,MinRate=500` (mod_reqtimeout).
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.api.refusals import TOO_LARGE, TOO_MANY_AT_ONCE, TOO_SLOW
from shared.problem import Problem, problem_response
from shared.runtime.boot import OPEN
from shared.settings import Settings

_SLOWEST = 500
"""Bytes of a body that earn its sender one more second."""


class RequestLimits:
    """ASGI middleware: refuses bodies that are too large or too slow, and requests beyond those in work.

    A request is in work until its answer begins: live streams hold no place. Probes are always answered.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on within its limits, or answer 413 or 503."""
        if scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        if _declared(scope) > self._settings.max_body_bytes:
            await problem_response(_too_large(self._settings.max_body_bytes))(scope, receive, send)
            return
        if self._in_work >= self._settings.max_requests:
            await problem_response(TOO_MANY_AT_ONCE.problem(headers={"Retry-After": "1"}))(scope, receive, send)
            return
        self._in_work += 1
        waits = True

        def done() -> None:
            nonlocal waits
            self._in_work -= waits
            waits = False

        async def begun(message: Message) -> None:
            if message["type"] == "http.response.start":
                done()
            await send(message)

        try:
            await self._app(scope, _Body(receive, self._settings), begun)
        finally:
            done()


class _Body:
    """The `receive` of one request, which raises the problem where its body passes a limit.

    Only time spent waiting for the sender counts: a service that takes long between two pieces harms nobody.
    """

    def __init__(self, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._most = settings.max_body_bytes
        self._patience = settings.request_seconds
        self._got = 0
        self._waited = 0.0
        self._whole = False

    async def __call__(self) -> MutableMapping[str, Any]:
        """Return the next message; after the body's end, whatever comes, whenever it does."""
        if self._whole:
            return await self._receive()
        loop = asyncio.get_running_loop()
        began = loop.time()
        left = self._patience + self._got / _SLOWEST - self._waited
        try:
            async with asyncio.timeout(max(left, 0)):
                message = await self._receive()
        except TimeoutError:
            # The rest will come as slowly: it is not waited for.
            raise TOO_SLOW.problem(headers={"Connection": "close"}) from None
        self._waited += loop.time() - began
        self._got += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._got > self._most:
            raise _too_large(self._most)
        return message


class HttpProtocol(HttpToolsProtocol):
    """A connection that is closed where a request's header, or what follows an answered one, does not come in time."""

    seconds = 20.0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Wait for the first header."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the header that begins."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """Wait no longer: the body has limits of its own."""
        self._stop()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Wait for the end of a body that nobody reads any more, as its request is answered."""
        super().on_body(body)
        if self.cycle.response_complete and self._late is None:
            self._wait()

    def on_message_complete(self) -> None:
        """Wait no longer."""
        self._stop()
        super().on_message_complete()

    def _wait(self) -> None:
        self._stop()
        self._late = self.loop.call_later(self.seconds, self._close)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison]
            self._wait()  # the next request of a connection whose reading is paused until this one is answered
        elif not self.transport.is_closing():
            self.transport.close()


def protocol_of(settings: Settings) -> type[HttpProtocol]:
    """The protocol whose time-out is the settings'."""
    return type("HttpProtocol", (HttpProtocol,), {"seconds": settings.request_seconds})


def _declared(scope: Scope) -> int:
    """Bytes that the header announces; 0 where it announces none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _too_large(most: int) -> Problem:
    return TOO_LARGE.problem(f"The body has more than {most} bytes.", how_to_fix="Split it into several requests.")
