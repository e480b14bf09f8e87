"""Whoever a service does not know is denied before a path's values, a query or a body are looked at.

A route's own dependencies come after its framework has read the body, and say what this caller may do there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.problem import Problem, problem_response
from shared.runtime.boot import OPEN
from shared.runtime.runtime import Runtime

_OPERATORS = "/admin/"

Known = Callable[[Request], Awaitable[None]]
"""Returns where somebody known sent the request; raises the 401 problem otherwise."""


class CredentialFirst:
    """ASGI middleware: asks `known` of every request but those to `OPEN` paths and to what `public` names.

    What is below `/admin/` is every service's operators'.
    `public` are whole paths, or beginnings that end with a slash.
    """

    def __init__(self, app: ASGIApp, *, known: Known, public: tuple[str, ...] = ()) -> None:
        self._app = app
        self._known = known
        self._beginnings = (*OPEN, *(path for path in public if path.endswith("/") and path != "/"))
        self._paths = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is public or comes from somebody known; answer everything else with the problem."""
        if scope["type"] == "http" and not self._is_public(scope["path"]):
            request = Request(scope)
            try:
                if scope["path"].startswith(_OPERATORS):
                    runtime: Runtime = request.app.state.runtime
                    runtime.require_operator(request.headers.get("authorization", ""))
                else:
                    await self._known(request)
            except Problem as problem:
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_public(self, path: str) -> bool:
        return path in self._paths or path.startswith(self._beginnings)
