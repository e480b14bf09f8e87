"""What comes back of the fees of IDR, and has not come, has a column; nothing was kept of it before."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A new database has it from the first migration, which makes the table as it is now.
    op.execute("ALTER TABLE accounts ADD COLUMN IF NOT EXISTS fees_receivable numeric")
