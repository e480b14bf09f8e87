"""Key rotation: every sealed value of intake is opened and sealed again with the newest key, a batch at a time.

Intake may run meanwhile, once it knows the new key. Each batch is a transaction of its own, and what the newest key
sealed already is passed over, so the work can be broken off and taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from services.intake.adapters.record_headers import tenant_of
from services.intake.adapters.sql import kept_inputs
from services.intake.adapters.sql.answers import part_field
from services.intake.adapters.sql.held import FIELD
from services.intake.adapters.sql.outgoing import id_of
from shared.db.pool import Connection, Pool
from shared.db.rows import Row
from shared.runtime.parking import headers_of
from shared.sealing import SealBroken, Vault


class _SealedRow(Row):
    """A sealed value with its place; the columns of its key, and what it is bound to, are the table's own."""

    place: str
    sealed: bytes


BATCH = 200
"""Values sealed in one transaction."""
Bound = tuple[str, str, str]
"""What a value is sealed to: tenant, id and field."""


class Sealed(msgspec.Struct, frozen=True):
    """A column of sealed values: how its rows are gone through, and what each value is bound to.

    `keys` are the primary key's columns with their types; `also` what `bound` needs beside them.
    """

    table: str
    column: str
    keys: tuple[tuple[str, str], ...]
    also: str
    bound: Callable[[Any], Bound]


class Resealed(msgspec.Struct, frozen=True):
    """A run: values sealed again, values that no key of the ring opens, and values still under older keys."""

    done: int
    unopened: int
    left: dict[str, int]

    @property
    def whole(self) -> bool:
        """True if nothing needs an older key any more."""
        return not self.unopened and not any(self.left.values())


_TENANT = "t.tenant AS tenant"
COLUMNS: tuple[Sealed, ...] = (
    Sealed(
        "originals", "sealed", (("claim_id", "uuid"), ("fingerprint", "text")),
        "(SELECT c.tenant FROM claims c WHERE c.claim_id = t.claim_id) AS tenant",
        lambda row: (row["tenant"], str(row["claim_id"]), row["fingerprint"]),
    ),
    Sealed(
        "remittances", "sealed", (("remittance_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["remittance_id"]), "remittance"),
    ),
    Sealed(
        "held_payments", "sealed", (("held_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["held_id"]), FIELD),
    ),
    Sealed(
        "answers", "sealed", (("interchange_id", "uuid"), ("ordinal", "integer"), ("part", "integer")),
        "(SELECT i.tenant FROM interchanges i WHERE i.interchange_id = t.interchange_id) AS tenant",
        lambda row: (row["tenant"], str(row["interchange_id"]), part_field(row["ordinal"], row["part"])),
    ),
    Sealed(
        "inputs", "sealed", (("tenant", "text"), ("sha256", "text"), ("part", "integer")), "",
        lambda row: (row["tenant"], row["sha256"], kept_inputs.field_of(row["part"])),
    ),
    Sealed(
        "outgoing", "sealed", (("tenant", "text"), ("key", "text")), "",
        lambda row: (row["tenant"], id_of(row["tenant"], row["key"]), "outgoing"),
    ),
    Sealed(
        "records_requests", "sealed", (("request_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["request_id"]), "records_request"),
    ),
    Sealed(
        "records_request_decisions", "note", (("id", "bigint"),), f"{_TENANT}, t.request_id",
        lambda row: (row["tenant"], str(row["request_id"]), "records_request"),
    ),
    Sealed(
        "status_reports", "sealed", (("report_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["report_id"]), "status_report"),
    ),
    Sealed(
        "status_report_decisions", "note", (("id", "bigint"),), f"{_TENANT}, t.report_id",
        lambda row: (row["tenant"], str(row["report_id"]), "status_report"),
    ),
    Sealed(
        "recoupment_decisions", "note", (("id", "bigint"),), f"{_TENANT}, t.recoupment_id",
        lambda row: (row["tenant"], str(row["recoupment_id"]), "recoupment"),
    ),
    Sealed(
        "resolutions", "note", (("id", "bigint"),), f"{_TENANT}, t.remittance_id",
        lambda row: (row["tenant"], str(row["remittance_id"]), "resolution"),
    ),
    Sealed(
        "deposits", "sealed", (("deposit_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["deposit_id"]), "deposit"),
    ),
    Sealed(
        "bank_files", "sealed", (("file_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["file_id"]), "bank_file"),
    ),
    Sealed(
        "deposit_decisions", "note", (("id", "bigint"),), f"{_TENANT}, t.about",
        lambda row: (row["tenant"], str(row["about"]), "deposit_decision"),
    ),
    Sealed(
        "paper_remittances", "sealed", (("paper_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["paper_id"]), "paper_remittance"),
    ),
    Sealed(
        "paper_scans", "sealed", (("scan_id", "uuid"),), _TENANT,
        lambda row: (row["tenant"], str(row["scan_id"]), "paper_scan"),
    ),
    Sealed(
        "parked", "payload", (("id", "bigint"),), "t.event_id, t.header_bytes, t.headers",
        lambda row: (tenant_of(headers_of(row["header_bytes"], row["headers"])), row["event_id"], "edi.inbound"),
    ),
)  # fmt: skip


async def reseal(pool: Pool, vault: Vault) -> Resealed:
    """Seal every value with the newest key of the ring."""
    done = unopened = 0
    for column in COLUMNS:
        after: tuple[Any, ...] | None = ()
        while after is not None:
            async with pool.acquire() as conn, conn.transaction():
                after, sealed, broken = await _batch(conn, vault, column, after)
            done += sealed
            unopened += broken
    return Resealed(done, unopened, await left(pool, vault))


async def left(pool: Pool, vault: Vault) -> dict[str, int]:
    """How many values each table holds that the newest key did not seal."""
    found: dict[str, int] = {}
    for one in COLUMNS:
        query = f"SELECT count(*) FROM {one.table} t WHERE {_older(one)}"  # noqa: S608 - names are ours
        found[one.table] = int(await pool.fetchval(query, vault.mark) or 0)
    return found


def _older(one: Sealed) -> str:
    """The condition that the newest key did not seal a value in the one format; a parked place alone holds none."""
    return f"t.{one.column} <> '' AND substring(t.{one.column} FROM 1 FOR length($1::bytea)) <> $1"


async def _batch(
    conn: Connection, vault: Vault, one: Sealed, after: Sequence[Any]
) -> tuple[tuple[Any, ...] | None, int, int]:
    """Seal the values after a key; returns the last key (None at the end), how many, and how many cannot be."""
    names = ", ".join(f"t.{name}" for name, _ in one.keys)
    places = ", ".join(f"${n}::{type_}" for n, (_, type_) in enumerate(one.keys, 3))
    beyond = f"({names}) > ({places}) AND" if after else ""
    rows = await conn.fetch(
        f"SELECT t.ctid::text AS place, t.{one.column} AS sealed, {names}{', ' if one.also else ''}{one.also} "  # noqa: S608
        f"FROM {one.table} t WHERE {beyond} {_older(one)} "
        f"ORDER BY {names} LIMIT $2 FOR UPDATE OF t",
        vault.mark,
        BATCH,
        *after,
        record_class=_SealedRow,
    )
    resealed: list[tuple[str, bytes]] = []
    for row in rows:
        tenant, known, field = one.bound(row)
        try:
            text = vault.open_text(row.sealed, tenant or "", known, field)
        except SealBroken:
            continue
        resealed.append((row.place, vault.seal_text(text, tenant or "", known, field)))
    await conn.execute(
        f"UPDATE {one.table} AS old SET {one.column} = new.sealed "  # noqa: S608 - names are ours
        "FROM unnest($1::text[], $2::bytea[]) AS new (place, sealed) WHERE old.ctid = new.place::tid",
        [place for place, _ in resealed],
        [sealed for _, sealed in resealed],
    )
    last = tuple(rows[-1][name] for name, _ in one.keys) if len(rows) == BATCH else None
    return last, len(resealed), len(rows) - len(resealed)
