"""Hears what the services announce on the dead-letter topic, for the ops view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.events.base import DEAD_LETTER_TOPIC, DeadLetter, Envelope
from shared.events.codec import Header, UndecodableEvent, decode
from shared.runtime.bulk import insert_rows
from shared.runtime.parking import Origin
from shared.runtime.unit_of_work import UnitOfWork
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


class DeadLetterInbox:
    """The `Inbox` of announcements; one that cannot be read is passed over, since there is nowhere left to park it."""

    topics: tuple[str, ...] = (DEAD_LETTER_TOPIC,)

    def wants(self, headers: Sequence[Header]) -> bool:
        return dict(headers).get("ce_type") == _TYPE

    def read(self, origin: Origin) -> Envelope | Origin:
        try:
            return decode(origin.headers, origin.value)
        except UndecodableEvent:
            return origin

    def id_of(self, item: Envelope | Origin) -> str:
        return item.id if isinstance(item, Envelope) else f"00000000-0000-0000-0000-{item.offset:012x}"

    async def handle(self, uow: UnitOfWork, items: Sequence[Envelope | Origin]) -> None:
        rows: list[tuple[Any, ...]] = []
        for item in items:
            if isinstance(item, Envelope) and isinstance(item.data, DeadLetter):
                letter = item.data
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
                        item.time,
                    )
                )
        await insert_rows(uow.conn, "dead_letters", _COLUMNS, rows, suffix="ON CONFLICT DO NOTHING")

    async def refuse(self, uow: UnitOfWork, item: Envelope | Origin, error: Exception) -> None:
        _log.warning("an announcement of a dead letter was passed over", error_type=type(error).__name__)
