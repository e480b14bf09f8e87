"""Intake over HTTP: what became of what was sent in, and the originals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse

from services.intake.adapters.http.dependencies import TheClock, TheDesk
from services.intake.adapters.http.senders import NOT_YOURS, ReadingTenant, SendingTenant
from services.intake.domain.code_lists import Ended, ended_lists
from shared.api.answer import answer
from shared.api.declared import answers, sends
from shared.api.refusals import TENANT_REQUIRED
from shared.api.submitting import (
    EXAMPLE,
    INVALID_CURSOR,
    NO_ANSWERS,
    UNKNOWN_INTERCHANGE,
    AfterSerial,
    Cursor,
    Kind,
    PageSize,
)  # fmt: skip
from shared.calendar import legal_day
from shared.problem import Problem
from shared.runtime.callers import OperatorsRuntime
from shared.submitted import Interchanges, ReceiptPage, Submitted

router = APIRouter(tags=["intake"])


InterchangeId = Annotated[UUID, Path(description="`interchange_id` of the input's answer")]
_OF_INPUT = (NOT_YOURS, UNKNOWN_INTERCHANGE)


@router.get(
    "/v1/interchanges", summary="Inputs",
    responses=answers(Interchanges, refused=(NOT_YOURS, TENANT_REQUIRED, INVALID_CURSOR)),
)  # fmt: skip
async def list_interchanges(
    desk: TheDesk, tenant: SendingTenant, cursor: Cursor = "", limit: PageSize = 50
) -> Response:
    """List the tenant's inputs, the newest first, however they came in."""
    found = await desk.reader.interchanges(tenant, _place_of(cursor), limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    following = f"{last.received_at.isoformat()}~{last.interchange_id}" if last else None
    return answer(Interchanges(found[:limit], following))


def _place_of(cursor: str) -> tuple[datetime, str] | None:
    at, _, last = cursor.partition("~")
    try:
        return (datetime.fromisoformat(at), str(UUID(last))) if cursor else None
    except ValueError:
        raise INVALID_CURSOR.problem() from None


@router.get(
    "/v1/interchanges/{interchange_id}", summary="What became of an input",
    responses=answers(Submitted, example=EXAMPLE, refused=_OF_INPUT),
)  # fmt: skip
async def read_interchange(desk: TheDesk, interchange_id: InterchangeId, tenant: ReadingTenant) -> Response:
    """Return the summary of an input as it was answered; `status` is `receiving` until the input is finished."""
    text = await desk.reader.interchange(str(interchange_id), tenant)
    if text is None:
        raise UNKNOWN_INTERCHANGE.problem()
    return Response(text, media_type="application/json")


@router.get(
    "/v1/interchanges/{interchange_id}/receipts", summary="Claims of an input that are no plain successes",
    responses=answers(ReceiptPage, refused=_OF_INPUT),
)  # fmt: skip
async def list_receipts(
    desk: TheDesk, interchange_id: InterchangeId, tenant: ReadingTenant, after: AfterSerial = 0,
    limit: PageSize = 100,
) -> Response:  # fmt: skip
    """List every claim that was refused, known before, replaced or voided, or has findings, by its place in the input.

    The summary has the first 500. Of X12 the 277CA has what is beyond.
    """
    found = await desk.reader.receipts(str(interchange_id), tenant, after, limit + 1)
    if found is None:
        raise UNKNOWN_INTERCHANGE.problem()
    return answer(ReceiptPage(found[:limit], found[limit - 1].serial if len(found) > limit else None))


@router.get(
    "/v1/interchanges/{interchange_id}/answers", summary="X12 answers: TA1, 999, 277CA", response_class=Response,
    responses=sends(
        "application/edi-x12", description="X12 interchanges, one after another.", refused=(NOT_YOURS, NO_ANSWERS)
    ),
)  # fmt: skip
async def read_answers(
    desk: TheDesk, interchange_id: InterchangeId, tenant: ReadingTenant, kind: Kind = ""
) -> Response:
    """Return the acknowledgments one after another; `kind` selects TA1, 999 or 277. Patient data."""
    parts = await desk.reader.answers(str(interchange_id), tenant, kind)
    if parts is None:
        raise NO_ANSWERS.problem()
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


@router.get(
    "/admin/code-lists", summary="Code lists that have ended", responses=answers(list[Ended]),
)  # fmt: skip
async def list_code_lists(clock: TheClock, runtime: OperatorsRuntime) -> Response:
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
