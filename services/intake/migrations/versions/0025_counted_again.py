"""Which payments count by a person's word beside another of their claim that says the same."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE remittances ADD COLUMN counted_again boolean NOT NULL DEFAULT false")
