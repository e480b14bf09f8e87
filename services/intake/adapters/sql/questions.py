"""Questions about coverage (270) on Postgres: whose they are, and if they were answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from recoup_x12.model import Claim
from services.intake.adapters.source_documents import claim_of
from services.intake.adapters.sql import interchanges
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.application.outgoing_ports import Illegible
from shared.db.rows import Row
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _QuestionRow(Row):
    key: str
    claim_id: UUID


class SqlQuestions:
    """One transaction's view of what one tenant asked."""

    def __init__(self, uow: UnitOfWork, vault: Vault, *, tenant: str) -> None:
        self._conn = uow.conn
        self._vault = vault
        self._tenant = tenant

    async def asked(self, keys: Sequence[str]) -> dict[str, str]:
        if not keys:
            return {}
        rows = await self._conn.fetch(
            "SELECT key, claim_id FROM outgoing WHERE tenant = $1 AND kind = '270' AND key = ANY($2::text[]) "
            "ORDER BY key",
            self._tenant,
            keys,
            record_class=_QuestionRow,
        )
        return {row.key: str(row.claim_id) for row in rows}

    async def claim(self, claim_id: str) -> Claim | None:
        record = await CLAIMS.read(self._conn, claim_id, self._tenant)
        text = await interchanges.original(self._conn, self._vault, claim_id) if record is not None else None
        if record is None or text is None:
            return None
        try:
            return await asyncio.to_thread(claim_of, text, record.facts.form)
        except Illegible:
            return None

    async def answered(self, key: str, fingerprint: str) -> bool:
        row = await self._conn.fetchval(
            "UPDATE outgoing SET answered = answered || $3 || E'\\n' "
            "WHERE tenant = $1 AND key = $2 AND strpos(answered, $3) = 0 RETURNING key",
            self._tenant,
            key,
            fingerprint,
        )
        return row is not None
