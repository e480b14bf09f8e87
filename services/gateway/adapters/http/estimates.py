"""Good-faith estimates for the uninsured and those who pay themselves, and which bills they may dispute.

Nothing of what is sent is kept: name and birth date of the patient are set on the document and forgotten.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.gateway.adapters import estimates
from services.gateway.adapters.http.access import client_of
from services.gateway.adapters.http.patients import SEALED, Contact, pdf_response
from services.gateway.adapters.http.responses import describes, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.domain.patient.estimate import (
    Comparison,
    DisputeRequest,
    Estimate,
    EstimateRequest,
    compare,
    compute_estimate,
)
from services.gateway.domain.patient.letter import Language
from shared.problem import Problem

router = APIRouter(prefix="/v1/estimates", tags=["patients"])
_MOST = 1_000_000
T = TypeVar("T")


class Comparisons(msgspec.Struct, frozen=True):
    """Each provider's bills against its part of the estimate."""

    items: tuple[Comparison, ...]


def _takes(struct: type[msgspec.Struct]) -> dict[str, Any]:
    described = describes(struct)
    return {"requestBody": {"required": True, "content": described["content"]}}


@router.post("", responses={200: describes(Estimate)}, openapi_extra=_takes(EstimateRequest))
async def make_estimate(request: Request, who: Contact) -> Response:
    """Compute an estimate: its sums, its due day, and the required content that is missing."""
    wanted = await _read(request, EstimateRequest)
    return json_response(request, compute_estimate(wanted))


@router.post(
    "/document",
    responses={200: {"description": "The estimate as PDF, HTML or text."}},
    openapi_extra=_takes(EstimateRequest),
)
async def estimate_document(
    request: Request,
    who: Contact,
    form: Annotated[estimates.Form, Query(alias="format")] = "pdf",
    language: Language = "en",
) -> Response:
    """Return the estimate as a document for the patient; refused while required content is missing."""
    wanted = await _read(request, EstimateRequest)
    await Gateway.of(request).log.record(who, "good-faith estimate", (), (), client_of(request))
    try:
        made = await estimates.render(wanted, form, language)
    except estimates.Unfit as unfit:
        raise _problem(unfit) from None
    if form == "pdf":
        return pdf_response(made, "good-faith-estimate.pdf")
    return Response(made, media_type=estimates.MEDIA[form], headers=SEALED)


@router.post("/disputes", responses={200: describes(Comparisons)}, openapi_extra=_takes(DisputeRequest))
async def compare_bills(request: Request, who: Contact) -> Response:
    """Compare bills with an estimate: which may be disputed (at least $400 above it, per provider), and until when."""
    return json_response(request, Comparisons(compare(await _read(request, DisputeRequest))))


async def _read(request: Request, struct: type[T]) -> T:
    body = await request.body()
    if len(body) > _MOST:
        raise Problem(413, "too-large", "An estimate is at most one megabyte.")
    try:
        return estimates.parse(body, struct)
    except estimates.Unfit as unfit:
        raise _problem(unfit) from None


def _problem(unfit: estimates.Unfit) -> Problem:
    return Problem(
        422, "invalid-estimate", str(unfit), how_to_fix="Correct the fields named in `errors`.",
        errors=[{"field": place} for place in unfit.places],
    )  # fmt: skip
