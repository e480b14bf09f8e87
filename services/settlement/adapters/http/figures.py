"""HTTP of what decisions are made by: the policy, the payers' record and its snapshots."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from services.settlement.adapters.http import bodies
from services.settlement.adapters.http.desk import Desk
from services.settlement.adapters.http.staff import Acting
from services.settlement.adapters.http.views import answer
from services.settlement.adapters.sql import records
from services.settlement.domain.calibration import calibrate
from services.settlement.domain.commands import Actor
from services.settlement.domain.policy import ROLES
from shared.problem import Problem
from shared.runtime.service import Runtime

router = APIRouter(tags=["figures"])


@router.get("/v1/policy", summary="The policy, record and fees in force")
async def policy(request: Request, _: Acting) -> Response:
    """What decisions are made by at this moment."""
    book = _desk(request).fold.book
    return answer({"policy": book.policy, "record": book.record, "fees": book.fees})


@router.get("/v1/record/snapshots", summary="Versions of the payers' record")
async def snapshots(request: Request, _: Acting) -> Response:
    """Newest first; the one activated last is in force."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return answer(await records.stored(conn))


@router.get("/v1/record/calibration", summary="Whether chances of winning come true as often as they say")
async def calibration(
    request: Request,
    actor: Acting,
    forum: Annotated[str, Query(max_length=40, description="of this forum only")] = "",
    policy: Annotated[str, Query(max_length=80, description="said by this policy (name@version) only")] = "",
    since: Annotated[date | None, Query(description="decided on this day or later")] = None,
) -> Response:
    """Reliability by tenths with 90 % intervals, Brier score, and a verdict; of your tenant's cases, or of all."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        told = await records.forecasts(conn, tenant=actor.tenant, forum=forum, policy=policy, since=since)
    return answer(calibrate(told))


@router.post("/v1/record/snapshots", summary="Learn from closed claims")
async def snapshot(request: Request, actor: Acting, body: bodies.Snapshot) -> Response:
    """Takes a version and shows it; decisions use it only once it is activated."""
    _manager(actor)
    runtime: Runtime = request.app.state.runtime
    try:
        async with runtime.units.begin() as uow:
            return answer(await records.take_snapshot(uow.conn, body.version, body.as_of, uow.now), 201)
    except asyncpg.UniqueViolationError:
        raise Problem(
            409, "version-exists", "A snapshot has this version already.", how_to_fix="Choose another."
        ) from None


@router.post("/v1/record/snapshots/{version}/activate", summary="Decide by this version from now on")
async def activate(request: Request, actor: Acting, version: str) -> Response:
    """Other replicas follow within half a minute; each decision names the version it used."""
    _manager(actor)
    runtime: Runtime = request.app.state.runtime
    async with runtime.units.begin() as uow:
        record = await records.activate(uow.conn, version, uow.now)
    if record is None:
        raise Problem(404, "unknown-version", "No snapshot has this version.")
    _desk(request).fold.learn(record)
    return answer({"active": version})


def _manager(actor: Actor) -> None:
    if actor.tenant:
        raise Problem(
            403,
            "tenant",
            "The payers' record is learnt from all tenants.",
            how_to_fix="Ask a manager of the whole house.",
        )
    if ROLES.index(actor.role) < ROLES.index("manager"):
        raise Problem(403, "authority", "This needs the authority of a manager.", how_to_fix="Ask a manager.")


def _desk(request: Request) -> Desk:
    return request.app.state.desk
