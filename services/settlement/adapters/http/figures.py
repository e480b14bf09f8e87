"""HTTP of what decisions are made by: the policy, the payers' record and its snapshots."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.settlement.adapters.http import bodies
from services.settlement.adapters.http.desk import refusals
from services.settlement.adapters.http.routes import Serving
from services.settlement.adapters.http.staff import Acting
from services.settlement.adapters.http.views import answer
from services.settlement.domain.calibration import calibrate

router = APIRouter(tags=["figures"])


@router.get("/v1/policy", summary="The policy, record and fees in force")
async def policy(desk: Serving, actor: Acting) -> Response:
    """Return the policy and record by which decisions are made now, on claims of the actor's tenant."""
    book = desk.decider.for_tenant(actor.tenant).book if actor.tenant else desk.decider.book
    learnt = desk.decider.learnt(actor.tenant)
    return answer({"policy": book.policy, "record": book.record, "fees": book.fees, "learnt": learnt})


@router.get("/v1/record/snapshots", summary="Versions of the payers' record")
async def snapshots(desk: Serving, _: Acting) -> Response:
    """List snapshots, newest first; of those of a tenant the one activated last is in force."""
    return answer(await desk.reader.record_versions())


@router.get("/v1/record/calibration", summary="Whether chances of winning come true as often as they say")
async def calibration(
    desk: Serving,
    actor: Acting,
    forum: Annotated[str, Query(max_length=40, description="of this forum only")] = "",
    policy: Annotated[str, Query(max_length=80, description="said by this policy (name@version) only")] = "",
    since: Annotated[date | None, Query(description="decided on this day or later")] = None,
) -> Response:
    """Return reliability by tenths with 90 % intervals, Brier score, and a verdict; of your tenant, or of all."""
    return answer(calibrate(await desk.reader.forecasts(actor.tenant, forum=forum, policy=policy, since=since)))


@router.post("/v1/record/snapshots", summary="Learn from closed claims")
async def snapshot(desk: Serving, actor: Acting, body: bodies.Snapshot) -> Response:
    """Take a snapshot and return it; decisions use it only once it is activated."""
    with refusals():
        version = desk.learning.take(actor, body.version, body.as_of, tenants=body.tenants, agreed=body.agreed)
        return answer(await version, 201)


@router.post("/v1/record/snapshots/{version}/activate", summary="Decide by this version from now on")
async def activate(desk: Serving, actor: Acting, version: str) -> Response:
    """Put a snapshot in force; other replicas follow within half a minute, and each decision names its version."""
    with refusals():
        await desk.learning.activate(actor, version)
    return answer({"active": version})
