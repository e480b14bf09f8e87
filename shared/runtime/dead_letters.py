"""Dead letters: what is written of an event that is parked, and the announcement of it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from shared.events.base import DeadLetter
from shared.runtime import parking
from shared.runtime.parking import ParkedRecord
from shared.runtime.repetition import ReceivedEvent
from shared.runtime.unit_of_work import UnitOfWork
from shared.telemetry import metrics

NIL = "00000000-0000-0000-0000-000000000000"


async def park_and_announce(uow: UnitOfWork, service: str, dead_letters: Sequence[ParkedRecord]) -> None:
    """Park dead letters in this transaction and announce each on the dead-letter topic."""
    if not dead_letters:
        return
    await parking.park(uow.conn, dead_letters, uow.now)
    for dead_letter in dead_letters:
        metrics.events_parked.labels(dead_letter.reason).inc()
        if dead_letter.reason == parking.NEWER:
            continue  # nobody need act: a replica of the next release will
        uow.emit(
            DeadLetter(
                claim_id=dead_letter.claim_id or NIL,
                service=service,
                reason=dead_letter.reason,
                detail=dead_letter.detail,
                event_id=dead_letter.event_id,
                event_type=dead_letter.type,
                topic=dead_letter.origin.topic,
                partition=dead_letter.origin.partition,
                offset=dead_letter.origin.offset,
            ),
            sequence=0,
            aggregate="dead-letter",
        )


def aside(received: ReceivedEvent, reason: str, detail: str) -> ParkedRecord:
    """A dead letter for which no claim waits: what it says of one is not to be believed."""
    return ParkedRecord(
        received.origin, reason, detail, None, received.envelope.id, received.envelope.type, blocks=False
    )


def dead_letter_of(received: ReceivedEvent, reason: str, detail: str, *, blocks: bool) -> ParkedRecord:
    """A dead letter of an event that waits, or that its claim waits for where it `blocks`."""
    envelope = received.envelope
    return ParkedRecord(received.origin, reason, detail, envelope.claim_id, envelope.id, envelope.type, blocks)


def place_of(error: Exception) -> str:
    """Type and place of an unexpected error; its message might hold a claim's values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}" if frames else type(error).__name__
