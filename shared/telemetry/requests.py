"""Counts and times the requests of every service, by the template of their route: never by a path with an id in it."""

from __future__ import annotations

import time

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry import metrics

UNROUTED = "unmatched"
"""The route of a request that no route of the service takes, and of files that are served as they are."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_GONE = "499"


class RequestMetrics:
    """ASGI middleware: one count and one duration a request, labelled by method, route template and status.

    The duration, in seconds, ends where the answer begins, so that a live stream is not counted as slow. A request
    that raises is answered 500 further out; one whose caller went away before it was answered counts as 499.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it once its answer begins, or it ends without one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = ""

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start" and not status:
                status = str(message["status"])
                _count(scope, status, began)
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            if not status:
                status = "500"
                _count(scope, status, began)
            raise
        finally:
            if not status:
                _count(scope, _CLIENT_GONE, began)


def _count(scope: Scope, status: str, began: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = scope.get("route")
    template = route.path if isinstance(route, APIRoute) else UNROUTED
    metrics.http_requests.labels(method, template, status).inc()
    metrics.http_request_seconds.labels(method, template).observe(time.perf_counter() - began)
