"""Remittances on paper over HTTP: entered with balancing help, or imported as CSV; scans attached and sealed."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import OF_TENANT, UNKNOWN_ID, Id
from services.intake.adapters.http.routes import uuid_of
from services.intake.adapters.paper.csv_file import read_paper_csv
from services.intake.adapters.paper.entry import PaperRemittance
from services.intake.adapters.paper.pending_input import entry_of, findings_of
from services.intake.application.paper import PaperRemittances
from services.intake.domain.bank.deposit import BankFileError
from services.intake.domain.paper import Finding
from services.intake.domain.receipt import NOT_STATED, Stated, stated_day
from shared.api.declared import sends
from shared.api.refusals import Refusal
from shared.api.security import STAFF
from shared.former_names import with_both_names
from shared.problem import Problem
from shared.runtime.callers import Person, Tenant
from shared.scans import LARGEST_SCAN, scan_type

router = APIRouter(tags=["paper"], dependencies=[Depends(STAFF)])
_UNKNOWN_SCAN = Refusal(404, "unknown-scan", "No scan of this tenant has this id.")
_CSV = 16 * 1024 * 1024
_encode = msgspec.json.Encoder(decimal_format="string").encode
Check = Annotated[bool, Query(description="say what is wrong with it, and keep nothing")]
Hold = Annotated[
    bool,
    Query(description="take it though it does not come out even: what is not certain is held for a person"),
]


@router.post("/v1/remittances/paper", summary="Enter a remittance that came on paper")
async def enter(
    desk: TheDesk,
    who: Person,
    entry: PaperRemittance,
    tenant: Tenant,
    check: Check = False,
    hold: Hold = False,
) -> Response:
    """Enter a remittance on paper; it is matched, held and proved by a deposit like an 835.

    One that does not balance is refused with each field and by how much it is off, unless `hold`. Safe to repeat.
    """
    found = findings_of(entry)
    if check:
        return _json({"balanced": not _errors(found), "findings": found})
    if _errors(found) and not hold:
        raise Problem(
            422, "uneven", "The remittance does not come out even; nothing of it was taken.",
            how_to_fix="Correct each field in `findings`; where the paper itself is wrong, enter it with hold=true.",
            findings=json.loads(_encode(found)),
        )  # fmt: skip
    return _json(await _take(desk.papers, tenant, who, entry, found))


@router.post("/v1/remittances/paper/csv", summary="Import remittances on paper from CSV")
async def import_csv(
    request: Request, desk: TheDesk, who: Person, tenant: Tenant, check: Check = False, hold: Hold = False
) -> Response:
    """Enter remittances on paper from a CSV file.

    The layout is in docs/payments.md. A file that cannot be read is refused whole; each remittance of one that can is
    taken or refused by itself, as if it had been entered.
    """
    body = await _body(request, _CSV, "CSV file")
    try:
        entries = read_paper_csv(body.decode("utf-8-sig", "replace"))
    except BankFileError as error:
        raise Problem(
            422, "paper-file", "The file cannot be read; nothing of it was taken.",
            how_to_fix="Correct each place in `faults` and send it again.", faults=msgspec.to_builtins(error.faults),
        ) from None  # fmt: skip
    results: list[dict[str, Any]] = []
    for entry in entries:
        found = findings_of(entry)
        refused = bool(_errors(found)) and not hold
        named = {"number": entry.number, "amount": f"{entry.amount:f}"}
        if check or refused:
            results.append({**named, "taken": False, "balanced": not _errors(found), "findings": found})
        else:
            results.append({**named, "taken": True, **await _take(desk.papers, tenant, who, entry, found)})
    bad = not check and any(not one["taken"] for one in results)
    return _json({"remittances": results}, 422 if bad and not any(one["taken"] for one in results) else 200)


@router.get("/v1/remittances/paper/{paper_id}", summary="A remittance on paper as it was entered")
async def one(desk: TheDesk, _who: Person, paper_id: str, tenant: Tenant) -> dict[str, Any]:
    """Return a remittance on paper as it was entered, by whom, and its scans. Patient data."""
    found = await desk.reader.paper(tenant, uuid_of(paper_id))
    if found is None:
        raise _unknown()
    return {**found, "entry": json.loads(found["entry"])}


@router.post("/v1/remittances/paper/{paper_id}/scans", summary="Attach a scan", status_code=201)
async def attach(
    request: Request, desk: TheDesk, who: Person, response: Response, paper_id: str, tenant: Tenant
) -> dict[str, Any]:
    """Add a scan: PDF, PNG, JPEG or TIFF, recognised by its content and kept sealed. It is not read."""
    wanted = uuid_of(paper_id)
    body = await _body(request, LARGEST_SCAN, "scan")
    media_type = scan_type(body)
    if media_type is None:
        raise Problem(
            415, "no-scan", "It is not a PDF, PNG, JPEG or TIFF.", how_to_fix="Send the scan as one of these."
        )
    kept = await desk.papers.keep_scan(tenant, wanted, body, media_type, who)
    if kept is None:
        raise _unknown()
    scan_id, new = kept
    response.status_code = 201 if new else 200
    return {"scan_id": scan_id, "media_type": media_type, "bytes": len(body)}


@router.get(
    "/v1/remittances/paper/scans/{scan_id}", summary="A scan", response_class=Response,
    responses=sends(
        "application/pdf", "image/png", "image/jpeg", "image/tiff", description="The scan, as it was attached.",
        refused=(*OF_TENANT, UNKNOWN_ID, _UNKNOWN_SCAN),
    ),
)  # fmt: skip
async def read_scan(desk: TheDesk, _who: Person, scan_id: Id, tenant: Tenant) -> Response:
    """Return the bytes of a scan. Patient data."""
    found = await desk.reader.scan(tenant, uuid_of(scan_id))
    if found is None:
        raise _UNKNOWN_SCAN.problem()
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


async def _take(
    papers: PaperRemittances, tenant: str, who: str, entry: PaperRemittance, found: list[Finding]
) -> dict[str, Any]:
    """Take an entry in; a problem where its days cannot be."""
    stated = NOT_STATED
    if entry.received_on is not None:
        try:
            stated = Stated(stated_day(entry.received_on.isoformat(), papers.today(tenant)))
        except ValueError as error:
            how_to_fix = "Give the day on which it was received, or leave it out where that is today."
            raise Problem(422, "received-on", f"`received_on`: {error}.", how_to_fix=how_to_fix) from None
    if entry.paid_on > papers.today(tenant):
        raise Problem(422, "invalid-request", "`paid_on` lies in the future.", how_to_fix="Give the day on the check.")
    outcome = await papers.take(tenant, who, entry_of(entry), stated)
    return {"paper_id": outcome.paper_id, "findings": found, "summary": outcome.summary}


def _errors(found: list[Finding]) -> list[Finding]:
    return [one for one in found if not one.warning]


def _unknown() -> Problem:
    return Problem(404, "unknown-paper", "No remittance on paper of this tenant has this id.")


async def _body(request: Request, most: int, what: str) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Problem(
                413, "too-large", f"One {what} is at most {most // 1024 // 1024} MiB.", how_to_fix="Split it."
            )
    return bytes(body)


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        _encode(with_both_names(json.loads(_encode(value)))), status_code=status, media_type="application/json"
    )
