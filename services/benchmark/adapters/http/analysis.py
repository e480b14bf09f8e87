"""Questions of analysts about the payments that were judged: for operators, since they go over every organisation."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from services.benchmark.adapters.http.operators import OPERATORS
from services.benchmark.adapters.shipped import read_policy
from services.benchmark.application.analysis import Analysis, AuditedQpas, Selection
from services.benchmark.application.paid_lines import Ratio
from services.benchmark.application.reprice import Repriced
from shared.api.answer import answer
from shared.api.declared import answers
from shared.api.reading import read_body
from shared.api.refusals import Refusal

router = APIRouter(prefix="/v1/analysis", tags=["benchmark"], dependencies=OPERATORS)
UNREADABLE_POLICY = Refusal(
    422, "unreadable-policy", "The policy cannot be read.", "docs/benchmark.md explains every field"
)
_AREAS_LARGEST = 8 * 1024 * 1024
"""Bytes of a request that names the area of every ZIP code there is: forty thousand."""
ZipCode = Annotated[str, Meta(pattern=r"^[0-9]{5}$")]
Area = Annotated[str, Meta(min_length=1, max_length=20)]
Tenant = Annotated[str, Meta(min_length=1, max_length=100)]


Areas = Annotated[
    dict[ZipCode, Area],
    Meta(max_length=100_000, description="metropolitan area (CBSA) by ZIP code, of those that lie in one"),
]


class Payments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose payments, and what they are compared by.

    `areas` is the metropolitan area of each ZIP code that lies in one; without it regions are whole states.
    """

    since: Annotated[date, Meta(description="remittances received from this day")]
    payer: Annotated[
        str, Meta(max_length=120, description="only this payer's, by the id that claims carry; empty: every payer's")
    ] = ""
    tenants: Annotated[tuple[Tenant, ...], Meta(max_length=1000, description="whose claims; all if none is named")] = ()
    minimum: Annotated[
        int, Meta(ge=1, le=1_000_000, description="fewest lines, or observations behind a published rate")
    ] = 10
    areas: Areas | None = None

    def selection(self) -> Selection:
        """The part that says whose payments."""
        return Selection(since=self.since, payer=self.payer, tenants=self.tenants)


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy to try on the payments received from a day."""

    policy: Annotated[str, Meta(min_length=1, max_length=1_000_000, description="a policy file's text, TOML")]
    since: Annotated[date, Meta(description="remittances received from this day")]


_PAYMENTS = {"a payer's payments of a year": Payments(since=date(2025, 1, 1), payer="60054", areas={"10001": "35620"})}
TakesPayments = Annotated[Payments, read_body(Payments, most=_AREAS_LARGEST, examples=_PAYMENTS)]
_TRIAL = {"a policy": Trial(policy='version = "2026-2"\n', since=date(2025, 1, 1))}


@router.post("/qpa-audit", summary="Disclosed QPAs that do not fit", responses=answers(AuditedQpas))
async def audit_qpas(request: Request, body: TakesPayments) -> Response:
    """Hold disclosed QPAs against the payer's others, their indexing, Medicare and published contracted rates.

    `looked_at` is how many there are; `found` those that do not fit, each with why.
    """
    found: AuditedQpas = await _analysis(request).audit_qpas(body.selection(), body.areas, body.minimum)
    return answer(found)


@router.post(
    "/ratios", summary="What payers allowed in percent of Medicare and of their QPAs", responses=answers(list[Ratio])
)
async def ratios(request: Request, body: TakesPayments) -> Response:
    """Return sums and percents by payer, code, region and year, of at least `minimum` judged lines each."""
    rows: list[Ratio] = await _analysis(request).ratios(body.selection(), body.areas, body.minimum)
    return answer(rows)


@router.post(
    "/repricing",
    summary="What another policy would have said",
    responses=answers(Repriced, refused=[UNREADABLE_POLICY]),
)
async def reprice(
    request: Request, body: Annotated[Trial, read_body(Trial, most=2 * 1024 * 1024, examples=_TRIAL)]
) -> Response:
    """Judge the payments received since a day by another policy, and by the reference in use; nothing is changed.

    Verdicts before and after, what underpaid lines lack, and every claim that would change.
    """
    try:
        policy = read_policy(body.policy, "policy")
    except ValueError as error:
        raise UNREADABLE_POLICY.problem(str(error)) from None
    repriced: Repriced = await _analysis(request).reprice(policy, body.since)
    return answer(repriced)


def _analysis(request: Request) -> Analysis:
    return request.app.state.analysis
