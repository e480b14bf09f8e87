"""The access log as evidence: a signed file with the verdict on the chain, and the key that checks it."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta

from services.gateway.adapters.documents.typeset import typeset
from services.gateway.adapters.export_signer import ExportSigner
from services.gateway.adapters.http.access import AccessEntry, Auditor, client_of, entries
from services.gateway.adapters.http.responses import json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.sheets import Cell, sheet
from services.gateway.application.access import Principal
from services.gateway.application.access_log_ports import Access, Place, Verdict, Wanted
from shared.api.declared import answers, sends
from shared.api.reading import read_query
from shared.api.refusals import Refusal

router = APIRouter(prefix="/v1/access-log", tags=["access"])
MOST = 20_000
TOO_MANY = Refusal(422, "too-many-rows", f"A file holds {MOST} entries.", "Choose one claim, or a shorter time.")
_COLUMNS = ("entry", "at", "name", "principal", "role", "what", "action", "claims", "tenants", "patient data", "from")
_PRINTED = ("At (UTC)", "Who", "Role", "What", "Action", "Claims", "From")


class AuditExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries leave; what is left out does not matter."""

    claim_id: Annotated[UUID | None, Meta(description="only accesses to this claim")] = None
    principal: Annotated[str, Meta(max_length=200, description="who, e.g. key:… or jwt:…")] = ""
    tenant: Annotated[str, Meta(max_length=100, description="one provider organisation of yours")] = ""
    since: Annotated[Annotated[datetime, Meta(tz=True)] | None, Meta(description="at or after this instant")] = None
    until: Annotated[Annotated[datetime, Meta(tz=True)] | None, Meta(description="before this instant")] = None
    format: Annotated[Literal["csv", "pdf"], Meta(description="which file")] = "csv"


def _signer(request: Request) -> ExportSigner:
    return request.app.state.export_signer


Signer = Annotated[ExportSigner, Depends(_signer)]
"""What signs the files of this process."""


class ExportKey(msgspec.Struct, frozen=True):
    """The public key by which exports of the access log are checked."""

    key_id: Annotated[str, Meta(description="as the file names it")]
    algorithm: Annotated[str, Meta(description="of the signature")]
    public_key: Annotated[str, Meta(description="base64 of its 32 bytes")]


@router.get("/key", summary="The key that checks exports", responses=answers(ExportKey))
async def read_export_key(request: Request, who: Auditor, signer: Signer) -> Response:
    """Return the public key; a file's last line holds the signature of all bytes before that line."""
    return json_response(request, ExportKey(signer.key_id, "Ed25519", signer.public))


@router.get("/export", response_class=Response, summary="The access log as a signed file",
            responses=sends("text/csv", "application/pdf", description="The file.", refused=[TOO_MANY]))  # fmt: skip
async def export_access_log(
    request: Request, who: Auditor, signer: Signer, query: Annotated[AuditExport, read_query(AuditExport)]
) -> Response:
    """Return entries of the caller's tenants with the verdict on their chain, signed; the export is an entry itself."""
    gateway = Gateway.of(request)
    ids = [str(query.claim_id)] if query.claim_id else []
    await gateway.log.record(who, "export access log", who.tenants, ids, client_of(request))
    found = await _all(gateway, who, query)
    verdict = await gateway.accesses.verdict(who)
    statement = _said(verdict, gateway.runtime.clock.now())
    table = sheet("csv", "access log", _COLUMNS, [_row(one, query.claim_id) for one in found])
    signed = table + f"# {statement}\r\n".encode()
    signature = signer.sign(signed)
    if query.format == "csv":
        body, media = signed + f"# Ed25519 {signer.key_id} {signature}\r\n".encode(), "text/csv; charset=utf-8"
    else:
        content = {
            "heading": f"claim {query.claim_id}" if query.claim_id else f"tenants {', '.join(who.tenants)}",
            "verdict": statement, "columns": _PRINTED, "rows": [_printed(one, query.claim_id) for one in found],
            "sha256": sha256(signed).hexdigest(), "key_id": signer.key_id, "signature": signature,
        }  # fmt: skip
        body, media = await typeset("audit.typ", content), "application/pdf"
    headers = {
        "Content-Disposition": f'attachment; filename="access-log.{query.format}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type=media, headers=headers)


async def _all(gateway: Gateway, who: Principal, query: AuditExport) -> list[AccessEntry]:
    wanted = Wanted(
        principal=query.principal, claim_id=query.claim_id, tenant=query.tenant, since=query.since, until=query.until
    )  # fmt: skip
    found: list[tuple[int, Access]] = []
    after: Place | None = None
    while page := await gateway.accesses.accesses(who, wanted, after=after, limit=500):
        found += page
        if len(found) > MOST:
            raise TOO_MANY.problem()
        after = Place(page[-1][1].at, page[-1][0])
    return await entries(gateway, found)


def _said(verdict: Verdict, now: datetime) -> str:
    how = "no entry was altered or removed" if not verdict.broken else f"altered or removed at {verdict.broken}"
    return f"As of {now.isoformat()}: {verdict.checked} entries of these tenants checked, {how}."


def _row(one: AccessEntry, claim: UUID | None) -> list[Cell]:
    access = one.access
    ids = str(claim) if claim else " ".join(access.claim_ids)
    return [
        one.id, access.at, one.name, access.principal, access.role, one.kind, access.action, ids,
        " ".join(access.tenants), access.phi, access.client,
    ]  # fmt: skip


def _printed(one: AccessEntry, claim: UUID | None) -> list[str]:
    access = one.access
    ids = str(claim)[:8] if claim else f"{len(access.claim_ids)}"
    return [
        access.at.strftime("%Y-%m-%d %H:%M:%S"), one.name, access.role, one.kind, access.action, ids, access.client,
    ]  # fmt: skip


def signature_of(file: bytes) -> tuple[bytes, str, bytes]:
    """Take an exported CSV apart: what was signed, by which key, and the signature.

    Raises:
        ValueError: it is not such a file.
    """
    content, mark, last = file.rstrip(b"\r\n").rpartition(b"# Ed25519 ")
    key_id, _, encoded = last.decode("ascii").partition(" ")
    if not mark or not encoded:
        raise ValueError("the file has no signature in its last line")
    return content, key_id, b64decode(encoded)
