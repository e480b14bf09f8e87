"""What operators and probes ask of every service: health, metrics, dead letters."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.db.stored_form import pack_from_now
from shared.runtime import parking
from shared.runtime.runtime import Runtime
from shared.telemetry import logging

_log = logging.Log("operations")
_STUCK_AFTER = 90.0


def operations(app: FastAPI) -> APIRouter:
    """The routes of every service's operators; `app.state.runtime` is None until the service is up."""
    router = APIRouter()
    _add_health(router, app)
    _add_dead_letters(router, app)
    _add_stored_form(router, app)
    return router


def _add_health(router: APIRouter, app: FastAPI) -> None:
    """What probes and Prometheus ask."""

    @router.get("/healthz/live", tags=["operations"])
    async def live(response: Response) -> dict[str, object]:
        """The process turns: every consumer has polled lately. Waiting for servers at the start is not an error."""
        runtime: Runtime | None = app.state.runtime
        consumers = [] if runtime is None else runtime.consumers
        stuck = [c.seconds_since_poll for c in consumers if c.seconds_since_poll > _STUCK_AFTER]
        response.status_code = 503 if stuck else 200
        return {"status": "stuck" if stuck else "live"}

    @router.get("/healthz/ready", tags=["operations"])
    async def ready(response: Response) -> dict[str, object]:
        """Return 200 if database and broker answer, consumers make progress, and emitted events are published.

        `outbox_held` counts events that the broker does not take: only their claims wait for it.
        """
        runtime: Runtime | None = app.state.runtime
        if runtime is None:
            response.status_code = 503
            return {"status": "starting"}
        database, broker = await asyncio.gather(runtime.database_ready(), runtime.broker_ready())
        consuming = all(consumer.healthy and not consumer.crash_looping for consumer in runtime.consumers)
        standing = runtime.watch.standing()
        publishing = runtime.upkeep.publishing
        good = database and broker and consuming and publishing and not standing
        response.status_code = 200 if good else 503
        return {
            "status": "ready" if good else "not ready",
            "database": database,
            "broker": broker,
            "consuming": consuming,
            "standing": standing,
            "publishing": publishing,
            "outbox_held": runtime.upkeep.held,
        }

    @router.get("/metrics", tags=["operations"], response_class=Response)
    async def prometheus() -> Response:
        """Return the metrics in Prometheus text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_dead_letters(router: APIRouter, app: FastAPI) -> None:
    """What operators do about parked events."""

    @router.get("/admin/dead-letters", tags=["operations"])
    async def dead_letters(authorization: Annotated[str, Header()] = "") -> list[dict[str, object]]:
        """List parked events with their reasons, oldest first."""
        runtime = _authorized(app, authorization)
        async with runtime.pool.acquire() as conn:
            return await parking.listed(conn, limit=1000)

    @router.post("/admin/dead-letters/replay", tags=["operations"])
    async def replay(
        claim_id: Annotated[str | None, Query()] = None, authorization: Annotated[str, Header()] = ""
    ) -> dict[str, int]:
        """Try parked events again in order, for one claim or for all."""
        runtime = _authorized(app, authorization)
        if runtime.replay is None:
            return {"handled": 0, "parked": 0}
        async with runtime.units.begin() as uow:
            handled, parked = await runtime.replay(uow, claim_id)
        return {"handled": handled, "parked": parked}

    @router.delete("/admin/dead-letters/{dead_letter_id}", tags=["operations"])
    async def discard(dead_letter_id: int, authorization: Annotated[str, Header()] = "") -> dict[str, int]:
        """Discard one parked event, so that the events behind it can be replayed."""
        runtime = _authorized(app, authorization)
        async with runtime.units.begin() as uow:
            await parking.remove(uow.conn, [dead_letter_id])
        _log.info("dead letter discarded", event_id=dead_letter_id)
        return {"discarded": dead_letter_id}


def _add_stored_form(router: APIRouter, app: FastAPI) -> None:
    """What operators say once, after an upgrade."""

    @router.post("/admin/stored-form/packed", tags=["operations"])
    async def pack_states(authorization: Annotated[str, Header()] = "") -> dict[str, str]:
        """Write states in their short form from now on: no replica is left of a release that reads JSON only."""
        runtime = _authorized(app, authorization)
        async with runtime.pool.acquire() as conn:
            await pack_from_now(conn)
        _log.info("states are packed from now on")
        return {"form": "packed"}


def _authorized(app: FastAPI, authorization: str) -> Runtime:
    runtime: Runtime = app.state.runtime
    runtime.require_operator(authorization)
    return runtime
