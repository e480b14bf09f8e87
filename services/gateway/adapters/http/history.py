"""Claims loaded as history: what of them is still open, and the act that has chosen ones pursued.

Appeals says what could be pursued until when; benchmark gives the verdict of those taken up.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.gateway.adapters.http.casework import InTenant
from services.gateway.adapters.http.deposits import passed
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import shown
from services.gateway.adapters.http.state import Gateway
from shared.limits import CLAIMS_AT_ONCE

router = APIRouter(prefix="/v1/history", tags=["history"])
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
_CLAIM = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"
_REPORT = {
    "on": "2026-11-28",
    "forums": [
        {"forum": "commercial", "claims": 41, "at_stake": "18250.40", "first": "2026-12-02", "last": "2027-04-30",
         "assumed": 41},
        {"forum": "nothing", "claims": 310, "at_stake": "96100.15", "first": None, "last": None, "assumed": 310},
    ],
    "claims": [
        {"claim_id": _CLAIM, "forum": "commercial", "until": "2026-12-02", "at_stake": "412.50", "denied": False,
         "received_on": "2026-06-05", "assumed": True, "why": ""},
    ],
}  # fmt: skip


class TakeUp(BaseModel):
    """Claims loaded as history that are to be pursued, and why."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"claims": [_CLAIM], "reason": "in time"}]}}

    claims: Annotated[list[UUID], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Annotated[str, Field(min_length=1, max_length=500, description="kept with each claim")]


class ReceiptRow(BaseModel):
    """The day on which a claim's payment or denial was received."""

    model_config = {"extra": "forbid"}

    claim_id: UUID
    received_on: date


class Receipts(BaseModel):
    """Days of receipt of several claims; with `preview` it is said what they would change, and nothing is kept."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {
                    "rows": [{"claim_id": _CLAIM, "received_on": "2026-06-08"}],
                    "reason": "the mail room's stamp",
                    "preview": True,
                }
            ]
        },
    }

    rows: Annotated[list[ReceiptRow], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Annotated[str, Field(min_length=3, max_length=500, description="kept with each claim; no patient data")]
    preview: bool = False


@router.get("", responses=shown("By forum in sums, and the claims.", _REPORT), summary="What history is still open")
async def read_history(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    forum: Annotated[str, Query(max_length=40, description="only claims that this forum is open to")] = "",
    limit: Annotated[int, Query(ge=0, le=5000, description="claims listed; the sums are of all")] = 100,
) -> Response:
    """Sum what could still be pursued by forum, in dollars and last days; list claims, the earliest last day first.

    `nothing` stands for claims of which nothing can be pursued any more.
    """
    gateway = Gateway.of(request)
    params = {"limit": str(limit)} | ({"forum": forum} if forum else {})
    answer = await gateway.upstream.desk("appeals", "GET", "/v1/history", who=who, tenant=tenant, params=params)
    await gateway.accessed(request, who, "history", [], [tenant])
    return passed(answer)


@router.post(
    "/take-up",
    responses=shown("What became of each.", {"taken_up": [_CLAIM], "refused": {}}),
    summary="Pursue claims loaded as history",
)
async def take_up(
    request: Request, who: Negotiator, tenant: InTenant, body: TakeUp, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Give each claim its verdict, which is pursued from now on; `refused` says of each other why it stays history."""
    gateway = Gateway.of(request)

    async def do() -> Response:
        what = body.model_dump(mode="json")
        return passed(
            await gateway.upstream.desk("benchmark", "POST", "/v1/history/take-up", who=who, tenant=tenant, json=what)
        )

    return await once(request, who, idempotency_key, do)


_CORRECTED = {
    "preview": True,
    "claims": [
        {"claim_id": _CLAIM, "history": True,
         "before": {"received_on": "2026-06-05", "assumed": True, "forum": "commercial_appeal", "step": "history",
                    "until": "2026-12-02"},
         "after": {"received_on": "2026-06-08", "forum": "commercial_appeal", "step": "history",
                   "until": "2026-12-05"}},
    ],
}  # fmt: skip


@router.post(
    "/receipts",
    responses=shown("What became of each, or would.", _CORRECTED),
    summary="Correct the day of receipt of many claims",
)
async def correct_receipts(
    request: Request, who: Negotiator, tenant: InTenant, body: Receipts, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Count every right of these claims from another day: history and claims that are pursued.

    What was begun and is late by that day is withdrawn. `refused` says of each claim why nothing was done.
    """
    gateway = Gateway.of(request)

    async def do() -> Response:
        await gateway.accessed(request, who, "history/receipts", [], [tenant])
        what = body.model_dump(mode="json")
        return passed(
            await gateway.upstream.desk("appeals", "POST", "/v1/history/receipts", who=who, tenant=tenant, json=what)
        )

    return await once(request, who, idempotency_key, do)


_ITEM: dict[str, Any] = {
    "claim_id": _CLAIM, "forum": "commercial_appeal", "level": 2, "filed_on": "2026-10-20", "reference": "APL-77120",
    "due": "2026-12-19", "offer": "310.00", "fees": "0.00", "plan": "Example Industries", "funding": "self_funded",
}  # fmt: skip
_TAKEN_OVER = {
    "preview": False,
    "claims": [
        {"claim_id": _CLAIM, "forum": "commercial_appeal", "level": 2, "step": "the plan decides",
         "until": "2026-12-19", "rule": "as told when it was taken over from another system", "at_stake": "412.50"},
    ],
}  # fmt: skip


class OpenItem(BaseModel):
    """What another system left open of a claim: filed on a day under a reference, or to be filed by `due`."""

    model_config = {"extra": "forbid"}

    claim_id: UUID
    forum: Literal["open_negotiation", "federal_idr", "commercial_appeal", "external_review", "state_process"]
    level: Annotated[int, Field(ge=1, le=2)] = 1
    filed_on: date | None = None
    reference: Annotated[str, Field(max_length=120, description="needed where it was filed")] = ""
    due: Annotated[date | None, Field(description="the answer is due, or, where nothing was filed, the filing")] = None
    negotiation_on: Annotated[date | None, Field(description="the day of the notice, before federal IDR")] = None
    offer: Annotated[Dollars | None, Field(description="the payer's last, an allowed amount")] = None
    fees: Annotated[Dollars | None, Field(description="paid so far")] = None
    plan: Annotated[str, Field(max_length=120, description="the plan's sponsor")] = ""
    funding: Literal["", "self_funded", "insured"] = ""


class OpenItems(BaseModel):
    """What is open of several claims; with `preview` it is said where each would stand, and nothing is kept."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"rows": [_ITEM], "reason": "from the former vendor", "preview": True}]},
    }

    rows: Annotated[list[OpenItem], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Annotated[str, Field(min_length=3, max_length=500, description="kept with each claim; no patient data")]
    preview: bool = False


@router.post(
    "/open-items",
    responses=shown("Where each stands, or would.", _TAKEN_OVER),
    summary="Take over what another system left open",
)
async def take_over(
    request: Request, who: Negotiator, tenant: InTenant, body: OpenItems, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Let claims that were loaded as history stand where another system left them, and pursue them from there.

    Nothing is filed again. `refused` says of each other claim why it cannot stand there.
    """
    gateway = Gateway.of(request)

    async def do() -> Response:
        await gateway.accessed(request, who, "history/open-items", [], [tenant])
        what = body.model_dump(mode="json")
        kept = await gateway.upstream.desk(
            "appeals", "POST", "/v1/history/open-items", who=who, tenant=tenant, json=what
        )
        if kept.status_code != 200 or body.preview:
            return passed(kept)
        kept_body = kept.json()
        wanted = [one["claim_id"] for one in kept_body["claims"] if not one.get("refused") and not one.get("unchanged")]
        if not wanted:
            return passed(kept)
        answer = await gateway.upstream.desk(
            "benchmark", "POST", "/v1/history/take-up", who=who, tenant=tenant,
            json={"claims": wanted, "reason": body.reason},
        )  # fmt: skip
        if answer.status_code != 200:
            return passed(answer)  # asked again, appeals keeps the same and benchmark takes the rest up
        refused = answer.json()["refused"]
        claims = [
            {"claim_id": one["claim_id"], "refused": refused[one["claim_id"]]} if one["claim_id"] in refused else one
            for one in kept_body["claims"]
        ]
        return JSONResponse(kept_body | {"claims": claims}, headers={"Cache-Control": "private, no-store"})

    return await once(request, who, idempotency_key, do)
