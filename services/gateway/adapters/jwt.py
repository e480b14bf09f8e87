"""JWTs of one OpenID Connect issuer, as its client-credentials grant gives them (RFC 9068 in spirit).

The claim `recoup_tenants` (a list) names the tenants and `recoup_role` the role; `scope`, where present, narrows
the role's scopes and never widens them.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import jwt

from services.gateway.application.access import EVERY_TENANT, ROLES, Principal, valid_tenant
from shared.telemetry.logging import Log

_log = Log("jwt")
_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_REFRESH_SECONDS = 30.0
_MAX_AGE_SECONDS = 3600.0


class JwtIssuer:
    """Checks tokens against the issuer's published keys, which are fetched when first needed and when they change."""

    def __init__(self, issuer: str, audience: str, *, client: httpx.AsyncClient) -> None:
        self._issuer = issuer
        self._audience = audience
        self._client = client
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._lock = asyncio.Lock()

    async def principal(self, credential: str) -> Principal | None:
        """Whose token this is; None for no token, or one that is not valid here and now."""
        if credential.count(".") != 2:
            return None
        try:
            key = await self._key(str(jwt.get_unverified_header(credential).get("kid", "")))
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                credential,
                key,
                algorithms=_ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=30,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return principal_of(claims)

    async def _key(self, kid: str) -> jwt.PyJWK | None:
        age = time.monotonic() - self._fetched
        if age > _MAX_AGE_SECONDS or (kid not in self._keys and age > _REFRESH_SECONDS):
            async with self._lock:
                if time.monotonic() - self._fetched > _REFRESH_SECONDS:
                    await self._fetch()
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        self._fetched = time.monotonic()
        try:
            found = await self._client.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            answer = await self._client.get(found.raise_for_status().json()["jwks_uri"])
            keys = jwt.PyJWKSet.from_dict(answer.raise_for_status().json()).keys
        except (httpx.HTTPError, ValueError, KeyError, jwt.PyJWTError) as error:
            _log.warning("the issuer's keys could not be fetched", error_type=type(error).__name__)
            return
        self._keys = {key.key_id: key for key in keys if key.key_id}


def principal_of(claims: dict[str, Any]) -> Principal | None:
    """The principal a verified token stands for; None where it names no role or tenant of ours."""
    role, tenants = claims.get("recoup_role"), claims.get("recoup_tenants")
    if role not in ROLES or not isinstance(tenants, list) or not tenants:
        return None
    names = [str(tenant) for tenant in tenants]
    if not all(name == EVERY_TENANT or valid_tenant(name) for name in names):
        return None
    scopes = ROLES[role]
    if isinstance(claims.get("scope"), str):
        scopes &= frozenset(claims["scope"].split())
    return Principal(f"jwt:{claims['sub']}", role, tuple(names), scopes)
