"""Recoupments of an 835's PLB segments: each counts once, and those without a claim are kept for people."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE recoupments (
        recoupment_id uuid PRIMARY KEY,
        tenant text NOT NULL,
        claim_id uuid,
        outcome text NOT NULL CHECK (outcome IN ('matched', 'unmatched', 'ambiguous')),
        key text NOT NULL,
        amount numeric NOT NULL,
        paid_on date,
        trace_number text NOT NULL,
        received_on date NOT NULL,
        received_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX recoupments_open ON recoupments (tenant, received_at) WHERE outcome <> 'matched'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
