"""A service as a process: HTTP, consumer, relay and scheduler on one event loop, started and stopped together.

A service's `main.py` says what is its own (decider, table, routes); the rest is here and in `runtime` and `boot`.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

import uvicorn
from fastapi import APIRouter, FastAPI
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from shared import problem
from shared.api.document import install
from shared.api.refusals import Refusal
from shared.db.pool import Pool, open_pool
from shared.environment import complaints, secrets_folder
from shared.kafka import KafkaSecurity, read_security
from shared.runtime.apidocs import api_docs
from shared.runtime.boot import Assemble, Boot, Starting
from shared.runtime.credential_first import CredentialFirst, Known
from shared.runtime.operations import OPERATIONS, operations
from shared.runtime.request_limits import RequestLimits, protocol_of
from shared.runtime.runtime import Runtime
from shared.settings import Settings
from shared.telemetry import logging, tracing
from shared.telemetry.requests import RequestMetrics

__all__ = ["Runtime", "create_app", "load_settings", "run"]

_log = logging.Log("service")
S = TypeVar("S", bound=Settings)


def create_app(
    name: str,
    settings: Settings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    assemble: Assemble,
    description: str,
    tags: Mapping[str, str],
    known: Known | None = None,
    public: tuple[str, ...] = (),
    members: Mapping[str, str] | None = None,
    refused: Sequence[Refusal] = (),
) -> FastAPI:
    """The FastAPI application of service `name`; `assemble` adds what the service consumes to its runtime.

    `known` refuses whoever the service does not know, on every path but probes, documents and `public` ones (see
    `CredentialFirst`); without it nobody is asked.

    `description` says what the service is, `tags` what each group of its routes is about, `members` what members of
    its structs mean, and `refused` what all routes may answer besides the problems of every service: for the OpenAPI
    document.

    `app.state.runtime` is None until the service is up, and `app.state.up` the task that brings it there.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        pool = await open_pool(settings.database_url.get_secret_value(), service=name, size=settings.pool_size)
        boot = Boot(app, name, settings, pool, assemble)
        app.state.up = asyncio.create_task(boot.up())
        app.state.up.add_done_callback(lambda task: _report(app, task))
        try:
            yield
        finally:
            _log.info("stopping", service=name)
            app.state.up.cancel()
            await asyncio.wait([app.state.up])
            await boot.down()
            await _close(pool)

    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.runtime = None
    app.state.server = None
    problem.install(app)
    _add_middleware(app, settings, known, public)
    app.include_router(operations(app))
    app.include_router(api_docs(app))
    for router in routers:
        app.include_router(router)
    install(app, description=description, tags={**tags, **OPERATIONS}, members=members, refused=refused)
    return app


def _add_middleware(app: FastAPI, settings: Settings, known: Known | None, public: tuple[str, ...]) -> None:
    if known is not None:
        app.add_middleware(CredentialFirst, known=known, public=public)
    app.add_middleware(Starting)
    app.add_middleware(RequestLimits, settings=settings)
    app.add_middleware(RequestMetrics)  # the outermost: what `Starting` answers counts as well


def _report(app: FastAPI, up: asyncio.Task[None]) -> None:
    """A service that cannot come up says why and ends."""
    if up.cancelled() or up.exception() is None:
        return
    _log.error("the service cannot start", exc=up.exception())
    if app.state.server is not None:
        app.state.server.should_exit = True


async def _close(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), timeout=5)
    except TimeoutError:
        pool.terminate()


def load_settings(settings_class: type[S], **defaults: Any) -> S:
    """Settings from the environment over a service's own defaults; a clear line and exit code 2 where one is wrong."""
    try:
        settings = settings_class(_secrets_dir=secrets_folder())  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        _refuse(settings_class, error)
    try:
        read_security()
    except ValidationError as error:
        _refuse(KafkaSecurity, error)
    unset = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


def _refuse(settings_class: type[BaseSettings], error: ValidationError) -> NoReturn:
    for line in complaints(settings_class, error):
        sys.stderr.write(f"{line} (see docs/settings.md)\n")
    raise SystemExit(2) from None


def run(name: str, app: FastAPI, settings: Settings) -> None:
    """Serve until told to stop; exit code 3 where the service could not come up."""
    # Batches make many short-lived objects and few cycles: look for cycles seldom, and never in what start-up made.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    logging.configure(name, settings.log_level)
    tracing.configure(name, settings.otlp_endpoint, settings.trace_sample_ratio)
    app.state.server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            loop="uvloop",
            http=protocol_of(settings),
            timeout_graceful_shutdown=5,  # open live streams would otherwise hold up a stop for ever
        )
    )
    app.state.server.run()
    up: asyncio.Task[None] | None = getattr(app.state, "up", None)
    if up is None or (up.done() and not up.cancelled() and up.exception() is not None):
        raise SystemExit(3)
