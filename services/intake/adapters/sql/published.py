"""What intake put on the log before its database was put back, and has not decided again since.

A number that stands on the log is not given to anything else: nobody would take that in. When the input of such an
event comes again, the event is adopted under the number that it has, and not published a second time; until then the
row stands here. What is new gets a number behind all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from services.intake.domain.published import name_of
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.events.base import Event, contract_of
from shared.events.codec import encode_data
from shared.runtime.bulk import insert_rows
from shared.runtime.own_events import OwnEvent


class _PublishedRow(Row):
    claim_id: str
    sequence: int
    name: str


class _EmittedRow(Row):
    claim_id: str
    emitted: int


_REJECTED = "recoup.claim.rejected.v1"
_COLUMNS = {"claim_id": "uuid", "sequence": "integer", "type": "text", "name": "text"}


class Standing(NamedTuple):
    """One event on the log: its number among intake's of the claim, and what it is about (`domain/published.py`)."""

    sequence: int
    name: str


class Ahead:
    """What one claim's log holds beyond its row, in order of number."""

    def __init__(self, standing: Iterable[Standing] = ()) -> None:
        self._standing = sorted(standing)
        self.adopted: list[int] = []

    @property
    def last(self) -> int:
        """The highest number; 0 where there is none."""
        return max([*(one.sequence for one in self._standing), *self.adopted], default=0)

    def adopt(self, event: Event) -> int | None:
        """The number under which this very event stands on the log, which is taken from it; None if it does not."""
        if not self._standing:
            return None
        wanted = name_of(contract_of(event).type, msgspec.json.decode(encode_data(event)))
        for one in self._standing:
            if one.name == wanted:
                self._standing.remove(one)
                self.adopted.append(one.sequence)
                return one.sequence
        return None


async def ahead_of(conn: Connection, claim_ids: Sequence[str]) -> dict[str, Ahead]:
    """What the log holds beyond the rows of these claims; claims of which it holds nothing are left out."""
    rows = await conn.fetch(
        "SELECT claim_id::text, sequence, name FROM published WHERE claim_id = ANY($1::uuid[])",
        claim_ids,
        record_class=_PublishedRow,
    )
    found: dict[str, list[Standing]] = {}
    for row in rows:
        found.setdefault(row.claim_id, []).append(Standing(row.sequence, row.name))
    return {claim_id: Ahead(standing) for claim_id, standing in found.items()}


async def forget(conn: Connection, adopted: Iterable[tuple[str, int]]) -> None:
    """Delete what was decided again."""
    done = sorted(adopted)
    if done:
        await conn.execute(
            "DELETE FROM published USING unnest($1::uuid[], $2::integer[]) AS done(claim_id, sequence) "
            "WHERE (published.claim_id, published.sequence) = (done.claim_id, done.sequence)",
            [claim_id for claim_id, _ in done],
            [sequence for _, sequence in done],
        )


async def note(conn: Connection, events: Sequence[OwnEvent]) -> None:
    """Keep those of our own events on the log that the claims' rows do not know.

    A rejection is about no claim that has a row; it comes out under the same number again.
    """
    ids = sorted({one.claim_id for one in events if one.sequence > 0})
    rows = await conn.fetch(
        "SELECT claim_id::text, emitted FROM claims WHERE claim_id = ANY($1::uuid[])", ids, record_class=_EmittedRow
    )
    known: dict[str, int] = {row.claim_id: row.emitted for row in rows}
    await insert_rows(
        conn,
        "published",
        _COLUMNS,
        [
            (one.claim_id, one.sequence, one.type, name_of(one.type, msgspec.json.decode(one.payload)))
            for one in events
            if one.type != _REJECTED and one.sequence > known.get(one.claim_id, 0)
        ],
        suffix="ON CONFLICT DO NOTHING",
    )


async def waiting(conn: Connection) -> int:
    """How many events on the log wait for their inputs to come again."""
    return int(await conn.fetchval("SELECT count(*) FROM published") or 0)
