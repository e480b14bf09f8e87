"""The desk's list as a calendar of last days, for the programs in which people keep their days."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from msgspec.structs import replace

from services.gateway.adapters.calendars import MEDIA, LastDay, calendar
from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.case_acts import MOST_ROWS, TOO_MANY
from services.gateway.adapters.http.cases import CaseSearch, listed, query_of
from services.gateway.adapters.http.patients import public_address
from services.gateway.adapters.http.responses import INVALID_CURSOR
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.case_ports import FoundCase
from shared.api.declared import sends
from shared.api.reading import read_query

router = APIRouter(prefix="/v1", tags=["cases"])
_TITLE = "Recoup: last days"


@router.get(
    "/cases/calendar",
    response_class=Response,
    responses=sends("text/calendar", description="The days.", refused=[INVALID_CURSOR, TOO_MANY]),
    summary="The list's last days as a calendar",
)
async def calendar_of_cases(
    request: Request, who: ClaimsReader, asked: Annotated[CaseSearch, read_query(CaseSearch)]
) -> Response:
    """Return our own last day of each row that `GET /v1/cases` lists, up to 10,000 rows, as iCalendar (RFC 5545).

    Each says the move, the payer, the dollars at stake, the day that the law names and its rule, and links to the desk;
    no account number and nothing of a patient. `owner=me` are one's own. The access log names every claim.
    """
    gateway = Gateway.of(request)
    query = replace(query_of(gateway, who, asked), limit=MOST_ROWS, cursor=None)
    page = await gateway.cases.cases(who, query)
    if page.next is not None:
        raise TOO_MANY.problem()
    await listed(gateway, request, who, page.found, "cases/calendar")
    base = public_address(request)
    days = [day for found in page.found if (day := _day(found, base)) is not None]
    content = await asyncio.to_thread(calendar, _TITLE, days, now=gateway.runtime.clock.now())
    headers = {"Content-Disposition": 'attachment; filename="last-days.ics"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=MEDIA, headers=headers)


def _day(found: FoundCase, base: str) -> LastDay | None:
    row, move = found.row, found.row.move
    if move.due is None:
        return None
    law = [f"The law names {move.last.strftime('%B')} {move.last.day}, {move.last.year}."] if move.last else []
    blocked = [f"Waits for: {', '.join(move.blocked_by)}."] if move.blocked_by else []
    return LastDay(
        uid=f"{found.claim_id}/{row.place}@recoup",
        on=move.due,
        what=f"{move.words}: {row.payer_name or row.payer_id}, ${row.at_stake:,.2f}",
        why=" ".join([*([move.why] if move.why else []), *law, *blocked]),
        url=f"{base}/desk/claim/{found.claim_id}",
        changed=found.updated,
    )
