"""What leaves about claims that were sent before: corrections as 837s, seen before they go, and inquiries as 276s."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import OF_TENANT, Desk, SendingKey, refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.application.corrections import Correction
from services.intake.application.inquiries import Inquiry
from services.intake.application.outgoing_ports import Sent, SetKind
from services.intake.domain.correction import Change, Kind
from services.intake.domain.correction import Field as ChangedField
from shared.api.declared import sends
from shared.api.refusals import Refusal
from shared.api.security import STAFF
from shared.runtime.callers import Person, Tenant

router = APIRouter(tags=["intake"], dependencies=[Depends(STAFF)])
_encode = msgspec.json.Encoder(decimal_format="string").encode


_UNKNOWN = Refusal(404, "unknown-sending", "Nothing of this kind was sent under this key.")
_TEXT = sends("application/edi-x12", description="One interchange, as it left.", refused=(*OF_TENANT, _UNKNOWN))


class Changed(BaseModel):
    """One thing that is to be other than it was."""

    model_config = ConfigDict(extra="forbid")

    field: ChangedField
    value: Annotated[str, Field(max_length=400, description="several values are parted by blanks")] = ""
    line: Annotated[int, Field(ge=0, le=999, description="the claim's line (LX01); 0: the claim")] = 0


class CorrectionWanted(BaseModel):
    """A correction of a claim that was sent before."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[
        str,
        Field(pattern="^[0-9A-Za-z-]{8,50}$", description="names this sending: the same again makes no second; BHT03"),
    ]
    kind: Annotated[Kind, Field(description="replacement: frequency 7 (1 where the payer rejected it); void: 8")]
    changes: Annotated[list[Changed], Field(max_length=200)] = []
    payer_claim_number: Annotated[
        str, Field(max_length=50, description="REF*F8; left out: by the claim's newest payment")
    ] = ""
    preview: Annotated[bool, Field(description="only show how it would leave")] = False


@router.post("/v1/claims/{claim_id}/corrections", summary="Correct or void a claim: as an 837 to its payer")
async def correct_claim(desk: TheDesk, who: Person, claim_id: str, body: CorrectionWanted, tenant: Tenant) -> Response:
    """Composes the 837 from the claim as it is kept and the changes. Patient data in the preview.

    Sent, it is laid out for the carrier, announced on `edi.outbound`, and replaces or voids the claim here; TA1, 999
    and 277CA about it are told of the claim. 200 where the key was used before for the same.
    """
    corrector = desk.corrector
    changes = tuple(Change(c.field, c.value, c.line) for c in body.changes)
    wanted = Correction(tenant, uuid_of(claim_id), body.key, body.kind, changes, body.payer_claim_number.strip(), who)
    with refusals():
        if body.preview:
            return _json(await corrector.preview(wanted), 200)
        sent = await corrector.send(wanted)
    return _json(sent, 200 if sent.repeated else 201)


class InquiryWanted(BaseModel):
    """A question to the payer where a claim stands."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[
        str, Field(pattern="^[0-9A-Za-z-]{8,50}$", description="names the question: TRN02, which the 277 returns")
    ]


@router.post("/v1/claims/{claim_id}/inquiries", status_code=201, summary="Ask the payer where a claim stands: a 276")
async def inquire(
    desk: TheDesk, who: Person, claim_id: str, body: InquiryWanted, tenant: Tenant, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Composes one 276 (005010X212), laid out for the carrier. The 277 that answers it is told of the claim.

    200 where the key was used before for the same claim.
    """
    with refusals():
        sent = await desk.inquiries.ask(Inquiry(tenant, uuid_of(claim_id), body.key, who))
    if sent.repeated:
        response.status_code = 200
    return _sent(sent)


@router.post(
    "/v1/claims/{claim_id}/coverage-inquiries", status_code=201, summary="Ask for the patient's coverage: a 270"
)
async def ask_coverage(
    desk: TheDesk, who: Person, claim_id: str, body: InquiryWanted, tenant: Tenant, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Composes one 270 (005010X279A1) about the days of service, laid out for the carrier.

    What the 271 that answers it says of coverage, plan, group and funding is told of the claim. 200 where the key was
    used before for the same claim.
    """
    with refusals():
        sent = await desk.inquiries.ask(Inquiry(tenant, uuid_of(claim_id), body.key, who, "270"))
    if sent.repeated:
        response.status_code = 200
    return _sent(sent)


@router.get(
    "/v1/coverage-inquiries/{key}",
    summary="The X12 of a question about coverage",
    response_class=Response,
    responses=_TEXT,
)
async def read_coverage_text(desk: TheDesk, _who: Person, key: SendingKey, tenant: Tenant) -> Response:
    """The 270 as it was sent. Patient data."""
    return await _text(desk, tenant, key, "270")


@router.get("/v1/inquiries/{key}", summary="The X12 of an inquiry", response_class=Response, responses=_TEXT)
async def read_inquiry_text(desk: TheDesk, _who: Person, key: SendingKey, tenant: Tenant) -> Response:
    """The 276 as it was sent. Patient data."""
    return await _text(desk, tenant, key, "276")


@router.get("/v1/corrections/{key}", summary="The X12 of a correction", response_class=Response, responses=_TEXT)
async def read_correction_text(desk: TheDesk, _who: Person, key: SendingKey, tenant: Tenant) -> Response:
    """The 837 as it was sent. Patient data."""
    return await _text(desk, tenant, key, "837")


def _sent(sent: Sent) -> dict[str, Any]:
    return {
        "key": sent.key, "control_number": f"{sent.control:09}", "receiver": sent.receiver, "sha256": sent.sha256,
        "status": sent.status, "codes": sent.codes,
    }  # fmt: skip


async def _text(desk: Desk, tenant: str, key: str, kind: SetKind) -> Response:
    reader = desk.reader
    known = await reader.sent(tenant, key)
    text = await reader.sent_text(tenant, key) if known else None
    if text is None or known is None or known.kind != kind:
        raise _UNKNOWN.problem()
    return Response(text, media_type="application/edi-x12", headers={"Cache-Control": "no-store"})


def _json(value: Any, status: int) -> Response:
    return Response(_encode(value), status, {"Cache-Control": "no-store"}, "application/json")
