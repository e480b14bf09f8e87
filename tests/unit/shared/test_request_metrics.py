"""Every request counts once under its route's template, method and status, and under nothing that a caller chose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import REGISTRY

from shared import problem
from shared.problem import Problem
from shared.runtime.boot import Starting
from shared.telemetry.requests import UNROUTED, RequestMetrics

THING = "/v1/test-things/{thing_id}"


def app(*, up: bool = True) -> FastAPI:
    made = FastAPI()
    router = APIRouter(prefix="/v1")

    @router.get("/test-things/{thing_id}")
    async def read_thing(thing_id: str) -> dict[str, str]:
        if thing_id == "none":
            raise Problem(404, "unknown-thing", "No thing has this id.", how_to_fix="Read /v1/test-things.")
        if thing_id == "broken":
            raise RuntimeError("of the test")
        return {"id": thing_id}

    @router.get("/test-streams")
    async def stream() -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            seen.append(counted("GET", "/v1/test-streams", "200"))
            yield b"row"

        return StreamingResponse(rows())

    seen: list[float] = []
    made.state.seen = seen
    made.state.runtime = SimpleNamespace() if up else None
    problem.install(made)
    made.add_middleware(Starting)
    made.add_middleware(RequestMetrics)
    made.include_router(router)
    made.mount("/files", StaticFiles(directory="."))
    return made


def counted(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("recoup_http_requests_total", labels) or 0


def timed(method: str, route: str) -> float:
    return REGISTRY.get_sample_value("recoup_http_request_seconds_count", {"method": method, "route": route}) or 0


async def ask(to: FastAPI, method: str, path: str) -> int:
    transport = httpx.ASGITransport(app=to, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.request(method, path)).status_code


@pytest.mark.parametrize(
    ("method", "path", "label", "route", "status"),
    [
        ("GET", "/v1/test-things/7", "GET", THING, 200),
        ("GET", "/v1/test-things/none", "GET", THING, 404),
        ("GET", "/v1/test-things/broken", "GET", THING, 500),
        ("DELETE", "/v1/test-things/7", "DELETE", THING, 405),
        ("GET", "/v1/999-12-3456", "GET", UNROUTED, 404),
        ("BREW", "/v1/test-things/7", "other", THING, 405),
        ("GET", "/files/pyproject.toml", "GET", UNROUTED, 200),
    ],
)
async def test_a_request_counts_once(method: str, path: str, label: str, route: str, status: int) -> None:
    before = counted(label, route, str(status)), timed(label, route)
    assert await ask(app(), method, path) == status
    assert (counted(label, route, str(status)), timed(label, route)) == (before[0] + 1, before[1] + 1)


async def test_what_is_asked_before_the_service_is_up_counts_too() -> None:
    before = counted("GET", UNROUTED, "503")
    assert await ask(app(up=False), "GET", "/v1/test-things/7") == 503
    assert counted("GET", UNROUTED, "503") == before + 1


async def test_a_stream_counts_when_it_begins() -> None:
    made, before = app(), counted("GET", "/v1/test-streams", "200")
    assert await ask(made, "GET", "/v1/test-streams") == 200
    assert made.state.seen == [before + 1]


async def test_a_caller_that_goes_away_counts_as_499() -> None:
    async def gone(*_: object) -> None: ...

    async def nothing(*_: object) -> dict[str, str]:
        return {"type": "http.disconnect"}

    before = counted("GET", UNROUTED, "499")
    await RequestMetrics(gone)({"type": "http", "method": "GET"}, nothing, gone)  # pyright: ignore[reportArgumentType]
    assert counted("GET", UNROUTED, "499") == before + 1
