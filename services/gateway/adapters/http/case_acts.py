"""What is done with many rows of the desk's list at once: give to a person, note, take out as a file."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta
from msgspec.structs import replace

from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.cases import CaseItem, CaseSearch, items_of, listed, query_of
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, ClaimId, visible
from services.gateway.adapters.http.desk import Negotiator
from services.gateway.adapters.http.repeat import ONCE, IdempotencyKey, once
from services.gateway.adapters.http.responses import INVALID_CURSOR, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.sheets import MEDIA, Cell, Format, sheet
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundClaim
from services.gateway.domain.queues import LABELS
from shared.api.declared import answers, sends
from shared.api.reading import read_body, read_query
from shared.api.refusals import Refusal
from shared.problem import Problem

router = APIRouter(prefix="/v1", tags=["cases"])
MOST_ROWS = 10_000
_AT_ONCE = 8


class ManyActs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act on many claims: `assign` to `assignee`, or keep `text` as a `note` of each, without patient data."""

    claim_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=200, description="the claims")]
    act: Annotated[Literal["assign", "note"], Meta(description="what is done with each")]
    assignee: Annotated[str, Meta(max_length=120, description="a name, or an id of `/v1/people`; empty: nobody")] = ""
    text: Annotated[str, Meta(max_length=2000, description="the note, of three characters at least")] = ""


class ActResult(msgspec.Struct, frozen=True):
    """What became of the act on one claim: `done`, or the kind of problem and what is wrong."""

    claim_id: str
    done: bool
    problem: str = ""
    detail: str = ""


class ActResults(msgspec.Struct, frozen=True):
    """Each claim's own result, in the order in which they were named."""

    results: list[ActResult]


class HandOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hands a case to a person, or to whoever is `manager`, with the reason that is kept in its journal."""

    to: Annotated[str, Meta(min_length=1, max_length=120, description="a name, an id of `/v1/people`, or `manager`")]
    reason: Annotated[str, Meta(min_length=3, max_length=400, description="why; no patient data")]


class HandedOver(msgspec.Struct, frozen=True):
    """Who has the case now."""

    assignee: str


class CaseExport(CaseSearch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conditions of the list, and the form of the file."""

    format: Annotated[Format, Meta(description="form of the file")] = "csv"


NO_TEXT = Refusal(422, "no-text", "A note has a `text` of three characters at least.", "Send the text.")
NO_CASE = Refusal(
    404, "case-not-found", "Appeals knows no such case of yours.",
    "A claim has a case once it was received; see its timeline.",
)  # fmt: skip
NO_APPEALS = (
    Refusal(503, "service-not-configured", "This gateway does not know where appeals is.", "Operators: see settings."),
    Refusal(503, "service-unavailable", "Appeals does not answer.", "Try again in a moment."),
    Refusal(502, "service-refused", "Appeals refused the gateway.", "Operators: see the log of appeals."),
)
TOO_MANY = Refusal(413, "too-many", f"More than {MOST_ROWS:,} rows fit.", "Narrow the conditions, a queue at a time.")
_MEDIA = [kind.partition(";")[0] for kind in MEDIA.values()]
_CLAIM = UUID("6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11")
_EXAMPLES = {"give to a person": ManyActs(claim_ids=(_CLAIM,), act="assign", assignee="ada")}
_OVER = {"to a manager": HandOver(to="manager", reason="above my authority")}


@router.post("/cases/acts", responses=answers(ActResults, refused=[NO_TEXT, *ONCE]), summary="Act on many cases")
async def act_on_many(
    request: Request,
    who: Negotiator,
    what: Annotated[ManyActs, read_body(ManyActs, examples=_EXAMPLES)],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Give up to 200 claims to a person, or keep a note with each; one that refuses holds no other up."""
    if what.act == "note" and len(what.text.strip()) < 3:
        raise NO_TEXT.problem()

    async def do() -> Response:
        gateway = Gateway.of(request)
        ids = list(dict.fromkeys(str(claim_id) for claim_id in what.claim_ids))
        found = await gateway.reader.claims(who, ids)
        await gateway.accessed(request, who, f"cases/{what.act}", list(found.values()), who.tenants)
        slots = asyncio.Semaphore(_AT_ONCE)
        results = await asyncio.gather(*(_one(gateway, who, what, i, found.get(i), slots) for i in ids))
        return json_response(request, ActResults(list(results)))

    return await once(request, who, idempotency_key, do)


async def _one(
    gateway: Gateway, who: Principal, what: ManyActs, claim_id: str, found: FoundClaim | None, slots: asyncio.Semaphore
) -> ActResult:
    if found is None:
        return ActResult(claim_id, False, "claim-not-found", "No claim of yours has this id.")
    path, body = ("assignee", {"assignee": what.assignee}) if what.act == "assign" else ("notes", {"text": what.text})
    try:
        async with slots:
            answer = await gateway.upstream.desk(
                "appeals", "POST", f"/v1/cases/{claim_id}/{path}", who=who, tenant=found.tenant, json=body
            )
    except Problem as problem:
        return ActResult(claim_id, False, problem.slug, problem.detail)
    if not answer.is_success:
        return ActResult(claim_id, False, "case-not-found", "Appeals knows no case of this claim.")
    return ActResult(claim_id, True)


@router.post(
    "/claims/{claim_id}/hand-over",
    responses=answers(HandedOver, refused=[CLAIM_NOT_FOUND, NO_CASE, *NO_APPEALS, *ONCE]),
    summary="Hand a case over",
)
async def hand_over(
    request: Request,
    who: Negotiator,
    claim_id: ClaimId,
    what: Annotated[HandOver, read_body(HandOver, examples=_OVER)],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Give a case to somebody else, for what is above one's authority for instance; the journal keeps why."""
    found = await visible(request, who, claim_id)

    async def do() -> Response:
        gateway = Gateway.of(request)
        await gateway.accessed(request, who, "hand-over", [found])
        for path, body in (
            ("assignee", {"assignee": what.to}),
            ("notes", {"text": f"handed over to {what.to}: {what.reason}"}),
        ):
            answer = await gateway.upstream.desk(
                "appeals", "POST", f"/v1/cases/{claim_id}/{path}", who=who, tenant=found.tenant, json=body
            )
            if answer.status_code == 404:
                raise NO_CASE.problem()
        return json_response(request, HandedOver(what.to))

    return await once(request, who, idempotency_key, do)


_NAMES: dict[str, str] = {**LABELS}
_COLUMNS = (
    "Queue", "Next step", "Due", "Days left", "Business days left", "Payer", "Payer id", "Account", "Claim id", "Code",
    "Service date", "State", "Forum", "Billed", "Allowed", "Fair amount", "At stake", "Offer", "Offer / fair",
    "Expected", "Owner", "Blocked by", "Why",
)  # fmt: skip


def _cells(item: CaseItem) -> tuple[Cell, ...]:
    return (
        _NAMES.get(item.queue, item.queue),
        item.move, item.due, item.days_left, item.business_days_left, item.payer.name, item.payer.id, item.account,
        item.claim_id, " ".join(item.codes), item.service_from, item.state, item.forum, item.billed, item.allowed,
        item.target, item.at_stake, item.offer, item.offer_share, item.expected, item.owner,
        ", ".join(item.blocked_by), item.why,
    )  # fmt: skip


@router.get(
    "/cases/export",
    response_class=Response,
    responses=sends(*_MEDIA, description="The table.", refused=[INVALID_CURSOR, TOO_MANY]),
    summary="The list as a file",
)
async def export_cases(
    request: Request, who: ClaimsReader, asked: Annotated[CaseExport, read_query(CaseExport)]
) -> Response:
    """Return the rows that `GET /v1/cases` lists, up to 10,000, as CSV or XLSX; the access log names every claim.

    413 where more fit: narrow the conditions.
    """
    gateway = Gateway.of(request)
    query = replace(query_of(gateway, who, asked), limit=MOST_ROWS, cursor=None)
    page = await gateway.cases.cases(who, query)
    if page.next is not None:
        raise Problem(
            413,
            "too-many",
            f"More than {MOST_ROWS:,} rows fit.",
            how_to_fix="Narrow the conditions, a queue at a time.",
        )
    await listed(gateway, request, who, page.found, f"cases/export {asked.format}")
    rows = [_cells(item) for item in await items_of(gateway, who, page.found)]
    name = f"cases-{gateway.today(gateway.runtime.clock.now())}.{asked.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    content = await asyncio.to_thread(sheet, asked.format, "Cases", _COLUMNS, rows)
    return Response(content, media_type=MEDIA[asked.format], headers=headers)
