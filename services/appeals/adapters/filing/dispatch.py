"""Sends queued filings in the background: documents are typeset here, away from the event flow.

A filing with missing facts waits, with the list of what is missing, and is looked at again; a passing fault is tried
again with growing pauses; a lasting one is marked failed for people. Several replicas share the queue by row locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from services.appeals.adapters.documents.evidence import EvidenceMissing
from services.appeals.adapters.documents.library import Library, package_of
from services.appeals.adapters.documents.typesetting import TemplateError
from services.appeals.adapters.sql.enclosures import Enclosures
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import AwaitsPerson, Channel, Package, SendFailed
from shared.clock import Clock
from shared.db.pool import TRANSIENT, Connection, Pool
from shared.telemetry.logging import Log

_log = Log("dispatch")
_BATCH = 20
_PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
_LOOK_AGAIN = timedelta(hours=1)


class Dispatch:
    """Takes filings from the queue and sends each by its payer's channel, else by the default one."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        library: Library,
        channels: Mapping[str, Channel],
        default: str,
        enclosures: Enclosures,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._library = library
        self._channels = channels
        self._default = default
        self._enclosures = enclosures

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                worked = await self.tick()
            except TRANSIENT as error:
                _log.warning("dispatch interrupted", error_type=type(error).__name__)
                worked = 0
            await asyncio.sleep(0 if worked == _BATCH else 2)

    async def tick(self) -> int:
        """One batch; returns how many filings were handled."""
        async with self._pool.acquire() as conn, conn.transaction():
            rows = await conn.fetch(
                "SELECT case_id, number, claim_id, tenant, attempts FROM filings "
                "WHERE status IN ('queued', 'waiting') AND next_attempt <= $1 ORDER BY next_attempt "
                "LIMIT $2 FOR UPDATE SKIP LOCKED",
                self._clock.now(),
                _BATCH,
            )
            for row in rows:
                await self._send(conn, row)
        return len(rows)

    async def _send(self, conn: Connection, row: Mapping[str, object]) -> None:
        now = self._clock.now()
        case = await CASES.read(conn, str(row["claim_id"]))
        number, attempts = int(str(row["number"])), int(str(row["attempts"])) + 1
        filing = case.filed_as(f"{row['case_id']}-{number}") if case else None
        if case is None or filing is None:
            await self._mark(conn, row, "failed", attempts, problem="the case went on to another round")
            return
        if filing.forum == "records":
            enclosures = await self._enclosures.of(conn, case.claim_id, filing)
            if len(enclosures) < len(filing.enclosed):
                await self._mark(conn, row, "failed", attempts, problem="a document is not kept here any more")
                return
            package = Package(
                case.key_of(filing), case.claim_id, "records", 1, filing.filed_on, {}, (), enclosures,
                filing.request_id, str(row["tenant"]),
            )  # fmt: skip
            await self._deliver(conn, row, package, self._channels.get("x12"), attempts)
            return
        try:
            papers = await self._library.papers(str(row["tenant"]), case, filing, now)
        except TemplateError as error:
            await self._mark(conn, row, "waiting", attempts, problem=str(error), again=_LOOK_AGAIN)
            return
        except (EvidenceMissing, ValueError) as error:
            await self._mark(conn, row, "failed", attempts, problem=str(error))
            return
        missing = sorted({m for prepared, _ in papers for m in prepared.content.missing})
        if missing:
            await self._mark(
                conn, row, "waiting", attempts, problem=f"missing: {', '.join(missing)}", again=_LOOK_AGAIN
            )
            return
        package = package_of(case, filing, papers)
        channel = self._channels.get(package.recipient.get("channel", "")) or self._channels.get(self._default)
        if channel is None:  # records alone go out here: what has no way out waits, and says so
            await self._mark(conn, row, "waiting", attempts, problem="no channel for this payer", again=_LOOK_AGAIN)
            return
        if channel.name == "x12":
            enclosures = await self._enclosures.with_filing(conn, case.claim_id, filing)
            package = msgspec.structs.replace(package, enclosures=enclosures, tenant=str(row["tenant"]))
        await self._deliver(conn, row, package, channel, attempts)

    async def _deliver(
        self, conn: Connection, row: Mapping[str, object], package: Package, channel: Channel | None, attempts: int
    ) -> None:
        if channel is None:
            problem = "no channel x12 here: send it by hand, and say under which reference"
            await self._mark(conn, row, "failed", attempts, problem=problem)
            return
        try:
            proof = await channel.send(package)
        except AwaitsPerson as ready:
            await self._mark(
                conn, row, "exported", attempts, channel=channel.name, problem=f"to be filed: {ready.place}"
            )
            return
        except SendFailed as error:
            pause = _PAUSES[min(attempts, len(_PAUSES)) - 1]
            passing = error.passing and attempts <= len(_PAUSES)
            status = "queued" if passing else "failed"
            await self._mark(conn, row, status, attempts, channel=channel.name, problem=str(error), again=pause)
            return
        await self._mark(conn, row, "sent", attempts, channel=channel.name, proof=proof)

    async def _mark(
        self, conn: Connection, row: Mapping[str, object], status: str, attempts: int, *, channel: str = "",
        proof: str = "", problem: str = "", again: timedelta = timedelta(),
    ) -> None:  # fmt: skip
        await conn.execute(
            "UPDATE filings SET status = $3, attempts = $4, channel = $5, proof = $6, problem = $7, next_attempt = $8 "
            "WHERE case_id = $1 AND number = $2",
            row["case_id"],
            row["number"],
            status,
            attempts,
            channel,
            proof,
            problem,
            self._clock.now() + again,
        )
