"""What operators and probes ask of every service: health, metrics, dead letters."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.api.answer import answer
from shared.api.declared import Responses, answers, sends
from shared.db.stored_form import pack_from_now
from shared.runtime.callers import OperatorsRuntime
from shared.runtime.letter_routes import add_dead_letters
from shared.runtime.runtime import Runtime
from shared.runtime.status import ServiceStatus, status_of
from shared.telemetry import logging

_log = logging.Log("operations")
_STUCK_AFTER = 90.0
OPERATIONS = {"operations": "Health, metrics and what could not be handled; for probes and operators."}
"""What the tag of these routes is about."""


class Health(msgspec.Struct, frozen=True):
    """Whether the process turns: `live` or `stuck`."""

    status: str


class Readiness(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the service takes work, and of what it waits where it does not."""

    status: str
    database: bool | None = None
    broker: bool | None = None
    consuming: bool | None = None
    standing: list[str] | None = None
    publishing: bool | None = None
    outbox_held: int | None = None


class StoredForm(msgspec.Struct, frozen=True):
    """The form in which states are written from now on."""

    form: str


def operations(app: FastAPI) -> APIRouter:
    """The routes of every service's operators; `app.state.runtime` is None until the service is up."""
    router = APIRouter(tags=["operations"])
    _add_health(router, app)
    _add_status(router)
    add_dead_letters(router)
    _add_stored_form(router)
    return router


def _probe(kind: type[msgspec.Struct], example: msgspec.Struct, not_so: msgspec.Struct) -> Responses:
    good = answers(kind, example=example)
    return {**good, **answers(kind, status=503, example=not_so, description="Not now.")}


def _add_health(router: APIRouter, app: FastAPI) -> None:
    """What probes and Prometheus ask."""

    @router.get("/healthz/live", summary="Whether the process turns", responses=_LIVE)
    async def read_liveness() -> Response:
        """Say whether every consumer has polled lately. Waiting for servers at the start is not an error."""
        runtime: Runtime | None = app.state.runtime
        consumers = [] if runtime is None else runtime.consumers
        stuck = [c.seconds_since_poll for c in consumers if c.seconds_since_poll > _STUCK_AFTER]
        return answer(Health("stuck" if stuck else "live"), 503 if stuck else 200)

    @router.get("/healthz/ready", summary="Whether the service takes work", responses=_READY)
    async def read_readiness() -> Response:
        """Return 200 if database and broker answer, consumers make progress, and emitted events are published.

        `outbox_held` counts events that the broker does not take: only their claims wait for it.
        """
        runtime: Runtime | None = app.state.runtime
        if runtime is None:
            return answer(Readiness("starting"), 503)
        database, broker = await asyncio.gather(runtime.database_ready(), runtime.broker_ready())
        consuming = all(consumer.healthy and not consumer.crash_looping for consumer in runtime.consumers)
        standing = list(runtime.watch.standing())
        publishing = runtime.upkeep.publishing
        good = database and broker and consuming and publishing and not standing
        readiness = Readiness(
            "ready" if good else "not ready", database, broker, consuming, standing, publishing, runtime.upkeep.held
        )
        return answer(readiness, 200 if good else 503)

    @router.get(
        "/metrics",
        summary="Metrics",
        response_class=Response,
        responses=sends("text/plain", description="The metrics in Prometheus text format."),
    )
    async def read_metrics() -> Response:
        """Return the metrics in Prometheus text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


_LIVE = _probe(Health, Health("live"), Health("stuck"))
_READY = _probe(Readiness, Readiness("ready", True, True, True, [], True, 0), Readiness("starting"))


def _add_status(router: APIRouter) -> None:
    """What whoever watches all services asks."""

    @router.get("/admin/status", summary="How this process is", responses=answers(ServiceStatus))
    async def read_status(runtime: OperatorsRuntime) -> Response:
        """Return version, consumers, counts since the start and outbox of this process."""
        return answer(await status_of(runtime))


def _add_stored_form(router: APIRouter) -> None:
    """What operators say once, after an upgrade."""

    @router.post(
        "/admin/stored-form/packed",
        summary="Write states in their short form",
        responses=answers(StoredForm, example=StoredForm("packed")),
    )
    async def pack_states(runtime: OperatorsRuntime) -> Response:
        """Write states in their short form from now on: no replica is left of a release that reads JSON only."""
        async with runtime.pool.acquire() as conn:
            await pack_from_now(conn)
        _log.info("states are packed from now on")
        return answer(StoredForm("packed"))
