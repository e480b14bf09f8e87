"""Where a service keeps the state of its claims: one row a claim, loaded and saved a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import asyncpg
import msgspec

from shared.db.packed import pack, unpack
from shared.db.pool import Connection, NewerState
from shared.db.stored_form import StoredForm
from shared.events.codec import UNKNOWN_CHOICES
from shared.runtime.bulk import insert_rows, transpose
from shared.runtime.excerpt import excerpt_of
from shared.runtime.newer_fields import MIXED, SHAPE, Unknown, lay_over, shape_of, unknown_in
from shared.runtime.taken import EARLIER, Taken

S = TypeVar("S")
STORED = "CASE WHEN packed IS NULL THEN state END AS state, packed"
"""What a query selects of a row to read its state: the excerpt beside a packed one is not sent."""


class Stored(msgspec.Struct, Generic[S]):
    """A claim's row: its state, how many events this service emitted about it, and what those events inherit.

    `taken` says which events of other services it took in.
    """

    claim_id: str
    state: S
    emitted: int = 0
    tenant: str = ""
    traceparent: str = ""
    is_new: bool = True
    taken: Taken = msgspec.field(default_factory=Taken)
    unknown: Unknown | None = None
    """What the state holds of the next release (`newer_fields.py`)."""


class Column(msgspec.Struct, frozen=True):
    """A value taken from the state into a column of its own, to search and index by."""

    pg_type: str
    value: Callable[[Any], Any]


class StateTable(Generic[S]):
    """The table `name` of states `struct`; `columns` are kept beside the state for queries and indexes.

    Rows are locked in order of claim id while a transaction works on them: the writers of one claim are serialised
    and batches cannot deadlock.

    A state is written in the form that `form` names (`shared/db/stored_form.py`) and read in either. Packed, the whole
    is in `packed`, and `state` is an excerpt: what queries look at, at the paths of `queried` (`excerpt.py`).
    """

    def __init__(
        self, name: str, struct: type[S], columns: Mapping[str, Column] | None = None, queried: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.form = StoredForm()
        self._struct = struct
        self.queried = tuple(queried)
        self._excerpt = excerpt_of(queried)
        self._shape = shape_of(struct)
        self._mark = f'"{SHAPE}": "{self._shape}"'
        self._columns = dict(columns or {})
        self._decoder: msgspec.json.Decoder[S] = msgspec.json.Decoder(struct)
        self._encoder = msgspec.json.Encoder(decimal_format="string")
        self._types = {
            "claim_id": "uuid",
            "tenant": "text",
            "traceparent": "text",
            "emitted": "integer",
            "taken": "text",
            "state": "jsonb",
            "packed": "bytea",
            "updated_at": "timestamptz",
            **{column: spec.pg_type for column, spec in self._columns.items()},
        }
        assignments = ", ".join(f"{column} = new.{column}" for column in self._types if column != "claim_id")
        arrays = ", ".join(f"${i}::{pg_type}[]" for i, pg_type in enumerate(self._types.values(), 1))
        self._update = (
            f"UPDATE {name} AS old SET {assignments} "  # noqa: S608 - names are ours
            f"FROM unnest({arrays}) AS new({', '.join(self._types)}) WHERE old.claim_id = new.claim_id"
        )
        self._select = (
            f"SELECT claim_id, tenant, traceparent, emitted, taken, {STORED} FROM {name} "  # noqa: S608
            "WHERE claim_id = ANY($1::uuid[]) ORDER BY claim_id FOR UPDATE"
        )

    def create(self) -> str:
        """The table's DDL, for a migration. Rows change often, so pages keep room for updates in place."""
        extra = "".join(f",\n    {column} {spec.pg_type}" for column, spec in self._columns.items())
        return (
            f"CREATE TABLE {self.name} (\n    claim_id uuid PRIMARY KEY,\n    tenant text NOT NULL,\n"
            "    traceparent text NOT NULL,\n    emitted integer NOT NULL,\n"
            f"    taken text NOT NULL DEFAULT '{EARLIER}',\n"
            f"    state jsonb NOT NULL,\n    packed bytea,\n"
            f"    updated_at timestamptz NOT NULL{extra}\n) WITH (fillfactor = 75)"
        )

    def keep_packed(self) -> tuple[str, ...]:
        """The statements for a table whose states are JSON; they write no row of it."""
        return (f"ALTER TABLE {self.name} ADD COLUMN IF NOT EXISTS packed bytea", *self.form.create(self.name))

    def keep_numbers(self) -> str:
        """The statement for a table that does not say yet what it took in (`taken.EARLIER`); it writes no row."""
        return f"ALTER TABLE {self.name} ADD COLUMN IF NOT EXISTS taken text NOT NULL DEFAULT '{EARLIER}'"

    async def load(
        self, conn: Connection, claim_ids: Sequence[str], *, skip_locked: bool = False
    ) -> dict[str, Stored[S]]:
        """The rows of these claims, locked; with `skip_locked` only those nobody else is working on.

        Raises:
            NewerState: one of them is for a replica of the next release.
        """
        rows, newer = await self.load_known(conn, claim_ids, skip_locked=skip_locked)
        if newer:
            raise NewerState(f"{self.name}: {len(newer)} states are of the next release")
        return rows

    async def load_known(
        self, conn: Connection, claim_ids: Sequence[str], *, skip_locked: bool = False
    ) -> tuple[dict[str, Stored[S]], set[str]]:
        """The same, and beside them the claims whose states hold a choice that only the next release knows."""
        query = f"{self._select} SKIP LOCKED" if skip_locked else self._select
        rows: dict[str, Stored[S]] = {}
        newer: set[str] = set()
        for row in await conn.fetch(query, claim_ids):
            try:
                rows[str(row["claim_id"])] = self._stored(row)
            except NewerState:
                newer.add(str(row["claim_id"]))
        return rows, newer

    async def read(self, conn: Connection, claim_id: str, tenant: str = "") -> S | None:
        """One claim's state without a lock, for showing it; None too where it is another than `tenant`'s, if given."""
        query = f"SELECT {STORED} FROM {self.name} WHERE claim_id = $1 AND $2 IN ('', tenant)"  # noqa: S608
        row = await conn.fetchrow(query, claim_id, tenant)
        return None if row is None else self.read_stored(row["state"], row["packed"])

    async def tenant_of(self, conn: Connection, claim_id: str) -> str | None:
        """Whose claim it is; None where it is not there. A claim's tenant never changes."""
        return await conn.fetchval(f"SELECT tenant FROM {self.name} WHERE claim_id = $1", claim_id)  # noqa: S608

    async def read_many(self, conn: Connection, claim_ids: Sequence[str]) -> dict[str, S]:
        """The states of these claims without locks, for showing them; claims that are not there are left out."""
        query = f"SELECT claim_id, {STORED} FROM {self.name} WHERE claim_id = ANY($1::uuid[])"  # noqa: S608
        rows = await conn.fetch(query, claim_ids)
        return {str(row["claim_id"]): self.read_stored(row["state"], row["packed"]) for row in rows}

    async def save(self, conn: Connection, rows: Sequence[Stored[S]], now: datetime) -> None:
        """Write changed rows: one statement for the new ones, one for the others."""
        await self.form.look(conn)
        values = [self._row(row, now) for row in rows]
        await insert_rows(conn, self.name, self._types, [v for r, v in zip(rows, values, strict=True) if r.is_new])
        known = [v for r, v in zip(rows, values, strict=True) if not r.is_new]
        if known:
            await conn.execute(self._update, *transpose(known))

    def read_stored(self, text: str | None, packed: bytes | None) -> S:
        """A state as `STORED` reads its columns, for showing it.

        Args:
            text: its JSON, where it is stored as that.
            packed: its short form, where it is stored as that.
        """
        return self._decode(_text(text, packed))

    def read_json(self, text: str) -> tuple[S, Unknown | None]:
        """The state in its JSON, and what that holds of another release."""
        state = self._decode(text)
        if self._mark in text or SHAPE not in text:  # this release's, or of one that named no shape
            return state, None
        raw = msgspec.json.decode(text)
        if raw.get(SHAPE) in (None, self._shape):
            return state, None
        return state, unknown_in(raw, msgspec.json.decode(self._encoder.encode(state)), self._struct)

    def written(self, row: Stored[S]) -> str:
        """The JSON of a row's state, with what it holds of another release."""
        encoded = self._encoder.encode(row.state)
        if row.unknown is not None:
            whole = lay_over(msgspec.json.decode(encoded), row.unknown)
            return msgspec.json.encode(whole | {SHAPE: MIXED}).decode()
        comma = "," if len(encoded) > len("{}") else ""
        return f"{{{self._mark}{comma}{encoded[1:].decode()}"

    def _decode(self, text: str) -> S:
        try:
            return self._decoder.decode(text)
        except msgspec.ValidationError as error:
            if self._mark in text or not str(error).startswith(UNKNOWN_CHOICES):
                raise
            raise NewerState(f"{self.name}: a state is of the next release") from None

    def _in_form(self, text: str) -> tuple[str, bytes | None]:
        """The columns `state` and `packed`."""
        encoded = text.encode()
        return (self._excerpt(encoded), pack(encoded)) if self.form.packed else (text, None)

    def _stored(self, row: asyncpg.Record) -> Stored[S]:
        state, unknown = self.read_json(_text(row["state"], row["packed"]))
        return Stored(
            str(row["claim_id"]),
            state,
            row["emitted"],
            row["tenant"],
            row["traceparent"],
            is_new=False,
            taken=Taken(row["taken"]),
            unknown=unknown,
        )

    def _row(self, row: Stored[S], now: datetime) -> tuple[Any, ...]:
        return (
            row.claim_id,
            row.tenant,
            row.traceparent,
            row.emitted,
            str(row.taken),
            *self._in_form(self.written(row)),
            now,
            *(column.value(row.state) for column in self._columns.values()),
        )


def _text(text: str | None, packed: bytes | None) -> str:
    if packed is not None:
        return unpack(packed).decode()
    assert text is not None, "neither form of a state"
    return text
