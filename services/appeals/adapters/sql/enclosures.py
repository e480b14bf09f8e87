"""Documents that people attached with their content: kept sealed, and sent with the filings they belong to."""

from __future__ import annotations

from services.appeals.application.ports import Enclosure
from services.appeals.domain.case import Filing
from services.appeals.domain.forums.registry import FORUMS
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.sealing import Vault


class _NamedRow(Row):
    reference: str
    title: str
    sha256: str
    content: bytes


class _AttachedRow(Row):
    reference: str
    title: str
    kind: str
    content: bytes


TYPE = "attachment"


class Enclosures:
    """Opens what is attached to a claim."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, pdf: bytes, claim_id: str) -> bytes:
        """The document as it is kept."""
        return self._vault.seal(pdf, claim_id, TYPE)

    async def of(self, conn: Connection, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        """What a filing names, in its order; fewer where one is not kept any more."""
        rows = await conn.fetch(
            "SELECT reference, title, sha256, content FROM attachments "
            "WHERE claim_id = $1 AND content IS NOT NULL AND reference = ANY($2::text[])",
            claim_id,
            [e.reference for e in filing.enclosed],
            record_class=_NamedRow,
        )
        kept = {(row.reference, row.sha256): row for row in rows}
        found: list[Enclosure] = []
        for item in filing.enclosed:
            row = kept.get((item.reference, item.sha256))
            if row is not None:
                pdf = self._vault.open(row.content, claim_id, TYPE)
                found.append(Enclosure(item.reference, row.title, item.kind, pdf, item.asked))
        return tuple(found)

    async def with_filing(self, conn: Connection, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        """What is attached to the claim, where the filing's forum judges by records."""
        if not FORUMS[filing.forum].papers.judged_by_records:
            return ()
        rows = await conn.fetch(
            "SELECT reference, title, kind, content FROM attachments WHERE claim_id = $1 AND content IS NOT NULL "
            "ORDER BY added_at, reference",
            claim_id,
            record_class=_AttachedRow,
        )
        return tuple(
            Enclosure(
                row.reference, row.title, row.kind,
                self._vault.open(row.content, claim_id, TYPE),
            )
            for row in rows
        )  # fmt: skip
