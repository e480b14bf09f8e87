"""Recoupments without a claim are matched by people: the payer's number to know them by, and who decided what."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE recoupments ADD COLUMN payer_claim_number text NOT NULL DEFAULT ''",
    "ALTER TABLE recoupments DROP CONSTRAINT recoupments_outcome_check",
    """
    ALTER TABLE recoupments ADD CONSTRAINT recoupments_outcome_check
        CHECK (outcome IN ('matched', 'unmatched', 'ambiguous', 'dismissed'))
    """,
    "DROP INDEX recoupments_open",
    """
    CREATE INDEX recoupments_open ON recoupments (tenant, received_at) WHERE outcome IN ('unmatched', 'ambiguous')
    """,
    """
    CREATE TABLE recoupment_decisions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        recoupment_id uuid NOT NULL,
        tenant text NOT NULL,
        decided_at timestamptz NOT NULL,
        decided_by text NOT NULL,
        choice text NOT NULL CHECK (choice IN ('claim', 'dismiss')),
        claim_id uuid,
        note bytea NOT NULL,
        outcome_before text NOT NULL
    )
    """,
    "CREATE INDEX recoupment_decisions_of ON recoupment_decisions (recoupment_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
