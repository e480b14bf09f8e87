"""API keys, without their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class ApiKey(msgspec.Struct, frozen=True):
    """A key without its secret."""

    key_id: str
    name: str
    role: str
    tenants: list[str]
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class ApiKeys(Protocol):
    """Creates, lists and revokes keys."""

    async def create(
        self,
        name: str,
        role: str,
        tenants: Sequence[str],
        scopes: Sequence[str],
        *,
        created_by: str,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> tuple[str, str]:
        """A new key; returns (id, key). The key is shown this once.

        Args:
            name: What people call it.
            role: The role that it has.
            tenants: Whose data it opens.
            scopes: What it may do.
            created_by: Who made it.
            now: The moment of the transaction.
            expires_at: When it ends; None for never.

        Returns:
            The id and the key, which is shown this once.
        """
        ...

    async def list(self) -> list[ApiKey]:
        """Every key, the newest first."""
        ...

    async def get(self, key_id: str) -> ApiKey | None:
        """One key."""
        ...

    async def revoke(self, key_id: str, now: datetime) -> None:
        """End a key; it stays listed."""
        ...
