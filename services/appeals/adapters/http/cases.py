"""HTTP of the worklist: queues, cases, and what people do to them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.dependencies import Person, Tenant, TheDesk, in_their_tenant
from services.appeals.adapters.http.desk import Desk, refusals, unknown
from services.appeals.adapters.http.views import answer, case_view
from services.appeals.application.casework import RecordToSend
from services.appeals.application.ports import NewAttachment
from services.appeals.application.read_ports import Queue, Search
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands, Explained
from services.appeals.domain.consent import ConsentRecord
from services.appeals.domain.plan import PlanAttribute
from services.appeals.domain.statements import ReportedStep
from shared.decider import Decision
from shared.events.payer import PayerAppealDecision
from shared.problem import Problem
from shared.worklist import place_of

router = APIRouter(tags=["appeals"], dependencies=[Depends(in_their_tenant)])


def _cursor(text: str) -> tuple[date, UUID]:
    try:
        return date.fromisoformat(text[:10]), UUID(text[11:])
    except ValueError:
        raise Problem(
            422, "bad-cursor", "`after` is not the `next` of a page.", how_to_fix="Pass on `next` as it was given."
        ) from None


async def show(
    desk: Desk, claim_id: UUID, case: AppealCase, extra: Mapping[str, Any] | None = None, *, status: int = 200
) -> Response:
    """The case as the worklist shows it, with what else an act has to say."""
    rule_set, today = await desk.rules_and_today(claim_id)
    return answer(case_view(case, rule_set, today) | dict(extra or {}), status)


@router.get("/v1/worklist", summary="What is due, overdue, waiting on whom, blocked by what")
async def worklist_page(
    desk: TheDesk,
    _who: Person,
    tenant: Tenant,
    queue: Annotated[Queue, Query()] = "due",
    forum: Annotated[str | None, Query()] = None,
    waiting_on: Annotated[str | None, Query()] = None,
    assignee: Annotated[str | None, Query(description="a name; empty for cases nobody has")] = None,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """List cases, the earliest date first."""
    cursor = _cursor(after) if after else None
    today = desk.today_in(tenant)
    asked = Search(
        tenant=tenant, queue=queue, forum=forum, waiting_on=waiting_on, assignee=assignee, after=cursor, limit=limit
    )
    rows, totals = await desk.reader.worklist(asked, today)
    following = f"{rows[-1]['day'].isoformat()}/{rows[-1]['claim_id']}" if len(rows) == limit else None
    return answer({"queues": totals, "cases": rows, "next": following})


@router.get("/v1/tasks", summary="Everything that waits for us, each with its day and what to do")
async def task_page(
    desk: TheDesk,
    _who: Person,
    tenant: Tenant,
    after: Annotated[str, Query(description="`next` of the page before", max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """List filings to make or attest and what blocks them, reviews, records, overdue answers, letters not sent."""
    today = desk.today_in(tenant)
    rows, total = await desk.reader.tasks(tenant, today, place_of(after), limit)
    return answer({"tasks": rows, "total": total, "next": rows[-1]["key"] if len(rows) == limit else None})


@router.get("/v1/cases/{claim_id}", summary="A claim's case")
async def show_case(desk: TheDesk, _who: Person, claim_id: UUID) -> Response:
    """Return the case: step, deadlines and law with their rules, filings, notes and attachments."""
    case = await desk.reader.case(claim_id)
    if case is None:
        raise unknown()
    return await show(desk, claim_id, case, await desk.reader.beside(claim_id))


@router.post("/v1/cases/{claim_id}/assignee", summary="Assign")
async def assign(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.Assignment) -> Response:
    """Assign the case to a person."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.assign(case, body.assignee), who=who, action="assign",
            reason=body.assignee, of_claim=True,
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/notes", status_code=201, summary="Note")
async def note(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.Note) -> Response:
    """Add a note; notes are never changed."""
    with refusals():
        await desk.casework.note(str(claim_id), body.text, who=who)
    return answer({"noted": True}, 201)


@router.post("/v1/cases/{claim_id}/attachments", status_code=201, summary="Attach by reference")
async def attach(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.Attachment) -> Response:
    """Attach a document that is kept elsewhere, or its content, which may also be added later."""
    pdf = _pdf(body)
    digest = sha256(pdf).hexdigest() if pdf else body.sha256
    attachment = NewAttachment(reference=body.reference, kind=body.kind, title=body.title, sha256=digest, pdf=pdf)
    with refusals():
        await desk.casework.attach(str(claim_id), attachment, who=who)
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
        raise Problem(422, "not-a-pdf", "`content` is not a PDF in base64.", how_to_fix="Send a PDF.")
    if body.sha256 and body.sha256 != sha256(pdf).hexdigest():
        raise Problem(
            422, "other-content", "`content` has another SHA-256.", how_to_fix="Send the file that was hashed."
        )
    return pdf


@router.post("/v1/cases/{claim_id}/records", status_code=202, summary="Answer a payer's request for records")
async def send_records(
    request: Request, desk: TheDesk, who: Person, claim_id: UUID, body: bodies.RecordsAnswer
) -> Response:
    """Queue one X12 275 with the attachments named, or, with `reference`, record that they were sent by hand.

    409 if the request is unknown or answered, a document is not kept here, or one does not say which question it
    answers. `outbox` of the case shows the result.
    """
    if body.sent_on is not None and not body.reference:
        raise Problem(422, "invalid-request", "`sent_on` goes with `reference`.", how_to_fix="Give both, or neither.")
    with refusals():
        case = await desk.casework.send_records(
            str(claim_id),
            str(body.request_id),
            [RecordToSend(d.reference, d.asked) for d in body.documents],
            who=who,
            sent_on=body.sent_on,
            reference=body.reference,
        )
    return await show(desk, claim_id, case, status=202)


@router.post("/v1/cases/{claim_id}/facts", summary="Facts found out")
async def record_facts(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.FoundFacts) -> Response:
    """Record facts: assignment of benefits, consent, network status. Unblocks filings and judges the law again.

    A fact is taken also where the period that it opens is over: the case then says so, and stays where it is. If
    the plan is that of an earlier determination, IDR waits for its cooling-off period.
    """
    plan = cast("dict[PlanAttribute, str]", body.plan.model_dump(exclude_defaults=True)) if body.plan else None
    signed = ConsentRecord(**body.consent_record.model_dump()) if body.consent_record else None
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.record_facts(
                case,
                assignment=body.assignment_of_benefits,
                consent=body.consent,
                network_facility=body.network_facility,
                appeal_anyway=body.appeal_anyway,
                same_plan=body.same_plan,
                determined_on=body.determined_on,
                plan=plan,
                consent_record=signed,
            ),
            who=who,
            action="facts",
            reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
            cooling_on=(await desk.rules_and_today(claim_id))[1],
            of_claim=True,
        )
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/law", summary="Override the governing law")
async def override_law(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.LawOverride) -> Response:
    """Record a person's decision on the governing law; refused if the forum's first step would be late."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.override_law(case, body.law, who, body.reason),
            who=who,
            action="override_law",
            reason=body.reason,
            details={"law": body.law},
        )
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/notice", summary="Correct the day the payment or denial was received")
async def correct_notice(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.NoticeCorrected) -> Response:
    """Correct the day of receipt: computes the deadlines again and returns which moved, and why."""
    moved: list[Explained] = []

    def rule(commands: Commands, case: AppealCase) -> Decision[AppealCase]:
        decision, explained = commands.correct_notice(case, body.received_on, body.reason)
        moved.extend(explained)
        return decision

    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), rule, who=who, action="correct_notice", reason=body.reason,
            details={"received_on": body.received_on.isoformat(), "moved": moved},
        )  # fmt: skip
    return await show(desk, claim_id, case, {"moved": moved})


@router.post("/v1/cases/{claim_id}/state-step", summary="A step of the state's process was taken")
async def state_step(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.StepOfState) -> Response:
    """Record a step beside the filing, also while the law is open; what is counted from its day moves."""
    reported = ReportedStep(body.step, body.on, body.reference)
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.step_reported(case, reported), who=who, action="state_step",
            reason=body.reference, details=body.model_dump(mode="json"),
        )  # fmt: skip
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/withdrawal", summary="Give up")
async def withdraw(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.Withdrawn) -> Response:
    """End the pursuit; what was paid stays."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id), lambda c, case: c.withdraw(case, body.reason), who=who, action="withdraw", reason=body.reason
        )
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/decision", summary="An appeal was decided")
async def appeal_answer(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.AppealAnswer) -> Response:
    """Enter a decision that came by letter or portal; it closes or escalates the case like one from the event log."""
    event = PayerAppealDecision(claim_id=str(claim_id), **body.model_dump())
    with refusals():
        case = await desk.casework.record_payer_answer(event, body.decided_on, "decided_on", who=who)
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/answers", summary="Deal with an answer that was held for a person")
async def held_answer(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.HeldAnswer) -> Response:
    """Take a favourable decision over a recorded refusal, or set an answer aside; 409 if it cannot be taken."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.deal_with_answer(case, body.key, take=body.take),
            who=who,
            action="take_answer" if body.take else "lay_answer_aside",
            reason=body.reason,
            details={"key": body.key},
        )
    return await show(desk, claim_id, case)


@router.post("/v1/cases/{claim_id}/further-lines", summary="Lines beside the filed case: appealed, or why not")
async def further_lines(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.FurtherLines) -> Response:
    """Deal with further denied lines: filed on `filed_on` under `reference`, or, without them, given up."""
    day = body.filed_on.isoformat() if body.filed_on else None
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.further_lines(case, body.filed_on, body.reference),
            who=who,
            action="further_lines",
            reason=body.reason,
            details={"filed_on": day, "reference": body.reference},
        )
    return await show(desk, claim_id, case)
