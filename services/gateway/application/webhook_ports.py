"""Receivers of webhooks, and what was delivered to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from services.gateway.application.access import Principal

DeliveryState = Literal["waiting", "delivered", "failed"]


class Endpoint(msgspec.Struct, frozen=True):
    """A receiver. `reason` says why it is disabled; `failing_since` when it last stopped answering well."""

    endpoint_id: str
    tenants: list[str]
    url: str
    types: list[str]
    description: str
    status: str
    reason: str
    failing_since: datetime | None
    created_by: str
    created_at: datetime


class Delivery(msgspec.Struct, frozen=True):
    """One event for one endpoint, and how it went. `message_id` is the header `webhook-id`."""

    id: int
    message_id: str
    endpoint_id: str
    claim_id: str
    position: int
    type: str
    state: str
    attempts: int
    next_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    last_status: int | None
    last_error: str


class Endpoints(Protocol):
    """Receivers and deliveries; every method that takes a principal touches that caller's receivers only."""

    async def create(
        self, who: Principal, tenants: Sequence[str], url: str, types: Sequence[str], description: str, now: datetime
    ) -> tuple[str, str]:
        """A new receiver; returns (id, signing secret).

        Args:
            who: Who makes it.
            tenants: Whose events it gets.
            url: Where they are sent.
            types: Which types of event.
            description: What people call it.
            now: The moment of the transaction.

        Returns:
            The id and the signing secret, which is shown this once.
        """
        ...

    async def get(self, who: Principal, endpoint_id: str) -> Endpoint | None:
        """The receiver, if it is of the caller's tenants."""
        ...

    async def list(self, who: Principal) -> list[Endpoint]:
        """The receivers of the caller's tenants, oldest first."""
        ...

    async def set_status(self, endpoint_id: str, status: str, reason: str = "") -> None:
        """Enable (what waited goes out at once) or disable (what comes waits).

        Args:
            endpoint_id: The receiver's id.
            status: active or disabled.
            reason: Why, for those who look.
        """
        ...

    async def delete(self, endpoint_id: str) -> None:
        """Remove a receiver and what waits for it."""
        ...

    async def rotate(self, endpoint_id: str) -> str:
        """A new secret; deliveries are signed with the old one too for a day."""
        ...

    async def secrets(self, endpoint_id: str) -> Sequence[str]:
        """The secrets to sign with, the newest first."""
        ...

    async def deliveries(
        self, endpoint_id: str, *, state: DeliveryState | None, before: int, limit: int
    ) -> list[Delivery]:
        """The delivery log, the newest first.

        Args:
            endpoint_id: The receiver's id.
            state: Only those in this state; None for all.
            before: Id at which the page before ended.
            limit: Most deliveries.

        Returns:
            Deliveries, the newest first.
        """
        ...

    async def replay(
        self, endpoint_id: str, *, since: datetime | None, until: datetime | None, delivery_id: int | None
    ) -> int:
        """Deliver again what was delivered or given up; returns how many.

        Args:
            endpoint_id: The receiver's id.
            since: First moment of what is sent again; None for all.
            until: Last moment; None for all.
            delivery_id: Only this delivery; None for all.

        Returns:
            How many are delivered again.
        """
        ...
