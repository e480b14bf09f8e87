"""Forms and letters of a case beside its filings: duties of the payer, the entity's notice, requests to the plan."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.adapters.http.casework import InTenant, passed
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, visible
from services.gateway.adapters.http.desk import Negotiator, OfCase
from services.gateway.adapters.http.responses import UPSTREAM
from services.gateway.adapters.http.state import Gateway
from shared.api.declared import answers, sends
from shared.api.refusals import Refusal
from shared.federal_forms import DutiesShown, complaints_answers, form_answers

router = APIRouter(prefix="/v1/claims/{claim_id}/case", tags=["casework"])
of_many = APIRouter(prefix="/v1/idr", tags=["casework"])
FileFormat = Annotated[
    Literal["json", "csv", "xlsx"], Query(alias="format", description="data, or a file for a spreadsheet")
]
NO_CASE = Refusal(
    404, "case-not-found", "Appeals knows no such case of yours.",
    "A claim has a case once it was received; see its timeline.",
)  # fmt: skip
SEVERAL = Refusal(
    409, "which-dispute", "The claim has several disputes, or not the one that was named.",
    "Send the `case_id` of one of `disputes` in the query.",
)  # fmt: skip
NO_EVIDENCE = Refusal(409, "evidence-missing", "An event that it rests on is not here.", "Replay the claim's events.")
NO_NOTICE = Refusal(409, "no-entity-notice", "No IDR filing is recorded.", "Read the case.")
NO_OCCASION = Refusal(409, "nothing-to-ask", "The state's process begins without asking the plan.", "Read the case.")
BROKEN = Refusal(500, "template-broken", "The letter's template cannot be set.", "Tell the operator.")
_OF_CASE = (CLAIM_NOT_FOUND, NO_CASE, SEVERAL, NO_EVIDENCE, *UPSTREAM)


@router.get("/duties", summary="What the payer owed beside the amount, and the complaints",
            responses=answers(DutiesShown, refused=_OF_CASE))  # fmt: skip
async def case_duties(request: Request, who: Negotiator, claim_id: UUID, case_id: OfCase = "") -> Response:
    """List duties that the payer did not keep; `by_hand` of a complaint is what a person types into its form."""
    return await _of_case(request, who, claim_id, "duties", _named(case_id))


@router.get("/entity", summary="The notice that names the IDR entity, as the portal asks for it",
            responses=form_answers((*_OF_CASE, NO_NOTICE)))  # fmt: skip
async def case_entity_notice(
    request: Request,
    who: Negotiator,
    claim_id: UUID,
    case_id: OfCase = "",
    form: FileFormat = "json",
) -> Response:
    """Return its fields, as data or for a spreadsheet; 409 where there is no notice to send."""
    return await _of_case(request, who, claim_id, "entity", {"format": form} | _named(case_id))


@router.get("/requests/{about}", response_class=Response, summary="A letter that asks the plan for something",
            responses=sends("application/pdf", "text/plain", description="The letter.",
                            refused=(*_OF_CASE, NO_OCCASION, BROKEN)))  # fmt: skip
async def case_request_letter(
    request: Request,
    who: Negotiator,
    claim_id: UUID,
    about: Annotated[
        Literal["qpa_information", "state_talks"],
        Path(description="for information about QPAs, or to talks that a state wants"),
    ],
    case_id: OfCase = "",
    form: Annotated[Literal["pdf", "text"], Query(alias="format", description="PDF, or plain text")] = "pdf",
) -> Response:
    """Return the letter for information about QPAs, or to talks that a state wants; `X-Missing` names what it lacks."""
    return await _of_case(request, who, claim_id, f"requests/{about}", {"format": form} | _named(case_id))


@router.get("/filings/{filing}/archive", response_class=Response, summary="All papers of a filing, to file at a portal",
            responses=sends("application/zip", description="The archive.",
                            refused=(*_OF_CASE, BROKEN)))  # fmt: skip
async def case_filing_archive(
    request: Request,
    who: Negotiator,
    claim_id: UUID,
    filing: Annotated[int, Path(ge=0, le=10_000, description="number of the filing; the draft has the next")],
    to: Annotated[
        Literal["addressee", "entity"], Query(description="entity: our offer, for the IDR entity")
    ] = "addressee",
    case_id: OfCase = "",
) -> Response:
    """Return a ZIP with each paper as PDF, text and data, and a manifest of every file.

    Of a federal filing it has the form's fields and lines as CSV and Excel, and what the portal wants uploaded. Our
    offer is in the archive for the `entity` alone.
    """
    return await _of_case(request, who, claim_id, f"documents/{filing}", {"to": to} | _named(case_id))


@of_many.get("/complaints", summary="Complaints about payers' duties that are still to be made",
             responses=complaints_answers((NO_EVIDENCE, *UPSTREAM)))  # fmt: skip
async def idr_complaints(
    request: Request,
    who: Negotiator,
    tenant: InTenant,
    payer_id: Annotated[str, Query(max_length=80, description="one payer's only")] = "",
    form: FileFormat = "json",
) -> Response:
    """List a provider organisation's open complaints with their forms filled, as data or a row each in a file.

    `by_hand` is what a person types. What became of each is told of many at once by `POST /v1/idr/reports`.
    """
    gateway = Gateway.of(request)
    params = {"format": form} | ({"payer_id": payer_id} if payer_id else {})
    came = await gateway.upstream.desk("appeals", "GET", "/v1/idr/complaints", who=who, tenant=tenant, params=params)
    await gateway.accessed(request, who, "idr/complaints", [], [tenant])
    return _as_it_came(came)


def _named(case_id: str) -> dict[str, str]:
    return {"case_id": case_id} if case_id else {}


async def _of_case(request: Request, who: Negotiator, claim_id: UUID, what: str, params: dict[str, str]) -> Response:
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    path = f"/v1/cases/{claim_id}/{what}"
    came = await gateway.upstream.desk("appeals", "GET", path, who=who, tenant=found.tenant, params=params)
    await gateway.accessed(request, who, f"case/{what}", [found])
    return _as_it_came(came)


def _as_it_came(came: httpx.Response) -> Response:
    answer = passed(came)
    if came.status_code == 200:
        for name in ("Content-Type", "X-Missing", "Content-Disposition"):
            if name in came.headers:
                answer.headers[name] = came.headers[name]
    return answer
