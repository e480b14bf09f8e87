"""Letters: what is written of an event that is parked, and the announcement of it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from shared.events.base import DeadLetter
from shared.runtime import parking
from shared.runtime.parking import Parked
from shared.runtime.repetition import ReceivedEvent
from shared.runtime.unit_of_work import UnitOfWork
from shared.telemetry import metrics

NIL = "00000000-0000-0000-0000-000000000000"


async def park_and_announce(uow: UnitOfWork, service: str, letters: Sequence[Parked]) -> None:
    """Park letters in this transaction and announce each on the dead-letter topic."""
    if not letters:
        return
    await parking.park(uow.conn, letters, uow.now)
    for letter in letters:
        metrics.events_parked.labels(letter.reason).inc()
        if letter.reason == parking.NEWER:
            continue  # nobody need act: a replica of the next release will
        uow.emit(
            DeadLetter(
                claim_id=letter.claim_id or NIL,
                service=service,
                reason=letter.reason,
                detail=letter.detail,
                event_id=letter.event_id,
                event_type=letter.type,
                topic=letter.origin.topic,
                partition=letter.origin.partition,
                offset=letter.origin.offset,
            ),
            sequence=0,
            aggregate="dead-letter",
        )


def aside(received: ReceivedEvent, reason: str, detail: str) -> Parked:
    """A letter for which no claim waits: what it says of one is not to be believed."""
    return Parked(received.origin, reason, detail, None, received.envelope.id, received.envelope.type, blocks=False)


def letter_of(received: ReceivedEvent, reason: str, detail: str, *, blocks: bool) -> Parked:
    """A letter of an event that waits, or that its claim waits for where it `blocks`."""
    envelope = received.envelope
    return Parked(received.origin, reason, detail, envelope.claim_id, envelope.id, envelope.type, blocks)


def place_of(error: Exception) -> str:
    """Type and place of an unexpected error; its message might hold a claim's values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}" if frames else type(error).__name__
