"""What people do to one claim: read its letters, answer offers, decide what waits.

Each act is passed on to the service that it belongs to. The reason that is kept with a decision names who gave it here.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.gateway.adapters.http.authenticate import ClaimsReader, may
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, ClaimId, visible
from services.gateway.adapters.http.desk_bodies import (
    ACT_REFUSED,
    NOTHING,
    REFUSED,
    SEVERAL,
    Acceptance,
    AcceptanceSent,
    Counter,
    CounterSent,
    IdrOfferSent,
    NamedAcceptanceSent,
    NamedCounterSent,
    NamedRefusalSent,
    Verdict,
    VerdictSent,
)
from services.gateway.adapters.http.desk_shown import Desk, HeldAct, held_of, shown
from services.gateway.adapters.http.journal import desk_for
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import UPSTREAM, json_response, letter_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundClaim
from shared.api.declared import answers, sends
from shared.api.refusals import Refusal
from shared.problem import Problem

router = APIRouter(prefix="/v1/claims/{claim_id}", tags=["desk"])
Negotiator = Annotated[Principal, Depends(may("claims:act"))]
LetterReader = Annotated[Principal, Depends(may("claims:phi"))]
Name = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._~-]+$", description="id of the offer")]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="its number, as `/desk` shows it")]
OfCase = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$", description="one of several disputes")]


class Done(msgspec.Struct, frozen=True):
    """It was taken: the claim's phase in the talks after it, and the act where it is still to be carried out.

    The timeline shows the event as soon as it is heard.
    """

    phase: str
    act: HeldAct | None = None


DONE = answers(Done, refused=ACT_REFUSED)
NO_LETTER = Refusal(404, "letter-not-found", "This claim has no such letter.", "Read /v1/claims/{id}/desk.")
NO_IDR_OFFER = Refusal(
    409, "no-idr-offer", "What federal IDR is worth was not told of this dispute.", "Wait until IDR comes near."
)
NO_AGREEMENT = Refusal(409, "no-agreement", "This claim has no agreement or award.", "Settle the claim first.")
BROKEN = Refusal(500, "template-broken", "The letter's template cannot be set.", "Tell the operator.")


@router.get("/desk", summary="What can be done to the claim", responses=answers(Desk, refused=[CLAIM_NOT_FOUND]))
async def read_desk(request: Request, who: ClaimsReader, claim_id: ClaimId) -> Response:
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


@router.get("/letters/{filing}/{kind}", response_class=Response, summary="A letter as it was filed",
            responses=sends("application/pdf", "text/plain", description="The letter.",
                            refused=(CLAIM_NOT_FOUND, NO_LETTER, SEVERAL, BROKEN, *UPSTREAM)))  # fmt: skip
async def read_letter(
    request: Request,
    who: LetterReader,
    claim_id: ClaimId,
    filing: Annotated[int, Path(ge=0, le=10_000, description="number of the filing; the draft has the next")],
    kind: Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._~-]+$", description="kind of paper")],
    form: Annotated[Literal["pdf", "text"], Query(alias="format", description="a PDF, or its text")] = "pdf",
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


@router.get("/release-letter", response_class=Response, summary="The settlement agreement",
            responses=sends("application/pdf", description="The agreement.",
                            refused=(CLAIM_NOT_FOUND, NO_LETTER, SEVERAL, NO_AGREEMENT, *UPSTREAM)))  # fmt: skip
async def read_release(request: Request, who: LetterReader, claim_id: ClaimId, case_id: OfCase = "") -> Response:
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


@router.post("/offers/accept", responses=DONE, summary="Accept an offer")
async def accept_named(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: NamedAcceptanceSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Accept the payer's offer.

    409 if it expired or was replaced first, 403 if it is above the caller's authority. The `act` in the response is
    carried out after its delay and can be undone until then.
    """
    return await _answer(request, who, claim_id, what.offer_id, "accept", what, idempotency_key)


@router.post("/offers/counter", responses=DONE, summary="Counter an offer")
async def counter_named(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: NamedCounterSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Counter the payer's offer, which ends with it. Can be undone as an acceptance can."""
    return await _answer(request, who, claim_id, what.offer_id, "counter", what, idempotency_key)


@router.post("/offers/decline", responses=DONE, summary="Decline an offer")
async def decline_named(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: NamedRefusalSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Decline the payer's offer while negotiation continues. Can be undone as an acceptance can."""
    return await _answer(request, who, claim_id, what.offer_id, "decline", what, idempotency_key)


@router.post("/offers/{offer_id}/accept", responses=DONE, summary="Accept an offer by its path")
async def accept(
    request: Request, who: Negotiator, claim_id: ClaimId, offer_id: Name, what: AcceptanceSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Accept an offer named in the path; `POST …/offers/accept` takes ids of any form."""
    return await _answer(request, who, claim_id, offer_id, "accept", what, idempotency_key)


@router.post("/offers/{offer_id}/counter", responses=DONE, summary="Counter an offer by its path")
async def counter(
    request: Request, who: Negotiator, claim_id: ClaimId, offer_id: Name, what: CounterSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Counter an offer named in the path; `POST …/offers/counter` takes ids of any form."""
    return await _answer(request, who, claim_id, offer_id, "counter", what, idempotency_key)


@router.get("/idr-offer.svg", response_class=Response, summary="The curve of our offer in federal IDR",
            responses=sends("image/svg+xml", description="The curve.",
                            refused=(CLAIM_NOT_FOUND, NO_IDR_OFFER, SEVERAL, REFUSED, *UPSTREAM)))  # fmt: skip
async def draw_idr_offer(request: Request, who: ClaimsReader, claim_id: ClaimId, case_id: OfCase = "") -> Response:
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
        raise NO_IDR_OFFER.problem()
    headers = {
        "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }  # fmt: skip
    return Response(answer.content, media_type="image/svg+xml", headers=headers)


@router.post("/idr-offer", responses=DONE, summary="Name our offer in federal IDR")
async def name_idr_offer(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: IdrOfferSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Name our offer in federal IDR in place of the one the public record would choose, until IDR is initiated.

    409 outside open negotiation, and for an offer below what was allowed or above what was billed.
    """
    named = {"case_id": what.case_id} if what.case_id else {}
    body = {"amount": str(what.amount), "reason": f"{what.reason} [{who.id}]", **named}
    return await act_on(request, who, claim_id, "idr-offer", body, idempotency_key)


@router.post("/acts/{number}/undo", responses=DONE, summary="Undo an act")
async def undo(
    request: Request, who: Negotiator, claim_id: ClaimId, number: Number, case_id: OfCase = "",
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Undo an act before it is carried out; 409 after that, 403 if a higher role decided it."""
    named = f"?case_id={case_id}" if case_id else ""
    return await act_on(request, who, claim_id, f"acts/{number}/undo{named}", {}, idempotency_key)


@router.post("/decisions/{number}", responses=DONE, summary="Decide what waits")
async def decide(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    number: Number,
    what: VerdictSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Approve or refuse a decision that waits for a person. Can be undone as an acceptance can."""
    body = {"approve": what.approve, **_said(request, who, what)}
    return await act_on(request, who, claim_id, f"decisions/{number}", body, idempotency_key)


async def _answer(
    request: Request,
    who: Principal,
    claim_id: ClaimId,
    offer_id: str,
    how: str,
    what: AcceptanceSent,
    key: str,
) -> Response:
    amount = {"amount": str(what.amount)} if isinstance(what, Counter) else {}
    body = {"version": what.version, **amount, **_said(request, who, what)}
    return await act_on(request, who, claim_id, f"offers/{{}}/{how}", body, key, offer_id=offer_id)


def _said(request: Request, who: Principal, what: Acceptance | Verdict) -> dict[str, Any]:
    """The reason with who gave it, the time to undo it, and the dispute where one is named."""
    named = {"case_id": what.case_id} if what.case_id else {}
    return {"reason": f"{what.reason} [{who.id}]", "undo_seconds": Gateway.of(request).undo_seconds, **named}


async def act_on(
    request: Request, who: Principal, claim_id: ClaimId, action: str, body: dict[str, Any], key: str, offer_id: str = ""
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
            raise NOTHING.problem()
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
