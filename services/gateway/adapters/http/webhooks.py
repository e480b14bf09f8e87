"""Webhook endpoints: make, list, test, rotate, replay, and see what was delivered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.repeat import ONCE, IdempotencyKey, once
from services.gateway.adapters.http.responses import json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.webhook_sender import Caller
from services.gateway.application.access import Principal
from services.gateway.application.webhook_ports import Delivery, DeliveryState, Endpoint
from services.gateway.application.webhooks import Refused
from shared.api.declared import answers, refusals
from shared.api.reading import read_body
from shared.api.refusals import Refusal
from shared.events.base import CLAIMS_TOPIC, contracts

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Manager = Annotated[Principal, Depends(may("webhooks:manage"))]
_TYPES = sorted(c.type for c in contracts() if c.topic == CLAIMS_TOPIC)
_LAST = 2**63 - 1


ENDPOINT_NOT_FOUND = Refusal(404, "endpoint-not-found", "No endpoint of yours has this id.", "Read /v1/webhooks.")
UNKNOWN_TYPE = Refusal(
    422, "unknown-event-type", "`types` names events that do not exist.", "Name types of docs/asyncapi.json."
)
NOT_YOURS = Refusal(403, "forbidden", "You cannot subscribe to a tenant that is not yours.", "Name tenants of yours.")
ADDRESS_REFUSED = Refusal(
    422, "address-refused", "The address cannot be a webhook.",
    "Use an https address of a public host; to try it on this machine, start the stack with "
    "RECOUP_GATEWAY_WEBHOOK_PRIVATE=true.",
    {"errors": [{"field": "url", "code": "refused"}]},
)  # fmt: skip
EndpointId = Annotated[UUID, Path(description="the endpoint's id")]
_OF_ONE = [ENDPOINT_NOT_FOUND]
_Text = Annotated[str, Meta(min_length=1, max_length=100)]
_Instant = Annotated[datetime, Meta(tz=True)]


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint to make. `types` filters events; left out, all are sent. `tenants` left out means the caller's."""

    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    types: Annotated[tuple[_Text, ...], Meta(max_length=50)] = ()
    tenants: Annotated[tuple[_Text, ...], Meta(max_length=100)] = ()
    description: Annotated[str, Meta(max_length=200)] = ""


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enable or disable an endpoint."""

    status: Literal["active", "disabled"]


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to deliver again: one delivery, or those made in a time; all where nothing is said."""

    delivery_id: Annotated[int, Meta(ge=1, le=_LAST)] | None = None
    since: _Instant | None = None
    until: _Instant | None = None


_NEW = {
    "what is settled": NewEndpoint(url="https://rcm.example/recoup", types=("recoup.claim.settled.v1",)),
    "all that happens": NewEndpoint(url="https://rcm.example/recoup"),
}
_REPLAY = {"since an outage": Replay(since=datetime(2026, 3, 1, 8, tzinfo=UTC)), "one": Replay(delivery_id=42)}


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


@router.post(
    "", status_code=201, summary="Register an endpoint",
    responses=answers(
        CreatedEndpoint, status=201, refused=[UNKNOWN_TYPE, NOT_YOURS, ADDRESS_REFUSED, *ONCE],
    ),
)  # fmt: skip
async def create_endpoint(
    request: Request, who: Manager, new: Annotated[NewEndpoint, read_body(NewEndpoint, examples=_NEW)],
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Register an endpoint. Its address must be https and resolve to public addresses only."""
    return await once(request, who, idempotency_key, lambda: _create(request, who, new))


async def _create(request: Request, who: Principal, new: NewEndpoint) -> Response:
    gateway = Gateway.of(request)
    unknown = sorted(set(new.types) - set(_TYPES))
    if unknown:
        raise UNKNOWN_TYPE.problem(how_to_fix=f"Choose among: {', '.join(_TYPES)}.")
    tenants = new.tenants or list(who.tenants)
    if not who.sees_every_tenant and not set(tenants) <= set(who.tenants):
        raise NOT_YOURS.problem()
    await _checked(request, new.url)
    now = datetime.now(UTC)
    created = await gateway.webhooks.create(who, tenants, new.url, new.types, new.description, now)
    return json_response(request, CreatedEndpoint(*created), status=201)


@router.get("", summary="Endpoints", responses=answers(Endpoints))
async def list_endpoints(request: Request, who: Manager) -> Response:
    """List the endpoints of the caller's tenants."""
    return json_response(request, Endpoints(await Gateway.of(request).webhooks.list(who)))


@router.get("/{endpoint_id}", summary="One endpoint", responses=answers(Endpoint, refused=_OF_ONE))
async def read_endpoint(request: Request, who: Manager, endpoint_id: EndpointId) -> Response:
    """Return one endpoint."""
    return json_response(request, await _mine(request, who, endpoint_id))


@router.patch("/{endpoint_id}", summary="Enable or disable an endpoint", responses=answers(Endpoint, refused=_OF_ONE))
async def change_endpoint(
    request: Request, who: Manager, endpoint_id: EndpointId,
    change: Annotated[Status, read_body(Status, examples={"disable": Status(status="disabled")})],
) -> Response:  # fmt: skip
    """Disable an endpoint (new deliveries wait) or enable it (waiting deliveries are sent at once)."""
    endpoint = await _mine(request, who, endpoint_id)
    await Gateway.of(request).webhooks.set_status(
        endpoint.endpoint_id, change.status, "" if change.status == "active" else "by its owner"
    )
    return json_response(request, await _mine(request, who, endpoint_id))


@router.delete("/{endpoint_id}", status_code=204, summary="Delete an endpoint", responses=refusals(_OF_ONE))
async def delete_endpoint(request: Request, who: Manager, endpoint_id: EndpointId) -> Response:
    """Delete an endpoint and its deliveries."""
    endpoint = await _mine(request, who, endpoint_id)
    await Gateway.of(request).webhooks.delete(endpoint.endpoint_id)
    return Response(status_code=204)


@router.post(
    "/{endpoint_id}/rotate", summary="A new signing secret",
    responses=answers(CreatedEndpoint, refused=[*_OF_ONE, *ONCE]),
)  # fmt: skip
async def rotate_secret(
    request: Request, who: Manager, endpoint_id: EndpointId, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Issue a new signing secret. Deliveries carry both signatures for one day."""
    endpoint = await _mine(request, who, endpoint_id)

    async def do() -> Response:
        secret = await Gateway.of(request).webhooks.rotate(endpoint.endpoint_id)
        return json_response(request, CreatedEndpoint(endpoint.endpoint_id, secret))

    return await once(request, who, idempotency_key, do)


@router.post("/{endpoint_id}/test", summary="Send a test message", responses=answers(Tested, refused=_OF_ONE))
async def test_endpoint(request: Request, who: Manager, endpoint_id: EndpointId) -> Response:
    """Send a signed test message now and return the result."""
    endpoint = await _mine(request, who, endpoint_id)
    gateway = Gateway.of(request)
    body = msgspec.json.encode({"type": "recoup.webhook.test.v1", "timestamp": datetime.now(UTC), "data": {}})
    caller = _caller(request)
    secrets = await gateway.webhooks.secrets(endpoint.endpoint_id)
    outcome = await caller.call(endpoint.url, secrets, f"msg_test_{uuid4().hex}", body)
    return json_response(request, Tested(outcome.good, outcome.status, outcome.error))


@router.get("/{endpoint_id}/deliveries", summary="What was delivered", responses=answers(Deliveries, refused=_OF_ONE))
async def list_deliveries(
    request: Request,
    who: Manager,
    endpoint_id: EndpointId,
    state: Annotated[DeliveryState | None, Query(description="only those in this state")] = None,
    before: Annotated[int, Query(ge=0, le=_LAST, description="`next` of the page before")] = _LAST,
    limit: Annotated[int, Query(ge=1, le=500, description="deliveries in a page")] = 100,
) -> Response:
    """List deliveries with their status, attempts and errors."""
    endpoint = await _mine(request, who, endpoint_id)
    items = await Gateway.of(request).webhooks.deliveries(endpoint.endpoint_id, state=state, before=before, limit=limit)
    return json_response(request, Deliveries(items, items[-1].id if len(items) == limit else None))


@router.post(
    "/{endpoint_id}/replay", summary="Deliver again",
    responses=answers(DeliveriesReplayed, refused=[*_OF_ONE, *ONCE]),
)  # fmt: skip
async def replay_deliveries(
    request: Request, who: Manager, endpoint_id: EndpointId,
    what: Annotated[Replay, read_body(Replay, examples=_REPLAY)], idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
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
        raise ENDPOINT_NOT_FOUND.problem()
    return endpoint


def _caller(request: Request) -> Caller:
    return request.app.state.webhook_caller


async def _checked(request: Request, url: str) -> None:
    caller = _caller(request)
    try:
        await caller.resolve(url)
    except (Refused, ValueError) as refused:
        raise ADDRESS_REFUSED.problem(
            f"The address cannot be a webhook: {refused}.", errors=[{"field": "url", "code": "refused"}]
        ) from None
