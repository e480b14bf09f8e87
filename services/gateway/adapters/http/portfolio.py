"""Figures over many claims, the books, and how fresh all of it is."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.gateway.adapters.http.authenticate import Authenticated, PortfolioReader
from services.gateway.adapters.http.responses import encode, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.kafka.lag import Lag
from services.gateway.application.figure_ports import BooksLine, Dimension, Figure, Group, GroupBy, Portfolio
from services.gateway.domain.management import Management
from services.gateway.domain.outcomes import Outcome
from shared.api.declared import answers

router = APIRouter(prefix="/v1", tags=["portfolio"])


class Groups(msgspec.Struct, frozen=True):
    """The portfolio by one of its dimensions."""

    group_by: GroupBy
    items: list[Group]


@router.get("/portfolio", summary="Figures over all claims", responses=answers(Portfolio))
async def read_portfolio(request: Request, who: PortfolioReader) -> Response:
    """Return counts by state, dollars and durations over all claims of the caller; `Age` in seconds."""
    gateway = Gateway.of(request)
    figures = await gateway.figures.get(("all", who.tenants_setting), lambda: gateway.portfolio.portfolio(who))
    return _aged(json_response(request, figures.value), figures)


@router.get("/portfolio/groups", summary="Dollars by what claims share", responses=answers(Groups))
async def read_groups(
    request: Request,
    who: PortfolioReader,
    group_by: Annotated[GroupBy, Query(description="what claims share")] = "payer_id",
) -> Response:
    """Return dollars by payer, specialty, forum or reason of closing."""
    gateway = Gateway.of(request)
    items = await gateway.figures.get((group_by, who.tenants_setting), lambda: gateway.portfolio.groups(who, group_by))
    return _aged(json_response(request, Groups(group_by, items.value)), items)


class Outcomes(msgspec.Struct, frozen=True):
    """What claims came to by one of their dimensions; the pursuits of `recovered` and of distributions have ended."""

    by: Dimension
    since: date | None
    until: date | None
    items: list[Outcome]


@router.get("/portfolio/outcomes", summary="What pursuits came to", responses=answers(Outcomes))
async def read_outcomes(
    request: Request,
    who: PortfolioReader,
    by: Annotated[Dimension, Query(description="what claims share")] = "all",
    since: Annotated[date | None, Query(description="day of the first payment, at the earliest")] = None,
    until: Annotated[date | None, Query(description="day of the first payment, at the latest")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="groups, the largest first")] = 100,
) -> Response:
    """Return underpaid share, recovery rate, uplift per claim (median and distribution) and days to cash.

    By payer, specialty, procedure code, forum or negotiation policy. Computed from events alone: a rebuilt read model
    gives the same figures.
    """
    gateway = Gateway.of(request)
    key = ("outcomes", by, str(since), str(until), str(limit), who.tenants_setting)
    items = await gateway.figures.get(
        key, lambda: gateway.portfolio.outcomes(who, by, since=since, until=until, limit=limit)
    )
    return _aged(json_response(request, Outcomes(by, since, until, items.value)), items)


@router.get("/portfolio/management", summary="Figures of management", responses=answers(Management))
async def read_management(
    request: Request,
    who: PortfolioReader,
    since: Annotated[
        date | None, Query(description="day of the first payment, or of a decision, at the earliest")
    ] = None,
    until: Annotated[date | None, Query(description="the same, at the latest")] = None,
    on: Annotated[
        date | None, Query(description="the day as of which claims are open and old; today if not given")
    ] = None,
    payer_id: Annotated[str, Query(max_length=80)] = "",
    tenant: Annotated[str, Query(max_length=100, description="one provider organisation of yours")] = "",
    history: Annotated[bool, Query(description="of claims loaded as history, in place of our work")] = False,
) -> Response:
    """Return net collection rate, days in A/R, aging, denials by CARC, decisions, write-offs and the trend by month.

    `definitions` says what each is made of. Computed from events alone: a rebuilt read model gives the same figures.
    """
    gateway = Gateway.of(request)
    day = on or gateway.today(gateway.runtime.clock.now())
    key = ("management", str(day), str(since), str(until), payer_id, tenant, str(history), who.tenants_setting)
    found = await gateway.figures.get(
        key,
        lambda: gateway.portfolio.management(
            who, on=day, since=since, until=until, payer_id=payer_id, history=history, tenant=tenant
        ),
    )
    return _aged(json_response(request, found.value), found)


def _aged(response: Response, figure: Figure[Any]) -> Response:
    response.headers["Age"] = str(figure.age)
    return response


@router.get(
    "/books", summary="Final figures of every claim", response_class=StreamingResponse,
    responses=answers(BooksLine, media="application/x-ndjson"),
)  # fmt: skip
async def read_books(request: Request, who: PortfolioReader) -> StreamingResponse:
    """Stream the final figures of every claim, one JSON object per line, from one snapshot, ordered by claim id."""
    gateway = Gateway.of(request)
    await gateway.accessed(request, who, "books", ())

    async def lines() -> AsyncGenerator[bytes]:
        chunk = bytearray()
        async for line in gateway.portfolio.books(who):
            chunk += encode(line) + b"\n"
            if len(chunk) > 65_536:
                yield bytes(chunk)
                chunk.clear()
        yield bytes(chunk)

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@router.get("/lag", summary="How fresh answers are", responses=answers(Lag))
async def read_lag(request: Request, who: Authenticated) -> Response:
    """Return how many events of the log are not yet in the answers of this API."""
    gateway = Gateway.of(request)
    return json_response(request, await gateway.lag.measure())
