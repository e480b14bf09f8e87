"""A ledger entry says which of the claim's disputes it is of; empty for the only or first one, as all before."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ledger ADD COLUMN IF NOT EXISTS case_id text NOT NULL DEFAULT ''")
