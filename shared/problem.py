"""Errors over HTTP as RFC 9457 problem details.

A problem names the field or place and how to fix it. It never repeats a submitted value, which may be patient data.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from shared.former_names import with_both_names
from shared.sealing import SealBroken
from shared.telemetry.logging import Log

_log = Log("http")


class Problem(Exception):
    """A request that cannot be served as asked.

    `slug` names the kind of problem (the last part of its `type` URI), `detail` says what and where,
    `how_to_fix` what to do about it; `extra` members are added to the document as they are.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        how_to_fix: str = "",
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(slug)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.how_to_fix = how_to_fix
        self.errors = errors
        self.headers = headers
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """The `application/problem+json` body."""
        body: dict[str, Any] = {
            "type": f"urn:recoup:problem:{self.slug}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.how_to_fix:
            body["how_to_fix"] = self.how_to_fix
        if self.errors is not None:
            body["errors"] = self.errors
        return with_both_names(body | self.extra)


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as the answer to a request."""
    return JSONResponse(
        problem.document(),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=problem.headers,
    )


def sealed_value(detail: str) -> Problem:
    """The answer where no key of the ring opens what is asked for; `detail` is a full sentence without PHI."""
    return Problem(
        503,
        "sealed-value",
        detail,
        how_to_fix="Operators: RECOUP_PHI_KEYS must hold every key that is in use; put the missing one back.",
    )


async def _on_value(_: Request, error: Exception) -> JSONResponse:
    _log.error("a request held a value that the database does not take", error_type=type(error).__name__)
    return problem_response(
        Problem(
            422,
            "value-not-taken",
            "A value that was given can be neither stored nor looked up.",
            how_to_fix="Ids are UUIDs, texts hold no U+0000, numbers stay within their limits.",
        )
    )


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem details."""

    async def on_problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return problem_response(error)

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, StarletteHTTPException)
        slug = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        headers = dict(error.headers) if error.headers else None
        return problem_response(Problem(error.status_code, slug, str(error.detail), headers=headers))

    async def on_validation(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        errors = [
            {"field": ".".join(str(part) for part in item["loc"]), "code": item["type"], "message": item["msg"]}
            for item in error.errors()
        ]
        return problem_response(
            Problem(
                422,
                "invalid-request",
                "The request does not fit the schema of this route.",
                how_to_fix="Correct the fields named in `errors`; /openapi.json shows the schema.",
                errors=errors,
            )
        )

    async def on_disconnect(_: Request, error: Exception) -> JSONResponse:
        # nobody reads this; but a caller who hung up in the middle of a body is not our error and not a crash
        return problem_response(
            Problem(400, "body-broken-off", "The connection ended before the body did.", how_to_fix="Send again.")
        )

    async def on_sealed(_: Request, error: Exception) -> JSONResponse:
        return problem_response(sealed_value(f"What is asked for cannot be opened: {error}."))

    async def on_crash(_: Request, error: Exception) -> JSONResponse:
        return problem_response(
            Problem(
                500, "internal", "The service failed while answering.", how_to_fix="Try again; if it stays, tell ops."
            )
        )

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(StarletteHTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
    app.add_exception_handler(SealBroken, on_sealed)
    app.add_exception_handler(asyncpg.DataError, _on_value)
    app.add_exception_handler(Exception, on_crash)
