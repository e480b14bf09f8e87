"""HTTP of money that the plan sent to somebody else: the letters about it, and what people did."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.appeals.adapters.documents.misdirected_letters import Language, Which
from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.cases import show
from services.appeals.adapters.http.dependencies import Papers, Person, TheDesk, in_their_tenant
from services.appeals.adapters.http.desk import refusals, unknown
from shared.problem import Problem

router = APIRouter(tags=["appeals"], dependencies=[Depends(in_their_tenant)])


@router.post("/v1/cases/{claim_id}/misdirected", summary="Money that the plan sent to somebody else")
async def act(desk: TheDesk, who: Person, claim_id: UUID, body: bodies.MisdirectedMoney) -> Response:
    """Record a letter about it, money that came, or that it is given up. 409 where there is none."""
    with refusals():
        case = await desk.casework.carry_out(
            str(claim_id),
            lambda c, case: c.misdirected(case, body.what, body.on, body.amount, body.reason),
            who=who,
            action=f"misdirected_{body.what}",
            reason=body.reason,
            details=body.model_dump(mode="json", exclude={"reason"}, exclude_none=True),
            of_claim=True,
        )
    return await show(desk, claim_id, case)


@router.get("/v1/cases/{claim_id}/misdirected/{which}", summary="A letter about money that the plan sent elsewhere")
async def letter(
    desk: TheDesk,
    library: Papers,
    _who: Person,
    claim_id: UUID,
    which: Which,
    language: Annotated[Language, Query(description="of the letter to whoever has the money")] = "en",
    form: Annotated[Literal["pdf", "text"], Query(alias="format")] = "pdf",
) -> Response:
    """Return the letter to the `holder` of the money or to the `payer`; `X-Missing` names what it lacks."""
    found = await desk.reader.owned_case(claim_id)
    if found is None:
        raise unknown()
    _, today = await desk.rules_and_today(claim_id)
    try:
        written, pdf = await library.misdirected(found.tenant, found.case, which, language, today)
    except LookupError as error:
        raise Problem(409, "nothing-elsewhere", f"{str(error).capitalize()}.", how_to_fix="Read the case.") from None
    headers = {"X-Missing": ", ".join(written.missing)}
    if form == "text":
        return Response(written.text, media_type="text/plain; charset=utf-8", headers=headers)
    return Response(pdf, media_type="application/pdf", headers=headers)
