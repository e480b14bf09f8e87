"""The worklist: what to do within so many hours, by the dollars that hang on it; or appeals' cases by their days."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.cases import CasePayer, listed
from services.gateway.adapters.http.casework import InTenant, passed
from services.gateway.adapters.http.responses import UPSTREAM, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.http.submissions import TENANT_NOT_YOURS
from services.gateway.application.access import Principal
from services.gateway.application.work import ChosenWork, plan_work
from shared.api.declared import answers
from shared.api.examples import example_of
from shared.api.reading import read_query
from shared.api.refusals import TENANT_REQUIRED
from shared.api.schemas import AnyOf
from shared.calendar import legal_day

router = APIRouter(prefix="/v1", tags=["casework"])
DayQueue = Literal["due", "overdue", "escalated", "blocked", "waiting", "live", "misdirected"]
_HOURS = "hours of work to plan for: the moves that bring the most within them; left out: appeals' cases by their days"


class WorkSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many hours there are; or, without them, which of appeals' cases."""

    capacity: Annotated[Annotated[float, Meta(ge=0, le=10_000)] | None, Meta(description=_HOURS)] = None
    per_day: Annotated[
        Annotated[float, Meta(ge=0.25, le=10_000)] | None,
        Meta(description="of these hours, on each business day; left out: all of them today"),
    ] = None
    owner: Annotated[
        str, Meta(max_length=120, description="who has the dispute; `me`: the caller; `nobody`: nobody has it")
    ] = ""
    queue: Annotated[DayQueue, Meta(description="without `capacity`: which of appeals' cases")] = "due"
    forum: Annotated[str, Meta(max_length=40, description="without `capacity`: in this forum")] = ""
    waiting_on: Annotated[str, Meta(max_length=40, description="without `capacity`: that wait on this party")] = ""
    assignee: Annotated[
        Annotated[str, Meta(max_length=120)] | None,
        Meta(description="without `capacity`: a name; empty: cases nobody has"),
    ] = None
    after: Annotated[str, Meta(max_length=80, description="without `capacity`: `next` of the page before")] = ""
    limit: Annotated[int, Meta(ge=1, le=500, description="most moves, or cases, that are shown")] = 50


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A move to make: what hangs on it, what it takes, until when and why."""

    key: str
    claim_id: str
    case_id: str
    queue: str
    move: str
    move_kind: str
    role: str
    owner: str
    payer: CasePayer
    forum: str
    at_stake: Decimal
    expected: Decimal
    expected_by: str
    gain: Decimal
    per_hour: Decimal
    minutes: int
    day: date
    last: date | None
    rule: str
    why: str


class WorkAside(msgspec.Struct, frozen=True):
    """Moves that are left aside: how many, and the dollars that hang on them."""

    count: int
    gain: Decimal


class WorkPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The moves that bring the most within the hours, in the order to make them: the first `limit` of `chosen`.

    `at_most`: no choice brings more; `exact`: none brings more than this one. Left aside is what finds no hour
    (`unplaced`), is not open yet (`later`), may no longer be done (`passed`), or waits for a manager (`for_manager`).
    """

    items: list[WorkItem]
    chosen: int
    minutes: int
    gain: Decimal
    at_most: Decimal
    exact: bool
    unplaced: WorkAside
    later: WorkAside
    passed: WorkAside
    for_manager: WorkAside
    today: date
    time_zone: str


class DayCase(msgspec.Struct, frozen=True, kw_only=True):
    """One of appeals' cases, and the day on which something is next."""

    claim_id: str
    case_id: str | None
    forum: str | None
    stage: str
    waiting_on: str | None
    due: date | None
    waiting_until: date | None
    overdue: bool
    blocked_by: list[str]
    escalated: str
    assignee: str
    governing_law: str | None
    payer_id: str
    amount_sought: Decimal | None
    day: date
    paid_to: str | msgspec.UnsetType = msgspec.UNSET
    outstanding: Decimal | msgspec.UnsetType = msgspec.UNSET


class DayQueues(msgspec.Struct, frozen=True):
    """A page of appeals' cases, the earliest day first, and how many cases each queue has."""

    queues: dict[str, int]
    cases: list[DayCase]
    next: str | None


@router.get(
    "/worklist", summary="What to do next, by the dollars that hang on it",
    responses=answers(AnyOf(WorkPlan, DayQueues), example=example_of(DayQueues),
                      description="With `capacity` a plan of work, without it appeals' cases by their days.",
                      refused=[TENANT_REQUIRED, TENANT_NOT_YOURS, *UPSTREAM]),
)  # fmt: skip
async def worklist(
    request: Request,
    who: Annotated[Principal, Depends(may("claims:act"))],
    tenant: InTenant,
    asked: Annotated[WorkSearch, read_query(WorkSearch)],
) -> Response:
    """Choose the moves that bring the most expected dollars within `capacity` hours, none after its last day.

    Of one provider organisation (`X-Tenant` if you have several). Without `capacity`: the cases of appeals that are
    due, overdue, waiting or blocked, the earliest day first.
    """
    gateway = Gateway.of(request)
    if asked.capacity is None:
        answer = await gateway.upstream.desk(
            "appeals", "GET", "/v1/worklist", who=who, tenant=tenant, params=_by_days(asked)
        )
        await gateway.accessed(request, who, "worklist", [], [tenant])
        return passed(answer)
    zone = gateway.runtime.zones.of(tenant)
    today = legal_day(gateway.runtime.clock.now(), zone)
    rows = await gateway.cases.work(who, tenant, who.id if asked.owner == "me" else asked.owner)
    minutes = int(asked.capacity * 60)
    planned = await asyncio.to_thread(
        plan_work, rows, today, minutes=minutes, per_day=int(asked.per_day * 60) if asked.per_day else max(minutes, 1),
        approves="claims:approve" in who.scopes,
    )  # fmt: skip
    shown = planned.chosen[: asked.limit]
    await listed(gateway, request, who, [one.found for one in shown], "worklist")
    aside = {"unplaced": planned.unplaced, "later": planned.later, "passed": planned.passed}
    return json_response(
        request,
        WorkPlan(
            items=[_item(one) for one in shown],
            chosen=len(planned.chosen),
            minutes=planned.minutes,
            gain=planned.gain,
            at_most=planned.at_most,
            exact=planned.exact,
            for_manager=WorkAside(planned.role.count, planned.role.gain),
            today=today,
            time_zone=zone.key,
            **{name: WorkAside(one.count, one.gain) for name, one in aside.items()},
        ),
    )


def _by_days(asked: WorkSearch) -> dict[str, str]:
    named = {"queue": asked.queue, "forum": asked.forum, "waiting_on": asked.waiting_on, "after": asked.after,
             "limit": str(asked.limit)}  # fmt: skip
    assignee = {} if asked.assignee is None else {"assignee": asked.assignee}
    return {name: value for name, value in named.items() if value} | assignee


def _item(one: ChosenWork) -> WorkItem:
    row, move = one.found.row, one.found.row.move
    return WorkItem(
        key=f"{one.found.claim_id}/{row.place}",
        claim_id=one.found.claim_id,
        case_id=row.case_id,
        queue=row.queue,
        move=move.words,
        move_kind=move.kind,
        role=move.role,
        owner=row.owner,
        payer=CasePayer(row.payer_id, row.payer_name),
        forum=row.forum,
        at_stake=row.at_stake,
        expected=row.expected,
        expected_by=row.expected_by,
        gain=one.gain,
        per_hour=(one.gain * 60 / one.effort.minutes).quantize(Decimal("0.01")),
        minutes=one.effort.minutes,
        day=one.day,
        last=one.last,
        rule=move.why,
        why=f"If it is left: {one.effort.left}. {one.effort.lost:.0%} of the {row.expected} expected hangs on it.",
    )
