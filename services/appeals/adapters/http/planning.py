"""HTTP of planning: IDR filings, a forum's calendar, and the rule tables in force."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator

from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.dependencies import Person, Tenant, TheDesk, in_their_tenant
from services.appeals.adapters.http.desk import refusals
from services.appeals.adapters.http.views import answer
from services.appeals.domain.batching import plan_filings
from services.appeals.domain.deadline_calendar import CALENDARS, deadline_calendar
from shared.problem import Problem


def _known_calendar(name: str) -> str:
    if name not in CALENDARS:
        raise ValueError(f"forum is one of {', '.join(CALENDARS)}")
    return name


CalendarName = Annotated[str, AfterValidator(_known_calendar), Query(json_schema_extra={"enum": list(CALENDARS)})]
"""The name of a forum's calendar."""

router = APIRouter(tags=["planning"], dependencies=[Depends(in_their_tenant)])


@router.get("/v1/idr/plan", summary="The cheapest lawful IDR filings for a day")
async def idr_plan(
    desk: TheDesk,
    _who: Person,
    tenant: Tenant,
    on: Annotated[date | None, Query(description="day of filing; today if not given")] = None,
    payer_id: Annotated[str | None, Query()] = None,
) -> Response:
    """Return filings with their fees and windows, the saving against single filings, and what is left out and why."""
    day = on or desk.today_in(tenant)
    disputes, cooling = await desk.reader.disputes(tenant, payer_id, day, desk.rule_set.rules)
    policy = desk.rule_set.policy
    plan = plan_filings(
        disputes, desk.rule_set.schedule, day, fee_share=policy.idr_entity_fee_share, entity_name=policy.idr_entity,
        cooling=cooling,
    )  # fmt: skip
    return answer(plan)


@router.post("/v1/idr/filings", status_code=201, summary="File the IDR of several disputes as one batch")
async def file_batch(desk: TheDesk, who: Person, body: bodies.BatchFiling, tenant: Tenant) -> Response:
    """Record a filing of the plan that was made in the federal portal: all its claims are initiated, or none."""
    told = "What the portal has taken all the same is confirmed claim by claim, under the dispute's number."
    with refusals(f"Read the plan again: GET /v1/idr/plan. {told}"):
        filed = await desk.batches.file(
            [str(claim_id) for claim_id in body.claim_ids], tenant, body.filed_on, body.reference,
            despite=body.cooling_off_reason, who=who, case_ids=body.case_ids,
        )  # fmt: skip
    first = filed[0].part
    view = {"batch_id": first.batch_id, "basis": first.basis, "rule": first.rule}
    # of a claim with several disputes in the batch `parts` has one, and `disputes` has each
    return answer(view | {"parts": {one.claim_id: one.part for one in filed}, "disputes": filed}, 201)


@router.get("/v1/deadlines", summary="A forum's calendar from one date")
async def deadlines(
    desk: TheDesk,
    forum: CalendarName,
    received: Annotated[date, Query(description="day the payment, denial or decision was received")],
    state: Annotated[str, Query()] = "",
) -> Response:
    """Return every step with its rule, as `recoup deadlines` does."""
    schedule = desk.rule_set.schedule
    try:
        return answer(deadline_calendar(schedule, forum, received, state=state.upper()))
    except (LookupError, ValueError) as error:
        raise Problem(
            422, "no-calendar", str(error.args[0]), how_to_fix="Choose another forum, state or day."
        ) from None


@router.get("/v1/rules", summary="The rule tables in force")
async def rules(desk: TheDesk) -> Response:
    """Return every row with its range and source; `release` is the hash of the files."""
    return answer(desk.rule_set.rules)
