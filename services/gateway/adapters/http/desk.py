"""What people do to one claim: read its letters, answer offers, decide what waits.

Each act is passed on to the service that it belongs to. The reason that is kept with a decision names who gave it here.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.gateway.adapters.http.authenticate import ClaimsReader, may
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, visible
from services.gateway.adapters.http.desk_shown import Desk, HeldAct, held_of, shown
from services.gateway.adapters.http.journal import desk_for
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import describes, json_response, letter_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundClaim
from shared.api.declared import answers
from shared.problem import Problem

router = APIRouter(prefix="/v1/claims/{claim_id}", tags=["desk"])
Negotiator = Annotated[Principal, Depends(may("claims:act"))]
LetterReader = Annotated[Principal, Depends(may("claims:phi"))]
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2, description="allowed amount")]
Reason = Annotated[str, Field(min_length=3, max_length=400, description="kept with the decision; no patient data")]
Name = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._~-]+$")]
OfCase = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$", description="one of several disputes")]
_PDF: dict[str, Any] = {"description": "The document.", "content": {"application/pdf": {}}}


class OfDispute(BaseModel):
    """`case_id` names one of the claim's disputes; it may be left out while one is open."""

    model_config = {"extra": "forbid"}

    case_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._-]*$")] = ""


class Acceptance(OfDispute):
    """Accepts exactly this version of the payer's offer."""

    version: Annotated[int, Field(ge=1)]
    reason: Reason


class Counter(Acceptance):
    """Answers this version of the offer with `amount` dollars allowed."""

    amount: Dollars


class OfferNamed(BaseModel):
    """Names the offer in the body: an id may hold any character."""

    offer_id: Annotated[str, Field(min_length=1, max_length=200)]


class NamedAcceptance(Acceptance, OfferNamed):
    """Accepts exactly this version of the named offer."""


class NamedCounter(Counter, OfferNamed):
    """Answers this version of the named offer with `amount` dollars allowed."""


class NamedRefusal(Acceptance, OfferNamed):
    """Turns exactly this version of the named offer down."""


class Verdict(OfDispute):
    """Carries the engine's proposal out, or refuses it."""

    approve: bool
    reason: Reason


class IdrOffer(OfDispute):
    """Names our offer in federal IDR, in dollars allowed."""

    amount: Dollars
    reason: Reason


class Done(msgspec.Struct, frozen=True):
    """It was taken: the claim's phase in the talks after it, and the act where it is still to be carried out.

    The timeline shows the event as soon as it is heard.
    """

    phase: str
    act: HeldAct | None = None


@router.get("/desk", summary="What can be done to the claim", responses=answers(Desk, refused=[CLAIM_NOT_FOUND]))
async def read_desk(request: Request, who: ClaimsReader, claim_id: UUID) -> Response:
    """Return open offers, decisions that wait, the letters of the claim's filings, and the draft of the next filing."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    (account, missing), (case, missing_too), (papers, _) = await asyncio.gather(
        _asked(gateway, who, "settlement", f"/v1/claims/{claim_id}", found),
        _asked(gateway, who, "appeals", f"/v1/cases/{claim_id}", found),
        _asked(gateway, who, "appeals", f"/v1/cases/{claim_id}/letters", found),
    )
    await gateway.accessed(request, who, "desk", [found])
    desk = shown(account, case, papers, [*missing, *missing_too])
    return json_response(request, await desk_for(gateway, who, desk))


@router.get("/letters/{filing}/{kind}", response_class=Response, responses={200: _PDF})
async def read_letter(
    request: Request,
    who: LetterReader,
    claim_id: UUID,
    filing: int,
    kind: Name,
    form: Annotated[Literal["pdf", "text"], Query(alias="format")] = "pdf",
    case_id: OfCase = "",
) -> Response:
    """Return one document as it was filed, with the account numbers in it."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    path = f"/v1/cases/{claim_id}/documents/{filing}/{kind}"
    params = {"format": form} | ({"case_id": case_id} if case_id else {})
    answer = await gateway.upstream.desk("appeals", "GET", path, who=who, tenant=found.tenant, params=params)
    await gateway.accessed(request, who, "letter", [found])
    return letter_response(answer)


@router.get("/release-letter", response_class=Response, responses={200: _PDF})
async def read_release(request: Request, who: LetterReader, claim_id: UUID, case_id: OfCase = "") -> Response:
    """Return the settlement agreement for both sides to sign.

    `case_id` names the dispute if several have an agreement.
    """
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    answer = await gateway.upstream.desk(
        "settlement", "GET", f"/v1/claims/{claim_id}/release-letter", who=who, tenant=found.tenant,
        params={"case_id": case_id} if case_id else {},
    )  # fmt: skip
    await gateway.accessed(request, who, "letter", [found])
    return letter_response(answer)


@router.post("/offers/accept", responses={200: describes(Done)})
async def accept_named(
    request: Request, who: Negotiator, claim_id: UUID, what: NamedAcceptance, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Accept the payer's offer.

    409 if it expired or was replaced first, 403 if it is above the caller's authority. The `act` in the response is
    carried out after its delay and can be undone until then.
    """
    return await _answer(request, who, claim_id, what.offer_id, "accept", what, idempotency_key)


@router.post("/offers/counter", responses={200: describes(Done)})
async def counter_named(
    request: Request, who: Negotiator, claim_id: UUID, what: NamedCounter, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Counter the payer's offer, which ends with it. Can be undone as an acceptance can."""
    return await _answer(request, who, claim_id, what.offer_id, "counter", what, idempotency_key)


@router.post("/offers/decline", responses={200: describes(Done)})
async def decline_named(
    request: Request, who: Negotiator, claim_id: UUID, what: NamedRefusal, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Decline the payer's offer while negotiation continues. Can be undone as an acceptance can."""
    return await _answer(request, who, claim_id, what.offer_id, "decline", what, idempotency_key)


@router.post("/offers/{offer_id}/accept", responses={200: describes(Done)})
async def accept(
    request: Request, who: Negotiator, claim_id: UUID, offer_id: Name, what: Acceptance,
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Accept an offer named in the path; `POST …/offers/accept` takes ids of any form."""
    return await _answer(request, who, claim_id, offer_id, "accept", what, idempotency_key)


@router.post("/offers/{offer_id}/counter", responses={200: describes(Done)})
async def counter(
    request: Request, who: Negotiator, claim_id: UUID, offer_id: Name, what: Counter,
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Counter an offer named in the path; `POST …/offers/counter` takes ids of any form."""
    return await _answer(request, who, claim_id, offer_id, "counter", what, idempotency_key)


@router.get("/idr-offer.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
async def draw_idr_offer(request: Request, who: ClaimsReader, claim_id: UUID, case_id: OfCase = "") -> Response:
    """Return the curve of our offer in federal IDR: chance and value of each offer, what was chosen, the fair value.

    For our own decisions: no paper of IDR shows it. `case_id` names the dispute if several were told of it.
    """
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    answer = await gateway.upstream.desk(
        "settlement", "GET", f"/v1/claims/{claim_id}/idr-offer.svg", who=who, tenant=found.tenant,
        params={"case_id": case_id} if case_id else {},
    )  # fmt: skip
    await gateway.accessed(request, who, "idr-offer", [found])
    if answer.status_code >= 400:
        raise Problem(409, "no-idr-offer", "What federal IDR is worth was not told of this dispute.")
    headers = {
        "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }  # fmt: skip
    return Response(answer.content, media_type="image/svg+xml", headers=headers)


@router.post("/idr-offer", responses={200: describes(Done)})
async def name_idr_offer(
    request: Request, who: Negotiator, claim_id: UUID, what: IdrOffer, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Name our offer in federal IDR in place of the one the public record would choose, until IDR is initiated.

    409 outside open negotiation, and for an offer below what was allowed or above what was billed.
    """
    named = {"case_id": what.case_id} if what.case_id else {}
    body = {"amount": str(what.amount), "reason": f"{what.reason} [{who.id}]", **named}
    return await act_on(request, who, claim_id, "idr-offer", body, idempotency_key)


@router.post("/acts/{number}/undo", responses={200: describes(Done)})
async def undo(
    request: Request, who: Negotiator, claim_id: UUID, number: int, case_id: OfCase = "",
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Undo an act before it is carried out; 409 after that, 403 if a higher role decided it."""
    named = f"?case_id={case_id}" if case_id else ""
    return await act_on(request, who, claim_id, f"acts/{number}/undo{named}", {}, idempotency_key)


@router.post("/decisions/{number}", responses={200: describes(Done)})
async def decide(
    request: Request, who: Negotiator, claim_id: UUID, number: int, what: Verdict, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Approve or refuse a decision that waits for a person. Can be undone as an acceptance can."""
    body = {"approve": what.approve, **_said(request, who, what)}
    return await act_on(request, who, claim_id, f"decisions/{number}", body, idempotency_key)


async def _answer(
    request: Request, who: Principal, claim_id: UUID, offer_id: str, how: str, what: Acceptance, key: str
) -> Response:
    amount = {"amount": str(what.amount)} if isinstance(what, Counter) else {}
    body = {"version": what.version, **amount, **_said(request, who, what)}
    return await act_on(request, who, claim_id, f"offers/{{}}/{how}", body, key, offer_id=offer_id)


def _said(request: Request, who: Principal, what: Acceptance | Verdict) -> dict[str, Any]:
    """The reason with who gave it, the time to undo it, and the dispute where one is named."""
    named = {"case_id": what.case_id} if what.case_id else {}
    return {"reason": f"{what.reason} [{who.id}]", "undo_seconds": Gateway.of(request).undo_seconds, **named}


async def act_on(
    request: Request, who: Principal, claim_id: UUID, action: str, body: dict[str, Any], key: str, offer_id: str = ""
) -> Response:
    """Pass an act on to settlement and return what became of it; `offer_id` stands where `action` has a place for it.

    Problems say what settlement refused; nothing is changed then.
    """
    action = action.format(quote(offer_id, safe=""))
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)

    async def do() -> Response:
        await gateway.accessed(request, who, action, [found])
        path = f"/v1/claims/{claim_id}/{action}"
        answer = await gateway.upstream.desk("settlement", "POST", path, who=who, tenant=found.tenant, json=body)
        if answer.status_code == 404:
            raise Problem(404, "nothing-to-answer", "Settlement knows no such offer or decision of this claim.")
        account = answer.json()
        named = body.get("case_id", "")
        about = next((one for one in account.get("disputes", ()) if one["case_id"] == named), account)
        return json_response(request, Done(str(about.get("phase", "")), held_of(about)))

    return await once(request, who, key, do)


async def _asked(
    gateway: Gateway, who: Principal, service: str, path: str, found: FoundClaim
) -> tuple[dict[str, Any], list[str]]:
    """What a service knows of the claim, nothing where it knows none; its name where it cannot be asked."""
    try:
        answer = await gateway.upstream.desk(service, "GET", path, who=who, tenant=found.tenant)
    except Problem:
        return {}, [service]
    return (answer.json() if answer.is_success else {}), []
