"""X12 of our own that is sent out (275): sealed, each with its control number, until the other side has judged it."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SEQUENCE outgoing_control MINVALUE 1 MAXVALUE 999999999 CYCLE",
    """
    CREATE TABLE outgoing (
        tenant text NOT NULL,
        key text NOT NULL,
        claim_id uuid NOT NULL,
        asked_sha256 text NOT NULL,
        control integer NOT NULL,
        receiver text NOT NULL,
        sha256 text NOT NULL,
        size integer NOT NULL,
        sealed bytea NOT NULL,
        made_at timestamptz NOT NULL,
        laid_out boolean NOT NULL DEFAULT false,
        status text NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'accepted', 'rejected')),
        codes text NOT NULL DEFAULT '',
        judged_on date,
        PRIMARY KEY (tenant, key)
    )
    """,
    "CREATE INDEX outgoing_control_of ON outgoing (tenant, control)",
    "CREATE INDEX outgoing_to_lay_out ON outgoing (made_at) WHERE NOT laid_out",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
