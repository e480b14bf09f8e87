"""HTTP of the worklist: queues, cases, and what people do to them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.desk import Desk, journal, unknown
from services.appeals.adapters.http.views import answer, case_view
from services.appeals.adapters.sql import tasks, worklist
from services.appeals.adapters.sql.enclosures import Enclosures
from services.appeals.adapters.sql.tables import CASES
from services.appeals.domain.case import AppealCase, Enclosed
from services.appeals.domain.commands import Commands, Explained
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.fold import Decision
from shared.problem import Problem
from shared.worklist import place_of

Authorization = Annotated[str, Header(description="Bearer token of staff")]
Asked = Annotated[str, Header(alias="X-Tenant", description="the provider organisation")]


def desk_of(request: Request) -> Desk:
    """The desk that serves this process."""
    return request.app.state.desk


async def in_their_tenant(request: Request, tenant: Asked = "", authorization: Authorization = "") -> None:
    """A case is shown and moved in its claim's own tenant: 404 for whoever asks in another one."""
    desk = desk_of(request)
    claim_id = request.path_params.get("claim_id")
    if claim_id is None or not (asked := desk.staff.asked_tenant(authorization, tenant)):
        return
    async with desk.runtime.pool.acquire() as conn:
        if await CASES.read(conn, str(UUID(str(claim_id))), asked) is None:
            raise unknown()


def _named(request: Request, tenant: Asked = "", authorization: Authorization = "") -> str:
    return desk_of(request).staff.tenant(authorization, tenant)


Tenant = Annotated[str, Depends(_named)]
"""The provider organisation that staff act in, where no claim says it: 422 where they do not."""


router = APIRouter(tags=["appeals"], dependencies=[Depends(in_their_tenant)])


def _cursor(text: str) -> tuple[date, UUID]:
    try:
        return date.fromisoformat(text[:10]), UUID(text[11:])
    except ValueError:
        raise Problem(
            422, "bad-cursor", "`after` is not the `next` of a page.", mend="Pass on `next` as it was given."
        ) from None


async def _past(desk: Desk, claim_id: UUID, day: date, what: str) -> None:
    _, today = await desk.where_it_stands(claim_id)
    if day > today:
        raise Problem(
            422, "in-the-future", f"{what} lies in the future.", mend="Give the day on which it really happened."
        )


async def _show(
    desk: Desk, claim_id: UUID, case: AppealCase, extra: Mapping[str, Any] | None = None, *, status: int = 200
) -> Response:
    house, today = await desk.where_it_stands(claim_id)
    return answer(case_view(case, house, today) | dict(extra or {}), status)


@router.get("/v1/worklist", summary="What is due, overdue, waiting on whom, blocked by what")
async def worklist_page(
    request: Request,
    tenant: Tenant,
    queue: Annotated[worklist.Queue, Query()] = "due",
    forum: Annotated[str | None, Query()] = None,
    waiting_on: Annotated[str | None, Query()] = None,
    assignee: Annotated[str | None, Query(description="a name; empty for cases nobody has")] = None,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    authorization: Authorization = "",
) -> Response:
    """Cases, the earliest date first."""
    desk = desk_of(request)
    desk.staff.name(authorization)
    cursor = _cursor(after) if after else None
    today = desk.house_of(tenant).today(desk.runtime.clock.now())
    async with desk.runtime.pool.acquire() as conn:
        rows = await worklist.search(
            conn, tenant=tenant, queue=queue, today=today, forum=forum, waiting_on=waiting_on,
            assignee=assignee, after=cursor, limit=limit,
        )  # fmt: skip
        totals = await worklist.counts(conn, tenant, today)
    following = f"{rows[-1]['day'].isoformat()}/{rows[-1]['claim_id']}" if len(rows) == limit else None
    return answer({"queues": totals, "cases": rows, "next": following})


@router.get("/v1/tasks", summary="Everything that waits for us, each with its day and what to do")
async def task_page(
    request: Request,
    tenant: Tenant,
    after: Annotated[str, Query(description="`next` of the page before", max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    authorization: Authorization = "",
) -> Response:
    """Filings to make or attest and what blocks them, reviews, records, overdue answers, letters that do not leave."""
    desk = desk_of(request)
    desk.staff.name(authorization)
    today = desk.house_of(tenant).today(desk.runtime.clock.now())
    place = place_of(after)
    async with desk.runtime.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        rows, total = await tasks.page(conn, tenant=tenant, today=today, after=place, limit=limit)
    return answer({"tasks": rows, "total": total, "next": rows[-1]["key"] if len(rows) == limit else None})


@router.get("/v1/cases/{claim_id}", summary="A claim's case")
async def show_case(request: Request, claim_id: UUID, authorization: Authorization = "") -> Response:
    """Step, deadlines with their rules, governing law with every rule that fired, filings, notes and attachments."""
    desk = desk_of(request)
    desk.staff.name(authorization)
    async with desk.runtime.pool.acquire() as conn:
        case = await CASES.read(conn, str(claim_id))
        if case is None:
            raise unknown()
        extra = {
            "history": await worklist.history(conn, claim_id),
            "outbox": await worklist.filings_of(conn, claim_id),
            "attachments": await worklist.attachments_of(conn, claim_id),
        }
    return await _show(desk, claim_id, case, extra)


@router.post("/v1/cases/{claim_id}/assignee", summary="Assign")
async def assign(
    request: Request, claim_id: UUID, body: bodies.Assignment, authorization: Authorization = ""
) -> Response:
    """Give the case to a person."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case = await desk.carry_out(
        claim_id, lambda c, case: c.assign(case, body.assignee), who=who, action="assign", reason=body.assignee
    )
    return await _show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/notes", status_code=201, summary="Note")
async def note(request: Request, claim_id: UUID, body: bodies.Note, authorization: Authorization = "") -> Response:
    """Add a note; notes are never changed."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    async with desk.runtime.units.begin() as uow:
        if await CASES.read(uow.conn, str(claim_id)) is None:
            raise unknown()
        await journal(uow, claim_id, who, "note", body.text, {})
    return answer({"noted": True}, 201)


@router.post("/v1/cases/{claim_id}/attachments", status_code=201, summary="Attach by reference")
async def attach(
    request: Request, claim_id: UUID, body: bodies.Attachment, authorization: Authorization = ""
) -> Response:
    """Attach a document kept elsewhere, or with its content, which may also be added later."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    pdf = _pdf(body)
    digest = sha256(pdf).hexdigest() if pdf else body.sha256
    enclosures: Enclosures = request.app.state.enclosures
    sealed = enclosures.seal(pdf, str(claim_id)) if pdf else None
    async with desk.runtime.units.begin() as uow:
        if await CASES.read(uow.conn, str(claim_id)) is None:
            raise unknown()
        await uow.conn.execute(
            "INSERT INTO attachments AS a (claim_id, reference, kind, title, sha256, added_by, added_at, content) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (claim_id, reference) DO UPDATE "
            "SET content = excluded.content, sha256 = excluded.sha256 "
            "WHERE a.content IS NULL AND excluded.content IS NOT NULL AND a.sha256 IN ('', excluded.sha256)",
            claim_id, body.reference, body.kind, body.title, digest, who, uow.now, sealed,
        )  # fmt: skip
        await journal(uow, claim_id, who, "attach", body.title, {"reference": body.reference, "kind": body.kind})
    return answer({"attached": True}, 201)


def _pdf(body: bodies.Attachment) -> bytes:
    """The content of an attachment, b"" where none is given; a 422 problem where it is not the PDF it is said to be."""
    if not body.content:
        return b""
    try:
        pdf = base64.b64decode(body.content, validate=True)
    except binascii.Error:
        pdf = b""
    if not pdf.startswith(b"%PDF-"):
        raise Problem(422, "not-a-pdf", "`content` is no PDF in base64.", mend="Send a PDF.")
    if body.sha256 and body.sha256 != sha256(pdf).hexdigest():
        raise Problem(422, "other-content", "`content` has another SHA-256.", mend="Send the file that was hashed.")
    return pdf


@router.post("/v1/cases/{claim_id}/records", status_code=202, summary="Answer a payer's request for records")
async def send_records(
    request: Request, claim_id: UUID, body: bodies.RecordsAnswer, authorization: Authorization = ""
) -> Response:
    """Queues one X12 275 with the attachments named, or, with `reference`, keeps that they were sent by hand.

    409 where the request is unknown or answered, a document is not kept here, or one does not say which question it
    answers. `outbox` of the case tells what became of it.
    """
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    by_hand = bool(body.reference)
    if body.sent_on is not None and not by_hand:
        raise Problem(422, "invalid-request", "`sent_on` goes with `reference`.", mend="Give both, or neither.")
    if not by_hand and not request.app.state.sends_x12:
        raise Problem(
            409, "no-x12", "This service has no channel x12.",
            mend="Send the records by hand and give `reference`, or set RECOUP_APPEALS_INTAKE_URL.",
        )  # fmt: skip
    async with desk.runtime.pool.acquire() as conn:
        kept = {row["reference"]: row for row in await worklist.kept_attachments(conn, claim_id)}
    lacking = [
        d.reference for d in body.documents if d.reference not in kept or not (by_hand or kept[d.reference]["here"])
    ]
    if lacking:
        raise Problem(
            409, "not-attached", "A document is not attached, or its content is not kept here.",
            mend="POST it to /attachments with `content`.", missing=lacking,
        )  # fmt: skip
    enclosed = tuple(
        Enclosed(
            reference=d.reference, kind=kept[d.reference]["kind"], sha256=kept[d.reference]["sha256"], asked=d.asked
        )
        for d in body.documents
    )
    case = await desk.carry_out(
        claim_id,
        lambda c, case: c.send_records(case, str(body.request_id), enclosed, body.sent_on, body.reference),
        who=who,
        action="send_records",
        reason=body.reference or "by X12 275",
        details={"request_id": str(body.request_id), "documents": [d.model_dump() for d in body.documents]},
    )
    return await _show(desk, claim_id, case, status=202)


@router.post("/v1/cases/{claim_id}/facts", summary="Facts found out")
async def record_facts(
    request: Request, claim_id: UUID, body: bodies.FoundFacts, authorization: Authorization = ""
) -> Response:
    """Assignment of benefits, consent, network status: unblocks filings and judges the governing law anew.

    Whether the plan is that of an earlier determination postpones IDR by its cooling-off period, or lets it go on.
    """
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case = await desk.carry_out(
        claim_id,
        lambda c, case: c.record_facts(
            case,
            assignment=body.assignment_of_benefits,
            consent=body.consent,
            network_facility=body.network_facility,
            same_plan=body.same_plan,
            determined_on=body.determined_on,
        ),
        who=who,
        action="facts",
        reason=body.reason,
        details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
        cooling_on=(await desk.where_it_stands(claim_id))[1],
    )
    return await _show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/law", summary="Override the governing law")
async def override_law(
    request: Request, claim_id: UUID, body: bodies.LawOverride, authorization: Authorization = ""
) -> Response:
    """A person's decision; refused with the rule where the forum's first step would be late."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case = await desk.carry_out(
        claim_id,
        lambda c, case: c.override_law(case, body.law, who, body.reason),
        who=who,
        action="override_law",
        reason=body.reason,
        details={"law": body.law},
    )
    return await _show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/notice", summary="Correct the day the payment or denial was received")
async def correct_notice(
    request: Request, claim_id: UUID, body: bodies.NoticeCorrected, authorization: Authorization = ""
) -> Response:
    """Computes the deadlines anew and says which moved, and why."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    moved: list[Explained] = []

    def rule(commands: Commands, case: AppealCase) -> Decision[AppealCase]:
        decision, explained = commands.correct_notice(case, body.received_on, body.reason)
        moved.extend(explained)
        return decision

    case = await desk.carry_out(
        claim_id, rule, who=who, action="correct_notice", reason=body.reason,
        details={"received_on": body.received_on.isoformat(), "moved": moved},
    )  # fmt: skip
    return await _show(desk, claim_id, case, {"moved": moved})


@router.post("/v1/cases/{claim_id}/entity", summary="The IDR entity is final")
async def entity(
    request: Request, claim_id: UUID, body: bodies.EntitySelected, authorization: Authorization = ""
) -> Response:
    """Offers are counted from this day; it may be told late, and goes before a day that was assumed."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case = await desk.carry_out(
        claim_id,
        lambda c, case: c.entity_selected(case, body.selected_on),
        who=who,
        action="entity_selected",
        reason=body.entity,
        details={"selected_on": body.selected_on.isoformat()},
    )
    return await _show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/offer", summary="Our offer and fees are with the entity")
async def offer(
    request: Request, claim_id: UUID, body: bodies.OfferSubmitted | None = None, authorization: Authorization = ""
) -> Response:
    """May be told later, with its day; refused where that lies after the last day for offers."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    _, today = await desk.where_it_stands(claim_id)
    on = (body.submitted_on if body else None) or today
    case = await desk.carry_out(
        claim_id, lambda c, case: c.offer_submitted(case, on), who=who, action="offer_submitted", reason="",
        details={"submitted_on": on.isoformat()},
    )  # fmt: skip
    return await _show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/withdrawal", summary="Give up")
async def withdraw(
    request: Request, claim_id: UUID, body: bodies.Withdrawn, authorization: Authorization = ""
) -> Response:
    """End the pursuit; what was paid stands."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    case = await desk.carry_out(
        claim_id, lambda c, case: c.withdraw(case, body.reason), who=who, action="withdraw", reason=body.reason
    )
    return await _show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/decision", summary="An appeal was decided")
async def appeal_answer(
    request: Request, claim_id: UUID, body: bodies.AppealAnswer, authorization: Authorization = ""
) -> Response:
    """A decision that came by letter or portal closes or escalates the case like one from the event log."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    await _past(desk, claim_id, body.decided_on, "decided_on")
    event = PayerAppealDecision(claim_id=str(claim_id), **body.model_dump())
    return await _show(desk, claim_id, await desk.hear_payer(event, who=who))


@router.post("/v1/cases/{claim_id}/determination", summary="The IDR entity determined")
async def idr_answer(
    request: Request, claim_id: UUID, body: bodies.IdrAnswer, authorization: Authorization = ""
) -> Response:
    """A determination that came by portal or mail."""
    desk = desk_of(request)
    who = desk.staff.name(authorization)
    await _past(desk, claim_id, body.determined_on, "determined_on")
    event = PayerIdrDetermination(claim_id=str(claim_id), **body.model_dump())
    return await _show(desk, claim_id, await desk.hear_payer(event, who=who))
