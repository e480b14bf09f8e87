"""Webhook endpoints, for both clients: make, test, rotate, see what was delivered, deliver again. `webhooks:manage`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from recoup_client.policy import clean

DeliveryState = Literal["waiting", "delivered", "failed"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver. `reason` says why it is disabled, `failing_since` when it last stopped answering well.

    `secret` only when it was just made or rotated: keep it, and verify with `verify_webhook`.
    """

    endpoint_id: str
    tenants: list[str] = []
    url: str = ""
    types: list[str] = []
    description: str = ""
    status: str = "active"
    reason: str = ""
    failing_since: datetime | None = None
    secret: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint, and how it went. `message_id` is the header `webhook-id`."""

    id: int
    message_id: str
    claim_id: str
    type: str
    state: str
    attempts: int
    delivered_at: datetime | None = None
    last_status: int | None = None
    last_error: str = ""


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test message."""

    delivered: bool
    status: int | None = None
    error: str = ""


class _Endpoints(msgspec.Struct, frozen=True):
    items: list[Endpoint]


class _Deliveries(msgspec.Struct, frozen=True):
    items: list[Delivery]
    next: int | None = None


class _Replayed(msgspec.Struct, frozen=True):
    deliveries: int


def _path(endpoint_id: str, rest: str = "") -> str:
    return f"/v1/webhooks/{quote(endpoint_id, safe='')}{rest}"


def _once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _new(url: str, types: Sequence[str], tenants: Sequence[str], description: str) -> dict[str, Any]:
    body = {"url": url, "types": list(types), "tenants": list(tenants), "description": description}
    return {"json": body, "headers": _once()}


def _again(delivery_id: int | None, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    return {"json": clean({"delivery_id": delivery_id, "since": since, "until": until}), "headers": _once()}


def _read(response: httpx.Response, model: Any) -> Any:
    return msgspec.json.decode(response.content, type=model)


class EndpointCalls:
    """The calls of `Client`."""

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    def make_webhook(
        self, url: str, *, types: Sequence[str] = (), tenants: Sequence[str] = (), description: str = ""
    ) -> Endpoint:
        """A new endpoint with its `secret`; every event type where `types` is empty."""
        return _read(self._send("POST", "/v1/webhooks", **_new(url, types, tenants, description)), Endpoint)

    def webhooks(self) -> list[Endpoint]:
        """Your endpoints."""
        return _read(self._send("GET", "/v1/webhooks"), _Endpoints).items

    def set_webhook(self, endpoint_id: str, status: Literal["active", "disabled"]) -> Endpoint:
        """Turn an endpoint off, or on again: what came meanwhile goes out then."""
        return _read(self._send("PATCH", _path(endpoint_id), json={"status": status}), Endpoint)

    def delete_webhook(self, endpoint_id: str) -> None:
        """Forget an endpoint and what waits for it."""
        self._send("DELETE", _path(endpoint_id))

    def rotate_webhook(self, endpoint_id: str) -> Endpoint:
        """A new secret; for a day deliveries carry the old signature too."""
        return _read(self._send("POST", _path(endpoint_id, "/rotate"), headers=_once()), Endpoint)

    def test_webhook(self, endpoint_id: str) -> Tested:
        """Send a signed test message now."""
        return _read(self._send("POST", _path(endpoint_id, "/test")), Tested)

    def deliveries(self, endpoint_id: str, *, state: DeliveryState | None = None, limit: int = 100) -> list[Delivery]:
        """The newest deliveries of an endpoint."""
        params = clean({"state": state, "limit": limit})
        return _read(self._send("GET", _path(endpoint_id, "/deliveries"), params=params), _Deliveries).items

    def replay_webhook(
        self,
        endpoint_id: str,
        *,
        delivery_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Deliver again under the same message ids: one, those made in a time, or all; returns how many."""
        what = _again(delivery_id, since, until)
        return _read(self._send("POST", _path(endpoint_id, "/replay"), **what), _Replayed).deliveries


class AsyncEndpointCalls:
    """The calls of `AsyncClient`."""

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    async def make_webhook(
        self, url: str, *, types: Sequence[str] = (), tenants: Sequence[str] = (), description: str = ""
    ) -> Endpoint:
        """A new endpoint with its `secret`; every event type where `types` is empty."""
        return _read(await self._send("POST", "/v1/webhooks", **_new(url, types, tenants, description)), Endpoint)

    async def webhooks(self) -> list[Endpoint]:
        """Your endpoints."""
        return _read(await self._send("GET", "/v1/webhooks"), _Endpoints).items

    async def set_webhook(self, endpoint_id: str, status: Literal["active", "disabled"]) -> Endpoint:
        """Turn an endpoint off, or on again: what came meanwhile goes out then."""
        return _read(await self._send("PATCH", _path(endpoint_id), json={"status": status}), Endpoint)

    async def delete_webhook(self, endpoint_id: str) -> None:
        """Forget an endpoint and what waits for it."""
        await self._send("DELETE", _path(endpoint_id))

    async def rotate_webhook(self, endpoint_id: str) -> Endpoint:
        """A new secret; for a day deliveries carry the old signature too."""
        return _read(await self._send("POST", _path(endpoint_id, "/rotate"), headers=_once()), Endpoint)

    async def test_webhook(self, endpoint_id: str) -> Tested:
        """Send a signed test message now."""
        return _read(await self._send("POST", _path(endpoint_id, "/test")), Tested)

    async def deliveries(
        self, endpoint_id: str, *, state: DeliveryState | None = None, limit: int = 100
    ) -> list[Delivery]:
        """The newest deliveries of an endpoint."""
        params = clean({"state": state, "limit": limit})
        return _read(await self._send("GET", _path(endpoint_id, "/deliveries"), params=params), _Deliveries).items

    async def replay_webhook(
        self,
        endpoint_id: str,
        *,
        delivery_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Deliver again under the same message ids: one, those made in a time, or all; returns how many."""
        what = _again(delivery_id, since, until)
        return _read(await self._send("POST", _path(endpoint_id, "/replay"), **what), _Replayed).deliveries
