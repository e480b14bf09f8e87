"""HEAD and OPTIONS for every route, and a true `Allow` where a method is refused.

Routes are registered a method at a time, so that the framework knows of one method for each and of HEAD nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Methods:
    """ASGI middleware around `app`; `owner` has the routes."""

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self._app = app
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer OPTIONS and HEAD for routes that do not; pass everything else on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["method"] == "OPTIONS" and (allowed := self._allowed(scope)):
            await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", allowed)]})
            return await send({"type": "http.response.body", "body": b""})
        if scope["method"] == "HEAD" and b"GET" in self._allowed(scope):
            return await self._app({**scope, "method": "GET"}, receive, _without_body(send))

        async def with_allow(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405:
                headers = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
                message = {**message, "headers": [*headers, (b"allow", self._allowed(scope))]}
            await send(message)

        return await self._app(scope, receive, with_allow)

    def _allowed(self, scope: Scope) -> bytes:
        """The methods of every route with this path; empty where there is none."""
        found: set[str] = set()
        for route in _flat(self._owner.routes):
            if isinstance(route, APIRoute) and route.matches(scope)[0] != Match.NONE:
                found |= route.methods or set()
        if "GET" in found:
            found.add("HEAD")
        return ", ".join(sorted({*found, "OPTIONS"} if found else ())).encode()


def _flat(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes, those of included routers among them: the framework keeps routers as they were included."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is None:
            yield route
        else:
            yield from _flat(router.routes)


def _without_body(send: Send) -> Send:
    """Sends the head of an answer and an empty body once; a stream is not waited for."""
    ended = False

    async def headed(message: Message) -> None:
        nonlocal ended
        if message["type"] == "http.response.start":
            await send(message)
        elif not ended:
            ended = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return headed
