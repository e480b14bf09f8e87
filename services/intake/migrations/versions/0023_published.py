"""What stands on the log that the database does not know, after it was put back."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE published (
            claim_id uuid NOT NULL,
            sequence integer NOT NULL,
            type text NOT NULL,
            name text NOT NULL,
            noted_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (claim_id, sequence)
        )
        """
    )
