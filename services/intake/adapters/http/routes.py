"""Intake over HTTP: X12 files in, what became of them out."""

from __future__ import annotations

import hashlib
import json
import tempfile
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request, Response

from services.intake.adapters.documents import document_units, fhir_units
from services.intake.adapters.interchange import Reception, Summary, Units
from services.intake.adapters.json_api import read_claim, read_ndjson
from services.intake.adapters.sql import interchanges
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.adapters.sql.vault import Vault
from services.intake.domain.snip.problem import Problem as SnipProblem
from shared.events.codec import new_event_id
from shared.problem import Problem
from shared.runtime.service import Runtime

router = APIRouter(tags=["intake"])
_IN_MEMORY = 4 * 1024 * 1024
_TENANT = "default"


@router.post("/v1/edi", summary="Submit X12")
async def submit_x12(
    request: Request,
    tenant: Annotated[str, Header(alias="X-Tenant", description="the provider organisation")] = _TENANT,
) -> Response:
    """Take one X12 input of any size: 837 claims, 835 remittances, any number of interchanges.

    The answer comes when everything accepted is committed, so an answer lost on the way is mended by sending the same
    file again: claims and payments received before are answered as duplicates and have no second effect.
    """
    runtime: Runtime = request.app.state.runtime
    reception: Reception = request.app.state.reception
    digest = hashlib.sha256()
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        async for chunk in request.stream():
            digest.update(chunk)
            spool.write(chunk)
        spool.seek(0)
        async with runtime.pool.acquire() as conn:
            same_as = await interchanges.find(conn, tenant, digest.hexdigest())
        summary = await reception.receive_file(spool, tenant=tenant)  # type: ignore[arg-type]
    summary.same_as = same_as or ""
    async with runtime.pool.acquire() as conn:
        await interchanges.keep(conn, tenant, digest.hexdigest(), "http", runtime.clock.now(), summary)
    if not summary.sets_accepted and not summary.sets_refused:
        first = summary.problems[0] if summary.problems else None
        raise Problem(
            422,
            "not-x12",
            first.message if first else "The input holds no transaction set.",
            mend=first.mend if first else "Send an X12 interchange, ISA first.",
            problems=json.loads(msgspec.json.encode(summary.problems)),
        )
    return _json(summary, 422 if not summary.sets_accepted else 200)


@router.get("/v1/interchanges/{interchange_id}", summary="What became of an input")
async def interchange(request: Request, interchange_id: str) -> Response:
    """The summary as it was answered at submission."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        text = await interchanges.read(conn, _uuid(interchange_id))
    if text is None:
        raise Problem(404, "unknown-interchange", "No interchange has this id.")
    return Response(text, media_type="application/json")


@router.get("/v1/interchanges/{interchange_id}/answers", summary="X12 answers: TA1, 999, 277CA")
async def interchange_answers(
    request: Request, interchange_id: str, kind: str = "", authorization: Annotated[str, Header()] = ""
) -> Response:
    """The interchanges to send back, one after another; `kind` picks TA1, 999 or 277. Patient data."""
    runtime: Runtime = request.app.state.runtime
    runtime.require_operator(authorization)
    async with runtime.pool.acquire() as conn:
        found = await interchanges.answers(conn, request.app.state.vault, _uuid(interchange_id))
    if not found:
        raise Problem(404, "no-answers", "No X12 answer is kept under this id.")
    text = "".join(answer for of_kind, answer in found if kind in ("", of_kind))
    return Response(text, media_type="application/edi-x12")


@router.post("/v1/claims", summary="Submit a claim as JSON or FHIR")
async def submit_document(
    request: Request,
    tenant: Annotated[str, Header(alias="X-Tenant", description="the provider organisation")] = _TENANT,
) -> Response:
    """Take one claim as JSON, or FHIR R4 (`application/fhir+json`): Claim, ExplanationOfBenefit or a Bundle of them.

    A claim that validation refuses is answered 422 with each problem at its path, and is on the record as rejected.
    """
    body = await request.body()
    units, unread = Units(new_event_id()), list[tuple[int, tuple[SnipProblem, ...]]]()
    if "fhir" in request.headers.get("content-type", ""):
        fhir_units(body, units, unread)
    else:
        document_units([(1, read_claim(body), body.decode(errors="replace"))], units, unread)
    return await _take_documents(request, units, unread, tenant)


@router.post("/v1/claims/bulk", summary="Submit claims as NDJSON")
async def submit_ndjson(
    request: Request,
    tenant: Annotated[str, Header(alias="X-Tenant", description="the provider organisation")] = _TENANT,
) -> Response:
    """Take claims as JSON, one a line. One bad line does not sink its neighbours; each problem names its line."""
    units, unread = Units(new_event_id()), list[tuple[int, tuple[SnipProblem, ...]]]()
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        async for chunk in request.stream():
            spool.write(chunk)
        spool.seek(0)
        rows = read_ndjson(iter(lambda: spool.read(1 << 18), b""))
        document_units(((row.number, row.read, row.text) for row in rows), units, unread)
    return await _take_documents(request, units, unread, tenant)


async def _take_documents(
    request: Request, units: Units, unread: list[tuple[int, tuple[SnipProblem, ...]]], tenant: str
) -> Response:
    runtime: Runtime = request.app.state.runtime
    reception: Reception = request.app.state.reception
    summary = await reception.receive_documents(units, tenant=tenant)
    for line, problems in unread:
        summary.problems += [msgspec.structs.replace(problem, position=line) for problem in problems]
    digest = hashlib.sha256("".join(read.text for read in units.claims).encode()).hexdigest()
    async with runtime.pool.acquire() as conn:
        await interchanges.keep(conn, tenant, digest, "json", runtime.clock.now(), summary)
    good = any(n for outcome, n in summary.claims.items() if outcome != "rejected") or any(summary.remittances.values())
    return _json(summary, 200 if good else 422)


@router.get("/v1/claims/{claim_id}", summary="A claim as intake knows it")
async def claim(request: Request, claim_id: str) -> Response:
    """The claim's facts, free of names, birth dates and member numbers."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        record = await CLAIMS.read(conn, _uuid(claim_id))
    if record is None:
        raise Problem(404, "unknown-claim", "No accepted claim has this id.")
    return _json(record.facts)


@router.get("/v1/claims/{claim_id}/original", summary="A claim's original text", response_class=Response)
async def original(request: Request, claim_id: str, authorization: Annotated[str, Header()] = "") -> Response:
    """The newest submission of the claim as it was sent, with the context it needs to stand alone. Patient data."""
    runtime: Runtime = request.app.state.runtime
    vault: Vault = request.app.state.vault
    runtime.require_operator(authorization)
    async with runtime.pool.acquire() as conn:
        text = await interchanges.original(conn, vault, _uuid(claim_id))
    if text is None:
        raise Problem(404, "unknown-claim", "No accepted claim has this id.")
    return Response(text, media_type="application/edi-x12")


@router.get("/v1/worklist/remittances", summary="Remittances that found no claim, or several")
async def worklist(
    request: Request, tenant: Annotated[str, Header(alias="X-Tenant")] = _TENANT
) -> list[dict[str, Any]]:
    """Waiting and ambiguous claim payments, oldest first, with the reasons of the matching."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.pool.acquire() as conn:
        return await interchanges.open_remittances(conn, tenant)


def _json(value: Summary | Any, status: int = 200) -> Response:
    body = msgspec.json.Encoder(decimal_format="string").encode(value)
    return Response(body, status_code=status, media_type="application/json")


def _uuid(text: str) -> str:
    from uuid import UUID

    try:
        return str(UUID(text))
    except ValueError:
        raise Problem(404, "unknown-id", "The id in the path is no UUID.") from None
