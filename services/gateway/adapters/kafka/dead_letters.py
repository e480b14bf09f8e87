"""Hears what the services announce on the dead-letter topic, for the ops view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.events.base import DEAD_LETTER_TOPIC, DeadLetter, Envelope
from shared.events.codec import Header, UndecodableEvent, canonical_uuid
from shared.runtime.bulk import insert_rows
from shared.runtime.event_inbox import envelope_of
from shared.runtime.parking import Origin
from shared.runtime.unit_of_work import UnitOfWork
from shared.signing import Trust
from shared.telemetry.logging import Log

_log = Log("dead-letters")
_TYPE = b"recoup.dead-letter.v1"
_COLUMNS = {
    "event_id": "uuid",
    "claim_id": "uuid",
    "service": "text",
    "reason": "text",
    "detail": "text",
    "event_type": "text",
    "topic": "text",
    "kafka_partition": "integer",
    "kafka_offset": "bigint",
    "announced_at": "timestamptz",
}


class Announcement(msgspec.Struct, frozen=True):
    """One record of the topic; `envelope` is None where it is not an announcement."""

    id: str
    origin: Origin
    envelope: Envelope | None = None


class DeadLetterInbox:
    """The `Inbox` of announcements; one that cannot be read is passed over, since there is nowhere left to park it."""

    topics: tuple[str, ...] = (DEAD_LETTER_TOPIC,)

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def wants(self, headers: Sequence[Header]) -> bool:
        return dict(headers).get("ce_type") == _TYPE

    def read(self, origin: Origin) -> Announcement:
        try:
            envelope = envelope_of(origin, self._trust)
        except UndecodableEvent:
            return Announcement(origin.place_id, origin)
        event_id = canonical_uuid(envelope.id)
        return Announcement(event_id or origin.place_id, origin, envelope if event_id else None)

    def id_of(self, item: Announcement) -> str:
        return item.id

    def remembers(self, item: Announcement) -> bool:
        return False

    def origin_of(self, item: Announcement) -> Origin:
        return item.origin

    async def handle(self, uow: UnitOfWork, items: Sequence[Announcement]) -> None:
        rows: list[tuple[Any, ...]] = []
        for item in items:
            if item.envelope is not None and isinstance(item.envelope.data, DeadLetter):
                letter = item.envelope.data
                rows.append(
                    (
                        item.id,
                        letter.claim_id,
                        letter.service,
                        letter.reason,
                        letter.detail,
                        letter.event_type,
                        letter.topic,
                        letter.partition,
                        letter.offset,
                        item.envelope.time,
                    )
                )
        await insert_rows(uow.conn, "dead_letters", _COLUMNS, rows, suffix="ON CONFLICT DO NOTHING")

    async def refuse(self, uow: UnitOfWork, item: Announcement, error: Exception) -> None:
        _log.warning("an announcement of a dead letter was passed over", error_type=type(error).__name__)
