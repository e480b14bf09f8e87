"""Find a claim by anything that people hold, whether a dispute of it lives or all of it ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import ClaimsReader
from services.gateway.adapters.http.cases import CasePayer, CaseSearch, query_of
from services.gateway.adapters.http.claims import resource_of
from services.gateway.adapters.http.responses import json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.case_ports import FoundCase
from services.gateway.application.claim_ports import FoundBy, FoundClaim, NumberQuery
from services.gateway.domain.spoken import Spoken, spoken
from shared.api.declared import answers
from shared.api.reading import read_body

router = APIRouter(prefix="/v1", tags=["cases"])
_MOST = 20
_TEXT = (
    "anything people hold: account or payer's number, claim id or its beginning, check or EFT number; of live disputes "
    "also a letter's reference, payer's name, day, amount with a dollar sign or cents, code; numbers need claims:phi"
)


class Find(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody holds."""

    q: Annotated[str, Meta(min_length=1, max_length=80, description=_TEXT)]
    tenant: Annotated[str, Meta(max_length=100, description="of this provider organisation")] = ""


class FoundItem(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that was found, live or ended, and as what. `account` is null where `masked`."""

    claim_id: str
    tenant: str
    state: str
    live: bool
    payer: CasePayer
    service_from: date | None
    billed: Decimal
    account: str | None
    masked: bool
    by: FoundBy


class Found(msgspec.Struct, frozen=True):
    """The claims that fit, exact numbers first. `more` is true where there are others; `read_as` is what `q` may be."""

    items: list[FoundItem]
    more: bool
    read_as: tuple[str, ...]


@router.post("/find", responses=answers(Found), summary="Claims by anything people hold")
async def find_claims(
    request: Request,
    who: ClaimsReader,
    asked: Annotated[Find, read_body(Find, examples={"an account number": Find(q="RVS-100482")})],
) -> Response:
    """Find claims by a number, whether live or ended, and live disputes by what else a text may mean.

    The text is in the body, so that account numbers stay out of logs.
    """
    gateway = Gateway.of(request)
    said = spoken(asked.q)
    query = query_of(gateway, who, CaseSearch(q=asked.q, tenant=asked.tenant, limit=_MOST))
    numbers = NumberQuery(
        said=said, account_blinds=query.account_blinds, payer_number_blinds=query.payer_number_blinds,
        tenant=asked.tenant, limit=_MOST + 1,
    )  # fmt: skip
    by = dict(await gateway.reader.by_number(who, numbers))
    page = await gateway.cases.cases(who, query)
    for row in page.found:
        by.setdefault(row.claim_id, _by(said, row))
    ids = list(by)[:_MOST]
    claims = await gateway.reader.claims(who, ids)
    shown = [claims[one] for one in ids if one in claims]
    await gateway.accessed(request, who, "find", shown, who.tenants)
    items = [_item(gateway, who, found, by[found.claim_id]) for found in shown]
    return json_response(request, Found(items, len(by) > _MOST or page.next is not None, said.read_as))


def _by(said: Spoken, found: FoundCase) -> FoundBy:
    """As what a live dispute was found that no number led to."""
    row = found.row
    if said.begins and row.case_id.replace("-", "").startswith(said.begins):
        return "reference"
    if said.code and row.code == said.code:
        return "code"
    if said.day is not None and said.day in (row.service_from, row.move.due):
        return "date"
    if said.amount is not None and said.amount in (row.billed, row.at_stake, row.offer, row.allowed):
        return "amount"
    return "payer"


def _item(gateway: Gateway, who: Principal, found: FoundClaim, by: FoundBy) -> FoundItem:
    one = resource_of(gateway, who, found)
    return FoundItem(
        claim_id=one.claim_id,
        tenant=one.tenant,
        state=one.state,
        live=not one.final,
        payer=CasePayer(one.payer.id, one.payer.name),
        service_from=one.service.from_,
        billed=one.amounts.billed,
        account=one.patient_control_number,
        masked=one.masked,
        by=by,
    )
