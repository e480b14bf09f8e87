"""A filing may be carried by the papers of another claim of its batch."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE filings DROP CONSTRAINT filings_status_check")
    op.execute(
        "ALTER TABLE filings ADD CONSTRAINT filings_status_check "
        "CHECK (status IN ('queued', 'waiting', 'sent', 'failed', 'attested', 'batched'))"
    )
