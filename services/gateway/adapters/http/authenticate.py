"""The door: who is calling, by API key or JWT, and whether they may. Closed unless something opens it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.gateway.adapters.http.limits import RateLimit
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import SCOPES, Principal
from shared.api.reading import QueryReader
from shared.api.refusals import Refusal
from shared.api.security import BearerScheme
from shared.tenants import EVERY_TENANT


class Authenticator(Protocol):
    """Turns a credential into a principal, or None where it is not one of its kind or not valid."""

    async def principal(self, credential: str) -> Principal | None:
        """Return whose credential it is."""
        ...


class OperatorKey:
    """The one key from the settings: every scope, every tenant."""

    def __init__(self, key: str) -> None:
        self._digest = sha256(key.encode()).digest() if key else b""

    async def principal(self, credential: str) -> Principal | None:
        """Return the operator for the key of the settings, compared in constant time."""
        if not self._digest or not hmac.compare_digest(sha256(credential.encode()).digest(), self._digest):
            return None
        return Principal("operator", "ops", (EVERY_TENANT,), frozenset(SCOPES))


def credential_of(request: Request) -> str:
    """The bearer token of a request, or an empty string."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")


async def identify(app: FastAPI, credential: str) -> Principal | None:
    """The principal that the first authenticator to know the credential names."""
    authenticators: list[Authenticator] = app.state.authenticators
    for authenticator in authenticators if credential else ():
        who = await authenticator.principal(credential)
        if who is not None:
            return who
    return None


UNAUTHENTICATED = Refusal(
    401, "unauthenticated", "The request carries no valid credential.",
    "Send `Authorization: Bearer` with an API key or a JWT of the configured issuer.",
)  # fmt: skip
FORBIDDEN = Refusal(403, "forbidden", "This route needs a scope that the caller does not hold.",
    "Ask for a key or token that holds it.")  # fmt: skip
UNKNOWN_PARAMETER = Refusal(
    422, "unknown-parameter", "The address has query parameters that this route does not know.",
    "Leave them out; a misspelt one would be passed over.",
)  # fmt: skip
TOO_MANY_REQUESTS = Refusal(
    429, "too-many-requests", "This key has used up its requests for now.",
    "Wait as `Retry-After` says; spread requests out.",
)  # fmt: skip
CALLER = BearerScheme(
    "bearer", "An API key (`rcp_…`) or a JWT of the configured issuer.", UNAUTHENTICATED, UNKNOWN_PARAMETER,
    TOO_MANY_REQUESTS,
)  # fmt: skip


async def known(request: Request) -> None:
    """Note who sent the request; a 401 problem where that is nobody."""
    credential = credential_of(request)
    request.state.caller = await identify(request.app, credential)
    if request.state.caller is None:
        raise UNAUTHENTICATED.problem(
            "" if credential else "The request carries no credential.",
            headers={"WWW-Authenticate": 'Bearer realm="recoup"'},
        )


async def _authenticated(request: Request, _: Annotated[str, Depends(CALLER)]) -> Principal:
    who: Principal = request.state.caller
    limit: RateLimit = request.app.state.rate_limit
    request.state.limit_headers = limit.take(who.id)
    known = _parameters(request.scope["route"])
    if known is not None and not set(request.query_params) <= known:
        raise UNKNOWN_PARAMETER.problem(
            how_to_fix=f"It knows {', '.join(sorted(known)) or 'none'}; a misspelt one would be passed over."
        )
    return who


def _parameters(route: APIRoute) -> frozenset[str] | None:
    """The names of a route's query parameters; None where they are a model, which checks them itself."""
    if any(isinstance(part.call, QueryReader) for part in _with_parts(route.dependant)):
        return None
    fields = [field for part in _with_parts(route.dependant) for field in part.query_params]
    if any(_is_model(field.field_info.annotation) for field in fields):
        return None
    return frozenset(field.alias for field in fields)


class may:  # noqa: N801 - reads as a word where routes name what a caller may
    """A dependency: the caller, who must hold `scope`."""

    refused = (FORBIDDEN,)

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, request: Request, who: Annotated[Principal, Depends(_authenticated)]) -> Principal:
        """Return the caller; a 403 problem without the scope."""
        if self.scope not in who.scopes:
            await Gateway.of(request).refused(request, who, "forbidden")
            raise FORBIDDEN.problem(f"This route needs the scope {self.scope}.")
        return who


def _with_parts(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _with_parts(part)


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


Authenticated = Annotated[Principal, Depends(_authenticated)]
ClaimsReader = Annotated[Principal, Depends(may("claims:read"))]
PortfolioReader = Annotated[Principal, Depends(may("portfolio:read"))]
OpsReader = Annotated[Principal, Depends(may("ops:read"))]
Operator = Annotated[Principal, Depends(may("ops:act"))]
