"""The tables of schema `appeals`."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.case import AppealCase
from services.appeals.domain.forums.registry import step_of
from services.appeals.domain.tasks import first_day
from shared.runtime.state_table import Column, StateTable


def _due(case: AppealCase) -> date | None:
    return min((d.due for one in case.disputes for d in one.deadlines if d.ours), default=None)


def _next_on(case: AppealCase) -> date | None:
    return min((d.due for one in case.disputes for d in one.deadlines), default=None)


def _waiting_until(case: AppealCase) -> date | None:
    return min((d.first_due for one in case.disputes for d in one.deadlines if not d.ours), default=None)


def _cooling_off_until(case: AppealCase) -> date | None:
    """The end of the last cooling-off period that a determination about one of the claim's disputes began."""
    return max((one.cooling_off_until for one in case.disputes if one.cooling_off_until), default=None)


def _waiting_on(case: AppealCase) -> str | None:
    leading = case.leading
    return step_of(leading.forum, leading.stage).mover if leading.live else None


_OF_EACH_DISPUTE = (
    "case_id",
    "stage",
    "determined_on",
    "cooling_off_until",
    "facts.group_number",
    "facts.plan_name",
    "dispute.codes",
)

CASES: StateTable[AppealCase] = StateTable(
    "cases",
    AppealCase,
    {
        "stage": Column("text", lambda c: c.leading.stage),
        "forum": Column("text", lambda c: c.leading.forum),
        "waiting_on": Column("text", _waiting_on),
        "next_on": Column("date", _next_on),
        "due": Column("date", _due),
        "waiting_until": Column("date", _waiting_until),
        "task_on": Column("date", first_day),
        "blocked": Column("boolean", lambda c: any(one.blocked for one in c.disputes)),
        "escalated": Column("boolean", lambda c: any(one.escalated for one in c.disputes)),
        "assignee": Column("text", lambda c: c.assignee or None),
        "payer_id": Column("text", lambda c: c.facts.payer_id),
        "misdirected": Column("boolean", lambda c: True if c.misdirected is not None and c.misdirected.open else None),
        "tin": Column("text", lambda c: c.facts.billing_tin or None),
        "cooling_off_until": Column("date", _cooling_off_until),
    },
    queried=(
        *("governing.law", "blocked", "escalated", "dispute.target", "history", "misdirected"),
        *(f"{where}{path}" for where in ("", "beside.*.") for path in _OF_EACH_DISPUTE),
    ),
)

TABLES = (
    # States are two to three kilobytes and change often: kept in the row, since moving them out costs more (measured).
    "ALTER TABLE cases SET (toast_tuple_target = 8000)",
    # One index serves the worklist; each further one makes every step of every case dearer.
    "CREATE INDEX cases_next ON cases (tenant, next_on, claim_id) WHERE next_on IS NOT NULL",
    "CREATE INDEX cases_cooling ON cases (cooling_off_until) WHERE cooling_off_until IS NOT NULL",
    # The events a document rests on, as they were: documents are built from these and checked against their hashes.
    """
    CREATE TABLE evidence (
        claim_id uuid NOT NULL,
        sha256 bytea NOT NULL,
        type text NOT NULL,
        payload bytea NOT NULL
    )
    """,
    "CREATE INDEX evidence_claim ON evidence (claim_id)",
    # lz4 packs an order of magnitude faster than the default; a server built without it keeps the default.
    """
    DO $$ BEGIN ALTER TABLE evidence ALTER COLUMN payload SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported THEN NULL; END $$
    """,
    # Every filing, on its way out: queued, sent (with proof), or failed (with the reason and the next attempt).
    """
    CREATE TABLE filings (
        case_id uuid NOT NULL,
        number integer NOT NULL,
        claim_id uuid NOT NULL,
        tenant text NOT NULL,
        forum text NOT NULL,
        level integer NOT NULL,
        filed_on date NOT NULL,
        cores jsonb NOT NULL,
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'waiting', 'sent', 'failed', 'attested')),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt timestamptz,
        channel text NOT NULL DEFAULT '',
        proof text NOT NULL DEFAULT '',
        problem text NOT NULL DEFAULT '',
        PRIMARY KEY (case_id, number)
    )
    """,
    "CREATE INDEX filings_out ON filings (next_attempt) WHERE status IN ('queued', 'waiting')",
    "CREATE INDEX filings_claim ON filings (claim_id)",
    """
    CREATE TABLE documents (
        case_id uuid NOT NULL,
        number integer NOT NULL,
        kind text NOT NULL,
        claim_id uuid NOT NULL,
        core_sha256 text NOT NULL,
        template_sha256 text NOT NULL,
        content_sha256 text NOT NULL,
        content jsonb NOT NULL,
        missing text[] NOT NULL,
        pdf_sha256 text NOT NULL,
        pdf bytea NOT NULL,
        rendered_at timestamptz NOT NULL,
        PRIMARY KEY (case_id, number, kind, content_sha256, template_sha256)
    )
    """,
    """
    CREATE TABLE profiles (
        tenant text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('provider', 'payer', 'entity')),
        key text NOT NULL,
        facts jsonb NOT NULL,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, kind, key)
    )
    """,
    """
    CREATE TABLE attachments (
        claim_id uuid NOT NULL,
        reference text NOT NULL,
        kind text NOT NULL,
        title text NOT NULL,
        sha256 text NOT NULL DEFAULT '',
        added_by text NOT NULL,
        added_at timestamptz NOT NULL,
        PRIMARY KEY (claim_id, reference)
    )
    """,
    # What people did, and why; rows are only ever added.
    """
    CREATE TABLE journal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        claim_id uuid NOT NULL,
        at timestamptz NOT NULL,
        who text NOT NULL,
        action text NOT NULL,
        reason text NOT NULL,
        details jsonb NOT NULL
    )
    """,
    "CREATE INDEX journal_claim ON journal (claim_id, id)",
)
