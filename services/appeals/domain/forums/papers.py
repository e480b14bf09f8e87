"""The documents of a filing as data: what the event's hash commits to.

The hash covers a canonical JSON of the filing's own facts and the hashes of the events it rests on; the rendered PDF
is made from it later, away from the event flow, and can be checked against it.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import msgspec

from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.steps import ForumName
from services.appeals.domain.tables import DocumentRow, Rules
from shared.events.base import Event
from shared.events.codec import encode_data
from shared.events.pursuit import DocumentRef

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def fingerprint(event: Event) -> str:
    """SHA-256 of an event's canonical payload."""
    return sha256(encode_data(event)).hexdigest()


def rows_for(rules: Rules, forum: ForumName, level: int, on: date) -> tuple[DocumentRow, ...]:
    """The documents a filing on a day consists of."""
    return tuple(
        row for row in rules.documents.get(forum, ()) if row.level in (0, level) and row.start <= on <= row.end
    )


def case_id_in(case: AppealCase, forum: Forum) -> str:
    """The id the payer and the reviewer know the case by in a forum.

    Levels count from 1 in each forum, and answers name only case and level: a forum beside the case's own levels
    therefore has an id of its own, so that a late answer finds the filing it belongs to.
    """
    return case.id_beside(forum.name) if forum.traits.own_case_id else case.case_id


def document_data(case: AppealCase, filing: Filing, forum: Forum, kind: str, version: str) -> bytes:
    """The canonical JSON of one document's data; dollars as decimal strings, dates as ISO 8601."""
    dispute, cause = case.dispute, case.cause
    assert dispute is not None
    return _encoder.encode(
        {
            "kind": kind,
            "version": version,
            "claim_id": case.claim_id,
            "case_id": case_id_in(case, forum),
            "filing": filing.number,
            "forum": filing.forum,
            "level": filing.level,
            "remedy": filing.remedy,
            "filed_on": filing.filed_on,
            "answer_due_on": filing.due_on,
            "amount_sought": filing.sought,
            "allowed": dispute.allowed,
            "notice_on": dispute.notice_on,
            "carc": cause.carc if cause else "",
            "evidence": [dispute.evidence, dispute.remittance_evidence],
            **forum.paper_facts(case, filing),
            **({"batch": filing.batch} if filing.batch else {}),
            **({"by_line": filing.by_line} if filing.by_line else {}),
        }
    )


def references(case: AppealCase, filing: Filing, forum: Forum, rules: Rules) -> tuple[DocumentRef, ...]:
    """The documents of a filing with their hashes."""
    return tuple(
        DocumentRef(
            kind=row.kind,
            version=row.version,
            sha256=sha256(document_data(case, filing, forum, row.kind, row.version)).hexdigest(),
        )
        for row in rows_for(rules, filing.forum, filing.level, filing.filed_on)
    )
