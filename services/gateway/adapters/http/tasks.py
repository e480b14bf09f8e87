"""Everything that waits for us, of all services in one list: each task with its day, its words and its reason."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import httpx
import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace

from services.gateway.adapters.http.claims import resource_of
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.responses import describes, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.http.submissions import tenant_of
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundClaim
from shared.problem import Problem
from shared.tenants import from_header
from shared.worklist import place_of

router = APIRouter(prefix="/v1", tags=["casework"])
_SERVICES = ("appeals", "settlement")


class Other(msgspec.Struct, frozen=True):
    """A further task of the same claim in the same service."""

    task: str
    day: date | None


class ClaimTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim waits for us to do, in `task`, by `day` (null: as soon as it can be done), not before `opens`.

    `last` is the day the law names where `day` is a business day before it; `days_left` is negative once `day` has
    passed. `why` says by which rule, what blocks it, or what happened. `at_stake` is in dollars, `role` who may decide
    where that is not everybody, `also` what else the claim waits for there. `source` is `case`, `letter` or `account`.
    """

    key: str
    claim_id: str
    source: str
    kind: str
    task: str
    why: str
    day: date | None
    opens: date | None
    last: date | None
    days_left: int | None
    also: list[Other]
    forum: str
    level: int
    assignee: str
    payer_id: str
    at_stake: Decimal | None
    role: str
    payer_name: str = ""
    patient_control_number: str | None = None
    state: str = ""


class Unmatched(msgspec.Struct, frozen=True):
    """How much of what payers and banks sent waits for a person at intake, of no claim yet: see `/v1/worklist/held`.

    `deposits` have no 835; `undeposited` are 835s whose money should have come.
    """

    held: int = 0
    remittances: int = 0
    recoupments: int = 0
    requests: int = 0
    statuses: int = 0
    deposits: int = 0
    undeposited: int = 0


class TaskPage(msgspec.Struct, frozen=True):
    """A page of tasks, the earliest day first; `total` wait in all.

    `unavailable` names services that did not answer: theirs are missing from both.
    """

    items: list[ClaimTask]
    total: int
    next: str | None
    unavailable: list[str]
    unmatched: Unmatched | None = None


class _Part(msgspec.Struct, frozen=True):
    tasks: list[ClaimTask]
    total: int


@router.get("/tasks", responses={200: describes(TaskPage)}, summary="Everything that waits for us")
async def read_tasks(
    request: Request,
    who: Negotiator,
    cursor: Annotated[str, Query(max_length=120, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List every live claim that needs an action of ours.

    Filings to make or attest, what blocks them, reviews, records, decisions and offers, overdue answers, letters that
    cannot be sent, payments to chase, claims that could not be judged.

    Of all provider organisations that are yours, or of the one in `X-Tenant`. A claim that waits in appeals and in
    settlement is listed twice.
    """
    gateway = Gateway.of(request)
    place_of(cursor)
    named = from_header(request.headers.get("X-Tenant", ""))
    every = await gateway.reader.tenants(who) if who.sees_every_tenant and not named else who.tenants
    tenants = [tenant_of(who, named)] if named else list(every)
    asked = [(service, tenant) for tenant in tenants for service in _SERVICES]
    params = {"limit": str(limit + 1)} | ({"after": cursor} if cursor else {})
    parts = await asyncio.gather(*(_part(gateway, who, service, tenant, params) for service, tenant in asked))
    unmatched = await asyncio.gather(*(_unmatched(gateway, tenant) for tenant in tenants))
    waiting = sorted((task for part in parts if part for task in part.tasks), key=lambda task: task.key)
    items = waiting[:limit]
    found = await gateway.reader.claims(who, [task.claim_id for task in items])
    await gateway.accessed(request, who, "tasks", list(found.values()), tenants)
    page = TaskPage(
        items=[_shown(gateway, who, task, found.get(task.claim_id)) for task in items],
        total=sum(part.total for part in parts if part),
        next=items[-1].key if len(waiting) > limit else None,
        unavailable=sorted({service for (service, _), part in zip(asked, parts, strict=True) if part is None}),
        unmatched=_added([one for one in unmatched if one]),
    )
    return json_response(request, page)


def _shown(gateway: Gateway, who: Principal, task: ClaimTask, found: FoundClaim | None) -> ClaimTask:
    """The task with what the read model knows of its claim; nothing where the claim has not come there yet."""
    if found is None:
        return task
    claim = resource_of(gateway, who, found)
    return replace(
        task,
        patient_control_number=claim.patient_control_number,
        payer_name=claim.payer.name,
        state=str(claim.state),
    )


async def _part(gateway: Gateway, who: Principal, service: str, tenant: str, params: dict[str, str]) -> _Part | None:
    """A service's first tasks after the cursor and how many it has; None where it cannot be asked."""
    try:
        answer = await gateway.upstream.desk(service, "GET", "/v1/tasks", who=who, tenant=tenant, params=params)
    except Problem:
        return None
    return _read(answer, _Part)


async def _unmatched(gateway: Gateway, tenant: str) -> Unmatched | None:
    try:
        answer = await gateway.upstream.intake("GET", "/v1/worklist/counts", tenant=tenant)
    except Problem:
        return None
    return _read(answer, Unmatched)


def _read(answer: httpx.Response, kind: Any) -> Any:
    """The answer as `kind`; None where a service, of another release perhaps, gave none."""
    try:
        return msgspec.json.decode(answer.content, type=kind, strict=False) if answer.is_success else None
    except msgspec.DecodeError:
        return None


def _added(counts: list[Unmatched]) -> Unmatched | None:
    if not counts:
        return None
    return Unmatched(
        held=sum(c.held for c in counts),
        remittances=sum(c.remittances for c in counts),
        recoupments=sum(c.recoupments for c in counts),
        requests=sum(c.requests for c in counts),
        statuses=sum(c.statuses for c in counts),
        deposits=sum(c.deposits for c in counts),
        undeposited=sum(c.undeposited for c in counts),
    )
