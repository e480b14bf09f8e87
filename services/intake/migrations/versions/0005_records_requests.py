"""Payers' requests for records (277): each counts once, and those without a claim are kept for people."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE records_requests (
        request_id uuid PRIMARY KEY,
        tenant text NOT NULL,
        claim_id uuid,
        outcome text NOT NULL CHECK (outcome IN ('matched', 'unmatched', 'ambiguous', 'dismissed')),
        reason text NOT NULL,
        candidates text NOT NULL,
        keys text NOT NULL,
        due_on date,
        received_on date NOT NULL,
        received_at timestamptz NOT NULL,
        sealed bytea NOT NULL
    )
    """,
    """
    CREATE INDEX records_requests_open ON records_requests (tenant, due_on)
        WHERE outcome IN ('unmatched', 'ambiguous')
    """,
    """
    CREATE TABLE records_request_decisions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        request_id uuid NOT NULL,
        tenant text NOT NULL,
        decided_at timestamptz NOT NULL,
        decided_by text NOT NULL,
        choice text NOT NULL CHECK (choice IN ('claim', 'dismiss')),
        claim_id uuid,
        note bytea NOT NULL,
        outcome_before text NOT NULL
    )
    """,
    "CREATE INDEX records_request_decisions_of ON records_request_decisions (request_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
