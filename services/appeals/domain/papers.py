"""The documents of a filing as data: what the event's hash commits to.

The hash covers a canonical JSON of the filing's own facts and the hashes of the events it rests on; the rendered PDF
is made from it later, away from the event flow, and can be checked against it.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import msgspec

from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.ladder import Forum
from services.appeals.domain.tables import DocumentRow, Rules
from shared.events.base import Event
from shared.events.codec import encode_data
from shared.events.pursuit import DocumentRef

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def fingerprint(event: Event) -> str:
    """SHA-256 of an event's canonical payload."""
    return sha256(encode_data(event)).hexdigest()


def rows_for(rules: Rules, forum: Forum, level: int, on: date) -> tuple[DocumentRow, ...]:
    """The documents a filing on a day consists of."""
    return tuple(
        row for row in rules.documents.get(forum, ()) if row.level in (0, level) and row.start <= on <= row.end
    )


def core(case: AppealCase, filing: Filing, kind: str, version: str) -> bytes:
    """The canonical JSON of one document's data; dollars as decimal strings, dates as ISO 8601."""
    dispute, cause = case.dispute, case.cause
    assert dispute is not None
    return _encoder.encode(
        {
            "kind": kind,
            "version": version,
            "claim_id": case.claim_id,
            "case_id": case.case_id_in(filing.forum),
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
            **_owed(case, filing),
            **({"batch": filing.batch} if filing.batch else {}),
        }
    )


def _owed(case: AppealCase, filing: Filing) -> dict[str, object]:
    """The debt as the filing named it: what has come since does not change a paper that went out."""
    if filing.forum != "collection" or case.owed is None:
        return {}
    return {"owed": msgspec.structs.replace(case.owed, outstanding=filing.sought)}


def references(case: AppealCase, filing: Filing, rules: Rules) -> tuple[DocumentRef, ...]:
    """The documents of a filing with their hashes."""
    return tuple(
        DocumentRef(
            kind=row.kind,
            version=row.version,
            sha256=sha256(core(case, filing, row.kind, row.version)).hexdigest(),
        )
        for row in rows_for(rules, filing.forum, filing.level, filing.filed_on)
    )
