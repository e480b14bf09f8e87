"""What operators look at and do: every service, how events flow, dead letters."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.authenticate import Operator, OpsReader
from services.gateway.adapters.http.repeat import IdempotencyKey, once
from services.gateway.adapters.http.responses import json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal
from services.gateway.application.dead_letter_ports import DeadLetterPage, issues_of
from services.gateway.application.operations_ports import EndedList, Ops
from services.gateway.application.service_watch_ports import Services
from shared.api.declared import answers
from shared.api.reading import read_body, read_query
from shared.api.refusals import Refusal
from shared.runtime.letter_routes import NAMES_NONE, UNKNOWN_LETTER, Letters, Meant, Replayed
from shared.runtime.parked_letters import MOST, HeldRecord

router = APIRouter(prefix="/v1/ops", tags=["ops"])
SERVICE = "(appeals|benchmark|gateway|intake|settlement)"
NOT_ALL = Refusal(403, "forbidden", "The ops view spans all tenants.", "Ask for a key of every tenant.")
NO_PATIENT_DATA = Refusal(
    403, "needs-patient-data", "What a record holds is patient data: this needs the scope claims:phi.",
    "Ask somebody who holds it.",
)  # fmt: skip
UNCONFIGURED = Refusal(
    503, "service-not-configured", "This gateway does not know where the service is.",
    "Operators: set RECOUP_GATEWAY_SERVICES and RECOUP_GATEWAY_DESK_TOKEN.",
)  # fmt: skip


def _all(who: Principal) -> None:
    if not who.sees_every_tenant:
        raise NOT_ALL.problem()


@router.get("", summary="How events flow, what is stuck", responses=answers(Ops, refused=[NOT_ALL]))
async def read_ops(request: Request, who: OpsReader) -> Response:
    """Return throughput per service, dead letters, illegal transitions, stuck claims, deadlines; needs every tenant."""
    _all(who)
    gateway = Gateway.of(request)
    now = gateway.runtime.clock.now()
    found = await gateway.operations.read(now, gateway.today(now))
    ended = msgspec.convert(await gateway.upstream.ended_lists(), list[EndedList])
    return json_response(request, msgspec.structs.replace(found, ended_lists=ended))


@router.get("/services", summary="How every service is", responses=answers(Services, refused=[NOT_ALL]))
async def read_services(request: Request, who: OpsReader) -> Response:
    """Return a row a service: lag, rate, errors, last commit, version, an hour by the minute; needs every tenant.

    The broker is asked about every consumer group, so that a service that is frozen has its lag all the same.
    """
    _all(who)
    return json_response(request, Gateway.of(request).services.rows())


class LettersOfAll(Letters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters are listed; what is left out does not matter."""

    service: Annotated[str, Meta(pattern=f"^({SERVICE})?$", description="of this service alone, e.g. appeals")] = ""
    limit: Annotated[int, Meta(ge=1, le=MOST, description="most letters; issues count all")] = 200


@router.get("/dead-letters", summary="What services could not handle",
            responses=answers(DeadLetterPage, refused=[NOT_ALL, UNCONFIGURED]))  # fmt: skip
async def list_dead_letters_of_all(
    request: Request, who: OpsReader, query: Annotated[LettersOfAll, read_query(LettersOfAll)]
) -> Response:
    """Return what services could not handle, as issues and one by one, as it is now; needs every tenant."""
    _all(who)
    desk = Gateway.of(request).dead_letters
    items, silent = await desk.letters(query.filter(), service=query.service, limit=MOST)
    return json_response(request, DeadLetterPage(issues_of(items), items[: query.limit], silent))


OfService = Annotated[str, Path(pattern=f"^{SERVICE}$", description="the service that parked it")]
LetterNumber = Annotated[int, Path(ge=1, le=2**63 - 1, description="the dead letter's number there")]


@router.get("/dead-letters/{service}/{letter_id}", summary="What a dead letter holds",
            responses=answers(HeldRecord, refused=[NOT_ALL, NO_PATIENT_DATA, UNKNOWN_LETTER]))  # fmt: skip
async def read_held_letter(request: Request, who: Operator, service: OfService, letter_id: LetterNumber) -> Response:
    """Return what a dead letter holds, opened: patient data; needs claims:phi and every tenant, and is recorded."""
    _all(who)
    gateway = Gateway.of(request)
    if not who.sees_phi:
        await gateway.refused(request, who, "forbidden")
        raise NO_PATIENT_DATA.problem()
    found = await gateway.dead_letters.held(service, letter_id)
    if found is None:
        raise UNKNOWN_LETTER.problem()
    tenants = (found.tenant,) if found.tenant else who.tenants
    await gateway.accessed(request, who, f"dead letter {service} {letter_id}", (), tenants)
    return json_response(request, found)


@router.post("/replay", summary="Try dead letters again",
             responses=answers(Replayed, refused=[NOT_ALL, UNKNOWN_LETTER, UNCONFIGURED]))  # fmt: skip
async def replay_dead_letters_of(
    request: Request,
    who: Operator,
    service: Annotated[str, Query(pattern=f"^{SERVICE}$", description="whose, e.g. appeals")],
    claim_id: Annotated[UUID | None, Query(description="only this claim's; all where it is left out")] = None,
    letter_id: Annotated[
        int | None,
        Query(ge=1, le=2**63 - 1, description="this one alone, or with all of its claim where it is of one"),
    ] = None,
) -> Response:
    """Try a service's dead letters again in order: one, one claim's, or all; needs every tenant."""
    _all(who)
    gateway = Gateway.of(request)
    await gateway.accessed(request, who, f"replay {service}", (), who.tenants)
    begun = gateway.runtime.clock.now()
    handled, parked = await gateway.dead_letters.replay(
        service, claim_id=str(claim_id) if claim_id else None, letter_id=letter_id
    )
    if not parked and letter_id is None:
        await gateway.operations.forget_dead_letters(service, claim_id, begun)
    return json_response(request, Replayed(handled, parked))


class DiscardLetters(Meant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters of a service are given up, by their ids or by what they have in common, and why."""

    service: Annotated[str, Meta(pattern=f"^{SERVICE}$", description="whose")]


class DiscardedLetters(msgspec.Struct, frozen=True):
    """How many letters were given up; with a filter ask again where it is as many as go at once."""

    discarded: Annotated[int, Meta(ge=0, le=MOST)]
    places: Annotated[list[str], Meta(description="topic/partition/offset of each: the record stays on the log")]


_ONE = DiscardLetters(service="appeals", ids=[12], why="a test of the payer's")


@router.post("/dead-letters/discard", summary="Give dead letters up",
             responses=answers(DiscardedLetters, refused=[NOT_ALL, NAMES_NONE, UNCONFIGURED]))  # fmt: skip
async def discard_dead_letters_of(
    request: Request,
    who: Operator,
    body: Annotated[DiscardLetters, read_body(DiscardLetters, examples={"one": _ONE})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Give dead letters up, so that events behind them can be replayed; who and why are kept; needs every tenant."""
    _all(who)
    return await once(request, who, idempotency_key, lambda: _discard(request, who, body))


async def _discard(request: Request, who: Principal, body: DiscardLetters) -> Response:
    gateway = Gateway.of(request)
    which = body.filter()
    await gateway.accessed(request, who, f"discard dead letters {body.service}", (), who.tenants)
    gone = await gateway.dead_letters.discard(body.service, which, by=who.id, why=body.why)
    await gateway.operations.forget_announced(body.service, [(one.topic, one.partition, one.offset) for one in gone])
    places = [f"{one.topic}/{one.partition}/{one.offset}" for one in gone]
    return json_response(request, DiscardedLetters(len(gone), places))
