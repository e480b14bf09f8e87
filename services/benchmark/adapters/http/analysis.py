"""Questions of analysts about the payments that were judged: for operators, since they go over every organisation."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.benchmark.adapters.http.operators import OPERATORS
from services.benchmark.adapters.shipped import read_policy
from services.benchmark.application.analysis import Analysis, AuditedQpas, Selection
from services.benchmark.application.paid_lines import Ratio
from services.benchmark.application.reprice import Repriced
from shared.problem import Problem

router = APIRouter(prefix="/v1/analysis", tags=["benchmark"], dependencies=OPERATORS)
_encoder = msgspec.json.Encoder(decimal_format="string")
ZipCode = Annotated[str, Field(pattern=r"^\d{5}$")]
Area = Annotated[str, Field(min_length=1, max_length=20)]


class Payments(BaseModel):
    """Whose payments, and what they are compared by.

    `areas` is the metropolitan area of each ZIP code that lies in one; without it regions are whole states.
    """

    model_config = ConfigDict(extra="forbid")

    since: Annotated[date, Field(description="remittances received from this day")]
    payer: Annotated[str, Field(max_length=120, description="only this payer's, by the id that claims carry")] = ""
    tenants: Annotated[tuple[str, ...], Field(max_length=1000, description="whose claims; all if none is named")] = ()
    minimum: Annotated[int, Field(ge=1, description="fewest lines, or observations behind a published rate")] = 10
    areas: Annotated[dict[ZipCode, Area] | None, Field(max_length=100_000)] = None

    def selection(self) -> Selection:
        """The part that says whose payments."""
        return Selection(since=self.since, payer=self.payer, tenants=self.tenants)


class Trial(BaseModel):
    """A policy to try on the payments received from a day."""

    model_config = ConfigDict(extra="forbid")

    policy: Annotated[str, Field(max_length=1_000_000, description="a policy file's text, TOML")]
    since: date


@router.post("/qpa-audit", summary="Disclosed QPAs that do not fit")
async def audit_qpas(request: Request, body: Payments) -> Response:
    """Hold disclosed QPAs against the payer's others, their indexing, Medicare and published contracted rates.

    `looked_at` is how many there are; `found` those that do not fit, each with why.
    """
    found: AuditedQpas = await _analysis(request).audit_qpas(body.selection(), body.areas, body.minimum)
    return _json(found)


@router.post("/ratios", summary="What payers allowed in percent of Medicare and of their QPAs")
async def ratios(request: Request, body: Payments) -> Response:
    """Return sums and percents by payer, code, region and year, of at least `minimum` judged lines each."""
    rows: list[Ratio] = await _analysis(request).ratios(body.selection(), body.areas, body.minimum)
    return _json(rows)


@router.post("/repricing", summary="What another policy would have said")
async def reprice(request: Request, body: Trial) -> Response:
    """Judge the payments received since a day by another policy, and by the reference in use; nothing is changed.

    Verdicts before and after, what underpaid lines lack, and every claim that would change.
    """
    try:
        policy = read_policy(body.policy, "policy")
    except ValueError as error:
        raise Problem(
            422, "unreadable-policy", str(error), how_to_fix="docs/benchmark.md explains every field"
        ) from None
    repriced: Repriced = await _analysis(request).reprice(policy, body.since)
    return _json(repriced)


def _analysis(request: Request) -> Analysis:
    return request.app.state.analysis


def _json(value: object) -> Response:
    return Response(_encoder.encode(value), media_type="application/json")
