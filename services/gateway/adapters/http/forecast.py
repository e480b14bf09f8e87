"""The cash that open disputes are expected to bring, by week, payer and forum."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import PortfolioReader
from services.gateway.adapters.http.responses import json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.domain.forecast import Week, forecast
from shared.api.declared import answers
from shared.api.reading import read_query

router = APIRouter(prefix="/v1", tags=["portfolio"])


class ForecastOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose cash."""

    tenant: Annotated[str, Meta(max_length=100, description="one provider organisation of yours; empty: all")] = ""


class CashWeek(msgspec.Struct, frozen=True):
    """Dollars that come in the seven days from `begins`: the mean, and between which sums so many of 100 times."""

    begins: date
    mean: Decimal
    low_50: Decimal
    high_50: Decimal
    low_80: Decimal
    high_80: Decimal
    low_90: Decimal
    high_90: Decimal


class CashOf(msgspec.Struct, frozen=True):
    """The weeks of one payer's disputes, or of one forum's, those with most cash first."""

    key: str
    weeks: list[CashWeek]


class CashForecast(msgspec.Struct, frozen=True):
    """Cash of the 26 weeks after `on`, of disputes that are open now: none that is yet to begin is in it."""

    on: date
    disputes: int
    learned_from: int
    weeks: list[CashWeek]
    by_payer: list[CashOf]
    by_forum: list[CashOf]


@router.get("/portfolio/forecast", summary="Cash expected of open disputes", responses=answers(CashForecast))
async def read_cash_forecast(
    request: Request, who: PortfolioReader, asked: Annotated[ForecastOf, read_query(ForecastOf)]
) -> Response:
    """Forecast the cash of open disputes for 26 weeks, by payer and forum, with 50, 80 and 90 % intervals.

    By the courses of the last three years; that what is agreed is never paid is one of the ends they may take.
    """
    gateway = Gateway.of(request)
    on = gateway.today(gateway.runtime.clock.now())
    key = ("forecast", str(on), asked.tenant, who.tenants_setting)
    found = await gateway.figures.get(key, lambda: _forecast(gateway, who, on, asked.tenant))
    response = json_response(request, found.value)
    response.headers["Age"] = str(found.age)
    await gateway.accessed(request, who, "forecast", (), who.tenants)
    return response


async def _forecast(gateway: Gateway, who: Principal, on: date, tenant: str) -> CashForecast:
    courses = await gateway.portfolio.courses(who, on=on, tenant=tenant)
    found = await asyncio.to_thread(forecast, courses, on.toordinal())
    ended = sum(one.ended is not None or one.paid is not None for one in courses)
    return CashForecast(
        on, found.disputes, ended, _weeks(found.weeks, on), _each(found.by_payer, on), _each(found.by_forum, on)
    )


def _each(found: Mapping[str, Sequence[Week]], on: date) -> list[CashOf]:
    most = sorted(found, key=lambda name: (-sum(week.mean for week in found[name]), name))
    return [CashOf(name, _weeks(found[name], on)) for name in most]


def _weeks(weeks: Sequence[Week], on: date) -> list[CashWeek]:
    def dollars(cents: int) -> Decimal:
        return Decimal(cents).scaleb(-2)

    return [
        CashWeek(
            on + timedelta(days=7 * n + 1),
            dollars(week.mean),
            *(dollars(end) for level in (50, 80, 90) for end in week.within[level]),
        )
        for n, week in enumerate(weeks)
    ]
