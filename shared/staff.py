"""People with bearer tokens from the settings. The operator's token works as `operator`.

A desk, such as the gateway's, acts for people of its own: for each request it signs who asks, in which role and tenant,
with a secret that it shares with the service and that itself never travels.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypeVar

import jwt
import msgspec
from starlette.requests import Request

from shared.problem import Problem
from shared.tenants import from_header, valid_tenant

SHORTEST = 16
"""Characters a token has at least."""
T = TypeVar("T")


class StaffError(ValueError):
    """The setting of staff tokens cannot be read; the message repeats no token."""


_DESK = "desk:"


def parse_staff(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of token and name from `name:token,…`, without the desks, `name:desk:token`; raises `StaffError`."""
    return tuple((token, name) for token, name in _entries(text) if not token.startswith(_DESK))


def parse_desks(text: str) -> tuple[str, ...]:
    """The secrets of the desks among the entries; raises `StaffError`."""
    return tuple(token.removeprefix(_DESK) for token, _ in _entries(text) if token.startswith(_DESK))


def _entries(text: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for n, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        name, _, token = entry.partition(":")
        if not name or len(token.removeprefix(_DESK)) < SHORTEST:
            raise StaffError(f"entry {n} must be name:token, the token of {SHORTEST} characters or more")
        if token in found:
            raise StaffError(f"entry {n} has the token of another entry")
        found[token] = name
    return list(found.items())


class Staff:
    """Recognises bearer tokens, in constant time for each entry, and on whose behalf a desk asks `service`."""

    def __init__(self, staff: str, operator_token: str, *, setting: str, service: str) -> None:
        operator = ((operator_token, "operator"),) if operator_token else ()
        self._known = (*parse_staff(staff), *operator)
        self._desks = parse_desks(staff)
        self._setting = setting
        self._service = service

    async def known(self, request: Request) -> None:
        """Refuse a request that nobody known sent; raises a 401 problem."""
        self.name(request.headers.get("authorization", ""))

    def name(self, authorization: str) -> str:
        """Who sent this header; a 401 problem where nobody known did."""
        person = self.delegate_of(authorization)
        if person is not None:
            return person.name
        return recognise(self._known, authorization, who="staff", setting=self._setting)

    def delegate_of(self, authorization: str) -> Delegate | None:
        """The person of one tenant on whose behalf a desk asks in this header; None for staff of the operator."""
        return delegate_in(self._desks, authorization, service=self._service)

    def asked_tenant(self, authorization: str, asked: str) -> str:
        """The tenant that whoever sent this header acts in, empty where staff of the operator name none in `asked`.

        A 401 problem where nobody known sent it, a 403 where a desk asks on behalf of somebody of another tenant.
        """
        self.name(authorization)
        asked = from_header(asked)
        person = self.delegate_of(authorization)
        if person is None:
            return asked
        if asked not in ("", person.tenant):
            raise Problem(403, "tenant", "You act in another tenant.", how_to_fix="Send `X-Tenant` with yours.")
        return person.tenant

    def tenant(self, authorization: str, asked: str) -> str:
        """The same where there must be one: 422 where none is named."""
        return named_tenant(self.asked_tenant(authorization, asked))


def recognise(known: Iterable[tuple[str, T]], authorization: str, *, who: str, setting: str) -> T:
    """Whose bearer token this header holds, in constant time for each entry; a 401 problem where nobody's.

    `who` the route is for and the `setting` that names them tell the caller what is missing.
    """
    scheme, _, given = authorization.partition(" ")
    found: T | None = None
    for token, person in known:
        if hmac.compare_digest(given.encode(), token.encode()):
            found = person
    if scheme.lower() != "bearer" or found is None:
        raise Problem(
            401,
            "staff-token-required",
            f"This route is for {who}.",
            how_to_fix=f"Send `Authorization: Bearer` with a token of {setting} or RECOUP_ADMIN_TOKEN.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return found


def named_tenant(tenant: str) -> str:
    """The tenant that a request names in `X-Tenant`; a 422 problem where it names none."""
    if not valid_tenant(tenant):
        raise Problem(
            422,
            "tenant-required",
            "It is not said which provider organisation this is for.",
            how_to_fix="Send `X-Tenant` with its name.",
            errors=[{"field": "X-Tenant", "code": "required"}],
        )
    return tenant


class Delegate(msgspec.Struct, frozen=True):
    """A person on whose behalf a desk asks."""

    name: str
    role: str
    tenant: str


_VALID_SECONDS = 60


def delegated_token(secret: str, person: Delegate, *, service: str) -> str:
    """A bearer token for one request of `person` to `service`, good for a minute."""
    now = int(time.time())
    claims = {
        "sub": person.name,
        "role": person.role,
        "tenant": person.tenant,
        "aud": service,
        "iat": now,
        "exp": now + _VALID_SECONDS,
    }
    return jwt.encode(claims, _key(secret), algorithm="HS256")


def delegate_in(secrets: Iterable[str], authorization: str, *, service: str) -> Delegate | None:
    """On whose behalf a desk with one of `secrets` asks in this header; None where none does, or not here and now."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or token.count(".") != 2:
        return None
    for secret in secrets:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                _key(secret),
                algorithms=["HS256"],
                audience=service,
                leeway=10,
                options={"require": ["sub", "exp", "aud", "iat"]},
            )
        except jwt.PyJWTError:
            continue
        name, role, tenant = claims["sub"], claims.get("role"), claims.get("tenant")
        if isinstance(name, str) and name and isinstance(role, str) and isinstance(tenant, str):
            return Delegate(name, role, tenant)
    return None


def _key(secret: str) -> bytes:
    """32 bytes whatever the secret's length, and of no use as the secret itself."""
    return sha256(b"recoup desk\n" + secret.encode()).digest()
