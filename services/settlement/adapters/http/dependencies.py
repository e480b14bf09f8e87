"""What settlement's routes depend on: who asks, and the desk that serves them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request
from msgspec.structs import replace

from services.settlement.adapters.http.desk import Desk
from services.settlement.domain.commands import Actor
from shared.api.refusals import OTHER_TENANT
from shared.api.security import STAFF
from shared.tenants import from_header


def _desk(request: Request) -> Desk:
    return request.app.state.desk


Serving = Annotated[Desk, Depends(_desk)]
"""The desk that serves this process."""


async def _acting(
    desk: Serving,
    authorization: Annotated[str, Depends(STAFF)],
    x_tenant: Annotated[
        str, Header(alias="X-Tenant", max_length=400, description="act and see in this tenant only")
    ] = "",
) -> Actor:
    """Who asks: 401 without a known token.

    `X-Tenant` narrows what a person of the operator sees, and is how the gateway passes on whose claim it asks for;
    staff of one tenant cannot name another.
    """
    actor = desk.staff.actor(authorization)
    x_tenant = from_header(x_tenant)
    if not x_tenant or x_tenant == actor.tenant:
        return actor
    if actor.tenant:
        raise OTHER_TENANT.problem(how_to_fix="Leave X-Tenant out.")
    return replace(actor, tenant=x_tenant)


Acting = Annotated[Actor, Depends(_acting)]
