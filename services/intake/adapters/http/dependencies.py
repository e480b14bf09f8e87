"""What intake's routes depend on: who asks, in which tenant, and what serves them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from services.intake.adapters.http.desk import Desk
from services.intake.application.idempotent_inputs import IdempotentInputs
from services.intake.application.inputs import InputReceiver
from shared.api.security import OPERATOR, STAFF
from shared.clock import Clock
from shared.runtime.runtime import Runtime
from shared.staff import Staff

Authorization = Annotated[str, Depends(STAFF)]


def desk_of(request: Request) -> Desk:
    """What the routes of this process work with."""
    return request.app.state.desk


def _staff(request: Request) -> Staff:
    return request.app.state.staff


def _runtime(request: Request) -> Runtime:
    return request.app.state.runtime


def receiver_of(request: Request) -> InputReceiver:
    """What takes inputs in here."""
    return request.app.state.receiver


def deliveries_of(request: Request) -> IdempotentInputs:
    """What takes an input once, however often it is sent."""
    return request.app.state.deliveries


def _person(staff: Annotated[Staff, Depends(_staff)], authorization: Authorization) -> str:
    return staff.name(authorization)


def _tenant(
    staff: Annotated[Staff, Depends(_staff)],
    authorization: Authorization,
    tenant: Annotated[
        str, Header(alias="X-Tenant", max_length=400, description="the provider organisation; must be named")
    ] = "",
) -> str:
    return staff.tenant(authorization, tenant)


def _operator(
    runtime: Annotated[Runtime, Depends(_runtime)], authorization: Annotated[str, Depends(OPERATOR)]
) -> Runtime:
    runtime.require_operator(authorization)
    return runtime


def _clock(runtime: Annotated[Runtime, Depends(_runtime)]) -> Clock:
    return runtime.clock


TheDesk = Annotated[Desk, Depends(desk_of)]
"""What the routes of this process work with."""
Person = Annotated[str, Depends(_person)]
"""The name of who asks: staff, or somebody on whose behalf a desk asks; 401 where nobody known does."""
Tenant = Annotated[str, Depends(_tenant)]
"""The provider organisation that staff act in: on whose behalf the gateway asks, their own."""
OperatorsRuntime = Annotated[Runtime, Depends(_operator)]
"""The running service, for its operators alone: 401 for others."""
TheClock = Annotated[Clock, Depends(_clock)]
"""The service's clock."""
