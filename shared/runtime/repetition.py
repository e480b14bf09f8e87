"""What came before, in a batch of events: by the claim's own numbers, by a row of its own, or set aside.

The claim's state knows the numbered events it took in (`taken.py`). What has no number, a payer's answer, has a row in
`inbox` that is never forgotten: its source, tenant and id, and with them its content; the same name with other content
is for a person. A numbered event that was parked, and may have been discarded since, is part of no state; its claim
remembers the record (`set_aside`). What a release took in that kept no numbers is in `inbox` by the event's id.

All of it is written in the transaction of the effect. Two consumers that meet on one record wait for each other on the
claim's row, or on the row in `inbox`.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.db.pool import Connection
from shared.events.base import CLAIMS_TOPIC, Envelope
from shared.events.codec import uuid_of
from shared.runtime.bulk import insert_rows
from shared.runtime.parking import Origin
from shared.runtime.taken import Taken

_TIMED = 7
"""The version of a UUID that holds the time (RFC 9562)."""
_encode = msgspec.msgpack.Encoder().encode
_ENTER = """
INSERT INTO inbox (event_id, content) SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING RETURNING event_id
"""
_CONTENTS = "SELECT event_id, content FROM inbox WHERE event_id = ANY($1::uuid[])"
_ASIDE = "SELECT claim_id, identity FROM set_aside WHERE claim_id = ANY($1::uuid[])"


class ReceivedEvent(msgspec.Struct, frozen=True):
    """An event with the record it came in, so that it can be parked as it was."""

    envelope: Envelope
    origin: Origin

    @property
    def numbered(self) -> bool:
        """True if its source counts its events about the claim: ours do, on the claims' log, and no one else does."""
        return self.envelope.sequence > 0 and self.origin.topic == CLAIMS_TOPIC


def record_id(origin: Origin) -> str:
    """A UUID of all that a record holds, wherever it stands."""
    return uuid_of(_encode((origin.key, origin.headers, origin.value)))


class Repetition:
    """Of one batch: what came before, what is called by the name of something else, and what is parked now."""

    def __init__(self, repeated: set[int], reused: set[int], aside: dict[str, set[str]]) -> None:
        self._repeated = repeated
        self._reused = reused
        self._aside = aside
        self._parked: list[tuple[str, str]] = []

    def has(self, position: int, received: ReceivedEvent, known: Taken | None) -> bool:
        """True if the event at this position of the batch came before; `known` is its claim's, if it has a state."""
        envelope = received.envelope
        if received.numbered and known is not None and known.has(envelope.source, envelope.sequence):
            return True
        if position in self._repeated:
            return True
        aside = self._aside.get(envelope.claim_id)
        return aside is not None and record_id(received.origin) in aside

    def reused(self, position: int) -> bool:
        """Return True if its source has called other content by its id before."""
        return position in self._reused

    def park(self, received: ReceivedEvent) -> None:
        """The event is parked: it is not taken in, or parked, a second time."""
        identity = record_id(received.origin)
        self._aside.setdefault(received.envelope.claim_id, set()).add(identity)
        self._parked.append((received.envelope.claim_id, identity))

    async def save(self, conn: Connection) -> None:
        """Let the claims remember what is parked."""
        columns = {"claim_id": "uuid", "identity": "uuid"}
        await insert_rows(conn, "set_aside", columns, sorted(self._parked), suffix="ON CONFLICT DO NOTHING")


async def recall(conn: Connection, batch: Sequence[tuple[int, ReceivedEvent]]) -> Repetition:
    """Look up events, each with its position in the batch, and enter those that have no number."""
    unnumbered = [(position, received) for position, received in batch if not received.numbered]
    repeated, reused = await _enter_named(conn, unnumbered) if unnumbered else (set[int](), set[int]())
    repeated |= await _of_an_earlier_release(conn, batch)
    rows = await conn.fetch(_ASIDE, sorted({received.envelope.claim_id for _, received in batch}))
    aside: dict[str, set[str]] = {}
    for row in rows:
        aside.setdefault(str(row["claim_id"]), set()).add(str(row["identity"]))
    return Repetition(repeated, reused - repeated, aside)


async def enter(conn: Connection, event_ids: Sequence[str]) -> set[str]:
    """Enter ids in the inbox, for ever; returns those that were not there.

    A consumer that meets another's uncommitted entry waits here until that transaction ends, so that an event's
    effect happens once even while partitions move.
    """
    rows = await conn.fetch(
        "INSERT INTO inbox (event_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id",
        sorted(event_ids),
    )
    return {str(row["event_id"]) for row in rows}


async def _enter_named(conn: Connection, unnumbered: Sequence[tuple[int, ReceivedEvent]]) -> tuple[set[int], set[int]]:
    """Enter events by name and content; returns the positions of those that were there, and of reused names."""
    named = [(position, *_name_and_content(received)) for position, received in unnumbered]
    first: dict[str, str] = {}
    for _, name, content in named:
        first.setdefault(name, content)
    names = sorted(first)
    fresh = {str(row["event_id"]) for row in await conn.fetch(_ENTER, names, [first[name] for name in names])}
    known = [name for name in names if name not in fresh]
    if known:
        first |= {str(row["event_id"]): str(row["content"]) for row in await conn.fetch(_CONTENTS, known)}
    repeated, reused = set[int](), set[int]()
    for position, name, content in named:
        if first[name] != content:
            reused.add(position)
        elif name in fresh:
            fresh.discard(name)
        else:
            repeated.add(position)
    return repeated, reused


async def _of_an_earlier_release(conn: Connection, batch: Sequence[tuple[int, ReceivedEvent]]) -> set[int]:
    """The positions of what a release took in that entered all events by their ids.

    Its own ids held the time; those of numbered events are made otherwise now and need no look.
    """
    ids = {
        position: received.envelope.id
        for position, received in batch
        if not received.numbered or UUID(received.envelope.id).version == _TIMED
    }
    if not ids:
        return set()
    known = {str(row["event_id"]) for row in await conn.fetch(_CONTENTS, sorted(set(ids.values())))}
    return {position for position, event_id in ids.items() if event_id in known}


def _name_and_content(received: ReceivedEvent) -> tuple[str, str]:
    envelope = received.envelope
    return uuid_of(_encode((envelope.source, envelope.tenant, envelope.id))), uuid_of(received.origin.value)
