"""What payers say of claims (277CA, 277): each counts once, and what has no claim is kept for people."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE status_reports (
        report_id uuid PRIMARY KEY,
        tenant text NOT NULL,
        kind text NOT NULL,
        rejects boolean NOT NULL,
        claim_id uuid,
        outcome text NOT NULL CHECK (outcome IN ('matched', 'unmatched', 'ambiguous', 'dismissed')),
        reason text NOT NULL,
        candidates text NOT NULL,
        received_on date NOT NULL,
        received_at timestamptz NOT NULL,
        sealed bytea NOT NULL
    )
    """,
    """
    CREATE INDEX status_reports_open ON status_reports (tenant, rejects, received_at)
        WHERE outcome IN ('unmatched', 'ambiguous')
    """,
    """
    CREATE TABLE status_report_decisions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        report_id uuid NOT NULL,
        tenant text NOT NULL,
        decided_at timestamptz NOT NULL,
        decided_by text NOT NULL,
        choice text NOT NULL CHECK (choice IN ('claim', 'dismiss')),
        claim_id uuid,
        note bytea NOT NULL,
        outcome_before text NOT NULL
    )
    """,
    "CREATE INDEX status_report_decisions_of ON status_report_decisions (report_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
