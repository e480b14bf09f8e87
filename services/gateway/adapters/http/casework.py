"""Working on appeals cases: one claim's case, and the IDR filings of many.

Appeals decides, records and publishes; the gateway says who asks. Bodies and refusals are appeals' own.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import httpx
from fastapi import APIRouter, Body, Depends, Query, Request, Response

from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.claims import NO_CLAIM, visible
from services.gateway.adapters.http.desk import Negotiator, OfCase
from services.gateway.adapters.http.journal import case_for
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import encode, shown
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.http.submissions import tenant_of
from services.gateway.application.access import Principal
from shared.problem import Problem
from shared.tenants import from_header

router = APIRouter(prefix="/v1", tags=["casework"])
Act = Literal[
    "assignee", "notes", "attachments", "facts", "law", "notice", "filing", "entity", "offer", "decision",
    "determination", "answers", "further-lines", "withdrawal", "records", "extensions", "idr-closure", "idr-reopening",
    "settlement-notice", "state-step", "misdirected", "duties",
]  # fmt: skip
BODIES: dict[Act, dict[str, Any]] = {
    "assignee": {"assignee": "ada"},
    "notes": {"text": "The plan's desk asked for the operative report by telephone."},
    "attachments": {"reference": "dms:2026/00017", "kind": "medical_records", "title": "Emergency record"},
    "facts": {"network_facility": True, "reason": "the plan's directory of 3 March 2026"},
    "law": {"law": "federal", "reason": "the plan confirmed that it is self-funded"},
    "notice": {"received_on": "2026-03-18", "reason": "the remittance was opened a day later"},
    "filing": {"sent_on": "2026-03-20", "reference": "DISP-1001", "no_conflict": True},
    "entity": {"selected_on": "2026-05-08", "entity": "Example Dispute Review"},
    "offer": {"submitted_on": "2026-05-20"},
    "decision": {"case_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "level": 1, "outcome": "upheld",
                 "decided_on": "2026-05-01"},
    "determination": {"case_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "prevailing": "provider",
                      "award": "612.50", "determined_on": "2026-06-12"},
    "answers": {"key": "1-1-overturned-2026-05-03-700.00", "reason": "the plan's desk: sent for another claim"},
    "further-lines": {"filed_on": "2026-05-04", "reference": "M-7012", "reason": "line 2 appealed by mail"},
    "records": {"request_id": "3c1f0a52-7c9a-5b1e-8d20-6a1f4e0b9c77",
                "documents": [{"reference": "dms:2026/00017", "asked": "18842-5"}]},
    "extensions": {"step": "initiation", "until": "2026-05-11", "approved_on": "2026-05-05", "reference": "IDR-EXT-77",
                   "reason": "the portal was down"},
    "idr-closure": {"outcome": "ineligible", "ineligible_for": "state_law", "closed_on": "2026-06-12",
                    "reason": "the entity's notice"},
    "idr-reopening": {"reopened_on": "2026-07-01", "reason": "the entity's notice"},
    "settlement-notice": {"reported_on": "2026-06-15", "reference": "DISP-1001"},
    "state-step": {"step": "ask", "on": "2026-03-20", "reference": "e-mail to the carrier of 20 March 2026"},
    "misdirected": {"what": "received", "on": "2026-04-17", "amount": "612.50"},
    "duties": {"kind": "qpa_not_disclosed", "what": "complained", "on": "2026-04-02", "reference": "NSHD-1024"},
    "withdrawal": {"reason": "the practice settled with the patient's other plan"},
}  # fmt: skip
"""A body of each act, for the document; appeals checks what is sent."""
_TELLINGS = {
    "rows": [
        {"what": "closed", "on": "2026-06-12", "dispute": "DISP-1001", "outcome": "ineligible",
         "ineligible_for": "state_law"},
        {"what": "refunded", "on": "2026-06-20", "dispute": "DISP-1001", "amount": "720.50", "reference": "R-81"},
    ],
    "reason": "export of the portal, 20 June 2026",
    "preview": True,
}  # fmt: skip
_TOLD = {
    "preview": True,
    "rows": [
        {"row": 1, "disputes": [
            {"claim_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "case_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b12",
             "forum": "commercial_appeal", "step": "prepare", "until": "2026-09-14"},
        ]},
        {"row": 2, "refused": "refunded: the number of the invoice or receipt is required: it is told once"},
    ],
}  # fmt: skip
_CASE: dict[str, Any] = {
    "claim_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11",
    "forum": "open_negotiation",
    "level": 1,
    "stage": "open",
    "step": {"label": "negotiate for 30 business days", "whose_move": "both", "rule": "45 CFR 149.510(b)(1)(i)"},
    "deadlines": [{"kind": "idr_window", "due": "2026-05-04", "rule": "45 CFR 149.510(b)(2)(i)", "days_left": 12}],
    "assignee": "ada",
    "filings": [],
    "history": [],
}
_PRIVATE = {"Cache-Control": "private, no-store"}
_FILING = {"claim_ids": [_CASE["claim_id"], "0c5a6c52-9a83-4d0e-8f2e-0a9f0d0c7b12"], "filed_on": "2026-05-01",
           "reference": "DISP-1001"}  # fmt: skip


_LETTER: dict[int | str, Any] = {
    200: {"description": "The letter.", "content": {"application/pdf": {}, "text/plain": {}}}
}


def working_for(request: Request, who: ClaimsReader) -> str:
    """The tenant whose cases are asked for: the caller's only one, or the one of theirs in `X-Tenant`."""
    return tenant_of(who, from_header(request.headers.get("X-Tenant", "")))


InTenant = Annotated[str, Depends(working_for)]


@router.get("/claims/{claim_id}/case", responses=shown("The case, with its journal.", _CASE) | NO_CLAIM,
            summary="A claim's case")  # fmt: skip
async def read_case(request: Request, who: Negotiator, claim_id: UUID) -> Response:
    """Return the case: step, deadlines and law with their rules, filings, notes and attachments."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    answer = await gateway.upstream.desk("appeals", "GET", f"/v1/cases/{claim_id}", who=who, tenant=found.tenant)
    await gateway.accessed(request, who, "case", [found])
    return await _shown(gateway, who, answer)


@router.post("/claims/{claim_id}/case/{act}", responses=shown("The case after it.", _CASE) | NO_CLAIM,
             summary="Work on a case")  # fmt: skip
async def work(
    request: Request,
    who: Negotiator,
    claim_id: UUID,
    act: Act,
    what: Annotated[dict[str, Any], Body(openapi_examples={name: {"value": body} for name, body in BODIES.items()})],
    case_id: OfCase = "",
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Act on a case: assign, note, attach, state facts, file, send records, enter answers, give up.

    `case_id` names one of the claim's disputes; it may be left out while one is open (409 with the list of them
    otherwise). 409 with the rule if the step is illegal, blocked, early or late.
    """
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)

    async def do() -> Response:
        await gateway.accessed(request, who, f"case/{act}", [found])
        path, params = f"/v1/cases/{claim_id}/{act}", {"case_id": case_id} if case_id else {}
        answer = await gateway.upstream.desk(
            "appeals", "POST", path, who=who, tenant=found.tenant, json=what, params=params
        )
        return await _shown(gateway, who, answer)

    return await once(request, who, idempotency_key, do)


@router.get("/claims/{claim_id}/case/misdirected/{which}", response_class=Response,
            responses=_LETTER | NO_CLAIM,
            summary="A letter about money that the plan sent to somebody else")  # fmt: skip
async def misdirected_letter(
    request: Request,
    who: Negotiator,
    claim_id: UUID,
    which: Literal["holder", "payer"],
    language: Annotated[Literal["en", "es"], Query(description="of the letter to whoever has the money")] = "en",
    form: Annotated[Literal["pdf", "text"], Query(alias="format")] = "pdf",
) -> Response:
    """Return the letter to the `holder` of the money, or to the `payer`; `X-Missing` names what it lacks."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    path, params = f"/v1/cases/{claim_id}/misdirected/{which}", {"language": language, "format": form}
    answer = await gateway.upstream.desk("appeals", "GET", path, who=who, tenant=found.tenant, params=params)
    await gateway.accessed(request, who, "case/misdirected", [found])
    letter = passed(answer)
    if answer.status_code == 200:
        letter.headers["Content-Type"] = answer.headers["Content-Type"]
        letter.headers["X-Missing"] = answer.headers.get("X-Missing", "")
    return letter


@router.get("/idr/plan", responses=shown("Filings with fees and windows, the saving, and what is left out and why.", {
    "filings": [], "saving": "0.00", "left_out": [],
}), summary="The cheapest lawful IDR filings")  # fmt: skip
async def idr_plan(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    on: Annotated[date | None, Query(description="day of filing; today if not given")] = None,
    payer_id: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Group one provider organisation's disputes into filings as the rule of the day allows, at the lowest cost."""
    gateway = Gateway.of(request)
    params = ({"on": on.isoformat()} if on else {}) | ({"payer_id": payer_id} if payer_id else {})
    answer = await gateway.upstream.desk("appeals", "GET", "/v1/idr/plan", who=who, tenant=tenant, params=params)
    await gateway.accessed(request, who, "idr/plan", [], [tenant])
    return passed(answer)


@router.post("/idr/filings", status_code=201, summary="Confirm a filing of the plan",
             responses=shown("Each claim's part.", {"batch_id": "b1", "parts": {}}, status=201))  # fmt: skip
async def confirm_filing(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    what: Annotated[dict[str, Any], Body(openapi_examples={"filing": {"value": _FILING}})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Confirm that a filing was made in the federal portal.

    All its claims are initiated, or none (409, with the rule and the claims that prevent it).
    """
    gateway = Gateway.of(request)

    async def do() -> Response:
        await gateway.accessed(request, who, "idr/filings", [], [tenant])
        answer = await gateway.upstream.desk("appeals", "POST", "/v1/idr/filings", who=who, tenant=tenant, json=what)
        return passed(answer)

    return await once(request, who, idempotency_key, do)


@router.post("/idr/told", include_in_schema=False)  # its former path, for one version
@router.post("/idr/reports", summary="Record what was reported of many IDR disputes",
             responses=shown("What each row came to, or would.", _TOLD))  # fmt: skip
async def report_disputes(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    what: Annotated[dict[str, Any], Body(openapi_examples={"rows": {"value": _TELLINGS}})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Take selections, offers, determinations, closings, reopenings, settlements told and fees, in their order.

    A row with a `dispute` number is told of every claim filed under it, or of none; `refused` says why. With `preview`
    nothing is kept.
    """
    gateway = Gateway.of(request)

    async def do() -> Response:
        await gateway.accessed(request, who, "idr/reports", [], [tenant])
        answer = await gateway.upstream.desk("appeals", "POST", "/v1/idr/reports", who=who, tenant=tenant, json=what)
        return passed(answer)

    return await once(request, who, idempotency_key, do)


async def _shown(gateway: Gateway, who: Principal, answer: httpx.Response) -> Response:
    """The case with its journal as the caller may see it; anything else as it is."""
    through = passed(answer)
    found: Any = answer.json() if answer.is_success else None
    if not isinstance(found, dict) or "history" not in found:
        return through
    case = await case_for(gateway, who, cast(dict[str, Any], found))
    return Response(encode(case), answer.status_code, headers=_PRIVATE, media_type="application/json")


def passed(answer: httpx.Response) -> Response:
    """Appeals' answer as the caller's; a problem where it knows no such case."""
    if answer.status_code == 404:
        raise Problem(
            404, "case-not-found", "Appeals knows no such case of yours.",
            how_to_fix="A claim has a case once it was received; see its timeline.",
        )  # fmt: skip
    return Response(answer.content, answer.status_code, headers=_PRIVATE, media_type="application/json")
