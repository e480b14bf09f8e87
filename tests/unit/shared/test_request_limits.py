"""What one caller may take of a service: each limit is met by a connection of its own to a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import msgspec
import pytest
import uvicorn
from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from shared import problem
from shared.api.reading import read_body
from shared.runtime.request_limits import RequestLimits, protocol_of
from shared.settings import Settings

SOON = 0.15
"""Seconds that the tests' server waits for a sender."""
ENOUGH = 10.0
"""Seconds after which a test gives the server up."""


def settings(**given: Any) -> Settings:
    return Settings(DATABASE_URL=SecretStr("postgresql://nowhere"), **given)  # pyright: ignore[reportCallIssue]


def app(limits: Settings) -> FastAPI:
    made = FastAPI()
    made.state.gate = asyncio.Event()
    made.state.waiting = 0
    made.state.runtime = SimpleNamespace()

    @made.post("/read")
    async def read(body: Annotated[dict[str, int], read_body(dict[str, int])]) -> dict[str, int]:
        return body

    @made.post("/stream")
    async def stream(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @made.post("/unread")
    async def unread() -> str:
        return "answered"

    @made.get("/waits")
    async def waits() -> str:
        made.state.waiting += 1
        await made.state.gate.wait()
        return "done"

    @made.get("/healthz/live")
    async def live() -> str:
        return "live"

    problem.install(made)
    made.add_middleware(RequestLimits, settings=limits)
    return made


@asynccontextmanager
async def served(limits: Settings) -> AsyncGenerator[tuple[FastAPI, int]]:
    """A server of its own, and its port."""
    made = app(limits)
    server = uvicorn.Server(
        uvicorn.Config(made, port=0, log_config=None, lifespan="off", http=protocol_of(limits), timeout_keep_alive=60)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield made, server.servers[0].sockets[0].getsockname()[1]
    finally:
        made.state.gate.set()
        server.should_exit = True
        await serving


async def said(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that the server says before it closes the connection, to what is sent piece by piece."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = bytearray()

    async def listen() -> None:
        with suppress(ConnectionError):  # it closed while a piece was on its way
            while piece := await reader.read(65_536):
                heard.extend(piece)

    async with asyncio.timeout(ENOUGH):
        listening = asyncio.create_task(listen())
        for piece in pieces:
            if not listening.done():
                writer.write(piece)
            await asyncio.sleep(pause)
        await listening
    writer.close()
    return bytes(heard)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([b""], id="nothing"),
        pytest.param([b"GET /healthz/live HTTP/1.1\r\nHost: a\r\n"], id="half a header"),
        pytest.param([b"GET /healthz/live HTTP/1.1\r\n", *[b"X: y\r\n"] * 8], id="a line at a time"),
        pytest.param(
            [b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", *[b"x"] * 3], id="after the answer"
        ),
    ],
)
async def test_a_connection_that_says_too_little_is_closed(sent: list[bytes]) -> None:
    async with served(settings(request_seconds=SOON)) as (_, port):
        answer = await said(port, *sent, pause=SOON / 3)
    assert b"live" not in answer


@pytest.mark.parametrize("path", ["/read", "/stream"])
async def test_a_body_that_does_not_come_is_refused_and_its_connection_closed(path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n".encode()
    async with served(settings(request_seconds=SOON)) as (_, port):
        answer = await said(port, head, b"{")
        dribbled = await said(port, head, *[b"{"] * 20, pause=SOON / 5)
    for one in (answer, dribbled):
        assert one.startswith(b"HTTP/1.1 408 ")
        assert b"urn:recoup:problem:too-slow" in one


async def test_a_body_that_keeps_the_rate_may_take_longer_than_its_first_seconds() -> None:
    """500 bytes earn one second: four pieces of 200 bytes, 0.1 s apart, have 0.15 s and what each earns."""
    head = b"POST /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 800\r\n\r\n"
    async with served(settings(request_seconds=SOON)) as (_, port):
        answer = await said(port, head + b"x" * 200, *[b"x" * 200] * 3, pause=0.1)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"800")


async def test_a_body_beyond_the_limit_is_refused_by_its_announcement_and_by_its_bytes() -> None:
    async with served(settings(max_body_bytes=1024)) as (_, port), httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}/stream"

        async def chunks() -> AsyncGenerator[bytes]:
            for _ in range(5):
                yield b"x" * 256

        fits = await client.post(url, content=b"x" * 1024)
        announced = await client.post(url, content=b"x" * 1025)
        chunked = await client.post(url, content=chunks())
    assert (fits.status_code, fits.json()) == (200, 1024)
    for refused in (announced, chunked):
        assert (refused.status_code, refused.json()["type"]) == (413, "urn:recoup:problem:too-large")


async def test_requests_beyond_those_in_work_are_refused_and_probes_are_not() -> None:
    async with served(settings(max_requests=2)) as (made, port), httpx.AsyncClient(timeout=ENOUGH) as client:
        base = f"http://127.0.0.1:{port}"
        waiting = [asyncio.create_task(client.get(f"{base}/waits")) for _ in range(2)]
        while made.state.waiting < 2:
            await asyncio.sleep(0.01)
        refused = await client.post(f"{base}/unread")
        probe = await client.get(f"{base}/healthz/live")
        made.state.gate.set()
        answered = [one.status_code for one in await asyncio.gather(*waiting)]
        after = await client.post(f"{base}/unread")
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:recoup:problem:too-many-at-once")
    assert refused.headers["retry-after"] == "1"
    assert (probe.status_code, answered, after.status_code) == (200, [200, 200], 200)


async def test_a_stream_holds_no_place_once_it_began() -> None:
    going = asyncio.Event()

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await going.wait()

    limits = RequestLimits(inner, settings=settings(max_requests=1))
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        statuses.append(message["status"])

    scope: Scope = {"type": "http", "path": "/v1/live", "headers": [], "method": "GET"}
    async with asyncio.timeout(ENOUGH), asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(limits(scope, receive, send))
        await asyncio.sleep(0)
        going.set()
    assert statuses == [200, 200, 200]


@pytest.mark.parametrize(
    "bomb", [b"[" * 500_000, b'{"a":' * 100_000, b"1" * 1_048_577], ids=["lists", "objects", "a long number"]
)
async def test_json_nested_or_long_without_end_is_refused(bomb: bytes) -> None:
    transport = httpx.ASGITransport(app(settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.post("/read", content=bomb, headers={"content-type": "application/json"})
    assert answer.status_code in (413, 422)
    assert msgspec.json.decode(answer.content)["type"].startswith("urn:recoup:problem:")
