"""HTTP of operators about dead letters: list, look into one, try again, discard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response
from msgspec import Meta

from shared.api.answer import answer
from shared.api.declared import answers
from shared.api.reading import read_body, read_query
from shared.api.refusals import Refusal
from shared.runtime import parked_letters, parking
from shared.runtime.callers import OperatorsRuntime
from shared.runtime.parked_letters import MOST, HeldRecord, LetterFilter, ParkedLetter
from shared.runtime.runtime import Runtime
from shared.telemetry import logging

_log = logging.Log("dead_letters")
LetterId = Annotated[int, Path(ge=1, le=2**63 - 1, description="the dead letter's number, as listed")]
OfClaim = Annotated[UUID | None, Query(description="only this claim's, by its id; all where it is left out")]
OnlyThis = Annotated[
    int | None, Query(ge=1, le=2**63 - 1, description="this one; with it all of its claim, in order, where it has one")
]
UNKNOWN_LETTER = Refusal(404, "dead-letter-not-found", "No dead letter has this id.", "List them again.")
NAMES_NONE = Refusal(
    422,
    "no-letters-named",
    "It is not said which dead letters are meant: all at once are never given up.",
    "Name `ids`, or a `reason`, `type`, `topic` or `claim_id` that they share.",
    {"errors": [{"field": "ids", "code": "required"}]},
)


class Letters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters are listed; what is left out does not matter."""

    reason: Annotated[str, Meta(max_length=100, description="short code of why, e.g. undecodable")] = ""
    type: Annotated[str, Meta(max_length=200, description="event type")] = ""
    topic: Annotated[str, Meta(max_length=200, description="the topic that the record came by")] = ""
    claim_id: Annotated[UUID | None, Meta(description="only this claim's")] = None
    limit: Annotated[int, Meta(ge=1, le=MOST, description="most letters, the oldest first")] = MOST

    def filter(self) -> LetterFilter:
        """The same for the database."""
        return LetterFilter(
            reason=self.reason, type=self.type, topic=self.topic, claim_id=str(self.claim_id) if self.claim_id else None
        )


class Meant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters are given up, by their ids or by what they have in common, and why."""

    ids: Annotated[
        list[Annotated[int, Meta(ge=1, le=2**63 - 1)]], Meta(max_length=MOST, description="numbers, as listed")
    ] = []
    reason: Annotated[str, Meta(max_length=100, description="only letters parked for this reason")] = ""
    type: Annotated[str, Meta(max_length=200, description="only letters of this event type")] = ""
    topic: Annotated[str, Meta(max_length=200, description="only letters of this topic")] = ""
    claim_id: Annotated[UUID | None, Meta(description="only this claim's")] = None
    until: Annotated[int, Meta(ge=0, le=2**63 - 1, description="the last number that was seen: later letters stay")] = (
        2**63 - 1
    )
    why: Annotated[str, Meta(min_length=3, max_length=500, description="kept; no patient data")]

    def filter(self) -> LetterFilter:
        """The same for the database; refused where it would be everything."""
        if not (self.ids or self.reason or self.type or self.topic or self.claim_id):
            raise NAMES_NONE.problem()
        claim = str(self.claim_id) if self.claim_id else None
        return LetterFilter(tuple(self.ids), self.reason, self.type, self.topic, claim, self.until)


class Discarding(Meant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters are given up, by whom and why."""

    by: Annotated[str, Meta(min_length=1, max_length=200, description="who gives them up; kept")] = "operator"


class Replayed(msgspec.Struct, frozen=True):
    """What became of the parked events that were tried again."""

    handled: int
    parked: int


class Discarded(msgspec.Struct, frozen=True):
    """The dead letter that is there no longer."""

    discarded: int


_LETTER = ParkedLetter(
    7,
    "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11",
    "01960f3c-0000-7000-8000-000000000001",
    "recoup.claim.settled.v1",
    "illegal_transition",
    "a claim that is closed cannot be settled",
    True,
    "recoup.claims.v1",
    3,
    1204,
    datetime(2026, 11, 30, 19, 4, tzinfo=UTC),
)


def add_dead_letters(router: APIRouter) -> None:
    """What operators do about parked events."""
    _add_reads(router)
    _add_acts(router)


def _add_reads(router: APIRouter) -> None:
    @router.get(
        "/admin/dead-letters",
        summary="What could not be handled",
        responses=answers(list[ParkedLetter], example=[_LETTER], description="The oldest parked events that fit."),
    )
    async def list_dead_letters(runtime: OperatorsRuntime, query: Annotated[Letters, read_query(Letters)]) -> Response:
        """List parked events with their reasons, oldest first."""
        async with runtime.pool.acquire() as conn:
            return answer(await parked_letters.listed(conn, query.filter(), query.limit))

    @router.get(
        "/admin/dead-letters/{dead_letter_id}",
        summary="What a parked event holds",
        responses=answers(HeldRecord, refused=[UNKNOWN_LETTER]),
    )
    async def read_dead_letter(dead_letter_id: LetterId, runtime: OperatorsRuntime) -> Response:
        """Show what one parked event holds, opened: patient data."""
        found = await look_into(runtime, dead_letter_id)
        if found is None:
            raise UNKNOWN_LETTER.problem()
        return answer(found)


def _add_acts(router: APIRouter) -> None:
    @router.post(
        "/admin/dead-letters/replay",
        summary="Try parked events again",
        responses=answers(Replayed, refused=[UNKNOWN_LETTER]),
    )
    async def replay_dead_letters(
        runtime: OperatorsRuntime, claim_id: OfClaim = None, dead_letter_id: OnlyThis = None
    ) -> Response:
        """Try parked events again in order: one, one claim's, or all."""
        return answer(Replayed(*await try_again(runtime, str(claim_id) if claim_id else None, dead_letter_id)))

    @router.post(
        "/admin/dead-letters/discard",
        summary="Discard parked events",
        responses=answers(
            list[ParkedLetter], example=[_LETTER], refused=[NAMES_NONE], description="Those that are gone."
        ),
    )
    async def discard_dead_letters(
        runtime: OperatorsRuntime,
        body: Annotated[Discarding, read_body(Discarding, examples={"one": Discarding(ids=[7], why="a test")})],
    ) -> Response:
        """Give up parked events, by ids or filter; who and why are kept, what they held is not."""
        return answer(await give_up(runtime, body.filter(), by=body.by, why=body.why))

    @router.delete(
        "/admin/dead-letters/{dead_letter_id}", summary="Discard a parked event", responses=answers(Discarded)
    )
    async def discard_dead_letter(dead_letter_id: LetterId, runtime: OperatorsRuntime) -> Response:
        """Discard one parked event, so that the events behind it can be replayed."""
        which = LetterFilter((dead_letter_id,))
        await give_up(runtime, which, by="operator", why="discarded by an operator")
        return answer(Discarded(dead_letter_id))


async def look_into(runtime: Runtime, letter_id: int) -> HeldRecord | None:
    """What one letter holds, opened where the service sealed it; None where there is none of this id."""
    async with runtime.units.begin() as uow:
        found = await parked_letters.held(uow.conn, letter_id)
        if found is None or runtime.open_sealed is None:
            return found
        async for letters in parking.pages(uow.conn, None, only=letter_id):
            opened = runtime.open_sealed(letters[0][1])
            return (
                found
                if opened is None
                else msgspec.structs.replace(found, text=opened.decode("latin-1"), encoding="utf-8")
            )
    return found


async def try_again(runtime: Runtime, claim_id: str | None, letter_id: int | None = None) -> tuple[int, int]:
    """Replay one letter, one claim's or all; returns (handled, still parked).

    A letter of a claim goes with all of its claim, since they are only right in their order.
    """
    if runtime.replay is None:
        return 0, 0
    async with runtime.units.begin() as uow:
        if letter_id is not None:
            found = await parked_letters.listed(uow.conn, LetterFilter((letter_id,)))
            if not found:
                raise UNKNOWN_LETTER.problem()
            claim_id = found[0].claim_id
        return await runtime.replay(uow, claim_id, letter_id if claim_id is None else None)


async def give_up(runtime: Runtime, which: LetterFilter, *, by: str, why: str) -> list[parked_letters.ParkedLetter]:
    """Discard the letters that fit, `MOST` at a time; returns those that are gone."""
    async with runtime.units.begin() as uow:
        gone = await parked_letters.discard(uow.conn, which, now=uow.now, by=by, why=why)
    _log.info("dead letters discarded", count=len(gone))
    return gone
