"""Receipts of documents that a summary does not list are kept."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE receipts (
        interchange_id uuid NOT NULL,
        serial integer NOT NULL,
        receipt jsonb NOT NULL,
        PRIMARY KEY (interchange_id, serial)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
