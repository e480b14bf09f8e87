"""HTTP of what decisions are made by: the policy, the payers' record and its snapshots."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.settlement.adapters.http.bodies import TakesSnapshotOrder
from services.settlement.adapters.http.dependencies import Acting
from services.settlement.adapters.http.desk import (
    AUTHORITY,
    NOT_ACROSS_TENANTS,
    NOT_SHARED,
    UNKNOWN_VERSION,
    VERSION_EXISTS,
    refusals,
)
from services.settlement.adapters.http.routes import Serving
from services.settlement.adapters.http.shown import Activated, PolicyInForce
from services.settlement.application.read_ports import RecordVersion
from services.settlement.domain.calibration import Calibration, calibrate
from services.settlement.domain.payer_history import PayerHistory
from shared.api.answer import answer
from shared.api.declared import answers
from shared.api.refusals import OTHER_TENANT

router = APIRouter(tags=["figures"])


@router.get(
    "/v1/policy",
    summary="The policy, record and fees in force",
    responses=answers(PolicyInForce, refused=[OTHER_TENANT]),
)
async def read_policy(desk: Serving, actor: Acting) -> Response:
    """Return the policy and record by which decisions are made now, on claims of the actor's tenant."""
    book = desk.decider.for_tenant(actor.tenant).book if actor.tenant else desk.decider.book
    return answer(PolicyInForce(book.policy, book.record, book.fees, desk.decider.learnt(actor.tenant)))


@router.get(
    "/v1/record/snapshots",
    summary="Versions of the payers' record",
    responses=answers(list[RecordVersion], refused=[OTHER_TENANT], description="The versions, newest first."),
)
async def list_snapshots(desk: Serving, _: Acting) -> Response:
    """List snapshots, newest first; of those of a tenant the one activated last is in force."""
    return answer(await desk.reader.record_versions())


@router.get(
    "/v1/record/calibration",
    summary="Whether chances of winning come true as often as they say",
    responses=answers(Calibration, refused=[OTHER_TENANT]),
)
async def read_calibration(
    desk: Serving,
    actor: Acting,
    forum: Annotated[str, Query(max_length=40, description="of this forum only")] = "",
    policy: Annotated[str, Query(max_length=80, description="said by this policy (name@version) only")] = "",
    since: Annotated[date | None, Query(description="decided on this day or later")] = None,
) -> Response:
    """Return reliability by tenths with 90 % intervals, Brier score, and a verdict; of your tenant, or of all."""
    return answer(calibrate(await desk.reader.forecasts(actor.tenant, forum=forum, policy=policy, since=since)))


@router.post(
    "/v1/record/snapshots",
    summary="Learn from closed claims",
    status_code=201,
    responses=answers(
        PayerHistory,
        status=201,
        refused=[NOT_ACROSS_TENANTS, AUTHORITY, VERSION_EXISTS, NOT_SHARED],
        description="The snapshot, which is not in force yet.",
    ),
)
async def take_snapshot(desk: Serving, actor: Acting, body: TakesSnapshotOrder) -> Response:
    """Take a snapshot and return it; decisions use it only once it is activated."""
    with refusals():
        version = desk.learning.take(actor, body.version, body.as_of, tenants=body.tenants, agreed=body.agreed)
        return answer(await version, 201)


@router.post(
    "/v1/record/snapshots/{version}/activate",
    summary="Decide by this version from now on",
    responses=answers(
        Activated, example=Activated("2026-12"), refused=[NOT_ACROSS_TENANTS, AUTHORITY, UNKNOWN_VERSION]
    ),
)
async def activate_snapshot(
    desk: Serving,
    actor: Acting,
    version: Annotated[str, Path(min_length=1, max_length=40, description="the snapshot's name")],
) -> Response:
    """Put a snapshot in force; other replicas follow within half a minute, and each decision names its version."""
    with refusals():
        await desk.learning.activate(actor, version)
    return answer(Activated(version))
