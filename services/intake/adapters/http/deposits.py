"""Deposits over HTTP: bank files, deposits recorded by hand, money without 835, 835s without money, decisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from services.intake.adapters.bank import MOST_BYTES
from services.intake.adapters.http.dependencies import TheDesk
from services.intake.adapters.http.desk import OF_TENANT, UNKNOWN_ID, Desk, Id, problem_of, refusals
from services.intake.adapters.http.routes import uuid_of
from services.intake.application.deposits import AdviceChoice, DepositChoice
from services.intake.application.refused import Refused
from services.intake.application.resolution_ports import Resolution
from services.intake.domain.bank.deposit import BankFileError, Deposit
from shared.api.declared import sends
from shared.api.refusals import Refusal
from shared.api.security import STAFF
from shared.problem import Problem
from shared.runtime.callers import Person, Tenant

router = APIRouter(tags=["deposits"], dependencies=[Depends(STAFF)])
_UNKNOWN_FILE = Refusal(404, "unknown-file", "No bank file of this tenant has this id.")
Money = Annotated[Decimal, Field(gt=0, lt=100_000_000_000, decimal_places=2)]


class DepositByHand(BaseModel):
    """A deposit that no file tells of: a check, a virtual card, a transfer."""

    amount: Annotated[Money, Field(description="dollars")]
    posted_on: Annotated[date, Field(description="the day on which it was deposited, or the card was charged")]
    method: Literal["check", "card", "ach", "wire"]
    number: Annotated[
        str, Field(min_length=1, max_length=50, description="the check's, card payment's or EFT's number")
    ]
    payer: Annotated[str, Field(max_length=140, description="who paid")] = ""
    payer_id: Annotated[str, Field(max_length=20, description="the payer's tax id, as in TRN03")] = ""
    note: Annotated[str, Field(max_length=2000, description="kept sealed with it")] = ""


class DepositDecision(BaseModel):
    """What becomes of a deposit."""

    choice: Annotated[
        DepositChoice,
        Field(
            description="match: it pays `advice_ids`; unmatch: it does not pay what it was matched to; dismiss: it is "
            "no payment of a payer's, or was told twice; reopen: look for its 835 again. unmatch, dismiss: with a note"
        ),
    ]
    advice_ids: Annotated[list[str], Field(max_length=200, description="with match: the 835s' payments")] = []
    force: Annotated[bool, Field(description="match them though the sums differ; `note` must say why")] = False
    note: Annotated[str, Field(max_length=2000, description="why; kept sealed with the decision")] = ""


class AdviceDecision(BaseModel):
    """What becomes of an 835 whose money has not come."""

    choice: Annotated[AdviceChoice, Field(description="dismiss: none will come; reopen: it is waited for after all")]
    note: Annotated[str, Field(max_length=2000, description="why; kept sealed with the decision")] = ""


@router.post("/v1/deposits/files", summary="Submit a bank's file of deposits")
async def submit_bank_file(
    request: Request,
    desk: TheDesk,
    who: Person,
    tenant: Tenant,
    columns: Annotated[
        list[str], Query(description="of a CSV with headings of its own: FIELD:HEADING, once for each", max_length=20)
    ] = [],  # noqa: B006 - fastapi copies it,
) -> dict[str, Any]:
    """Submit BAI2, CAMT.053, an ACH file (CCD, CTX) or CSV, recognised by its content; taken whole or not at all.

    The file is kept sealed. A deposit that is known already is not counted again, in whatever file it comes; new ones
    are matched to their 835s at once, as far as that is certain.
    """
    body = await _body(request)
    try:
        outcome = await desk.deposits.take_file(body, tenant, who, _named(columns))
        return msgspec.to_builtins(outcome)
    except BankFileError as error:
        raise Problem(
            422, "bank-file", "The bank file cannot be read; nothing of it was taken.",
            how_to_fix="Correct each place in `faults` and send it again.", faults=msgspec.to_builtins(error.faults),
        ) from None  # fmt: skip


@router.get(
    "/v1/deposits/files/{file_id}", summary="A bank file as it came", response_class=Response,
    responses=sends(
        "application/octet-stream", description="The file.", refused=(*OF_TENANT, UNKNOWN_ID, _UNKNOWN_FILE)
    ),
)  # fmt: skip
async def read_bank_file(desk: TheDesk, _who: Person, file_id: Id, tenant: Tenant) -> Response:
    """Return the bytes of a bank file. They may name patients."""
    body = await desk.reader.bank_file(tenant, uuid_of(file_id))
    if body is None:
        raise _UNKNOWN_FILE.problem()
    return Response(body, media_type="application/octet-stream")


@router.post("/v1/deposits", summary="Record a deposit by hand", status_code=201)
async def record_deposit(
    request: Request, desk: TheDesk, who: Person, response: Response, deposit: DepositByHand, tenant: Tenant
) -> dict[str, Any]:
    """Record a check, virtual card or transfer that is in no bank file. The same again is not counted again."""
    number = deposit.number.strip()
    one = Deposit(
        deposit.posted_on, deposit.amount.quantize(Decimal("0.01")), (number,) if number else (),
        (deposit.payer_id,) if deposit.payer_id else (), "", deposit.payer.strip(), deposit.method, (),
        f"hand {deposit.method} {number}", "", deposit.note,
    )  # fmt: skip
    with refusals():
        deposit_id, new = await desk.deposits.record(tenant, one, who, deposit.note)
    if not new:
        response.status_code = 200
    return await _shown(desk, tenant, deposit_id)


@router.get("/v1/worklist/deposits", summary="Money without an 835")
async def open_deposits(desk: TheDesk, _who: Person, tenant: Tenant) -> list[dict[str, Any]]:
    """List deposits that no 835 explains, oldest first, each with the reason and the payments that it may be."""
    return await desk.reader.open_deposits(tenant)


@router.get("/v1/worklist/undeposited", summary="835s without their money")
async def undeposited(
    desk: TheDesk,
    _who: Person,
    tenant: Tenant,
    days: Annotated[int | None, Query(ge=0, le=250, description="business days to wait; default: the setting")] = None,
) -> list[dict[str, Any]]:
    """List payments of 835s and of remittances on paper without a deposit in time, oldest first.

    Only those since the tenant's first deposit: before it nothing is known of its bank account.
    """
    return await desk.reader.undeposited(tenant, desk.reassociation.overdue_before(tenant, days))


@router.get("/v1/deposits/{deposit_id}", summary="One deposit")
async def one_deposit(desk: TheDesk, _who: Person, deposit_id: str, tenant: Tenant) -> dict[str, Any]:
    """Return the bank's narrative (it may name a patient), its 835s or candidates, and earlier decisions."""
    return await _shown(desk, tenant, uuid_of(deposit_id))


@router.post("/v1/worklist/deposits/{deposit_id}/resolution", summary="Decide what a deposit pays")
async def decide_one(
    request: Request, desk: TheDesk, who: Person, deposit_id: str, decision: DepositDecision, tenant: Tenant
) -> dict[str, Any]:
    """Match a deposit to 835s, undo a match, set it aside, or reopen it. The claims are told at once."""
    wanted = uuid_of(deposit_id)
    advices = [uuid_of(one) for one in decision.advice_ids]
    if (decision.choice == "match") != bool(advices):
        raise Problem(422, "invalid-request", "`advice_ids` goes with choice match, and with no other.")
    resolution: Resolution[DepositChoice] = Resolution(
        tenant=tenant, by=who, item_id=wanted, choice=decision.choice, note=decision.note, force=decision.force
    )
    with refusals():
        await desk.deposits.deposit(resolution, advices)
    return await _shown(desk, tenant, wanted)


@router.post("/v1/worklist/undeposited/{advice_id}/resolution", summary="Decide about an 835 without its money")
async def decide_undeposited(
    desk: TheDesk, who: Person, advice_id: str, decision: AdviceDecision, tenant: Tenant
) -> dict[str, Any]:
    """Record that no money will come for an 835, or wait for it again."""
    wanted = uuid_of(advice_id)
    resolution: Resolution[AdviceChoice] = Resolution(
        tenant=tenant, by=who, item_id=wanted, choice=decision.choice, note=decision.note
    )
    with refusals():
        before, after = await desk.deposits.advice(resolution)
    return {"advice_id": wanted, "status": after.status, "changed": after != before}


async def _shown(desk: Desk, tenant: str, deposit_id: str) -> dict[str, Any]:
    shown = await desk.reader.deposit(tenant, deposit_id)
    if shown is None:
        raise problem_of(Refused("unknown_deposit"))
    return shown


def _named(columns: list[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for one in columns:
        field, colon, heading = one.partition(":")
        if not colon or not heading.strip():
            raise Problem(
                422, "invalid-request", "`columns` is not FIELD:HEADING.", how_to_fix="Write columns=amount:Credit."
            )
        named[field.strip()] = heading
    return named


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            detail = f"One bank file is at most {MOST_BYTES // 1024 // 1024} MiB."
            raise Problem(413, "too-large", detail, how_to_fix="Send it in parts.")
    return bytes(body)
