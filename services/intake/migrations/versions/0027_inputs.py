"""Inputs are kept as they came, sealed, and who read them; provider adjustments of 835s are kept for people to read."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE inputs (
        tenant text NOT NULL,
        sha256 text NOT NULL,
        part integer NOT NULL,
        kept_at timestamptz NOT NULL,
        sealed bytea NOT NULL,
        PRIMARY KEY (tenant, sha256, part)
    )
    """,
    """
    CREATE TABLE input_reads (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text NOT NULL,
        interchange_id uuid NOT NULL,
        read_by text NOT NULL,
        read_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX input_reads_of ON input_reads (interchange_id)",
    """
    CREATE TABLE provider_adjustments (
        adjustment_id uuid PRIMARY KEY,
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        tenant text NOT NULL,
        reason text NOT NULL,
        reference text NOT NULL,
        amount numeric NOT NULL,
        provider_id text NOT NULL,
        fiscal_period text NOT NULL,
        trace_number text NOT NULL,
        payer text NOT NULL,
        paid_on date,
        received_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX provider_adjustments_newest ON provider_adjustments (tenant, ordinal)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
