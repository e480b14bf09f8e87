"""Claims: one by its id, many by search, and the timeline of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from msgspec import Meta

from services.gateway.adapters.http import examples
from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.responses import (
    INVALID_CURSOR,
    UNKNOWN_FIELD,
    cursor_text,
    json_response,
    parse_cursor,
    select,
)
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import Cursor, FoundClaim, Sort
from services.gateway.application.claim_ports import Query as ClaimQuery
from services.gateway.application.resources import ClaimResource, TimelineEntry, claim_resource
from services.gateway.domain.view import Identifier
from shared.api.declared import answers, refusals
from shared.api.reading import read_body, read_query
from shared.api.refusals import Refusal
from shared.events.assessment import Verdict
from shared.forums import Forum
from shared.lifecycle import State

router = APIRouter(prefix="/v1", tags=["claims"])

Fields = Annotated[
    str,
    Query(description="members to return, by comma, of those that the schema has; all where left out", max_length=500),
]


class ClaimPage(msgspec.Struct, frozen=True):
    """A page of claims; pass `next` as `cursor` for the following one, null on the last."""

    items: list[ClaimResource]
    next: str | None


class TimelinePage(msgspec.Struct, frozen=True):
    """A claim's events in their order; pass `next` as `after` for more, null where this is all so far."""

    items: list[TimelineEntry]
    next: int | None


Instant = Annotated[datetime, Meta(tz=True)]


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for; what is left out does not matter. Several states mean any of them."""

    patient_control_number: Annotated[str, Meta(max_length=80, description="CLM01; needs claims:phi")] = ""
    payer_claim_number: Annotated[str, Meta(max_length=80, description="CLP07; needs claims:phi")] = ""
    state: Annotated[tuple[State, ...], Meta(max_length=20, description="in one of these states; none: in any")] = ()
    history: Annotated[bool, Meta(description="only claims loaded as history and not taken up, in any state")] = False
    payer_id: Annotated[str, Meta(max_length=80)] = ""
    provider_npi: Annotated[str, Meta(max_length=10, description="NPI of the billing provider")] = ""
    specialty: Annotated[str, Meta(max_length=80)] = ""
    forum: Annotated[Literal["", Forum], Meta(description="in this forum")] = ""
    verdict: Annotated[Literal["", Verdict], Meta(description="judged so")] = ""
    tenant: Annotated[str, Meta(max_length=100)] = ""
    received_from: Annotated[Instant | None, Meta(description="received at or after this instant")] = None
    received_to: Annotated[Instant | None, Meta(description="received before this instant")] = None
    deadline_until: Annotated[date | None, Meta(description="with a deadline on or before this day")] = None
    sort: Annotated[Sort, Meta(description="order; a minus sign: the greatest first")] = "-received_at"
    limit: Annotated[int, Meta(ge=1, le=200, description="claims in a page")] = 50
    cursor: Annotated[str, Meta(max_length=400, description="`next` of the page before")] = ""
    fields: Annotated[str, Meta(max_length=500, description="members to return, by comma; all where empty")] = ""


NOT_BY_NUMBER = Refusal(403, "forbidden", "Searching by account number needs the scope claims:phi.",
    "Ask for a key or token that holds it.")  # fmt: skip
CLAIM_NOT_FOUND = Refusal(
    404, "claim-not-found", "No claim of yours has this id.",
    "Check the id; a claim submitted a moment ago may not have come here yet (see /v1/lag).",
)  # fmt: skip
NO_CLAIM = refusals([CLAIM_NOT_FOUND])
"""For routes of a claim that declare their answer by an example."""
_PAGE = answers(ClaimPage, example=examples.CLAIM_PAGE, refused=[NOT_BY_NUMBER, INVALID_CURSOR, UNKNOWN_FIELD])
_NEGOTIATING = {
    "a number": Search(patient_control_number="RVS-100482"),
    "what is negotiated": Search(state=(State.NEGOTIATING,), sort="next_deadline", fields="claim_id,state,deadlines"),
}
ClaimId = Annotated[UUID, Path(description="the claim's id")]


@router.get("/claims", summary="Claims that fit", responses=_PAGE)
async def list_claims(request: Request, who: ClaimsReader, query: Annotated[Search, read_query(Search)]) -> Response:
    """List the claims that meet all conditions, one page at a time."""
    return await _search(request, who, query)


@router.post("/claims/search", summary="Claims that fit, asked for in the body", responses=_PAGE)
async def search_claims(
    request: Request, who: ClaimsReader, query: Annotated[Search, read_body(Search, examples=_NEGOTIATING)]
) -> Response:
    """List claims as `GET /v1/claims` does; conditions are in the body, so that account numbers stay out of logs."""
    return await _search(request, who, query)


async def _search(request: Request, who: Principal, query: Search) -> Response:
    gateway = Gateway.of(request)
    if (query.patient_control_number or query.payer_claim_number) and not who.sees_phi:
        raise NOT_BY_NUMBER.problem()
    cursor = parse_cursor(query.cursor, Cursor)
    if cursor and cursor.sort != query.sort:
        raise INVALID_CURSOR.problem("`cursor` belongs to another `sort`.", how_to_fix="Start at the first page.")
    wanted = ClaimQuery(
        patient_control_blinds=_lookup_hashes(gateway, "patient_control_number", query.patient_control_number),
        payer_claim_blinds=_lookup_hashes(gateway, "payer_claim_number", query.payer_claim_number),
        states=tuple(state.value for state in query.state),
        history=query.history,
        payer_id=query.payer_id,
        provider_npi=query.provider_npi,
        specialty=query.specialty,
        forum=query.forum,
        verdict=query.verdict,
        tenant=query.tenant,
        received_from=query.received_from,
        received_to=query.received_to,
        deadline_until=query.deadline_until,
        sort=query.sort,
        limit=query.limit,
        cursor=cursor,
    )
    page = await gateway.reader.search(who, wanted)
    await gateway.accessed(request, who, "search", page.claims)
    items = [resource_of(gateway, who, found) for found in page.claims]
    body: Any = {
        "items": [select(item, query.fields) for item in items] if query.fields else items,
        "next": cursor_text(page.next),
    }
    return json_response(request, body)


def _lookup_hashes(gateway: Gateway, field: str, value: str) -> tuple[str, ...]:
    return tuple(gateway.vault.lookup_hashes(field, value)) if value else ()


@router.get(
    "/claims/{claim_id}", summary="One claim",
    responses=answers(ClaimResource, example=examples.CLAIM, refused=[CLAIM_NOT_FOUND, UNKNOWN_FIELD]),
)  # fmt: skip
async def read_claim(request: Request, who: ClaimsReader, claim_id: ClaimId, fields: Fields = "") -> Response:
    """Return the current state of one claim. The entity tag changes with every event of the claim."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    await gateway.accessed(request, who, "claim", [found])
    return json_response(request, resource_of(gateway, who, found), etag=_etag(found, who), fields=fields)


@router.get(
    "/claims/{claim_id}/timeline", summary="What happened to one claim",
    responses=answers(TimelinePage, example=examples.TIMELINE, refused=[CLAIM_NOT_FOUND]),
)  # fmt: skip
async def read_timeline(
    request: Request,
    who: ClaimsReader,
    claim_id: ClaimId,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="position of the last event already seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=500, description="events in a page")] = 100,
) -> Response:
    """List the events of one claim in order, each with a sentence that says what happened and why."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    items = await gateway.reader.timeline(who, found.claim_id, after=after, limit=limit)
    await gateway.accessed(request, who, "timeline", [found])
    more = items[-1].position if items and items[-1].position < found.view.events else None
    return json_response(request, TimelinePage(items, more), etag=_etag(found, who))


async def visible(request: Request, who: Principal, claim_id: UUID) -> FoundClaim:
    """The claim, or the same answer whether it does not exist or is not the caller's; the try is noted."""
    gateway = Gateway.of(request)
    found = await gateway.reader.claim(who, str(claim_id))
    if found is None:
        await gateway.refused(request, who, "not_found")
        raise CLAIM_NOT_FOUND.problem()
    return found


def _etag(found: FoundClaim, who: Principal) -> str:
    return f'"{found.view.events}{"" if who.sees_phi else "m"}-{int(found.updated_at.timestamp() * 1000):x}"'


def resource_of(gateway: Gateway, who: Principal, found: FoundClaim) -> ClaimResource:
    """The claim as this caller may see it."""

    def reveal(identifier: Identifier, field: str) -> str:
        return gateway.vault.open(identifier, tenant=found.tenant, claim_id=found.claim_id, field=field)

    return claim_resource(found.claim_id, found.tenant, found.view, reveal if who.sees_phi else None)
