"""A claim's money and talks as a negotiator works on them: offers that came by telephone, talks, agreements, refunds.

Settlement and benchmark decide, keep and show; the gateway says who asks, in which tenant and with which authority.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid5

import httpx
from fastapi import APIRouter, Path, Request, Response

from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.claims import NO_CLAIM, ClaimId, visible
from services.gateway.adapters.http.desk import DONE, Negotiator, OfCase, act_on
from services.gateway.adapters.http.desk_bodies import (
    EnteredOfferSent,
    Explained,
    ExplainedSent,
    LineAgreementSent,
    PlacementSent,
    RefundSent,
    WithdrawnOfferSent,
    WriteOffSent,
    plain,
)
from services.gateway.adapters.http.repeat import IdempotencyKey
from services.gateway.adapters.http.responses import shown
from services.gateway.adapters.http.state import Gateway
from shared.problem import Problem

router = APIRouter(prefix="/v1/claims/{claim_id}", tags=["desk"])
_OFFERS = UUID("7c1d5a52-4a0f-5b54-9c4e-2d0f0e6a7b11")


_LINE: dict[str, Any] = {
    "line": 1, "code": "99285", "modifiers": [], "charge": "1240.00", "allowed": "182.40", "paid": "145.92",
    "patient_share": "36.48", "verdict": "underpaid", "floor": "480.00", "target": "612.50", "stretch": "790.00",
    "confidence": 82, "weak_evidence": False, "reasons": ["the payer allowed less than the policy's floor"],
    "benchmarks": [{"source": "medicare", "amount": "189.40", "release": "PFS 2026A", "caveats": []}],
}  # fmt: skip
_PACKAGE: dict[str, Any] = {
    "forum": "commercial_appeal", "level": 1, "ready": False, "weak_evidence": "",
    "missing": ["profile.provider.name"],
    "missing_items": [{"key": "profile.provider.name", "words": "in the practice's profile: name",
                       "form": "profiles/provider"}],
    "documents": [{"kind": "appeal_letter", "version": "2026-11", "missing": ["profile.provider.name"],
                   "by_hand": []}],
}  # fmt: skip


@router.post("/offers", responses=DONE, summary="Enter an offer of the payer")
async def enter_offer(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: EnteredOfferSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Enter an offer that came by telephone, mail or portal; it is valued and answered like one from the wire.

    Repeating it changes nothing.
    """
    body = {name: value for name, value in plain(what).items() if name != "came_by"}
    if not what.offer_id:
        said = f"{claim_id}/{what.case_id}/{what.came_by}/{what.offered_on}/{what.amount}/{what.lines}"
        body["offer_id"] = f"{what.came_by}-{what.offered_on}-{uuid5(_OFFERS, said).hex[:8]}"
    return await act_on(request, who, claim_id, "offers", body, idempotency_key)


@router.post("/offers/withdraw", responses=DONE, summary="Withdraw an offer")
async def withdraw(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: WithdrawnOfferSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Withdraw an offer, ours or the payer's as it told us; 409 if it was accepted or ended first."""
    body = {"side": what.side, "case_id": what.case_id}
    return await act_on(request, who, claim_id, "offers/{}/withdraw", body, idempotency_key, offer_id=what.offer_id)


@router.post("/leave", responses=DONE, summary="End the talks")
async def leave(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: ExplainedSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Decline the payer's last offer and go on to the next forum."""
    return await act_on(request, who, claim_id, "leave", _explained(who.id, what), idempotency_key)


@router.post("/lines/{line}/agree", responses=DONE, summary="Agree on one line")
async def agree_line(
    request: Request, who: Negotiator, claim_id: ClaimId, what: LineAgreementSent,
    line: Annotated[int, Path(ge=1, le=999, description="number of the line")], idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Agree on one line; the others stay in dispute until they are settled or their pursuit ends."""
    body = plain(what)
    return await act_on(request, who, claim_id, f"lines/{line}/agree", body, idempotency_key)


@router.post("/rescission", responses=DONE, summary="Rescind a settlement")
async def rescind(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: ExplainedSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Rescind an agreement whose money did not come; the dispute goes on. 403 below a manager's authority."""
    return await act_on(request, who, claim_id, "rescission", _explained(who.id, what), idempotency_key)


@router.post("/write-off", responses=DONE, summary="Write a claim off, or one dispute of it")
async def write_off(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: WriteOffSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """End the claim as it stands, or one of its disputes. 403 below a manager's authority."""
    return await act_on(request, who, claim_id, "write-off", plain(what), idempotency_key)


@router.post("/refund", responses=DONE, summary="Record money paid back to the payer")
async def refund(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: RefundSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Record that we paid back what an award below the payer's first payment leaves us to owe; 409 for more."""
    return await act_on(request, who, claim_id, "refund", plain(what), idempotency_key)


@router.post("/placements", responses=DONE, summary="Say to which dispute money belongs")
async def place(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: PlacementSent,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Place money that names no line of a dispute; 409 for more than waits."""
    body = {**plain(what), "reason": f"{what.reason} [{who.id}]"}
    return await act_on(request, who, claim_id, "placements", body, idempotency_key)


@router.get("/account", responses=shown("Settlement's account.", {"phase": "pursued", "offers": []}) | NO_CLAIM,
            summary="A claim's account")  # fmt: skip
async def read_account(request: Request, who: ClaimsReader, claim_id: ClaimId) -> Response:
    """Return disputes, talks, offers with how they ended, settlement and where the money is."""
    return await _read(request, who, claim_id, "settlement", "/v1/claims/{}", "account")


@router.get("/ledger", responses=shown("Every entry, and the balances.", {"proved": True, "entries": []}) | NO_CLAIM,
            summary="A claim's books")  # fmt: skip
async def read_ledger(request: Request, who: ClaimsReader, claim_id: ClaimId) -> Response:
    """Return every entry of the claim's ledger; balances are proved against the entries first."""
    return await _read(request, who, claim_id, "settlement", "/v1/claims/{}/ledger", "ledger")


@router.get("/decisions",
            responses=shown("Each decision with its inputs.", [{"number": 1, "replays": True}]) | NO_CLAIM,
            summary="Why each decision was taken")  # fmt: skip
async def read_decisions(request: Request, who: ClaimsReader, claim_id: ClaimId) -> Response:
    """Return the decisions about offers with all their inputs, each taken again from them: `replays` must be true."""
    return await _read(request, who, claim_id, "settlement", "/v1/claims/{}/decisions", "decisions")


@router.get("/assessment", responses=shown("Each line beside its references.", {"verdict": "underpaid",
            "lines": [_LINE]}) | NO_CLAIM, summary="How the payment was judged")  # fmt: skip
async def read_assessment(request: Request, who: ClaimsReader, claim_id: ClaimId) -> Response:
    """Return each line beside its references with source, release and caveats, the fair range and the reasons."""
    return await _read(request, who, claim_id, "benchmark", "/v1/claims/{}/assessment", "assessment")


@router.get("/package", responses=shown("The filing the case stands before.", _PACKAGE) | NO_CLAIM,
            summary="The draft of the next filing, and what it lacks")  # fmt: skip
async def read_package(request: Request, who: Negotiator, claim_id: ClaimId, case_id: OfCase = "") -> Response:
    """Return documents of the next filing with what is missing in words, and the form that fills each in.

    409 where the case stands before no filing.
    """
    params = {"case_id": case_id} if case_id else {}
    return await _read(request, who, claim_id, "appeals", "/v1/cases/{}/package", "package", params)


def _explained(who: str, what: Explained) -> dict[str, Any]:
    return {"reason": f"{what.reason} [{who}]", "case_id": what.case_id}


async def _read(
    request: Request, who: ClaimsReader, claim_id: ClaimId, service: str, path: str, action: str,
    params: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """What a service knows of a claim that the caller may see."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    answer: httpx.Response = await gateway.upstream.desk(
        service, "GET", path.format(claim_id), who=who, tenant=found.tenant, params=params or {}
    )
    await gateway.accessed(request, who, action, [found])
    if answer.status_code == 404:
        raise Problem(
            404, f"no-{action}", f"{service.capitalize()} has nothing of that kind about this claim yet.",
            how_to_fix="See the claim's timeline: it comes with one of the next events.",
        )  # fmt: skip
    headers = {"Cache-Control": "private, no-store"}
    return Response(answer.content, answer.status_code, headers=headers, media_type="application/json")
