"""A service as a process: HTTP, consumer, relay and scheduler on one event loop, started and stopped together.

A service's `main.py` says what is its own (fold, table, routes); everything else is here.
"""

from __future__ import annotations

import asyncio
import gc
import hmac
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, TypeVar

import asyncpg
import uvicorn
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI, Header, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from shared import problem
from shared.clock import Clock
from shared.db.migrate import upgrade
from shared.db.pool import TRANSIENT, Pool, open_pool
from shared.events.base import CLAIMS_TOPIC
from shared.runtime import parking
from shared.runtime.consumer import Consumer, Inbox
from shared.runtime.event_inbox import EventInbox
from shared.runtime.folding import Folding
from shared.runtime.relay import Relay
from shared.runtime.timers import Scheduler
from shared.runtime.topics import ensure_topics_soon
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.settings import Settings
from shared.telemetry import logging, metrics, tracing

_log = logging.Log("service")
_STUCK_AFTER = 90.0
Replay = Callable[[UnitOfWork, str | None], Awaitable[tuple[int, int]]]
"""Tries parked records again, of one claim or of all; returns (handled, still parked)."""
Background = Callable[[], Coroutine[Any, Any, None]]
S = TypeVar("S", bound=Settings)


class Runtime:
    """What a running service has at hand; routes find it as `request.app.state.runtime`."""

    def __init__(self, name: str, settings: Settings, pool: Pool) -> None:
        self.name = name
        self.settings = settings
        self.pool = pool
        self.clock = Clock(settings.clock_file)
        self.relay = Relay(pool, settings.kafka_bootstrap_servers, service=name, idempotent=settings.kafka_idempotence)
        self.units = UnitsOfWork(pool, self.clock, self.relay.wake)
        self.consumers: list[Consumer[Any]] = []
        self.background: list[Background] = [self.relay.run, self._sweep]
        self.at_stop: list[Callable[[], Awaitable[None]]] = []
        self.event_inbox: EventInbox | None = None
        self.replay: Replay | None = None

    def consume(self, inbox: Inbox[Any], *, group: str | None = None) -> None:
        """Run a consumer-group member for `inbox`."""
        consumer = Consumer(self.settings, self.units, inbox, group=group or f"recoup-{self.name}")
        self.consumers.append(consumer)
        self.background.append(consumer.run)

    def fold(
        self, folding: Folding[Any], topics: tuple[str, ...] = (CLAIMS_TOPIC,), *, group: str | None = None
    ) -> None:
        """Run a `Folding`: its consumer, and the scheduler of its timers."""
        self.event_inbox = EventInbox(folding, topics)
        self.replay = self.event_inbox.replay
        self.consume(self.event_inbox, group=group)
        self.background.append(Scheduler(self.units, folding.fire).run)

    def require_operator(self, authorization: str) -> None:
        """Refuse a request without the operator's token; raises a 401 problem."""
        token = self.settings.admin_token.get_secret_value()
        if not token or not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise problem.Problem(
                401,
                "operator-token-required",
                "This route is for operators.",
                mend="Send `Authorization: Bearer` with the token in RECOUP_ADMIN_TOKEN.",
            )

    async def database_ready(self) -> bool:
        """The database answers and this service's schema is there."""
        try:
            async with asyncio.timeout(3), self.pool.acquire() as conn:
                metrics.parked_now.set(await parking.count(conn))
                return True
        except (*TRANSIENT, asyncpg.PostgresError):
            return False

    async def broker_ready(self) -> bool:
        """The broker answers a metadata request."""
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka_bootstrap_servers)
        try:
            async with asyncio.timeout(3):
                await producer.start()
                return True
        except (KafkaError, OSError, TimeoutError):
            return False
        finally:
            await producer.stop()

    async def _sweep(self) -> None:
        """Forget inbox entries past their retention, and sample the outbox, now and then."""
        while True:
            try:
                async with self.pool.acquire() as conn:
                    metrics.outbox_pending.set(await conn.fetchval("SELECT count(*) FROM outbox") or 0)
                    await conn.execute(
                        "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox "
                        "WHERE received_at < now() - make_interval(days => $1) LIMIT 20000)",
                        self.settings.inbox_retention_days,
                    )
            except (*TRANSIENT, asyncpg.PostgresError) as error:
                _log.warning("sweep postponed", error_type=type(error).__name__)
            await asyncio.sleep(30)


Assemble = Callable[[Runtime], Awaitable[None]]


def create_app(
    name: str, settings: Settings, *, title: str, routers: Sequence[APIRouter], assemble: Assemble
) -> FastAPI:
    """The FastAPI application of service `name`; `assemble` adds what the service consumes to its runtime."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            await _database_up(settings, name)
            pool = await open_pool(settings.database_url.get_secret_value(), service=name, size=settings.pool_size)
            stack.push_async_callback(_close, pool)
            await ensure_topics_soon(
                settings.kafka_bootstrap_servers,
                partitions=settings.partitions,
                replication_factor=settings.replication_factor,
            )
            runtime = Runtime(name, settings, pool)
            await assemble(runtime)
            for close in runtime.at_stop:
                stack.push_async_callback(close)
            app.state.runtime = runtime
            tasks = [asyncio.create_task(_guard(work)) for work in runtime.background]
            stack.push_async_callback(_cancel, tasks)
            _log.info("started", service=name, port=settings.port)
            yield
            _log.info("stopping", service=name)

    app = FastAPI(title=title, version="1", lifespan=lifespan, docs_url="/docs", redoc_url=None)
    problem.install(app)
    app.include_router(_operations(app))
    for router in routers:
        app.include_router(router)
    return app


def _operations(app: FastAPI) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz/live", tags=["operations"])
    async def live(response: Response) -> dict[str, object]:
        """The process turns: every consumer has polled lately."""
        runtime: Runtime = app.state.runtime
        stuck = [c.seconds_since_poll for c in runtime.consumers if c.seconds_since_poll > _STUCK_AFTER]
        response.status_code = 503 if stuck else 200
        return {"status": "stuck" if stuck else "live"}

    @router.get("/healthz/ready", tags=["operations"])
    async def ready(response: Response) -> dict[str, object]:
        """Database and broker answer, and the consumers have joined."""
        runtime: Runtime = app.state.runtime
        database, broker = await asyncio.gather(runtime.database_ready(), runtime.broker_ready())
        consuming = all(consumer.healthy for consumer in runtime.consumers)
        good = database and broker and consuming
        response.status_code = 200 if good else 503
        return {
            "status": "ready" if good else "not ready",
            "database": database,
            "broker": broker,
            "consuming": consuming,
        }

    @router.get("/metrics", tags=["operations"], response_class=Response)
    async def prometheus() -> Response:
        """Prometheus text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/admin/dead-letters", tags=["operations"])
    async def dead_letters(authorization: Annotated[str, Header()] = "") -> list[dict[str, object]]:
        """Parked events with their reasons, oldest first."""
        runtime = _authorized(app, authorization)
        async with runtime.pool.acquire() as conn, conn.transaction():
            letters = await parking.waiting(conn, None, limit=1000)
        return [
            {
                "id": letter_id,
                "claim_id": letter.claim_id,
                "event_id": letter.event_id,
                "type": letter.type,
                "reason": letter.reason,
                "detail": letter.detail,
                "topic": letter.origin.topic,
                "partition": letter.origin.partition,
                "offset": letter.origin.offset,
            }
            for letter_id, letter in letters
        ]

    @router.post("/admin/dead-letters/replay", tags=["operations"])
    async def replay(
        claim_id: Annotated[str | None, Query()] = None, authorization: Annotated[str, Header()] = ""
    ) -> dict[str, int]:
        """Try parked events again, in their order, of one claim or of all."""
        runtime = _authorized(app, authorization)
        if runtime.replay is None:
            return {"handled": 0, "parked": 0}
        async with runtime.units.begin() as uow:
            handled, parked = await runtime.replay(uow, claim_id)
        return {"handled": handled, "parked": parked}

    @router.delete("/admin/dead-letters/{letter_id}", tags=["operations"])
    async def discard(letter_id: int, authorization: Annotated[str, Header()] = "") -> dict[str, int]:
        """Give up one parked event, so that those behind it can be replayed."""
        runtime = _authorized(app, authorization)
        async with runtime.units.begin() as uow:
            await parking.remove(uow.conn, [letter_id])
        _log.info("dead letter discarded", event_id=letter_id)
        return {"discarded": letter_id}

    return router


def _authorized(app: FastAPI, authorization: str) -> Runtime:
    runtime: Runtime = app.state.runtime
    runtime.require_operator(authorization)
    return runtime


async def _database_up(settings: Settings, name: str) -> None:
    pause = 0.2
    while True:
        try:
            await upgrade(settings.database_url.get_secret_value(), name)
        except (OSError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not _passing(error):
                raise
            _log.warning("database not reachable yet", error_type=type(error).__name__, wait_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def _passing(error: DBAPIError) -> bool:
    """Whether SQLAlchemy wrapped a fault of the connection (SQLSTATE class 08, 53 or 57) and not one of the SQL."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state[:2] in ("08", "53", "57")


async def _guard(work: Background) -> None:
    """A background loop that ends has met a fault nobody foresaw: log it and start it anew."""
    while True:
        try:
            await work()
        except Exception as error:
            _log.error("a background loop failed and is started again", exc=error)
        await asyncio.sleep(1)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=10)


async def _close(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), timeout=5)
    except TimeoutError:
        pool.terminate()


def load_settings(settings_class: type[S], **defaults: Any) -> S:
    """Settings from the environment over a service's own defaults; a clear line and exit code 2 where one is wrong."""
    try:
        settings = settings_class()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        for item in error.errors():
            name = "_".join(str(part) for part in item["loc"]).upper()
            sys.stderr.write(f"setting {name}: {item['msg']} (see docs/settings.md)\n")
        raise SystemExit(2) from None
    unset = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


def run(name: str, app: FastAPI, settings: Settings) -> None:
    """Serve until told to stop."""
    # Batches make many short-lived objects and few cycles: look for cycles seldom, and never in what start-up made.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    logging.configure(name, settings.log_level)
    tracing.configure(name, settings.otlp_endpoint, settings.trace_sample_ratio)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        timeout_graceful_shutdown=5,  # open live streams would otherwise hold up a stop for ever
    )
