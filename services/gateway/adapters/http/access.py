"""API keys and the access log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec import Meta

from services.gateway.adapters.http import examples
from services.gateway.adapters.http.authenticate import Authenticated, may
from services.gateway.adapters.http.repeat import ONCE, IdempotencyKey, once
from services.gateway.adapters.http.responses import INVALID_CURSOR, cursor_text, json_response, parse_cursor
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import ROLES, Principal, Role, Scope
from services.gateway.application.access_log_ports import Access, Outcome, Place, Wanted
from services.gateway.application.api_key_ports import ApiKey
from services.gateway.domain.access_kinds import Kind, kind_of
from shared.api.declared import answers, refusals
from shared.api.reading import read_body, read_query
from shared.api.refusals import Refusal
from shared.calendar import legal_day
from shared.tenants import EVERY_TENANT, valid_tenant

router = APIRouter(prefix="/v1", tags=["access"])
KeyManager = Annotated[Principal, Depends(may("keys:manage"))]
Auditor = Annotated[Principal, Depends(may("audit:read"))]
NOT_YOURS_TO_GIVE = Refusal(403, "forbidden", "A key cannot do more than who makes it.", "Leave out what you lack.")
INVALID_TENANT = Refusal(
    422, "invalid-tenant", "A tenant's name is empty, too long or holds a comma.", "Name each tenant by itself."
)
NOT_OF_ROLE = Refusal(
    422, "scope-not-of-role", "The role does not give a scope that is named.", "Leave it out, or choose another role."
)
ALREADY_EXPIRED = Refusal(422, "expires-in-the-past", "`expires_at` is not in the future.", "Give a later instant.")
KEY_NOT_FOUND = Refusal(404, "key-not-found", "No key of your tenants has this id.", "Read /v1/api-keys.")
KeyId = Annotated[str, Path(max_length=64, description="the key's id, as listed")]


class Me(msgspec.Struct, frozen=True):
    """The caller as the gateway knows them. `authority` is what settlement is told when they act on a claim.

    `name` is what the key or token calls them. An act can be undone for `undo_seconds`. `today` is the day that days
    are counted from, in `time_zone`: the tenant's, where the caller is of one.
    """

    id: str
    role: str
    tenants: list[str]
    scopes: list[str]
    authority: str
    name: str
    undo_seconds: int
    today: date
    time_zone: str
    known_tenants: list[str]


Tenant = Annotated[str, Meta(min_length=1, max_length=100)]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make. `scopes` narrows what the role gives; left out, it is all of that."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    role: Role
    tenants: Annotated[tuple[Tenant, ...], Meta(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Scope, ...], Meta(max_length=50)] | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


_NEW = {"of a platform": NewKey(name="our platform", role="platform", tenants=("riverside-em",))}


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
    kind: Annotated[Kind, Meta(description="to open a claim and to have it on a list are two things")] = "opened"
    name: Annotated[str, Meta(description="who, as people call them: a key's name; else the principal")] = ""


class AccessPage(msgspec.Struct, frozen=True):
    """Accesses, the newest first; pass `next` as `cursor` for older ones, null where there are none."""

    items: list[AccessEntry]
    next: str | None


class Audit(msgspec.Struct, frozen=True):
    """The ids of entries that do not follow from the one before; empty where the log is whole."""

    broken: list[int]
    checked: Annotated[int, Meta(description="entries of the caller's tenants that were looked at", ge=0)] = 0


@router.get("/me", summary="Who is calling", responses=answers(Me, example=examples.ME))
async def read_me(request: Request, who: Authenticated) -> Response:
    """Return who the key or token belongs to, and its role, tenants and scopes."""
    gateway = Gateway.of(request)
    names = await gateway.directory.names([who.id])
    zone = gateway.runtime.zones.of(who.tenants[0] if len(who.tenants) == 1 else "")
    today = legal_day(gateway.runtime.clock.now(), zone)
    me = Me(
        who.id, who.role, list(who.tenants), sorted(who.scopes), who.staff_role, names.get(who.id, ""),
        gateway.undo_seconds, today, zone.key,
        await gateway.reader.tenants(who) if who.sees_every_tenant else sorted(who.tenants),
    )  # fmt: skip
    return json_response(request, me)


@router.post(
    "/api-keys", status_code=201, summary="Make a key",
    responses=answers(
        CreatedKey, status=201,
        refused=[NOT_YOURS_TO_GIVE, INVALID_TENANT, NOT_OF_ROLE, ALREADY_EXPIRED, *ONCE],
    ),
)  # fmt: skip
async def create_key(
    request: Request, who: KeyManager, new: Annotated[NewKey, read_body(NewKey, examples=_NEW)],
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Create an API key.

    Its tenants and scopes must be among the caller's: nobody can grant what they do not have.
    """
    return await once(request, who, idempotency_key, lambda: _create_key(request, who, new))


async def _create_key(request: Request, who: Principal, new: NewKey) -> Response:
    gateway = Gateway.of(request)
    scopes: frozenset[str] = ROLES[new.role]
    if new.scopes is not None:
        beyond = sorted(frozenset(new.scopes) - scopes)
        if beyond:
            raise NOT_OF_ROLE.problem(f"The role {new.role} does not give {', '.join(beyond)}.")
        scopes = frozenset(new.scopes)
    if not scopes <= who.scopes:
        lacking = ", ".join(sorted(scopes - who.scopes))
        raise NOT_YOURS_TO_GIVE.problem(f"You cannot give scopes that you do not have: {lacking}.")
    for tenant in new.tenants:
        if tenant != EVERY_TENANT and not valid_tenant(tenant):
            raise INVALID_TENANT.problem()
        if not who.sees_every_tenant and tenant not in who.tenants:
            raise NOT_YOURS_TO_GIVE.problem("You cannot give access to a tenant that is not yours.")
    now = gateway.runtime.clock.now()
    if new.expires_at is not None and new.expires_at <= now:
        raise ALREADY_EXPIRED.problem()
    key_id, key = await gateway.keys.create(
        new.name, new.role, new.tenants, sorted(scopes), created_by=who.id, now=now, expires_at=new.expires_at
    )
    await gateway.log.record(who, f"create key {key_id}", new.tenants, (), client_of(request))
    return json_response(request, CreatedKey(key_id, key), status=201)


@router.get("/api-keys", summary="Keys", responses=answers(Keys))
async def list_keys(request: Request, who: KeyManager) -> Response:
    """List the API keys of the caller's tenants."""
    keys = await Gateway.of(request).keys.list()
    return json_response(request, Keys([key for key in keys if _manages(who, key)]))


@router.delete(
    "/api-keys/{key_id}", status_code=204, summary="Revoke a key", responses=refusals([KEY_NOT_FOUND]),
)  # fmt: skip
async def revoke_key(request: Request, who: KeyManager, key_id: KeyId) -> Response:
    """Revoke an API key; it stops working within five seconds."""
    gateway = Gateway.of(request)
    key = await gateway.keys.get(key_id)
    if key is None or not _manages(who, key):
        raise KEY_NOT_FOUND.problem()
    await gateway.keys.revoke(key_id, gateway.runtime.clock.now())
    await gateway.log.record(who, f"revoke key {key_id}", key.tenants, (), client_of(request))
    return Response(status_code=204)


def _manages(who: Principal, key: ApiKey) -> bool:
    return who.sees_every_tenant or set(key.tenants) <= set(who.tenants)


class AuditSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; what is left out does not matter."""

    principal: Annotated[str, Meta(max_length=200, description="who, e.g. key:… or jwt:…")] = ""
    claim_id: UUID | None = None
    action: Annotated[
        str, Meta(max_length=100, description="how the action begins: claim, search, letter, GET /v1/books, …")
    ] = ""
    outcome: Annotated[Outcome | None, Meta(description="with this outcome")] = None
    tenant: Annotated[str, Meta(max_length=100)] = ""
    since: Annotated[Annotated[datetime, Meta(tz=True)] | None, Meta(description="at or after this instant")] = None
    until: Annotated[Annotated[datetime, Meta(tz=True)] | None, Meta(description="before this instant")] = None
    limit: Annotated[int, Meta(ge=1, le=500, description="entries in a page")] = 100
    cursor: Annotated[str, Meta(max_length=200, description="`next` of the page before")] = ""


@router.get(
    "/access-log", summary="Who has looked at what",
    responses=answers(AccessPage, example=examples.ACCESS_PAGE, refused=[INVALID_CURSOR]),
)  # fmt: skip
async def read_log(request: Request, who: Auditor, query: Annotated[AuditSearch, read_query(AuditSearch)]) -> Response:
    """List who read or changed what, and who was refused, by principal, claim, action, outcome, tenant and time."""
    wanted = Wanted(
        query.principal, query.claim_id, query.action, query.outcome or "", query.tenant, query.since, query.until
    )
    after = parse_cursor(query.cursor, Place)
    found = await Gateway.of(request).accesses.accesses(who, wanted, after=after, limit=query.limit)
    items = await entries(Gateway.of(request), found)
    last = Place(items[-1].access.at, items[-1].id) if len(items) == query.limit else None
    return json_response(request, AccessPage(items, cursor_text(last)))


@router.get(
    "/access-log/audit", summary="Whether the access log is whole", responses=answers(Audit, example={"broken": []})
)
async def audit_log(request: Request, who: Auditor) -> Response:
    """Verify that no entry of the caller's tenants was altered, and none before it removed, in the whole chain."""
    verdict = await Gateway.of(request).accesses.verdict(who)
    return json_response(request, Audit(verdict.broken, verdict.checked))


async def entries(gateway: Gateway, found: Sequence[tuple[int, Access]]) -> list[AccessEntry]:
    """Entries as people read them: what each was, and by whom."""
    names = {f"key:{key.key_id}": key.name for key in await gateway.keys.list()}
    return [
        AccessEntry(
            entry_id,
            access,
            kind_of(access.action, access.outcome, len(access.claim_ids)),
            names.get(access.principal, access.principal),
        )
        for entry_id, access in found
    ]


def client_of(request: Request) -> str:
    """The address the request came from."""
    return request.client.host if request.client else ""
