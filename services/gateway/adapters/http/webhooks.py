"""Webhook endpoints: make, list, test, rotate, replay, and see what was delivered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import describes, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.webhook_sender import Caller
from services.gateway.application.access import Principal
from services.gateway.application.webhook_ports import Delivery, DeliveryState, Endpoint
from services.gateway.application.webhooks import Refused
from shared.events.base import CLAIMS_TOPIC, contracts
from shared.problem import Problem

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Manager = Annotated[Principal, Depends(may("webhooks:manage"))]
_TYPES = sorted(c.type for c in contracts() if c.topic == CLAIMS_TOPIC)
_LAST = 2**63 - 1


class NewEndpoint(BaseModel):
    """An endpoint to make. `types` filters events; left out, all are sent. `tenants` left out means the caller's."""

    model_config = {"extra": "forbid"}

    url: Annotated[str, Field(max_length=2000)]
    types: Annotated[list[str], Field(max_length=50)] = []
    tenants: Annotated[list[str], Field(max_length=100)] = []
    description: Annotated[str, Field(max_length=200)] = ""


class Status(BaseModel):
    """Enable or disable an endpoint."""

    status: Literal["active", "disabled"]


class Replay(BaseModel):
    """What to deliver again: one delivery, or those made in a time; all where nothing is said."""

    model_config = {"extra": "forbid"}

    delivery_id: int | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class CreatedEndpoint(msgspec.Struct, frozen=True):
    """The endpoint's id and its signing secret, shown this once."""

    endpoint_id: str
    secret: str


class Endpoints(msgspec.Struct, frozen=True):
    """The caller's endpoints."""

    items: list[Endpoint]


class Deliveries(msgspec.Struct, frozen=True):
    """Deliveries, the newest first; pass `next` as `before` for older ones."""

    items: list[Delivery]
    next: int | None


class DeliveriesReplayed(msgspec.Struct, frozen=True):
    """How many deliveries will be made again."""

    deliveries: int


class Tested(msgspec.Struct, frozen=True):
    """What the receiver answered to a test message; `error` where it did not."""

    delivered: bool
    status: int | None
    error: str


@router.post("", status_code=201, responses={201: describes(CreatedEndpoint)})
async def create(request: Request, who: Manager, new: NewEndpoint, idempotency_key: IdempotencyKey = "") -> Response:
    """Register an endpoint. Its address must be https and resolve to public addresses only."""
    return await once(request, who, idempotency_key, lambda: _create(request, who, new))


async def _create(request: Request, who: Principal, new: NewEndpoint) -> Response:
    gateway = Gateway.of(request)
    unknown = sorted(set(new.types) - set(_TYPES))
    if unknown:
        raise Problem(422, "unknown-event-type", "`types` names events that do not exist.",
                      how_to_fix=f"Choose among: {', '.join(_TYPES)}.")  # fmt: skip
    tenants = new.tenants or list(who.tenants)
    if not who.sees_every_tenant and not set(tenants) <= set(who.tenants):
        raise Problem(403, "forbidden", "You cannot subscribe to a tenant that is not yours.")
    await _checked(request, new.url)
    now = datetime.now(UTC)
    created = await gateway.webhooks.create(who, tenants, new.url, new.types, new.description, now)
    return json_response(request, CreatedEndpoint(*created), status=201)


@router.get("", responses={200: describes(Endpoints)})
async def list_endpoints(request: Request, who: Manager) -> Response:
    """List the endpoints of the caller's tenants."""
    return json_response(request, Endpoints(await Gateway.of(request).webhooks.list(who)))


@router.get("/{endpoint_id}", responses={200: describes(Endpoint)})
async def read(request: Request, who: Manager, endpoint_id: UUID) -> Response:
    """Return one endpoint."""
    return json_response(request, await _mine(request, who, endpoint_id))


@router.patch("/{endpoint_id}", responses={200: describes(Endpoint)})
async def set_status(request: Request, who: Manager, endpoint_id: UUID, change: Status) -> Response:
    """Disable an endpoint (new deliveries wait) or enable it (waiting deliveries are sent at once)."""
    endpoint = await _mine(request, who, endpoint_id)
    await Gateway.of(request).webhooks.set_status(
        endpoint.endpoint_id, change.status, "" if change.status == "active" else "by its owner"
    )
    return json_response(request, await _mine(request, who, endpoint_id))


@router.delete("/{endpoint_id}", status_code=204)
async def delete(request: Request, who: Manager, endpoint_id: UUID) -> Response:
    """Delete an endpoint and its deliveries."""
    endpoint = await _mine(request, who, endpoint_id)
    await Gateway.of(request).webhooks.delete(endpoint.endpoint_id)
    return Response(status_code=204)


@router.post("/{endpoint_id}/rotate", responses={200: describes(CreatedEndpoint)})
async def rotate(request: Request, who: Manager, endpoint_id: UUID, idempotency_key: IdempotencyKey = "") -> Response:
    """Issue a new signing secret. Deliveries carry both signatures for one day."""
    endpoint = await _mine(request, who, endpoint_id)

    async def do() -> Response:
        secret = await Gateway.of(request).webhooks.rotate(endpoint.endpoint_id)
        return json_response(request, CreatedEndpoint(endpoint.endpoint_id, secret))

    return await once(request, who, idempotency_key, do)


@router.post("/{endpoint_id}/test", responses={200: describes(Tested)})
async def test(request: Request, who: Manager, endpoint_id: UUID) -> Response:
    """Send a signed test message now and return the result."""
    endpoint = await _mine(request, who, endpoint_id)
    gateway = Gateway.of(request)
    body = msgspec.json.encode({"type": "recoup.webhook.test.v1", "timestamp": datetime.now(UTC), "data": {}})
    caller: Caller = request.app.state.webhook_caller
    secrets = await gateway.webhooks.secrets(endpoint.endpoint_id)
    outcome = await caller.call(endpoint.url, secrets, f"msg_test_{uuid4().hex}", body)
    return json_response(request, Tested(outcome.good, outcome.status, outcome.error))


@router.get("/{endpoint_id}/deliveries", responses={200: describes(Deliveries)})
async def deliveries(
    request: Request,
    who: Manager,
    endpoint_id: UUID,
    state: DeliveryState | None = None,
    before: Annotated[int, Query(ge=0, le=_LAST)] = _LAST,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List deliveries with their status, attempts and errors."""
    endpoint = await _mine(request, who, endpoint_id)
    items = await Gateway.of(request).webhooks.deliveries(endpoint.endpoint_id, state=state, before=before, limit=limit)
    return json_response(request, Deliveries(items, items[-1].id if len(items) == limit else None))


@router.post("/{endpoint_id}/replay", responses={200: describes(DeliveriesReplayed)})
async def replay_deliveries(
    request: Request, who: Manager, endpoint_id: UUID, what: Replay, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Deliver again under the same message ids."""
    endpoint = await _mine(request, who, endpoint_id)

    async def do() -> Response:
        count = await Gateway.of(request).webhooks.replay(
            endpoint.endpoint_id, since=what.since, until=what.until, delivery_id=what.delivery_id
        )
        return json_response(request, DeliveriesReplayed(count))

    return await once(request, who, idempotency_key, do)


async def _mine(request: Request, who: Principal, endpoint_id: UUID) -> Endpoint:
    endpoint = await Gateway.of(request).webhooks.get(who, str(endpoint_id))
    if endpoint is None:
        raise Problem(404, "endpoint-not-found", "No endpoint of yours has this id.")
    return endpoint


async def _checked(request: Request, url: str) -> None:
    caller: Caller = request.app.state.webhook_caller
    try:
        await caller.resolve(url)
    except (Refused, ValueError) as refused:
        raise Problem(
            422, "address-refused", f"The address cannot be a webhook: {refused}.",
            how_to_fix="Use an https address of a public host.", errors=[{"field": "url", "code": "refused"}],
        ) from None  # fmt: skip
