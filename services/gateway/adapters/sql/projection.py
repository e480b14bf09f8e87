"""What the gateway writes beside the views: timeline and illegal transitions with them, progress after them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from prometheus_client import Counter

from services.gateway.adapters.sql.tables import CLAIMS, TIMELINE_COLUMNS
from services.gateway.application.timeline import Entry, entries
from services.gateway.domain.project import machine_time
from services.gateway.domain.view import ClaimView
from shared.db.packed import pack
from shared.db.rows import Row
from shared.runtime.batch_processor import Broken, ReceivedEvent
from shared.runtime.bulk import insert_rows, transpose
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork


class _ProgressRow(Row):
    topic: str
    kafka_partition: int
    quiet_until: int


illegal_transitions = Counter(
    "recoup_illegal_transitions_total", "Events that came in a state that does not allow them", ["state", "type"]
)

# Taken last in the transaction and held until it commits, so that timeline ids are in the order of commits: whoever
# reads "all ids above the last one I saw" misses nothing.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('timeline:' || current_schema()))"

_ILLEGAL = {
    "claim_id": "uuid",
    "position": "integer",
    "tenant": "text",
    "event_id": "uuid",
    "type": "text",
    "state": "text",
    "recorded_at": "timestamptz",
}

_PROGRESS = """
INSERT INTO progress AS p (topic, kafka_partition, kafka_offset, event_at, made_at)
SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
ON CONFLICT (topic, kafka_partition) DO UPDATE SET kafka_offset = excluded.kafka_offset,
    event_at = excluded.event_at, made_at = excluded.made_at WHERE p.kafka_offset < excluded.kafka_offset
"""


async def project_batch(uow: UnitOfWork, received: Sequence[ReceivedEvent], rows: Sequence[Stored[ClaimView]]) -> None:
    """Append the batch to the timeline."""
    if not received:
        return
    await uow.conn.execute(_LOCK)
    quiet = {
        (row.topic, row.kafka_partition): row.quiet_until
        for row in await uow.conn.fetch(
            "SELECT topic, kafka_partition, quiet_until FROM progress", record_class=_ProgressRow
        )
    }
    timeline = entries(
        (
            (h.envelope, h.origin.value, h.origin.offset <= quiet.get((h.origin.topic, h.origin.partition), -1))
            for h in received
        ),
        {row.claim_id: row.state for row in rows},
        uow.now,
    )
    await insert_rows(uow.conn, "timeline", TIMELINE_COLUMNS, [as_row(entry) for entry in timeline])
    await _record_illegal(uow, [entry for entry in timeline if not entry.legal])


def as_row(entry: Entry) -> tuple[Any, ...]:
    """An entry as `TIMELINE_COLUMNS`, its event's JSON in the form that states are in.

    With the short form, which no older release reads, its sentence is left to be made of the JSON.
    """
    *before, sentence, details, quiet, about = msgspec.structs.astuple(entry)
    if CLAIMS.form.packed:
        return (*before, sentence if about else "", "", pack(details.encode()), quiet)
    return (*before, sentence, details, None, quiet)


async def _record_illegal(uow: UnitOfWork, illegal: Sequence[Entry]) -> None:
    rows = [(e.claim_id, e.position, e.tenant, e.event_id, e.type, e.before, uow.now) for e in illegal]
    await insert_rows(uow.conn, "illegal_transition", _ILLEGAL, rows)
    for entry in illegal:
        illegal_transitions.labels(entry.before, entry.type).inc()


async def note_progress(uow: UnitOfWork, last: Sequence[ReceivedEvent | Broken]) -> None:
    """Note how far the partitions have come, once everything up to there is committed: lanes end in any order."""
    values: list[tuple[Any, ...]] = [
        (item.origin.topic, item.origin.partition, item.origin.offset, item.envelope.time, machine_time(item.envelope))
        for item in last
        if isinstance(item, ReceivedEvent)
    ]
    if values:
        await uow.conn.execute(_PROGRESS, *transpose(sorted(values)))
