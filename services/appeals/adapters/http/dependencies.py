"""What appeals' routes depend on: who asks, in which tenant, and the desk and the papers that serve them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request

from services.appeals.adapters.documents.library import Library
from services.appeals.adapters.http.desk import Desk, unknown
from shared.api.security import STAFF
from shared.events.codec import is_uuid

Authorization = Annotated[str, Depends(STAFF)]
OfDispute = Annotated[str, Query(max_length=64, description="one of the claim's disputes, where several are open")]
Asked = Annotated[
    str, Header(alias="X-Tenant", max_length=100, description="the provider organisation, where you have several")
]


def desk_of(request: Request) -> Desk:
    """The desk that serves this process, for the dispute that the query names by `case_id`."""
    desk: Desk = request.app.state.desk
    case_id = request.query_params.get("case_id", "")
    return desk.for_dispute(case_id) if case_id else desk


def library_of(request: Request) -> Library:
    """The papers of this process."""
    return request.app.state.library


TheDesk = Annotated[Desk, Depends(desk_of)]
"""The use cases of appeals, for the dispute that the query names."""
Papers = Annotated[Library, Depends(library_of)]
"""The papers of filings and letters."""


async def in_their_tenant(
    request: Request, desk: TheDesk, authorization: Authorization, tenant: Asked = "", case_id: OfDispute = ""
) -> None:
    """A case is shown and moved in its claim's own tenant: 404 for whoever asks in another one."""
    claim_id = request.path_params.get("claim_id")
    if claim_id is None or not (asked := desk.staff.asked_tenant(authorization, tenant)) or not is_uuid(str(claim_id)):
        return
    if await desk.reader.case(UUID(str(claim_id)), asked) is None:
        raise unknown()


def _person(desk: TheDesk, authorization: Authorization) -> str:
    return desk.staff.name(authorization)


def _named(desk: TheDesk, authorization: Authorization, tenant: Asked = "") -> str:
    return desk.staff.tenant(authorization, tenant)


Person = Annotated[str, Depends(_person)]
"""The name of who asks: staff, or somebody on whose behalf a desk asks; 401 where nobody known does."""
Tenant = Annotated[str, Depends(_named)]
"""The provider organisation that staff act in, where no claim says it: 422 where they do not."""
