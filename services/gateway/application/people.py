"""People by the names under which they act: what a key, or a token's subject, is called.

A caller is known by an id in the journal and the access log; whoever reads them wants the name. Keys have one. Whoever
signs in by the issuer's page gives theirs with `Directory.remember`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.gateway.application.access import Principal
from services.gateway.application.api_key_ports import ApiKey, ApiKeys

_REMEMBERED = 10_000


class Person(msgspec.Struct, frozen=True):
    """Somebody who may have a case: their id as it is kept, what they are called, and their role."""

    id: str
    name: str
    role: str


class Directory:
    """Names of callers, from the keys and from tokens that were seen."""

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys
        self._seen: dict[str, str] = {"operator": "Operator"}

    def remember(self, caller: str, name: str) -> None:
        """Keep what a token calls its subject."""
        if len(self._seen) >= _REMEMBERED:
            self._seen = {"operator": "Operator"}
        self._seen[caller] = name

    async def names(self, callers: Iterable[str]) -> dict[str, str]:
        """What these ids are called; those without a name are left out."""
        wanted = set(callers)
        found = {caller: self._seen[caller] for caller in wanted if caller in self._seen}
        if any(caller.startswith("key:") for caller in wanted):
            found |= {f"key:{key.key_id}": key.name for key in await self._keys.list() if f"key:{key.key_id}" in wanted}
        return found

    async def people(self, who: Principal, now: datetime) -> list[Person]:
        """Those who may act on claims of the caller's tenants, by name."""
        found = [
            Person(f"key:{key.key_id}", key.name, key.role)
            for key in await self._keys.list()
            if _acts(key, now) and (who.sees_every_tenant or set(key.tenants) & {*who.tenants, "*"})
        ]
        return sorted(found, key=lambda person: (person.name.lower(), person.id))


def _acts(key: ApiKey, now: datetime) -> bool:
    ended = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
    return not ended and "claims:act" in key.scopes
