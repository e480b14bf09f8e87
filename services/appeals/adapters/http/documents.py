"""HTTP of documents: what a filing consists of, what is missing, the papers themselves; profiles; attestation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.appeals.adapters.documents.evidence import EvidenceMissing
from services.appeals.adapters.documents.federal import BarredFigure
from services.appeals.adapters.documents.library import Library, Prepared, package_of
from services.appeals.adapters.documents.status import Letter, letters_of, state_of
from services.appeals.adapters.documents.typesetting import TemplateError
from services.appeals.adapters.filing.portal import bundle
from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.cases import Authorization, Tenant, desk_of, in_their_tenant
from services.appeals.adapters.http.desk import journal, unknown
from services.appeals.adapters.http.views import answer, case_view
from services.appeals.adapters.sql import worklist
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import Paper
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.collection import remedy_of
from shared.problem import Problem

router = APIRouter(tags=["documents"], dependencies=[Depends(in_their_tenant)])


def _library(request: Request) -> Library:
    return request.app.state.library


async def _case(request: Request, claim_id: UUID) -> tuple[AppealCase, str]:
    """The case, and the claim's tenant."""
    async with desk_of(request).runtime.pool.acquire() as conn:
        case, tenant = await CASES.read(conn, str(claim_id)), await CASES.tenant_of(conn, str(claim_id))
    if case is None or tenant is None:
        raise unknown()
    return case, tenant


def pending(case: AppealCase, on: date) -> Filing | None:
    """The filing the case stands before, as it would be if it were sent on a day."""
    if case.stage != "prepare" or case.forum is None or case.cause is None or case.dispute is None:
        return None
    owed = case.owed
    if case.forum == "collection" and owed is not None:
        return Filing(
            number=len(case.filings) + 1, forum="collection", level=case.level, filed_on=on, due_on=on,
            remedy=remedy_of(case.level), sought=owed.outstanding,
        )  # fmt: skip
    return Filing(
        number=len(case.filings) + 1, forum=case.forum, level=case.level, remedy=case.cause.remedy, filed_on=on,
        due_on=on, sought=case.dispute.target,
    )  # fmt: skip


def _filing(case: AppealCase, number: int, on: date) -> Filing:
    """The filing with this number, or the one the case stands before as a draft; a 404 problem where there is none."""
    draft = pending(case, on)
    for filing in (*case.filings, *((draft,) if draft else ())):
        if filing.number == number:
            return filing
    raise Problem(404, "unknown-filing", "The case has no filing with this number.", mend="Read the case's filings.")


async def _papers(
    request: Request, claim_id: UUID, number: int, *, kind: str | None = None
) -> tuple[AppealCase, Filing, list[tuple[Prepared, Paper]]]:
    """The papers of a filing, or of the draft of the next; all of them where no `kind` is named."""
    case, tenant = await _case(request, claim_id)
    desk = desk_of(request)
    _, today = await desk.where_it_stands(claim_id)
    filing = _filing(case, number, today)
    try:
        now = desk.runtime.clock.now()
        return case, filing, await _library(request).papers(tenant, case, filing, now, kind=kind)
    except (EvidenceMissing, BarredFigure, TemplateError) as error:
        raise _refused(error) from None


async def _prepared(
    request: Request, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool = False
) -> Sequence[Prepared]:
    async with desk_of(request).runtime.pool.acquire() as conn:
        try:
            return await _library(request).prepare(conn, tenant, case, filing, no_conflict=no_conflict)
        except (EvidenceMissing, BarredFigure, TemplateError) as error:
            raise _refused(error) from None


def _refused(error: EvidenceMissing | BarredFigure | TemplateError) -> Problem:
    if isinstance(error, TemplateError):
        mend = "Mend the template; `python -m services.appeals.preview` says what the compiler found."
        return Problem(500, "template-broken", str(error), mend=mend)
    if isinstance(error, BarredFigure):
        return Problem(409, "barred-figure", str(error), mend="Take the reference out of the attachment or profile.")
    return Problem(409, "evidence-missing", str(error), mend="Replay the claim's events.")


@router.get("/v1/cases/{claim_id}/package", summary="The filing the case stands before: documents and what is missing")
async def package(request: Request, claim_id: UUID, authorization: Authorization = "") -> Response:
    """`ready` is true where nothing is missing."""
    desk = desk_of(request)
    desk.staff.name(authorization)
    case, tenant = await _case(request, claim_id)
    _, today = await desk.where_it_stands(claim_id)
    filing = pending(case, today)
    if filing is None:
        raise Problem(409, "nothing-to-file", "The case stands before no filing.", mend="Read the case's step.")
    prepared = await _prepared(request, tenant, case, filing)
    missing = sorted({m for item in prepared for m in item.content.missing})
    return answer(
        {
            "forum": filing.forum,
            "level": filing.level,
            "ready": not missing,
            "missing": missing,
            "weak_evidence": next((item.content.weak for item in prepared if item.content.weak), ""),
            "documents": [
                {"kind": item.row.kind, "version": item.row.version, "missing": item.content.missing,
                 "content": msgspec.Raw(item.content.json)}
                for item in prepared
            ],
        }
    )  # fmt: skip


@router.get("/v1/cases/{claim_id}/letters", summary="Every paper of a case, and whether it left the house")
async def letters(request: Request, claim_id: UUID, authorization: Authorization = "") -> Response:
    """Drafts of the next filing, what is queued, what a person says was sent, and what a channel proves."""
    desk = desk_of(request)
    desk.staff.name(authorization)
    case, tenant = await _case(request, claim_id)
    async with desk.runtime.pool.acquire() as conn:
        ways = {(row["case_id"], row["number"]): row for row in await worklist.filings_of(conn, claim_id)}
    _, today = await desk.where_it_stands(claim_id)
    draft = pending(case, today)
    shown: list[Letter] = []
    for filing in (*case.filings, *((draft,) if draft else ())):
        way = None if filing is draft else ways.get((case.case_id, filing.number), {})
        state = state_of(way)
        prepared: Sequence[Prepared] = ()
        problem = str(way["problem"]) if way and not str(way["problem"]).startswith("missing: ") else ""
        if state in ("draft", "queued"):
            try:
                prepared = await _prepared(request, tenant, case, filing)
            except Problem as refused:
                problem = refused.detail
        shown += letters_of(filing, state, prepared, str(way["proof"]) if way else "", problem)
    return answer({"letters": shown})


@router.get("/v1/cases/{claim_id}/documents/{number}/{kind}", summary="A document of a filing, or a draft of the next")
async def document(
    request: Request,
    claim_id: UUID,
    number: int,
    kind: str,
    form: Annotated[Literal["pdf", "text", "json"], Query(alias="format")] = "pdf",
    authorization: Authorization = "",
) -> Response:
    """The same filing gives the same bytes. `X-Content-SHA256` is of the data, `X-Core-SHA256` the event's hash."""
    desk_of(request).staff.name(authorization)
    _, _, papers = await _papers(request, claim_id, number, kind=kind)
    if not papers:
        raise Problem(404, "unknown-document", "This filing has no document of this kind.")
    prepared, paper = papers[0]
    headers = {"X-Core-SHA256": prepared.core_sha256, "X-Content-SHA256": prepared.content.sha256}
    if form == "json":
        return Response(paper.data, media_type="application/json", headers=headers)
    if form == "text":
        return Response(paper.text, media_type="text/plain; charset=utf-8", headers=headers)
    return Response(paper.pdf, media_type="application/pdf", headers=headers)


@router.get("/v1/cases/{claim_id}/documents/{number}", summary="All documents of a filing, to file at a portal")
async def archive(request: Request, claim_id: UUID, number: int, authorization: Authorization = "") -> Response:
    """A ZIP with each document as PDF, text and data, and a manifest with the SHA-256 of every file."""
    desk_of(request).staff.name(authorization)
    case, filing, papers = await _papers(request, claim_id, number)
    if not papers:
        raise Problem(404, "unknown-document", "This filing has no documents.")
    found = package_of(case, filing, papers)
    headers = {"Content-Disposition": f'attachment; filename="{found.key}.zip"', "Cache-Control": "no-store"}
    return Response(await asyncio.to_thread(bundle, found), media_type="application/zip", headers=headers)


@router.post("/v1/cases/{claim_id}/filings/{number}/confirmation", summary="Confirm a filing that was exported")
async def confirm(
    request: Request, claim_id: UUID, number: int, body: bodies.Confirmation, authorization: Authorization = ""
) -> Response:
    """A person filed it at the portal; its number is the proof. 409 where nothing of the kind was exported."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case, _ = await _case(request, claim_id)
    async with desk.runtime.units.begin() as uow:
        done = await uow.conn.fetchval(
            "UPDATE filings SET status = 'sent', proof = $3, problem = '' WHERE case_id = $1 AND number = $2 "
            "AND status = 'exported' RETURNING 1",
            case.case_id,
            number,
            body.reference,
        )
        if not done:
            raise Problem(
                409, "nothing-to-confirm", "No filing with this number waits for a confirmation.",
                mend="Read `outbox` of the case.",
            )  # fmt: skip
        await journal(uow, claim_id, who, "confirm_filing", body.reference, {"filing": number})
    return answer({"number": number, "status": "sent", "proof": body.reference})


@router.post("/v1/cases/{claim_id}/filing", summary="Attest that the filing was sent")
async def attest(
    request: Request,
    claim_id: UUID,
    body: bodies.FilingAttested,
    authorization: Authorization = "",
) -> Response:
    """Refused where the step is illegal, blocked, early or late.

    And without an `unready_reason`, while the package misses something or its evidence is weak.
    """
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case, tenant = await _case(request, claim_id)
    filing = pending(case, body.sent_on)
    missing: list[str] = []
    weak = ""
    if filing is not None:
        prepared = await _prepared(request, tenant, case, filing, no_conflict=body.no_conflict)
        missing = sorted({m for item in prepared for m in item.content.missing})
        weak = next((item.content.weak for item in prepared if item.content.weak), "")
    if weak and not body.unready_reason:
        raise Problem(
            409, "weak-evidence", f"Weak evidence: {weak}.",
            mend="Get a rate that bears the amount out, or file all the same: give `unready_reason`.", missing=missing,
        )  # fmt: skip
    if missing and not body.unready_reason:
        raise Problem(
            409,
            "package-not-ready",
            "The package misses facts.",
            mend="Supply what `missing` lists, or give `unready_reason`.",
            missing=missing,
        )
    after = await desk.carry_out(
        claim_id,
        lambda c, case: c.attest_filing(case, body.sent_on, body.reference, body.cooling_off_reason),
        who=who,
        action="attest_filing",
        reason=body.cooling_off_reason or body.unready_reason or body.reference,
        cooling_on=body.sent_on,
        details={"sent_on": body.sent_on.isoformat(), "reference": body.reference, "missing": missing, "weak": weak},
    )
    return answer(case_view(after, *await desk.where_it_stands(claim_id)))


@router.put("/v1/profiles/{kind}/{key}", summary="What documents need to know of a provider, payer or entity")
async def put_profile(
    request: Request,
    kind: bodies.ProfileKind,
    key: str,
    body: bodies.Profile,
    tenant: Tenant,
    authorization: Authorization = "",
) -> Response:
    """Providers by billing NPI, payers by payer id, state authorities by state, the IDR entity under `preferred`."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    async with desk.runtime.units.begin() as uow:
        await uow.conn.execute(
            "INSERT INTO profiles (tenant, kind, key, facts, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6) "
            "ON CONFLICT (tenant, kind, key) DO UPDATE SET facts = excluded.facts, changed_by = excluded.changed_by, "
            "changed_at = excluded.changed_at",
            tenant,
            kind,
            key,
            msgspec.json.encode(body.facts).decode(),
            who,
            uow.now,
        )
    return answer({"kind": kind, "key": key, "facts": body.facts})


@router.get("/v1/profiles/{kind}/{key}", summary="A profile")
async def get_profile(
    request: Request,
    kind: bodies.ProfileKind,
    key: str,
    tenant: Tenant,
    authorization: Authorization = "",
) -> Response:
    """404 where staff have entered none."""
    desk = desk_of(request)
    desk.staff.name(authorization)
    async with desk.runtime.pool.acquire() as conn:
        facts = await conn.fetchval(
            "SELECT facts FROM profiles WHERE tenant = $1 AND kind = $2 AND key = $3", tenant, kind, key
        )
    if facts is None:
        raise Problem(404, "unknown-profile", "There is no such profile.", mend="PUT it.")
    return answer({"kind": kind, "key": key, "facts": msgspec.json.decode(facts)})
