"""API keys and the access log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.gateway.adapters.http import examples
from services.gateway.adapters.http.authenticate import Authenticated, may
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import cursor_text, describes, json_response, parse_cursor
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import ROLES, Principal, Role
from services.gateway.application.access_log_ports import Access, Outcome, Place, Wanted
from services.gateway.application.api_key_ports import ApiKey
from shared.problem import Problem
from shared.tenants import EVERY_TENANT, valid_tenant

router = APIRouter(prefix="/v1", tags=["access"])
KeyManager = Annotated[Principal, Depends(may("keys:manage"))]
Auditor = Annotated[Principal, Depends(may("audit:read"))]


class Me(msgspec.Struct, frozen=True):
    """The caller as the gateway knows them. `authority` is what settlement is told when they act on a claim."""

    id: str
    role: str
    tenants: list[str]
    scopes: list[str]
    authority: str


class NewKey(BaseModel):
    """A key to make. `scopes` narrows what the role gives; left out, it is all of that."""

    model_config = {"extra": "forbid"}

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Role
    tenants: Annotated[list[str], Field(min_length=1, max_length=100)]
    scopes: list[str] | None = None
    expires_at: AwareDatetime | None = None


class CreatedKey(msgspec.Struct, frozen=True):
    """The key itself, shown this once."""

    key_id: str
    key: str


class Keys(msgspec.Struct, frozen=True):
    """Keys without their secrets."""

    items: list[ApiKey]


class AccessEntry(msgspec.Struct, frozen=True):
    """One access to claims."""

    id: int
    access: Access


class AccessPage(msgspec.Struct, frozen=True):
    """Accesses, the newest first; pass `next` as `cursor` for older ones, null where there are none."""

    items: list[AccessEntry]
    next: str | None


class Audit(msgspec.Struct, frozen=True):
    """The ids of entries that do not follow from the one before; empty where the log is whole."""

    broken: list[int]


@router.get("/me", responses={200: describes(Me, examples.ME)})
async def read_me(request: Request, who: Authenticated) -> Response:
    """Return who the key or token belongs to, and its role, tenants and scopes."""
    return json_response(request, Me(who.id, who.role, list(who.tenants), sorted(who.scopes), who.staff_role))


@router.post("/api-keys", status_code=201, responses={201: describes(CreatedKey)})
async def create_key(request: Request, who: KeyManager, new: NewKey, idempotency_key: IdempotencyKey = "") -> Response:
    """Create an API key.

    Its tenants and scopes must be among the caller's: nobody can grant what they do not have.
    """
    return await once(request, who, idempotency_key, lambda: _create_key(request, who, new))


async def _create_key(request: Request, who: Principal, new: NewKey) -> Response:
    gateway = Gateway.of(request)
    scopes: frozenset[str] = ROLES[new.role]
    if new.scopes is not None:
        scopes = scopes & frozenset(new.scopes)
    if not scopes <= who.scopes:
        lacking = ", ".join(sorted(scopes - who.scopes))
        raise Problem(403, "forbidden", f"You cannot give scopes that you do not have: {lacking}.")
    for tenant in new.tenants:
        if tenant != EVERY_TENANT and not valid_tenant(tenant):
            raise Problem(422, "invalid-tenant", "A tenant's name is empty, too long or holds a comma.")
        if not who.sees_every_tenant and tenant not in who.tenants:
            raise Problem(403, "forbidden", "You cannot give access to a tenant that is not yours.")
    now = gateway.runtime.clock.now()
    key_id, key = await gateway.keys.create(
        new.name, new.role, new.tenants, sorted(scopes), created_by=who.id, now=now, expires_at=new.expires_at
    )
    await gateway.log.record(who, f"create key {key_id}", new.tenants, (), client_of(request))
    return json_response(request, CreatedKey(key_id, key), status=201)


@router.get("/api-keys", responses={200: describes(Keys)})
async def list_keys(request: Request, who: KeyManager) -> Response:
    """List the API keys of the caller's tenants."""
    keys = await Gateway.of(request).keys.list()
    return json_response(request, Keys([key for key in keys if _manages(who, key)]))


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_key(request: Request, who: KeyManager, key_id: str) -> Response:
    """Revoke an API key; it stops working within five seconds."""
    gateway = Gateway.of(request)
    key = await gateway.keys.get(key_id)
    if key is None or not _manages(who, key):
        raise Problem(404, "key-not-found", "No key of your tenants has this id.")
    await gateway.keys.revoke(key_id, gateway.runtime.clock.now())
    await gateway.log.record(who, f"revoke key {key_id}", key.tenants, (), client_of(request))
    return Response(status_code=204)


def _manages(who: Principal, key: ApiKey) -> bool:
    return who.sees_every_tenant or set(key.tenants) <= set(who.tenants)


class AuditSearch(BaseModel):
    """What to look for; what is left out does not matter."""

    model_config = {"extra": "forbid"}

    principal: Annotated[str, Field(max_length=200, description="who, e.g. key:… or jwt:…")] = ""
    claim_id: UUID | None = None
    action: Annotated[
        str, Field(max_length=100, description="how the action begins: claim, search, letter, GET /v1/books, …")
    ] = ""
    outcome: Outcome | None = None
    tenant: Annotated[str, Field(max_length=100)] = ""
    since: Annotated[AwareDatetime | None, Field(description="at or after")] = None
    until: Annotated[AwareDatetime | None, Field(description="before")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str, Field(max_length=200)] = ""


@router.get("/access-log", responses={200: describes(AccessPage, examples.ACCESS_PAGE)})
async def read_log(request: Request, who: Auditor, query: Annotated[AuditSearch, Query()]) -> Response:
    """List who read or changed what, and who was refused, by principal, claim, action, outcome, tenant and time."""
    wanted = Wanted(
        query.principal, query.claim_id, query.action, query.outcome or "", query.tenant, query.since, query.until
    )
    after = parse_cursor(query.cursor, Place)
    found = await Gateway.of(request).accesses.accesses(who, wanted, after=after, limit=query.limit)
    items = [AccessEntry(entry_id, access) for entry_id, access in found]
    last = Place(items[-1].access.at, items[-1].id) if len(items) == query.limit else None
    return json_response(request, AccessPage(items, cursor_text(last)))


@router.get("/access-log/audit", responses={200: describes(Audit, {"broken": []})})
async def audit_log(request: Request, who: Auditor) -> Response:
    """Verify that no entry of the access log was altered or removed; needs access to every tenant."""
    if not who.sees_every_tenant:
        raise Problem(403, "forbidden", "The chain spans all tenants.")
    return json_response(request, Audit(await Gateway.of(request).accesses.broken_links(who)))


def client_of(request: Request) -> str:
    """The address the request came from."""
    return request.client.host if request.client else ""
