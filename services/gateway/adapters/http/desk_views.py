"""What a caller keeps for themselves, whom they may give a case to, and who saw a claim."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, ClaimId, visible
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.responses import INVALID_CURSOR, cursor_text, json_response, parse_cursor
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access_log_ports import Place, Wanted
from services.gateway.application.people import Person
from services.gateway.application.view_ports import SavedView
from services.gateway.domain.access_kinds import kind_of
from shared.api.declared import answers, refusals
from shared.api.reading import read_body
from shared.api.refusals import Refusal

router = APIRouter(prefix="/v1", tags=["desk"])
MOST_VIEWS = 100
ViewName = Annotated[str, Path(min_length=1, max_length=80, description="what its owner calls it")]


class ViewAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a view is: a path of this site with its query, without patient data."""

    url: Annotated[
        str,
        Meta(min_length=1, max_length=1000, pattern=r"^/([^/\\].*)?$", description="a path of this site"),
    ]


TOO_MANY_VIEWS = Refusal(409, "too-many-views", f"You have {MOST_VIEWS} views already.", "Remove one with DELETE.")


ViewBody = Annotated[ViewAddress, read_body(ViewAddress, examples={"mine": ViewAddress(url="/desk/work")})]


class Views(msgspec.Struct, frozen=True):
    """The caller's own views, by name."""

    items: list[SavedView]


class People(msgspec.Struct, frozen=True):
    """Those who may act on claims of the caller's tenants, by name."""

    items: list[Person]


class Seen(msgspec.Struct, frozen=True):
    """One access to the claim: when, by whom and from where. `opened`: the claim itself, not only a list it was on."""

    at: datetime
    who: str
    name: str
    role: str
    action: str
    client: str
    outcome: str
    opened: bool


class SeenPage(msgspec.Struct, frozen=True):
    """Accesses, the newest first; pass `next` as `cursor` for older ones, null where there are none."""

    items: list[Seen]
    next: str | None


@router.get("/views", responses=answers(Views), summary="The caller's own views")
async def list_views(request: Request, who: ClaimsReader) -> Response:
    """List the views that the caller saved."""
    return json_response(request, Views(list(await Gateway.of(request).views.list(who.id))))


@router.put("/views/{name}", status_code=204, responses=refusals([TOO_MANY_VIEWS]), summary="Save a view")
async def save_view(request: Request, who: ClaimsReader, name: ViewName, view: ViewBody) -> Response:
    """Save a view under a name, in the place of one of that name; 409 where the caller has a hundred."""
    gateway = Gateway.of(request)
    if not await gateway.views.keep(who.id, SavedView(name, view.url), gateway.runtime.clock.now(), most=MOST_VIEWS):
        raise TOO_MANY_VIEWS.problem()
    return Response(status_code=204)


@router.delete("/views/{name}", status_code=204, summary="Remove a view")
async def remove_view(request: Request, who: ClaimsReader, name: ViewName) -> Response:
    """Remove a view, whether there is one or not."""
    await Gateway.of(request).views.forget(who.id, name)
    return Response(status_code=204)


@router.get("/people", responses=answers(People), summary="Who may have a case")
async def list_people(request: Request, who: Negotiator) -> Response:
    """List those who may act on claims of the caller's tenants: for the owner of a case, and to hand one over."""
    gateway = Gateway.of(request)
    return json_response(request, People(await gateway.directory.people(who, gateway.runtime.clock.now())))


@router.get("/claims/{claim_id}/seen", responses=answers(SeenPage, refused=[CLAIM_NOT_FOUND, INVALID_CURSOR]),
            summary="Who saw the claim")  # fmt: skip
async def who_saw(
    request: Request,
    who: ClaimsReader,
    claim_id: ClaimId,
    limit: Annotated[int, Query(ge=1, le=500, description="most entries of a page")] = 100,
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before")] = "",
) -> Response:
    """List who saw or changed the claim, when and from where, and who was on a list that named it."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    wanted = Wanted(claim_id=claim_id)
    entries = await gateway.accesses.accesses(who, wanted, after=parse_cursor(cursor, Place), limit=limit)
    names = await gateway.directory.names(access.principal for _, access in entries)
    await gateway.accessed(request, who, "seen", [found])
    items = [
        Seen(
            a.at,
            a.principal,
            names.get(a.principal, ""),
            a.role,
            a.action,
            a.client,
            a.outcome,
            kind_of(a.action, a.outcome, len(a.claim_ids)) in ("opened", "changed"),
        )
        for _, a in entries
    ]
    last = Place(entries[-1][1].at, entries[-1][0]) if len(entries) == limit else None
    return json_response(request, SeenPage(items, cursor_text(last)))
