"""Sends deliveries: one task an endpoint, so that a slow receiver delays nobody but itself."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import msgspec

from services.gateway.adapters.sql.tables import details_and_sentence
from services.gateway.adapters.sql.webhooks import Due, DueRow, Endpoint, Webhooks
from services.gateway.application import webhooks as rules
from services.gateway.application.webhooks import Body, Refused
from shared.db.pool import TRANSIENT
from shared.telemetry.logging import Log

_log = Log("webhooks")
_TIMEOUT = 15.0
_AT_ONCE = 4  # claims of one endpoint in flight
_BATCH = 100
_ENDPOINTS = 200
_LEASE_SECONDS = 300.0


class Outcome(msgspec.Struct, frozen=True):
    """What came of one request; `error` is a short word, never the receiver's text."""

    status: int | None
    error: str = ""

    @property
    def good(self) -> bool:
        """True for an answer of 200 to 299."""
        return self.status is not None and 200 <= self.status < 300


class Caller:
    """Makes one signed request to an address that was checked, connecting to exactly that address."""

    def __init__(self, *, private: bool = False, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._private = private
        # No proxy from the environment, no redirects, no cookies: the checked address is the one called.
        self._http = httpx.AsyncClient(
            timeout=_TIMEOUT, follow_redirects=False, trust_env=False, transport=transport,
            limits=httpx.Limits(max_connections=1000, max_keepalive_connections=0),
        )  # fmt: skip

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.aclose()

    async def resolve(self, url: str) -> tuple[str, str]:
        """The URL with the host's checked address in its place, and the host; `Refused` where we do not call it."""
        host, port = rules.check_url(url, private=self._private)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise Refused("the host does not resolve") from None
        address = rules.check_addresses([str(entry[4][0]) for entry in found], private=self._private)
        literal = f"[{address}]" if ":" in address else address
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=f"{literal}:{port}")), host

    async def call(self, url: str, secrets: Sequence[str], message_id: str, body: bytes) -> Outcome:
        """Post `body`, signed; every fault is an outcome."""
        timestamp = int(time.time())
        try:
            pinned, host = await self.resolve(url)
            async with (
                asyncio.timeout(_TIMEOUT),
                self._http.stream(
                    "POST",
                    pinned,
                    content=body,
                    headers={
                        "Host": urlsplit(url).netloc,
                        "Content-Type": "application/json",
                        "User-Agent": "Recoup-Webhooks/1",
                        "webhook-id": message_id,
                        "webhook-timestamp": str(timestamp),
                        "webhook-signature": rules.signature(secrets, message_id, timestamp, body),
                    },
                    extensions={"sni_hostname": host},
                ) as response,
            ):
                return Outcome(response.status_code)  # the answer's body is not read
        except Refused as refused:
            return Outcome(None, f"refused: {refused}")
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(None, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Outcome(None, type(error).__name__)


class Sender:
    """Hands the timeline to endpoints for ever."""

    def __init__(self, webhooks: Webhooks, caller: Caller, *, every: float = 0.25, retention_days: int = 30) -> None:
        self._webhooks = webhooks
        self._caller = caller
        self._every = every
        self._retention = retention_days
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Fan out and deliver; ends its tasks with itself."""
        swept = 0.0
        try:
            while True:
                full = False
                try:
                    full = await self._webhooks.fan_out() >= 2000
                    for endpoint in await self._webhooks.lease(
                        list(self._busy), _ENDPOINTS - len(self._busy), _LEASE_SECONDS
                    ):
                        self._start(endpoint)
                    if time.monotonic() - swept > 3600:
                        swept = time.monotonic()
                        await self._webhooks.forget_old(self._retention)
                except (asyncpg.PostgresError, *TRANSIENT) as error:
                    _log.warning("webhooks were interrupted", error_type=type(error).__name__)
                await asyncio.sleep(0 if full else self._every)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def _start(self, endpoint: Endpoint) -> None:
        task = asyncio.create_task(self._serve(endpoint))
        self._busy[endpoint.endpoint_id] = task
        task.add_done_callback(lambda _: self._busy.pop(endpoint.endpoint_id, None))

    async def _serve(self, endpoint: Endpoint) -> None:
        """Deliver what is due to one endpoint, for as long as its lease holds and it answers well."""
        until = time.monotonic() + _LEASE_SECONDS - 4 * _TIMEOUT
        try:
            secrets = await self._webhooks.secrets(endpoint.endpoint_id)
            healthy = True
            while healthy and time.monotonic() < until:
                due = await self._webhooks.due(endpoint.endpoint_id, _BATCH)
                if not due:
                    break
                for start in range(0, len(due), _AT_ONCE):
                    group = due[start : start + _AT_ONCE]
                    results = await asyncio.gather(*(self._deliver(endpoint, secrets, one) for one in group))
                    healthy = all(results)
                    if not healthy or time.monotonic() > until:
                        break
            await self._webhooks.release(endpoint.endpoint_id)
        except (asyncpg.PostgresError, *TRANSIENT) as error:
            _log.warning("deliveries to an endpoint were interrupted", error_type=type(error).__name__)

    async def _deliver(self, endpoint: Endpoint, secrets: Sequence[str], due: Due) -> bool:
        outcome = await self._caller.call(endpoint.url, secrets, due.message_id, body_of(due.row))
        if outcome.good and outcome.status is not None:
            await self._webhooks.succeeded(endpoint.endpoint_id, due.id, outcome.status)
            return True
        now = datetime.now(UTC)
        again = rules.next_try(due.attempts + 1, now)
        since = await self._webhooks.failed(endpoint.endpoint_id, due.id, outcome.status, outcome.error, again)
        if outcome.status == 410:
            await self._webhooks.set_status(endpoint.endpoint_id, "disabled", "the receiver answered 410 Gone")
        elif now - since > rules.DEAD_AFTER:
            await self._webhooks.set_status(endpoint.endpoint_id, "disabled", "it failed for five days")
        return False


def body_of(row: DueRow) -> bytes:
    """The delivery's bytes for a row of the timeline; the same at every try."""
    claim_id = str(row.claim_id)
    details, sentence = details_and_sentence(row)
    return rules.encode_body(
        Body(
            type=row.type,
            timestamp=row.occurred_at,
            tenant=row.tenant,
            claim_id=claim_id,
            position=row.position,
            state=row.after,
            sentence=sentence,
            timeline=f"/v1/claims/{claim_id}/timeline?after={row.position - 1}&limit=1",
            event=msgspec.Raw(details),
        )
    )
