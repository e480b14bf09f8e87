"""JWTs of one OpenID Connect issuer, as its client-credentials grant gives them (RFC 9068 in spirit).

Which claims name the tenants, the roles and the scopes is the operator's to say, since every issuer has its own way.
Scopes, where the token has that claim, narrow what the roles give and never widen it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import jwt
import msgspec

from services.gateway.application.access import ROLES, Principal, Role
from shared.telemetry.logging import Log
from shared.tenants import EVERY_TENANT, valid_tenant

_log = Log("jwt")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key pair; a shared secret (HS256) could be forged by whoever checks it, and `none` by anybody."""
_REFRESH_SECONDS = 30.0
_MAX_AGE_SECONDS = 3600.0


class TokenError(ValueError):
    """A setting about tokens cannot be read."""


class TokenRules(msgspec.Struct, frozen=True):
    """How to read this issuer's tokens.

    Claims are named as they stand in the token (`https://…/tenant`), or by their path (`realm_access.roles`); each
    holds a text or a list of them. `roles` gives our role for each of theirs.
    """

    audiences: tuple[str, ...] = ("recoup",)
    tenants: str = "recoup_tenants"
    role: str = "recoup_role"
    scope: str = "scope"
    """Empty: tokens' scopes are not looked at, for issuers that put `openid profile email` there."""
    roles: dict[str, Role] = {}
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
    leeway_seconds: float = 30
    jwks_url: str = ""
    """Where the keys are; empty: as the issuer's discovery document says."""


def parse_rules(
    *, audience: str, tenants: str, role: str, scope: str, roles: str, algorithms: str, leeway: float, jwks_url: str
) -> TokenRules:
    """The rules from their settings; lists by comma, `roles` as theirs=ours. Raises `TokenError`."""
    mapped: dict[str, Role] = {}
    for theirs, equals, ours in (part.rpartition("=") for part in _listed(roles)):
        if not equals or ours not in ROLES:
            raise TokenError(f"RECOUP_GATEWAY_JWT_ROLES must be theirs=ours by comma, ours among {', '.join(ROLES)}")
        mapped[theirs] = ours  # pyright: ignore[reportArgumentType]
    wanted = _listed(algorithms)
    if not wanted or not set(wanted) <= set(ALGORITHMS):
        raise TokenError(f"RECOUP_GATEWAY_JWT_ALGORITHMS must be among {', '.join(ALGORITHMS)}")
    audiences = _listed(audience)
    if not audiences or not tenants or not role:
        raise TokenError("tokens need an audience, a claim for tenants and one for the role")
    return TokenRules(audiences, tenants, role, scope, mapped, wanted, leeway, jwks_url)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


class JwtIssuer:
    """Checks tokens against the issuer's published keys, which are fetched when first needed and when they change."""

    def __init__(self, issuer: str, rules: TokenRules = TokenRules(), *, client: httpx.AsyncClient) -> None:
        self._issuer = issuer
        self._rules = rules
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
                algorithms=list(self._rules.algorithms),
                audience=list(self._rules.audiences),
                issuer=self._issuer,
                leeway=self._rules.leeway_seconds,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return principal_of(claims, self._rules)

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
            url = self._rules.jwks_url
            if not url:
                found = await self._client.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                url = found.raise_for_status().json()["jwks_uri"]
            answer = await self._client.get(url)
            keys = jwt.PyJWKSet.from_dict(answer.raise_for_status().json()).keys
        except (httpx.HTTPError, ValueError, KeyError, jwt.PyJWTError) as error:
            _log.warning("the issuer's keys could not be fetched", error_type=type(error).__name__)
            return
        self._keys = {key.key_id: key for key in keys if key.key_id and key.public_key_use != "enc"}


def principal_of(claims: dict[str, Any], rules: TokenRules = TokenRules()) -> Principal | None:
    """The principal a verified token stands for; None where it names no role or tenant of ours.

    Roles that are unknown here are ignored; of several the caller has what any of them gives.
    """
    known: dict[str, Role] = rules.roles or {str(role): role for role in ROLES}
    roles: list[Role] = sorted({known[name] for name in _texts(_claim(claims, rules.role)) if name in known})
    tenants = _texts(_claim(claims, rules.tenants))
    if not roles or not tenants or not all(name == EVERY_TENANT or valid_tenant(name) for name in tenants):
        return None
    scopes: frozenset[str] = frozenset[str]().union(*(ROLES[role] for role in roles))
    narrowed = _claim(claims, rules.scope) if rules.scope else None
    if narrowed is not None:
        scopes &= frozenset(name for text in _texts(narrowed) for name in text.split())
    return Principal(f"jwt:{claims['sub']}", "+".join(roles), tuple(tenants), scopes)


def _claim(claims: dict[str, Any], name: str) -> Any:
    """A claim by its name, or by its path where no claim has that name."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return found  # pyright: ignore[reportUnknownVariableType]


def _texts(value: Any) -> list[str]:
    """A text or a list of texts as a list; anything else is none."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        return list(value)  # pyright: ignore[reportUnknownArgumentType]
    return []
