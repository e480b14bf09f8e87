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
from services.gateway.adapters.http.claims import visible
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import describes, json_response, letter_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.sql.reader import FoundClaim
from services.gateway.application.access import Principal
from shared.problem import Problem

router = APIRouter(prefix="/v1/claims/{claim_id}", tags=["desk"])
Negotiator = Annotated[Principal, Depends(may("claims:act"))]
LetterReader = Annotated[Principal, Depends(may("claims:phi"))]
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2, description="allowed amount")]
Reason = Annotated[str, Field(min_length=3, max_length=400, description="kept with the decision; no patient data")]
Name = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._~-]+$")]
OfCase = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$", description="one of several disputes")]
_PDF: dict[str, Any] = {"description": "The document.", "content": {"application/pdf": {}}}


class OpenOffer(msgspec.Struct, frozen=True):
    """An offer as it can be answered now: exactly this version. `case_id` names its dispute where there are several."""

    offer_id: str
    version: int
    side: str
    amount: Decimal
    made_on: str
    expires_on: str | None
    final: bool
    case_id: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """A decision of the engine that waits for a person of at least `role`, until the end of the day `until`."""

    decision: int
    action: str
    amount: Decimal
    expected_value: Decimal
    role: str
    until: str
    reasons: list[str]
    case_id: str = ""


class HeldAct(msgspec.Struct, frozen=True):
    """The last thing a person decided about an offer, dollars `amount`.

    `waiting`: it is carried out in `seconds_left`, and can be undone until then. `overtaken`: it could not be carried
    out any more, and `problem` says why. Else it is `done` or `undone`.
    """

    number: int
    act: str
    offer_id: str
    amount: Decimal
    by: str
    status: str
    seconds_left: float
    problem: str
    case_id: str = ""


class CaseLetter(msgspec.Struct, frozen=True):
    """A paper of a filing, or of the draft of the next. Read it at `/v1/claims/{id}/letters/{filing}/{kind}`.

    `state`: `draft` (nothing is filed), `queued` (to be sent), `sent` (as a person says), `proven` (by `proof`).
    `missing` says in words what it lacks, `weak_evidence` why its evidence does not carry it.
    """

    filing: int
    forum: str
    level: int
    kind: str
    state: str
    day: str | None
    proof: str
    problem: str
    missing: list[str]
    weak_evidence: str
    case_id: str = ""


class Entry(msgspec.Struct, frozen=True):
    """Something a person did to the case: an act, and the reason or note it is kept with."""

    at: str
    who: str
    action: str
    reason: str


class CaseNow(msgspec.Struct, frozen=True):
    """Where the appeals case stands: the step, whose move it is and by which rule, who has it, and its journal."""

    forum: str
    step: str
    whose_move: str
    rule: str
    assignee: str
    blocked_by: list[str]
    escalated: str
    journal: list[Entry]


class Desk(msgspec.Struct, frozen=True):
    """What can be done to the claim now, and what was written. `unavailable` names services that did not answer.

    `waiting`, `act`: the first of their kind; `also_waiting`, `also_held`: those of its other disputes.
    """

    phase: str
    offers: list[OpenOffer]
    waiting: Waiting | None
    letters: list[CaseLetter]
    release_letter: bool
    unavailable: list[str]
    case: CaseNow | None = None
    act: HeldAct | None = None
    also_waiting: list[Waiting] = []
    also_held: list[HeldAct] = []


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


class Verdict(OfDispute):
    """Carries the engine's proposal out, or refuses it."""

    approve: bool
    reason: Reason


class Done(msgspec.Struct, frozen=True):
    """It was taken: the claim's phase in the talks after it, and the act where it is still to be carried out.

    The timeline shows the event as soon as it is heard.
    """

    phase: str
    act: HeldAct | None = None


@router.get("/desk", responses={200: describes(Desk)})
async def read_desk(request: Request, who: ClaimsReader, claim_id: UUID) -> Response:
    """Open offers, what waits for a decision, the letters of the claim's filings, and the draft of the next."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    (account, missing), (case, missing_too), (papers, _) = await asyncio.gather(
        _asked(gateway, who, "settlement", f"/v1/claims/{claim_id}", found),
        _asked(gateway, who, "appeals", f"/v1/cases/{claim_id}", found),
        _asked(gateway, who, "appeals", f"/v1/cases/{claim_id}/letters", found),
    )
    await gateway.accessed(request, who, "desk", [found])
    return json_response(request, _desk(account, case, papers, [*missing, *missing_too]))


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
    """One document as it was filed, with the account numbers it names."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    path = f"/v1/cases/{claim_id}/documents/{filing}/{kind}"
    params = {"format": form} | ({"case_id": case_id} if case_id else {})
    answer = await gateway.upstream.desk("appeals", "GET", path, who=who, tenant=found.tenant, params=params)
    await gateway.accessed(request, who, "letter", [found])
    return letter_response(answer)


@router.get("/release-letter", response_class=Response, responses={200: _PDF})
async def read_release(request: Request, who: LetterReader, claim_id: UUID, case_id: OfCase = "") -> Response:
    """The agreement in words for both sides to sign; `case_id` names the dispute where several have one."""
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
    """Accept the payer's offer; 409 where it expired or was replaced first, 403 above the caller's authority.

    The answer's `act` is carried out when its seconds are over, and can be undone until then.
    """
    return await _accept(request, who, claim_id, what.offer_id, what, idempotency_key)


@router.post("/offers/counter", responses={200: describes(Done)})
async def counter_named(
    request: Request, who: Negotiator, claim_id: UUID, what: NamedCounter, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Answer the payer's offer with one of ours; theirs ends with it. Can be undone as an acceptance can."""
    return await _counter(request, who, claim_id, what.offer_id, what, idempotency_key)


@router.post("/offers/{offer_id}/accept", responses={200: describes(Done)})
async def accept(
    request: Request, who: Negotiator, claim_id: UUID, offer_id: Name, what: Acceptance,
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """`POST …/offers/accept` for an offer whose id fits into an address."""
    return await _accept(request, who, claim_id, offer_id, what, idempotency_key)


@router.post("/offers/{offer_id}/counter", responses={200: describes(Done)})
async def counter(
    request: Request, who: Negotiator, claim_id: UUID, offer_id: Name, what: Counter,
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """`POST …/offers/counter` for an offer whose id fits into an address."""
    return await _counter(request, who, claim_id, offer_id, what, idempotency_key)


@router.post("/acts/{number}/undo", responses={200: describes(Done)})
async def undo(
    request: Request, who: Negotiator, claim_id: UUID, number: int, case_id: OfCase = "",
    idempotency_key: IdempotencyKey = "",
) -> Response:  # fmt: skip
    """Take back an act before it is carried out; 409 once it is, 403 where a higher role decided it."""
    named = f"?case_id={case_id}" if case_id else ""
    return await _act(request, who, claim_id, f"acts/{number}/undo{named}", {}, idempotency_key)


@router.post("/decisions/{number}", responses={200: describes(Done)})
async def decide(
    request: Request, who: Negotiator, claim_id: UUID, number: int, what: Verdict, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Approve or refuse the decision that waits for a person. Can be undone as an acceptance can."""
    body = {"approve": what.approve, **_said(request, who, what)}
    return await _act(request, who, claim_id, f"decisions/{number}", body, idempotency_key)


async def _accept(
    request: Request, who: Principal, claim_id: UUID, offer_id: str, what: Acceptance, key: str
) -> Response:
    body = {"version": what.version, **_said(request, who, what)}
    return await _act(request, who, claim_id, f"offers/{quote(offer_id, safe='')}/accept", body, key)


async def _counter(
    request: Request, who: Principal, claim_id: UUID, offer_id: str, what: Counter, key: str
) -> Response:
    body = {"version": what.version, "amount": str(what.amount), **_said(request, who, what)}
    return await _act(request, who, claim_id, f"offers/{quote(offer_id, safe='')}/counter", body, key)


def _said(request: Request, who: Principal, what: Acceptance | Verdict) -> dict[str, Any]:
    """The reason with who gave it, the time to undo it, and the dispute where one is named."""
    named = {"case_id": what.case_id} if what.case_id else {}
    return {"reason": f"{what.reason} [{who.id}]", "undo_seconds": Gateway.of(request).undo_seconds, **named}


async def _act(
    request: Request, who: Principal, claim_id: UUID, action: str, body: dict[str, Any], key: str
) -> Response:
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
        return json_response(request, Done(str(about.get("phase", "")), _held(about)))

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


def _desk(account: dict[str, Any], case: dict[str, Any], papers: dict[str, Any], unavailable: list[str]) -> Desk:
    disputes: list[dict[str, Any]] = account.get("disputes") or [account]
    offers = [
        OpenOffer(
            o["offer_id"], o.get("version", 1), o["side"], Decimal(o["amount"]), o["made_on"], o.get("expires_on"),
            o.get("final", False), one.get("case_id", ""),
        )
        for one in disputes
        for o in one.get("offers", ())
        if o.get("status", "open") == "open"
    ]  # fmt: skip
    waiting = [
        msgspec.convert({**one["waiting_decision"], "case_id": one.get("case_id", "")}, Waiting)
        for one in disputes
        if one.get("waiting_decision")
    ]
    held = [found for one in disputes if (found := _held(one)) is not None]
    return Desk(
        account.get("phase", ""),
        offers,
        waiting[0] if waiting else None,
        msgspec.convert(papers.get("letters", []), list[CaseLetter]),
        any(one.get("settlement") is not None for one in disputes),
        unavailable,
        _case(case),
        held[0] if held else None,
        waiting[1:],
        held[1:],
    )


def _held(account: dict[str, Any]) -> HeldAct | None:
    if not account.get("act"):
        return None
    return msgspec.convert({**account["act"], "case_id": account.get("case_id", "")}, HeldAct, strict=False)


def _case(case: dict[str, Any]) -> CaseNow | None:
    step = case.get("step")
    if not step or not case.get("forum"):
        return None
    journal = [Entry(entry["at"], entry["who"], entry["action"], entry["reason"]) for entry in case.get("history", ())]
    return CaseNow(
        case["forum"], step["label"], step["whose_move"], step["rule"], case.get("assignee", ""),
        list(case.get("blocked_by", ())), case.get("escalated", ""), journal,
    )  # fmt: skip
