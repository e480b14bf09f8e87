"""Documents are kept sealed, as the evidence they quote; a filing may wait for a person at a portal."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # what is there stays readable: a payload that is not sealed is taken as it is, and sealed by the next reseal
    op.execute("ALTER TABLE documents ALTER COLUMN content TYPE bytea USING convert_to(content::text, 'UTF8')")
    op.execute("ALTER TABLE filings DROP CONSTRAINT filings_status_check")
    op.execute(
        "ALTER TABLE filings ADD CONSTRAINT filings_status_check "
        "CHECK (status IN ('queued', 'waiting', 'sent', 'failed', 'attested', 'batched', 'exported'))"
    )
