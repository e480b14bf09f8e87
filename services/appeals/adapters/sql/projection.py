"""Filings on their way out, kept beside the state in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.forums.papers import document_data
from services.appeals.domain.forums.registry import FORUMS
from shared.events.records import RecordsAcknowledged
from shared.runtime.batch_processor import ReceivedEvent
from shared.runtime.bulk import insert_rows
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork

_FILING_COLUMNS = {
    "case_id": "uuid",
    "number": "integer",
    "claim_id": "uuid",
    "tenant": "text",
    "forum": "text",
    "level": "integer",
    "filed_on": "date",
    "cores": "jsonb",
    "status": "text",
    "proof": "text",
    "next_attempt": "timestamptz",
}


async def queue_filings(uow: UnitOfWork, _: Sequence[ReceivedEvent], stored: Sequence[Stored[AppealCase]]) -> None:
    """Queue new filings with the data their documents' hashes stand for. A filing a person attested is out already."""
    rows: list[tuple[Any, ...]] = []
    for row in stored:
        for case in row.state.disputes:
            rows += [_row(uow, row, case, filing) for filing in case.filings if filing.outcome is None]
        rows += [_row(uow, row, row.state, filing) for filing in row.state.responses]
    await insert_rows(uow.conn, "filings", _FILING_COLUMNS, rows, suffix="ON CONFLICT DO NOTHING")


def _way(case: AppealCase, filing: Filing) -> tuple[str, str]:
    """Status and proof: a person filed it; the first dispute of its batch carries it; or it waits to be sent."""
    if filing.reference:
        return "attested", filing.reference
    if filing.batch is not None and filing.batch.keys[0] not in (case.claim_id, case.case_id):
        return "batched", f"filed in batch {filing.batch.batch_id}"
    return "queued", ""


def _row(uow: UnitOfWork, row: Stored[AppealCase], case: AppealCase, filing: Filing) -> tuple[Any, ...]:
    cores = [] if filing.answers_request else _cores(case, filing)
    return (
        case.own_records_id if filing.answers_request else case.case_id,
        filing.number,
        row.claim_id,
        row.tenant,
        filing.forum,
        filing.level,
        filing.filed_on,
        f"[{','.join(cores)}]",
        *_way(case, filing),
        uow.now,
    )


def _cores(case: AppealCase, filing: Filing) -> list[str]:
    forum = FORUMS[filing.forum]
    return [document_data(case, filing, forum, paper.kind, paper.version).decode() for paper in filing.documents]


async def keep_acknowledgments(
    uow: UnitOfWork, received: Sequence[ReceivedEvent], _: Sequence[Stored[AppealCase]]
) -> None:
    """What the other side said of a filing that went out as a 275: with its proof, or as the reason it failed."""
    acknowledgments = [item.envelope.data for item in received if isinstance(item.envelope.data, RecordsAcknowledged)]
    if not acknowledgments:
        return
    await uow.conn.execute(
        "UPDATE filings AS f SET status = CASE WHEN n.accepted THEN f.status ELSE 'failed' END, "
        "proof = CASE WHEN n.accepted THEN f.proof || n.words ELSE f.proof END, "
        "problem = CASE WHEN n.accepted THEN f.problem ELSE n.words END "
        "FROM unnest($1::text[], $2::boolean[], $3::text[]) AS n (key, accepted, words) "
        "WHERE f.claim_id = ANY($4::uuid[]) AND f.case_id::text || '-' || f.number = n.key",
        [event.key for event in acknowledgments],
        [event.accepted for event in acknowledgments],
        [
            f"; taken by 999 on {event.received_on.isoformat()}"
            if event.accepted
            else f"interchange {event.control_number} was rejected: {', '.join(event.codes)}"
            for event in acknowledgments
        ],
        [event.claim_id for event in acknowledgments],
    )
