"""Bringing a service up: migrations, topics, its own assembly, then its background work.

HTTP is served from the first moment, so that probes and people get an answer while a server is still away: live, not
ready, and a 503 problem on every other route. A database or broker that goes away in the middle only starts the
attempt again; a fault that waiting cannot fix ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError
from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.db.migrate import upgrade
from shared.db.pool import TRANSIENT, Pool
from shared.problem import Problem
from shared.runtime.runtime import Background, Runtime
from shared.runtime.stopping import end_if_cancelled
from shared.runtime.topics import ensure_topics
from shared.settings import Settings
from shared.telemetry import logging, metrics

_log = logging.Log("service")
OPEN = ("/healthz/", "/metrics", "/docs", "/openapi.json", "/asyncapi.json")
"""What is answered before the service is up, and to whoever asks."""

Assemble = Callable[[Runtime], Awaitable[None]]
"""Adds what a service consumes and does to its runtime; called again with a new one where an attempt failed."""


class Boot:
    """One service's way up, and down again."""

    def __init__(self, app: FastAPI, name: str, settings: Settings, pool: Pool, assemble: Assemble) -> None:
        self._app = app
        self._name = name
        self._settings = settings
        self._pool = pool
        self._assemble = assemble
        self._tasks: list[asyncio.Task[None]] = []
        self._runtime: Runtime | None = None

    async def up(self) -> None:
        """Try until it works; raises what waiting cannot fix."""
        pause = 0.2
        while True:
            try:
                await self._attempt()
            except (KafkaError, *TRANSIENT) as error:
                away = "broker" if isinstance(error, KafkaError) else "server"
                _log.warning(f"{away} not reachable yet", error_type=type(error).__name__, wait_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                return

    async def down(self) -> None:
        """Stop the background work and let go of everything."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        if self._runtime is not None:
            await self._runtime.close()

    async def _attempt(self) -> None:
        settings = self._settings
        await upgrade(settings.database_url.get_secret_value(), self._name)
        await ensure_topics(
            settings.kafka_bootstrap_servers,
            partitions=settings.partitions,
            replication_factor=settings.replication_factor,
            max_message_bytes=settings.max_message_bytes,
        )
        runtime = Runtime(self._name, settings, self._pool)
        runtime.clock.follow(await self._pool.fetchval("SELECT clock_timestamp()"))  # before anything is dated by it
        try:
            await self._assemble(runtime)
        except BaseException:
            await runtime.close()
            raise
        self._runtime = self._app.state.runtime = runtime
        self._tasks = [asyncio.create_task(_guard(work)) for work in runtime.background]
        _log.info("started", service=self._name, port=settings.port)


class Starting:
    """ASGI middleware: until the service is up, everything but probes is answered 503 with `Retry-After`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if the service is up or the path is a probe's; else answer 503."""
        up = scope["type"] != "http" or scope["app"].state.runtime is not None
        if up or scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        problem = Problem(
            503, "starting", "The service waits for its database or broker.", how_to_fix="Send it again shortly."
        )
        answer = JSONResponse(
            problem.document(), 503, media_type="application/problem+json", headers={"Retry-After": "1"}
        )
        await answer(scope, receive, send)


async def _guard(work: Background) -> None:
    """A background loop that ends has met a fault nobody foresaw: log it and start it again."""
    while True:
        end_if_cancelled()
        try:
            await work()
        except Exception as error:
            metrics.loop_restarts.labels(getattr(work, "__qualname__", type(work).__name__)).inc()
            _log.error("a background loop failed and is started again", exc=error)
        await asyncio.sleep(1)
