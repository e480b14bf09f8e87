"""Dead letters of every service, as they announce them."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE dead_letters (
            event_id uuid PRIMARY KEY,
            claim_id uuid NOT NULL,
            service text NOT NULL,
            reason text NOT NULL,
            detail text NOT NULL,
            event_type text NOT NULL,
            topic text NOT NULL,
            kafka_partition integer NOT NULL,
            kafka_offset bigint NOT NULL,
            announced_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX dead_letters_at ON dead_letters (announced_at)")
