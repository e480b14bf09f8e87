"""HTTP of forms and letters beside the filings: duties with their complaints, the entity's notice, requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from services.appeals.adapters.documents.evidence import EvidenceMissing
from services.appeals.adapters.documents.portal_form import as_csv, as_excel, by_hand, form_tables
from services.appeals.adapters.documents.request_letters import Request as Asked
from services.appeals.adapters.documents.typesetting import TemplateError
from services.appeals.adapters.http.dependencies import Papers, Person, Tenant, TheDesk, in_their_tenant
from services.appeals.adapters.http.documents import owned_case, refused
from services.appeals.application.open_complaints import open_complaints
from services.appeals.domain.duty import Duty
from shared.api.answer import answer
from shared.api.declared import answers, sends
from shared.api.refusals import TENANT_REQUIRED, Refusal
from shared.federal_forms import (
    EXCEL_MEDIA,
    DutiesShown,
    DutyShown,
    FilledForm,
    FormToSend,
    OpenComplaint,
    OpenComplaints,
    UnkeptDuty,
    complaints_answers,
    form_answers,
)

Tables = Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]
FileFormat = Annotated[
    Literal["json", "csv", "xlsx"], Query(alias="format", description="data, or a file for a spreadsheet")
]


router = APIRouter(tags=["documents"], dependencies=[Depends(in_their_tenant)])
NO_CASE = Refusal(404, "unknown-claim", "The appeals service knows no claim with this id.", "Check the claim's id.")
SEVERAL = Refusal(
    409, "which-dispute", "The claim has several disputes, or not the one that was named.",
    "Send the `case_id` of one of `disputes` in the query.",
)  # fmt: skip
NO_EVIDENCE = Refusal(409, "evidence-missing", "An event that it rests on is not here.", "Replay the claim's events.")
NO_NOTICE = Refusal(409, "no-entity-notice", "No IDR filing is recorded.", "Read the case.")
NO_OCCASION = Refusal(409, "nothing-to-ask", "The state's process begins without asking the plan.", "Read the case.")
BROKEN = Refusal(500, "template-broken", "The letter's template cannot be set.", "Correct the template.")


@router.get("/v1/cases/{claim_id}/duties", summary="Duties that the payer did not keep, with the complaint's fields",
            responses=answers(DutiesShown, refused=(NO_CASE, SEVERAL, NO_EVIDENCE)))  # fmt: skip
async def duties(desk: TheDesk, library: Papers, _who: Person, claim_id: UUID) -> Response:
    """List what the payer owed by the Act and did not do; `by_hand` of a complaint is what a person types."""
    case, tenant = await owned_case(desk, claim_id)
    shown: list[DutyShown] = []
    for duty in case.duties:
        form = None
        if case.dispute is not None or not case.remittance_id:
            try:
                form = await library.complaint(tenant, case, duty)
            except EvidenceMissing as error:
                raise refused(error) from None
        shown.append(
            DutyShown(duty=_shown(duty), open=duty.open, form=_form(form), by_hand=tuple(by_hand(form)) if form else ())
        )
    return answer(DutiesShown(duties=tuple(shown)))


@router.get("/v1/idr/complaints", summary="Complaints about payers' duties that are still to be made",
            responses=complaints_answers((TENANT_REQUIRED, NO_EVIDENCE)))  # fmt: skip
async def complaints(
    desk: TheDesk,
    library: Papers,
    _who: Person,
    tenant: Tenant,
    payer_id: Annotated[str, Query(max_length=80, description="one payer's only")] = "",
    form: FileFormat = "json",
) -> Response:
    """List open complaints of a provider organisation with their forms filled, as data or a row each in a file.

    What became of each is told of many at once: rows `duty_complained` of `POST /v1/idr/reports`.
    """
    found, left_out = await open_complaints(desk.reader, tenant, payer_id)
    made: list[OpenComplaint] = []
    for case, duty in found:
        try:
            filled = await library.complaint(tenant, case, duty)
        except EvidenceMissing as error:
            raise refused(error) from None
        shown = _form(filled)
        assert shown is not None
        about = case.case_id if case.lines else ""
        made.append(
            OpenComplaint(
                claim_id=case.claim_id, case_id=about, duty=_shown(duty), form=shown, by_hand=tuple(by_hand(filled))
            )
        )
    if form == "json":
        return answer(OpenComplaints(complaints=tuple(made), left_out=left_out))
    return _file({"complaints": _rows(made)}, form, "complaints")


@router.get("/v1/cases/{claim_id}/entity", summary="The notice that names the IDR entity, as the portal asks for it",
            responses=form_answers((NO_CASE, SEVERAL, NO_EVIDENCE, NO_NOTICE)))  # fmt: skip
async def entity_notice(
    desk: TheDesk,
    library: Papers,
    _who: Person,
    claim_id: UUID,
    form: FileFormat = "json",
) -> Response:
    """Return its fields (45 CFR 149.510(c)(1)(iii), (iv)); 409 where no entity is chosen, or failed to be."""
    case, tenant = await owned_case(desk, claim_id)
    try:
        filled = await library.entity_notice(tenant, case)
    except EvidenceMissing as error:
        raise refused(error) from None
    except LookupError as error:
        raise NO_NOTICE.problem(f"{str(error).capitalize()}.") from None
    if form != "json":
        return _file(form_tables(filled), form, "idr_entity")
    shown = _form(filled)
    assert shown is not None
    return answer(FormToSend(form=shown, by_hand=tuple(by_hand(filled))))


@router.get("/v1/cases/{claim_id}/requests/{about}", response_class=Response,
            summary="A letter that asks the plan for something",
            responses=sends("application/pdf", "text/plain", description="The letter.",
                            refused=(NO_CASE, SEVERAL, NO_EVIDENCE, NO_OCCASION, BROKEN)))  # fmt: skip
async def request_letter(
    desk: TheDesk,
    library: Papers,
    _who: Person,
    claim_id: UUID,
    about: Annotated[Asked, Path(description="for information about QPAs, or to talks that a state wants")],
    form: Annotated[Literal["pdf", "text"], Query(alias="format", description="PDF, or plain text")] = "pdf",
) -> Response:
    """Return the letter for information about QPAs, or to talks that a state wants; `X-Missing` names what it lacks.

    That it was sent is recorded by the act it belongs to: `duties` (`asked`) or `state-step` (`ask`).
    """
    case, tenant = await owned_case(desk, claim_id)
    _, today = await desk.rules_and_today(claim_id)
    try:
        written, pdf = await library.request(tenant, case, about, today)
    except (EvidenceMissing, TemplateError) as error:
        raise refused(error) from None
    except LookupError as error:
        raise NO_OCCASION.problem(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    headers = {"X-Missing": ", ".join(written.missing), "Cache-Control": "no-store"}
    if form == "text":
        return Response(written.text, media_type="text/plain; charset=utf-8", headers=headers)
    return Response(pdf, media_type="application/pdf", headers=headers)


def _shown(duty: Duty) -> UnkeptDuty:
    return msgspec.convert(msgspec.structs.asdict(duty), UnkeptDuty)


def _form(form: dict[str, Any] | None) -> FilledForm | None:
    return None if form is None else msgspec.convert(form, FilledForm)


def _rows(made: Sequence[OpenComplaint]) -> tuple[list[str], list[list[str]]]:
    """A row for each complaint: whose, which duty, by when, the form's fields, and what a person types."""
    titles = list(dict.fromkeys(field.field for one in made for field in one.form.fields))
    rows = [
        [
            one.claim_id, one.case_id, one.duty.kind, one.duty.act_by.isoformat(),
            *({field.field: field.answer for field in one.form.fields}.get(title, "") for title in titles),
            "; ".join(one.by_hand),
        ]
        for one in made
    ]  # fmt: skip
    return ["Claim", "Dispute", "Duty", "Act by", *titles, "To fill in"], rows


def _file(tables: Tables, kind: Literal["csv", "xlsx"], name: str) -> Response:
    """Tables as a file for a spreadsheet: a workbook of all, or the first as CSV."""
    first = next(iter(tables.values()))
    content, media = (as_csv(*first), "text/csv") if kind == "csv" else (as_excel(tables), EXCEL_MEDIA)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media, headers=headers)
