"""What banks and paper tell of payments, taken to intake: files of deposits, deposits by hand, remittances on paper.

Intake reads, keeps and matches; the gateway says who asks, in which tenant. Bank narratives and remittances name
patients, so all of it takes the right to see patient data as well as the right to act.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.casework import InTenant
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import shown
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from shared.problem import Problem

router = APIRouter(prefix="/v1", tags=["payments"], dependencies=[Depends(may("claims:phi"))])
_PRIVATE = {"Cache-Control": "private, no-store"}
_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
_DEPOSIT = {"deposit_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "posted_on": "2026-03-04", "amount": "185.60",
            "traces": ["EFT9"], "status": "matched"}  # fmt: skip
_TAKEN = {"file_id": _DEPOSIT["deposit_id"], "format": "bai2", "deposits": 12, "new": 12, "duplicates": 0,
          "passed_over": 3, "amount": "18560.00", "matched": {"clean": 11}, "left": 1}  # fmt: skip
_PAPER = {
    "payer": "ACME HEALTH", "payer_id": "512345678", "payee_npi": "1234567893", "method": "check", "number": "9001",
    "amount": "100.00", "paid_on": "2026-03-02",
    "claims": [{"control_number": "PCN1", "charge": "150.50", "paid": "100.00", "lines": [
        {"code": "99213", "charge": "150.50", "paid": "100.00",
         "adjustments": [{"group": "CO", "reason": "45", "amount": "50.50"}]}]}],
}  # fmt: skip
Money = Annotated[Decimal, Field(gt=0, lt=100_000_000_000, decimal_places=2, description="dollars")]


class DepositByHand(BaseModel):
    """A deposit that no bank file tells of: a check, a virtual card, a transfer."""

    amount: Money
    posted_on: Annotated[date, Field(description="the day on which it was deposited, or the card was charged")]
    method: Literal["check", "card", "ach", "wire"]
    number: Annotated[str, Field(min_length=1, max_length=50, description="the check's, card's or EFT's number")]
    payer: Annotated[str, Field(max_length=140, description="who paid")] = ""
    payer_id: Annotated[str, Field(max_length=20, description="the payer's tax id, as in TRN03")] = ""
    note: Annotated[str, Field(max_length=2000, description="kept sealed with it")] = ""


@router.post("/deposits", responses=shown("The deposit.", _DEPOSIT, status=201), summary="Record a deposit by hand")
async def record(
    request: Request, who: Negotiator, tenant: InTenant, deposit: DepositByHand, idempotency_key: IdempotencyKey = ""
) -> Response:
    """A check, virtual card or transfer that no bank file tells of. The same again counts no second time."""

    async def do() -> Response:
        body = deposit.model_dump(mode="json")
        return await _ask(request, who, tenant, "POST", "/v1/deposits", "deposits/record", json=body)

    return await once(request, who, idempotency_key, do)


@router.post(
    "/deposits/files", openapi_extra=_FILE, responses=shown("What became of it.", _TAKEN),
    summary="Submit a bank's file of deposits",
)  # fmt: skip
async def submit_bank_file(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    columns: Annotated[list[str] | None, Query(max_length=20, description="of a CSV: FIELD:HEADING, for each")] = None,
) -> Response:
    """BAI2, CAMT.053, ACH (CCD, CTX) or CSV, told by its content; whole or not at all, and each deposit once.

    422 with every fault, its line and how to fix it.
    """
    params = {"columns": columns or []}
    return await _ask(
        request, who, tenant, "POST", "/v1/deposits/files", "deposits/files", content=request.stream(), params=params
    )


@router.get(
    "/interchanges/{interchange_id}/input", summary="An input as it came", response_class=Response,
    responses={200: {"description": "Its bytes, unpacked where it came packed.",
                     "content": {"application/octet-stream": {"example": "ISA*00*…~"}}}},
)  # fmt: skip
async def input_as_it_came(request: Request, who: Negotiator, tenant: InTenant, interchange_id: UUID) -> Response:
    """Whatever became of it. Patient data: who read it, and when, is kept."""
    gateway = Gateway.of(request)
    await gateway.accessed(request, who, "inputs/look", [], [tenant])
    answer = await gateway.upstream.desk_stream(
        "intake", f"/v1/interchanges/{interchange_id}/input", who=who, tenant=tenant
    )
    media = answer.headers.get("content-type")
    return StreamingResponse(answer.aiter_bytes(), answer.status_code, _PRIVATE, media, BackgroundTask(answer.aclose))


@router.get("/deposits/{deposit_id}", responses=shown("All that is known.", _DEPOSIT), summary="One deposit")
async def deposit(request: Request, who: Negotiator, tenant: InTenant, deposit_id: UUID) -> Response:
    """Its 835s or those that it may be, the bank's narrative, and what was decided."""
    return await _ask(request, who, tenant, "GET", f"/v1/deposits/{deposit_id}", "deposits/look")


@router.post(
    "/remittances/paper", responses=shown("What became of it.", {"paper_id": _DEPOSIT["deposit_id"]}),
    summary="Enter a remittance that came on paper",
)  # fmt: skip
async def enter_paper(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    entry: Annotated[dict[str, Any], Body(openapi_examples={"a check of one claim": {"value": _PAPER}})],
    check: Annotated[bool, Query(description="say what does not come out even, and keep nothing")] = False,
    hold: Annotated[bool, Query(description="take it though it is uneven: what is not certain is held")] = False,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """It lives like an 835. 422 with each field that does not come out even, and by how many dollars."""

    async def do() -> Response:
        params = {"check": check, "hold": hold}
        path = "/v1/remittances/paper"
        return await _ask(request, who, tenant, "POST", path, "paper/enter", json=entry, params=params)

    return await once(request, who, idempotency_key, do)


@router.post(
    "/remittances/paper/csv", openapi_extra=_FILE, responses=shown("What became of each.", {"taken": []}),
    summary="Import remittances on paper from CSV",
)  # fmt: skip
async def import_paper(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    check: Annotated[bool, Query(description="say what does not come out even, and keep nothing")] = False,
    hold: Annotated[bool, Query(description="take them though uneven: what is not certain is held")] = False,
) -> Response:
    """The layout is in the page about payments. Each remittance is taken or refused by itself."""
    params = {"check": check, "hold": hold}
    path = "/v1/remittances/paper/csv"
    return await _ask(request, who, tenant, "POST", path, "paper/csv", content=request.stream(), params=params)


@router.get("/remittances/paper/{paper_id}", responses=shown("As it was entered.", {"entry": _PAPER}),
            summary="A remittance on paper")  # fmt: skip
async def paper(request: Request, who: Negotiator, tenant: InTenant, paper_id: UUID) -> Response:
    """Who entered what, and its scans."""
    return await _ask(request, who, tenant, "GET", f"/v1/remittances/paper/{paper_id}", "paper/look")


@router.post(
    "/remittances/paper/{paper_id}/scans", openapi_extra=_FILE,
    responses=shown("The scan.", {"scan_id": _DEPOSIT["deposit_id"]}, status=201), summary="Attach a scan",
)  # fmt: skip
async def attach_scan(request: Request, who: Negotiator, tenant: InTenant, paper_id: UUID) -> Response:
    """PDF, PNG, JPEG or TIFF, told by its content; kept sealed, once. Nothing is read from it."""
    path = f"/v1/remittances/paper/{paper_id}/scans"
    return await _ask(request, who, tenant, "POST", path, "paper/scan", content=request.stream())


async def _ask(
    request: Request, who: Principal, tenant: str, method: str, path: str, action: str, **what: Any
) -> Response:
    """Ask intake in the caller's name; who asked what is in the access log."""
    gateway = Gateway.of(request)
    await gateway.accessed(request, who, action, [], [tenant])
    return passed(await gateway.upstream.desk("intake", method, path, who=who, tenant=tenant, **what))


def passed(answer: httpx.Response) -> Response:
    """Intake's answer as ours; what is not there is a problem of ours."""
    if answer.status_code == 404:
        found: dict[str, Any] = answer.json()
        slug = str(found.get("type", "")).rpartition(":")[2] or "unknown-payment"
        raise Problem(404, slug, str(found.get("detail", "")), how_to_fix=str(found.get("how_to_fix", "")))
    return Response(answer.content, answer.status_code, headers=_PRIVATE, media_type=answer.headers.get("content-type"))
