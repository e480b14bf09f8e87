"""The access log: who saw which claims, when. Written before the answer leaves, many answers in one commit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from services.gateway.application.access import Principal
from services.gateway.application.access_log_ports import Access, Outcome, Place, Verdict, Wanted
from shared.clock import Clock
from shared.db.pool import TRANSIENT, Connection, Pool
from shared.db.rows import Row
from shared.problem import Problem
from shared.runtime.bulk import insert_statement


class _AccessRow(Row):
    id: int
    chain: UUID
    n: int
    at: datetime
    principal: str
    role: str
    action: str
    phi: bool
    tenants: list[str]
    claim_ids: list[UUID]
    client: str
    outcome: Outcome
    digest: bytes


_BATCH = 500
_WAITING = 5_000
_ZERO = bytes(32)
_SCALARS = {
    "chain": "uuid",
    "n": "bigint",
    "at": "timestamptz",
    "principal": "text",
    "role": "text",
    "action": "text",
    "phi": "boolean",
    "client": "text",
    "outcome": "text",
    "digest": "bytea",
}
_COLUMNS = {**_SCALARS, "tenants": "text", "claim_ids": "text"}
# Arrays of arrays must be rectangular in Postgres, so the two lists of each row travel as text.
TABLE = "gateway_kept.access_log"
_APPEND = insert_statement(TABLE, _COLUMNS, f"AS r({', '.join(_COLUMNS)})").replace(
    "SELECT * FROM",
    f"SELECT {', '.join(_SCALARS)}, string_to_array(tenants, ','), string_to_array(claim_ids, ',')::uuid[] FROM",
)


class AccessLog:
    """Takes accesses from requests and appends them in groups; `record` returns once the access is durable."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._queue: asyncio.Queue[tuple[Access, asyncio.Future[None]]] = asyncio.Queue(_WAITING)
        self._chain = uuid4()
        self._n = 0
        self._last = _ZERO

    async def record(
        self,
        who: Principal,
        action: str,
        tenants: Sequence[str],
        claim_ids: Sequence[str],
        client: str,
        outcome: Outcome = "allowed",
    ) -> None:
        """Append one access; a problem (503) where it cannot be kept, since nothing may be seen unrecorded."""
        names = sorted(set(tenants)) or list(who.tenants)
        access = Access(
            self._clock.now(), who.id, who.role, action, who.sees_phi, names, list(claim_ids), client, outcome
        )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((access, done))
            await asyncio.wait_for(done, timeout=10)
        except (asyncio.QueueFull, TimeoutError, asyncpg.PostgresError, *TRANSIENT):
            raise Problem(
                503, "access-log-unavailable", "The access could not be recorded.", how_to_fix="Try again in a moment.",
                headers={"Retry-After": "1"},
            ) from None  # fmt: skip

    async def run(self) -> None:
        """Write groups for ever."""
        while True:
            group = [await self._queue.get()]
            while len(group) < _BATCH and not self._queue.empty():
                group.append(self._queue.get_nowait())
            await self._write(group)

    async def _write(self, group: Sequence[tuple[Access, asyncio.Future[None]]]) -> None:
        rows: list[tuple[Any, ...]] = []
        n, last = self._n, self._last
        for access, _ in group:
            n, last = n + 1, link(last, access)
            rows.append((self._chain, n, access, last))
        error: Exception | None = None
        try:
            async with self._pool.acquire() as conn:  # one statement is its own transaction
                await _append(conn, rows)
            self._n, self._last = n, last
        except (asyncpg.PostgresError, *TRANSIENT) as caught:
            # It may have been committed all the same: a new chain keeps the numbers of the old one unambiguous.
            error, self._chain, self._n, self._last = caught, uuid4(), 0, _ZERO
        for _, done in group:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)


def link(last: bytes, access: Access) -> bytes:
    """The digest of an access after `last`, the digest before it in the chain."""
    fields = msgspec.structs.asdict(access)
    if access.outcome == "allowed":
        del fields["outcome"]  # entries from before outcomes were kept have none in their digest
    return sha256(last + msgspec.json.encode(fields)).digest()


async def _append(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    values = [
        (chain, n, a.at, a.principal, a.role, a.action, a.phi, a.client, a.outcome, digest, ",".join(a.tenants),
         ",".join(a.claim_ids))
        for chain, n, a, digest in rows
    ]  # fmt: skip
    await conn.execute(_APPEND, *[list(column) for column in zip(*values, strict=True)])


async def read(conn: Connection, wanted: Wanted, *, after: Place | None, limit: int) -> list[tuple[int, Access]]:
    """Accesses the session may see, the newest first; those after `after` of the page before."""
    conditions: list[str] = []
    values: list[Any] = []

    def where(condition: str, *given: Any) -> None:
        if all(value not in (None, "") for value in given):
            start = len(values)
            values.extend(given)
            conditions.append(condition.format(*(f"${start + n}" for n in range(1, len(given) + 1))))

    where("principal = {}", wanted.principal)
    where("claim_ids @> ARRAY[{}::uuid]", wanted.claim_id)
    where("action LIKE {} || '%'", re.sub(r"([\\%_])", r"\\\1", wanted.action))
    where("outcome = {}", wanted.outcome)
    where("tenants @> ARRAY[{}::text]", wanted.tenant)
    where("at >= {}", wanted.since)
    where("at < {}", wanted.until)
    if wanted.outcome and wanted.outcome != "allowed":
        where("outcome <> 'allowed'")  # said plainly, so that the index of those is used
    if after is not None:
        where("(at, id) < ({}, {})", after.at, after.id)
    sql = f"SELECT * FROM {TABLE} WHERE {' AND '.join(conditions) or 'true'}"  # noqa: S608 - the texts are ours
    rows = await conn.fetch(
        f"{sql} ORDER BY at DESC, id DESC LIMIT ${len(values) + 1}", *values, limit, record_class=_AccessRow
    )
    return [(row.id, _access(row)) for row in rows]


def _access(row: _AccessRow) -> Access:
    ids = [str(claim_id) for claim_id in row.claim_ids]
    return Access(
        row.at,
        row.principal,
        row.role,
        row.action,
        row.phi,
        list(row.tenants),
        ids,
        row.client,
        row.outcome,
    )


async def verdict(conn: Connection, tenants: frozenset[str] | None) -> Verdict:
    """Walk every chain; tell of the rows of these tenants (None: of all) which do not follow from the row before."""
    last: dict[UUID, tuple[int, bytes]] = {}
    checked, broken = 0, list[int]()
    async for row in conn.cursor(
        "SELECT * FROM gateway_kept.access_log ORDER BY chain, n", prefetch=1000, record_class=_AccessRow
    ):
        n, digest = last.get(row.chain, (0, _ZERO))
        mine = tenants is None or not tenants.isdisjoint(row.tenants)
        checked += mine
        if mine and (row.n != n + 1 or link(digest, _access(row)) != row.digest):
            broken.append(row.id)
        last[row.chain] = (row.n, row.digest)
    return Verdict(checked, broken)
