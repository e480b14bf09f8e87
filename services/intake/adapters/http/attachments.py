"""Documents about a claim, composed into a 275 here, where the patient's name is, and handed out as X12."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from recoup_x12.model import Document
from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import SendingKey, refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.http.senders import NOT_YOURS, SendingTenant
from services.intake.application.attachments import Order
from shared.api.declared import sends
from shared.api.refusals import TENANT_REQUIRED, Refusal
from shared.problem import Problem

router = APIRouter(tags=["intake"])
_PDF = b"%PDF-"
_UNKNOWN = Refusal(404, "unknown-attachment", "Nothing was sent under this key.")
Key = Annotated[str, Field(pattern="^[0-9A-Za-z-]{8,50}$")]


class SentDocument(BaseModel):
    """One PDF, and the question that it answers."""

    model_config = ConfigDict(extra="forbid")

    content: Annotated[str, Field(description="the PDF, base64")]
    asked: Annotated[
        str, Field(pattern="^[0-9A-Za-z-]{0,30}$", description="the request's code (LOINC) that it answers")
    ] = ""


class AttachmentsSent(BaseModel):
    """Documents to be sent to the payer about a claim."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[Key, Field(description="names this sending: the same again makes no second interchange; BGN02")]
    request_id: Annotated[UUID | None, Field(description="the payer's request that they answer")] = None
    documents: Annotated[list[SentDocument], Field(min_length=1, max_length=100)]


@router.post("/v1/claims/{claim_id}/attachments", status_code=201, summary="Send documents about a claim as a 275")
async def send_attachments(
    desk: TheDesk, claim_id: str, body: AttachmentsSent, response: Response, tenant: SendingTenant
) -> dict[str, Any]:
    """Compose one 275 (005010X210). It names the patient; the response does not.

    `control_number` is ISA13; with `sha256` of the X12 it proves that it was made. 200 if the key was used before for
    the same documents.
    """
    documents = tuple(Document(_pdf(n, d.content), d.asked) for n, d in enumerate(body.documents, 1))
    asked = str(body.request_id) if body.request_id else ""
    order = Order(tenant, uuid_of(claim_id), body.key, documents, asked)
    with refusals():
        sent = await desk.attachments.compose(order)
    if sent.repeated:
        response.status_code = 200
    return {
        "key": sent.key,
        "control_number": f"{sent.control:09}",
        "receiver": sent.receiver,
        "sha256": sent.sha256,
        "bytes": sent.size,
        "status": sent.status,
        "codes": sent.codes,
    }


@router.get(
    "/v1/attachments/{key}", summary="The X12 of a sending", response_class=Response,
    responses=sends(
        "application/edi-x12", description="One interchange, as it left.",
        refused=(NOT_YOURS, TENANT_REQUIRED, _UNKNOWN),
    ),
)  # fmt: skip
async def read_attachments_text(desk: TheDesk, key: SendingKey, tenant: SendingTenant) -> Response:
    """Return the 275 as it is to be sent. Patient data."""
    text = await desk.reader.sent_text(tenant, key)
    if text is None:
        raise _UNKNOWN.problem()
    return Response(text, media_type="application/edi-x12", headers={"Cache-Control": "no-store"})


def _pdf(number: int, text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        content = b""
    if not content.startswith(_PDF):
        raise Problem(422, "not-a-pdf", f"Document {number} is not a PDF in base64.", how_to_fix="Send PDF documents.")
    return content
