"""What a running service has at hand: pool, clock, relay, consumers, and what else it does in the background."""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared import problem
from shared.clock import Clock
from shared.db.pool import TRANSIENT, Pool
from shared.events.base import CLAIMS_TOPIC
from shared.kafka import client_options
from shared.runtime import parking
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.consumer import Consumer
from shared.runtime.event_inbox import EventInbox
from shared.runtime.inbox import Inbox
from shared.runtime.looking import look_for_ever
from shared.runtime.parking import ParkedRecord
from shared.runtime.positions import CatchingUp
from shared.runtime.relay import Relay
from shared.runtime.timers import Scheduler
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.runtime.upkeep import Upkeep
from shared.runtime.watch import Watch
from shared.settings import Settings
from shared.telemetry import logging, metrics

_log = logging.Log("service")
_NEWER_EVERY_SECONDS = 10.0


class Replay(Protocol):
    """Tries parked records again."""

    async def __call__(self, uow: UnitOfWork, claim_id: str | None, only: int | None = None) -> tuple[int, int]:
        """Of one claim or of all, or the `only` one by its id; returns (handled, still parked)."""
        ...


OpenSealed = Callable[[ParkedRecord], bytes | None]
"""What a parked record holds where the service sealed it; None where it cannot be opened."""
Handled = Callable[[UnitOfWork, Sequence[Any]], Awaitable[None]]
"""Told the last item of each partition once a batch is committed."""
Background = Callable[[], Coroutine[Any, Any, None]]


class Runtime:
    """What a running service has at hand; routes find it as `request.app.state.runtime`."""

    def __init__(self, name: str, settings: Settings, pool: Pool) -> None:
        self.name = name
        self.settings = settings
        self.pool = pool
        self.clock = Clock(settings.clock_file)
        self.zones = settings.time_zones()
        self.replica = f"{socket.gethostname()}:{settings.port}" if settings.port else ""
        """What names this process among all that live, and again when it comes up after a crash."""
        self.relay = Relay(
            pool,
            settings.kafka_bootstrap_servers,
            service=name,
            replica=self.replica,
            idempotent=settings.kafka_idempotence,
            max_message_bytes=settings.max_message_bytes,
            signer=settings.signer(),
        )
        self.trust = settings.trust()
        self.units = UnitOfWorkFactory(pool, self.clock, self.relay.wake, settings.max_message_bytes)
        self.upkeep = Upkeep(pool)
        self.consumers: list[Consumer[Any]] = []
        self.watch = Watch(settings.kafka_bootstrap_servers, self.consumers)
        self.background: list[Background] = [self.relay.run, self.upkeep.run, self.watch.run]
        self.at_stop: list[Callable[[], Awaitable[None]]] = []
        self.event_inbox: EventInbox | None = None
        self._probe: AIOKafkaProducer | None = None
        self.replay: Replay | None = None
        self.open_sealed: OpenSealed | None = None

    def consume(
        self,
        inbox: Inbox[Any],
        *,
        group: str | None = None,
        lane_of: Callable[[Any], str] | None = None,
        handled: Handled | None = None,
        catching_up: CatchingUp | None = None,
        at_once: int = 0,
    ) -> None:
        """Run a consumer-group member for `inbox`; `lane_of` lets it handle items side by side (see `Consumer`).

        It takes `at_once` records in one transaction, where that is said, else `RECOUP_BATCH_RECORDS`.
        """
        settings = self.settings.model_copy(update={"batch_records": at_once}) if at_once else self.settings
        consumer = Consumer(
            settings,
            self.units,
            inbox,
            group=group or f"recoup-{self.name}",
            service=self.name,
            lane_of=lane_of,
            handled=handled,
            catching_up=catching_up,
        )
        self.consumers.append(consumer)
        self.background.append(consumer.run)

    def process(
        self,
        processor: BatchProcessor[Any],
        topics: tuple[str, ...] = (CLAIMS_TOPIC,),
        *,
        group: str | None = None,
        handled: Handled | None = None,
    ) -> None:
        """Run a `BatchProcessor`: its consumer, and the scheduler of its timers."""
        self.event_inbox = inbox = EventInbox(processor, topics, self.settings.kafka_bootstrap_servers, self.trust)
        self.replay = inbox.replay
        self.consume(inbox, group=group, lane_of=inbox.claim_of, handled=handled, catching_up=inbox)
        self.background.append(partial(self._take_in_newer, inbox))
        self.background.append(Scheduler(self.units, processor.fire, ready=self._looked).run)

    async def _take_in_newer(self, inbox: EventInbox) -> None:
        """Take in, now and then, what a replica of the release before could not understand."""

        async def once() -> None:
            async with self.units.begin() as uow:
                handled = await inbox.take_in_newer(uow)
            if handled:
                _log.info("events that waited for this release are taken in", count=handled)

        consequence = "what waits for this release is tried later"
        await look_for_ever(once, every=_NEWER_EVERY_SECONDS, log=_log, interrupted=consequence)

    def _looked(self) -> bool:
        return all(consumer.looked for consumer in self.consumers)

    def require_operator(self, authorization: str) -> None:
        """Refuse a request without the operator's token; raises a 401 problem."""
        token = self.settings.admin_token.get_secret_value()
        if not token or not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise problem.Problem(
                401,
                "operator-token-required",
                "This route is for operators.",
                how_to_fix="Send `Authorization: Bearer` with the token in RECOUP_ADMIN_TOKEN.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    async def database_ready(self) -> bool:
        """The database answers and this service's schema is there."""
        try:
            async with asyncio.timeout(3), self.pool.acquire() as conn:
                metrics.parked_now.set(await parking.count(conn))
                await self.upkeep.sample_held(conn)
                return True
        except (*TRANSIENT, asyncpg.PostgresError):
            return False

    async def broker_ready(self) -> bool:
        """The broker answers a metadata request now; its connection is kept for the next time."""
        try:
            async with asyncio.timeout(3):
                if self._probe is None:
                    self._probe = await self._open_probe()
                return bool(await self._probe.client.force_metadata_update())
        except (KafkaError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Let go of what the runtime and its service opened."""
        for close in reversed(self.at_stop):
            await close()
        if self._probe is not None:
            await self._probe.stop()

    async def _open_probe(self) -> AIOKafkaProducer:
        probe = AIOKafkaProducer(
            **client_options(self.settings.kafka_bootstrap_servers), client_id=f"recoup-{self.name}-probe"
        )
        try:
            await probe.start()
        except BaseException:
            await probe.stop()
            raise
        return probe
