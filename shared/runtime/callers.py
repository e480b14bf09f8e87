"""What routes depend on that are for staff of a service or for its operators: who asks, and in which tenant.

A service that has them keeps its `Staff` in the application's state as `staff`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from shared.api.security import OPERATOR, STAFF
from shared.runtime.runtime import Runtime
from shared.staff import Staff

_Authorization = Annotated[str, Depends(STAFF)]


def running(request: Request) -> Runtime:
    """The runtime of the service that serves the request."""
    return request.app.state.runtime


def _staff(request: Request) -> Staff:
    return request.app.state.staff


def _person(staff: Annotated[Staff, Depends(_staff)], authorization: _Authorization) -> str:
    return staff.name(authorization)


def _tenant(
    staff: Annotated[Staff, Depends(_staff)],
    authorization: _Authorization,
    tenant: Annotated[
        str, Header(alias="X-Tenant", max_length=400, description="the provider organisation; must be named")
    ] = "",
) -> str:
    return staff.tenant(authorization, tenant)


def for_operators(
    runtime: Annotated[Runtime, Depends(running)], authorization: Annotated[str, Depends(OPERATOR)]
) -> Runtime:
    """The running service, for its operators alone: 401 for others."""
    runtime.require_operator(authorization)
    return runtime


Person = Annotated[str, Depends(_person)]
"""The name of who asks: staff, or somebody on whose behalf a desk asks; 401 where nobody known does."""
Tenant = Annotated[str, Depends(_tenant)]
"""The provider organisation that staff act in: on whose behalf the gateway asks, their own."""
OperatorsRuntime = Annotated[Runtime, Depends(for_operators)]
"""The running service, for its operators alone: 401 for others."""
