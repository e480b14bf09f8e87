"""Intake over HTTP: what became of what was sent in, and the originals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.intake.adapters.http.dependencies import OperatorsRuntime, TheClock, TheDesk
from services.intake.adapters.http.senders import ReadingTenant
from services.intake.domain.code_lists import ended_lists
from shared.calendar import legal_day
from shared.problem import Problem

router = APIRouter(tags=["intake"])


@router.get("/v1/interchanges/{interchange_id}", summary="What became of an input")
async def interchange(desk: TheDesk, interchange_id: str, tenant: ReadingTenant) -> Response:
    """Return the summary of an input as it was answered; `status` is `receiving` until the input is finished."""
    text = await desk.reader.interchange(uuid_of(interchange_id), tenant)
    if text is None:
        raise Problem(404, "unknown-interchange", "No interchange has this id.")
    return Response(text, media_type="application/json")


@router.get("/v1/interchanges/{interchange_id}/answers", summary="X12 answers: TA1, 999, 277CA")
async def interchange_answers(desk: TheDesk, interchange_id: str, tenant: ReadingTenant, kind: str = "") -> Response:
    """Return the acknowledgments one after another; `kind` selects TA1, 999 or 277. Patient data."""
    parts = await desk.reader.answers(uuid_of(interchange_id), tenant, kind)
    if parts is None:
        raise Problem(404, "no-answers", "No X12 answer is kept under this id.")
    return StreamingResponse(parts, media_type="application/edi-x12")


@router.get("/v1/claims/{claim_id}", summary="A claim as intake knows it")
async def claim(desk: TheDesk, claim_id: str, tenant: ReadingTenant) -> Response:
    """Return the claim's facts, free of names, birth dates and member numbers."""
    record = await desk.reader.claim(uuid_of(claim_id), tenant)
    if record is None:
        raise Problem(404, "unknown-claim", "No accepted claim has this id.")
    return _json(record.facts)


@router.get("/v1/claims/{claim_id}/original", summary="A claim's original text", response_class=Response)
async def original(desk: TheDesk, claim_id: str, _runtime: OperatorsRuntime) -> Response:
    """Return the newest submission of the claim as it was sent, with the context it needs. Patient data."""
    text = await desk.reader.original(uuid_of(claim_id))
    if text is None:
        raise Problem(404, "unknown-claim", "No accepted claim has this id.")
    json_like = text.lstrip()[:1] == "{"
    return Response(text, media_type="application/json" if json_like else "application/edi-x12")


@router.get("/admin/code-lists", summary="Code lists that have ended")
async def code_lists(clock: TheClock, runtime: OperatorsRuntime) -> Response:
    """Return the lists in force whose newest release speaks for no service of today any more."""
    return _json(ended_lists(legal_day(runtime.clock.now(), runtime.zones.default)))


def _json(value: Any, status: int = 200) -> Response:
    body = msgspec.json.Encoder(decimal_format="string").encode(value)
    return Response(body, status_code=status, media_type="application/json")


def uuid_of(text: str) -> str:
    """An id in a path as the database spells it; a 404 problem where it is none."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Problem(404, "unknown-id", "The id in the path is not a UUID.") from None
