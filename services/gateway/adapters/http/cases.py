"""The desk's one list: every live dispute in exactly one queue, filtered, sorted, searched, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, ClaimId, resource_of, visible
from services.gateway.adapters.http.responses import INVALID_CURSOR, cursor_text, json_response, parse_cursor
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.case_ports import CasePage, CasePlace, CaseQuery, CaseSort, FoundCase
from services.gateway.domain.queues import LABELS, Chance, Queue
from services.gateway.domain.spoken import spoken
from shared.api.declared import answers
from shared.api.reading import read_body, read_query
from shared.calendar import BusinessDays, legal_day
from shared.forums import Forum
from shared.lifecycle import State
from shared.money import ZERO

router = APIRouter(prefix="/v1", tags=["cases"])
_DAYS = BusinessDays()


class CasePayer(msgspec.Struct, frozen=True):
    """The payer: its id as the claim names it (NM109 of loop 2010BB) and its name."""

    id: str
    name: str


class CaseItem(msgspec.Struct, frozen=True, kw_only=True):
    """A live dispute: its queue, the next move with its days and rule, and the money.

    `due` is our own last day, `last` the day the law names where that is another, `opens` the first; `days_left` and
    `business_days_left` are negative once `due` has passed. `role` is who may decide where not everybody may. `offer`
    is the payer's open one, `offer_share` its part of the fair allowed amount. `chance` is that of winning federal IDR;
    `expected` dollars are what the dispute is expected to bring, by `expected_by`. `account` is null where `masked`.
    """

    key: str
    claim_id: str
    place: int
    case_id: str
    tenant: str
    queue: str
    state: str
    forum: str
    level: int
    move: str
    move_kind: str
    why: str
    role: str
    blocked_by: tuple[str, ...]
    also: tuple[str, ...]
    opens: date | None
    due: date | None
    last: date | None
    days_left: int | None
    business_days_left: int | None
    payer: CasePayer
    codes: tuple[str, ...]
    service_from: date | None
    service_state: str
    billed: Decimal
    at_stake: Decimal
    allowed: Decimal | None
    target: Decimal | None
    offer: Decimal | None
    offer_share: Decimal | None
    owner: str
    chance: Chance | None
    expected: Decimal
    expected_by: str
    account: str | None
    masked: bool
    updated: datetime


class QueueItem(msgspec.Struct, frozen=True):
    """A queue: its name, what people call it, how many live disputes it has and the dollars at stake in them."""

    queue: str
    label: str
    count: int
    at_stake: Decimal


class CaseList(msgspec.Struct, frozen=True):
    """A page of disputes; pass `next` as `cursor` for the following one, null on the last.

    `total` and `at_stake` are of all that fit. `queues` are all of them, whatever is asked for: they add up to the live
    disputes. `today` is the day that days are counted from, in `time_zone`. `read_as` says what `q` was taken for.
    """

    items: list[CaseItem]
    next: str | None
    total: int
    at_stake: Decimal
    queues: list[QueueItem]
    today: date
    time_zone: str
    read_as: tuple[str, ...] = ()


class CasesOfClaim(msgspec.Struct, frozen=True):
    """The live disputes of one claim, the first first; none where nothing of it lives."""

    items: list[CaseItem]


_MAY_BE_NUMBER = (
    "anything people hold: account or payer's number, claim id, a letter's reference, check or EFT number, payer's "
    "name, day, amount with a dollar sign or cents, code; numbers need claims:phi"
)


class CaseSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for; what is left out does not matter."""

    queue: Annotated[Queue | None, Meta(description="the queue; none: all")] = None
    payer_id: Annotated[str, Meta(max_length=80, description="the payer's id")] = ""
    owner: Annotated[
        str, Meta(max_length=120, description="who has the case; `me`: the caller; `nobody`: nobody has it")
    ] = ""
    code: Annotated[str, Meta(max_length=20, description="procedure code")] = ""
    forum: Annotated[Forum | None, Meta(description="where it is pursued")] = None
    state: Annotated[State | None, Meta(description="where the dispute stands")] = None
    role: Annotated[Literal["", "manager"], Meta(description="waits for this role")] = ""
    tenant: Annotated[str, Meta(max_length=100, description="of this provider organisation")] = ""
    due_until: Annotated[date | None, Meta(description="due on or before this day")] = None
    service_from: Annotated[date | None, Meta(description="service on or after this day")] = None
    service_to: Annotated[date | None, Meta(description="service on or before this day")] = None
    min_at_stake: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000_000)] | None, Meta(description="this many dollars at stake at least")
    ] = None
    q: Annotated[str, Meta(max_length=80, description=_MAY_BE_NUMBER)] = ""
    sort: Annotated[CaseSort, Meta(description="order; with a minus the largest first")] = "-expected"
    limit: Annotated[int, Meta(ge=1, le=200, description="most rows of a page")] = 50
    cursor: Annotated[str, Meta(max_length=400, description="`next` of the page before")] = ""


_LIST = answers(CaseList, refused=[INVALID_CURSOR])
_SEARCHES = {"a number": CaseSearch(q="RVS-100482"), "what is to be decided": CaseSearch(queue="decide", sort="due")}


@router.get("/cases", responses=_LIST, summary="Live disputes")
async def list_cases(
    request: Request, who: ClaimsReader, asked: Annotated[CaseSearch, read_query(CaseSearch)]
) -> Response:
    """List live disputes that meet all conditions, and how many each queue has; each dispute is in exactly one."""
    return await _answer(request, who, asked)


@router.post("/cases/search", responses=_LIST, summary="Live disputes, searched")
async def search_cases(
    request: Request, who: ClaimsReader, asked: Annotated[CaseSearch, read_body(CaseSearch, examples=_SEARCHES)]
) -> Response:
    """List disputes as `GET /v1/cases` does; what is searched for is in the body, so that numbers stay out of logs."""
    return await _answer(request, who, asked)


@router.get(
    "/cases/{claim_id}", responses=answers(CasesOfClaim, refused=[CLAIM_NOT_FOUND]), summary="A claim's live disputes"
)
async def cases_of_claim(request: Request, who: ClaimsReader, claim_id: ClaimId) -> Response:
    """Return the rows of one claim, for a list that follows the live events."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    rows = await gateway.cases.rows_of(who, str(claim_id))
    await gateway.accessed(request, who, "cases", [found])
    return json_response(request, CasesOfClaim(await items_of(gateway, who, rows)))


async def _answer(request: Request, who: Principal, asked: CaseSearch) -> Response:
    gateway = Gateway.of(request)
    query = query_of(gateway, who, asked)
    page = await gateway.cases.cases(who, query)
    items = await items_of(gateway, who, page.found)
    await listed(gateway, request, who, page.found)
    return json_response(request, _list(gateway, query, page, items))


async def listed(
    gateway: Gateway, request: Request, who: Principal, rows: Sequence[FoundCase], action: str = "cases"
) -> None:
    """Note in the access log which claims a list showed."""
    client = request.client.host if request.client else ""
    tenants = sorted({row.tenant for row in rows} or set(who.tenants))
    await gateway.log.record(who, action, tenants, sorted({row.claim_id for row in rows}), client)


def _list(gateway: Gateway, query: CaseQuery, page: CasePage, items: list[CaseItem]) -> CaseList:
    counts = {one.queue: one for one in page.queues}
    zone = gateway.runtime.zones.of(query.tenant)
    return CaseList(
        items=items,
        next=cursor_text(page.next),
        total=page.total,
        at_stake=page.at_stake,
        queues=[
            QueueItem(name, label, counts[name].count if name in counts else 0,
                      counts[name].at_stake if name in counts else ZERO)
            for name, label in LABELS.items()
        ],
        today=legal_day(gateway.runtime.clock.now(), zone),
        time_zone=zone.key,
        read_as=query.spoken.read_as if query.spoken else (),
    )  # fmt: skip


def query_of(gateway: Gateway, who: Principal, asked: CaseSearch) -> CaseQuery:
    """The query of a request; numbers are searched for by whoever may see them."""
    cursor = parse_cursor(asked.cursor, CasePlace)
    if cursor and cursor.sort != asked.sort:
        raise INVALID_CURSOR.problem("`cursor` belongs to another `sort`.", how_to_fix="Start at the first page.")
    hashes = gateway.vault.lookup_hashes if asked.q and who.sees_phi else _no_hashes
    return CaseQuery(
        queue=asked.queue or "",
        payer_id=asked.payer_id,
        owner=who.id if asked.owner == "me" else asked.owner,
        code=asked.code.upper(),
        forum=asked.forum or "",
        state=asked.state.value if asked.state else "",
        role=asked.role,
        tenant=asked.tenant,
        due_until=asked.due_until,
        service_from=asked.service_from,
        service_to=asked.service_to,
        min_at_stake=Decimal(asked.min_at_stake) if asked.min_at_stake else None,
        spoken=spoken(asked.q) if asked.q.strip() else None,
        account_blinds=tuple(hashes("patient_control_number", asked.q)),
        payer_number_blinds=tuple(hashes("payer_claim_number", asked.q)),
        sort=asked.sort,
        limit=asked.limit,
        cursor=cursor,
    )


def _no_hashes(_field: str, _value: str) -> list[str]:
    return []


async def items_of(gateway: Gateway, who: Principal, rows: Sequence[FoundCase]) -> list[CaseItem]:
    """Rows as this caller may see them: account numbers are opened from their claims, read in one query."""
    ids = sorted({row.claim_id for row in rows}) if who.sees_phi else []
    claims = await gateway.reader.claims(who, ids) if ids else {}
    accounts = {name: resource_of(gateway, who, found).patient_control_number for name, found in claims.items()}
    now = gateway.runtime.clock.now()
    today = {row.tenant: legal_day(now, gateway.runtime.zones.of(row.tenant)) for row in rows}
    return [_item(row, today[row.tenant], accounts.get(row.claim_id), masked=not who.sees_phi) for row in rows]


def _item(found: FoundCase, today: date, account: str | None, *, masked: bool) -> CaseItem:
    row, move = found.row, found.row.move
    return CaseItem(
        key=f"{found.claim_id}/{row.place}",
        claim_id=found.claim_id,
        place=row.place,
        case_id=row.case_id,
        tenant=found.tenant,
        queue=row.queue,
        state=row.state,
        forum=row.forum,
        level=row.level,
        move=move.words,
        move_kind=move.kind,
        why=move.why,
        role=move.role,
        blocked_by=move.blocked_by,
        also=move.also,
        opens=move.opens,
        due=move.due,
        last=move.last,
        days_left=None if move.due is None else (move.due - today).days,
        business_days_left=None if move.due is None else _DAYS.between(today, move.due),
        payer=CasePayer(row.payer_id, row.payer_name),
        codes=(row.code,) if row.code else (),
        service_from=row.service_from,
        service_state=row.service_state,
        billed=row.billed,
        at_stake=row.at_stake,
        allowed=row.allowed,
        target=row.target,
        offer=row.offer,
        offer_share=row.offer_share,
        owner=row.owner,
        chance=row.chance,
        expected=row.expected,
        expected_by=row.expected_by,
        account=account,
        masked=masked,
        updated=found.updated,
    )
