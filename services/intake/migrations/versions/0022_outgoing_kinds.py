"""Corrected claims (837) and inquiries (276) are sent out beside documents (275); whose they are is kept with them."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE outgoing ADD COLUMN kind text NOT NULL DEFAULT '275' CHECK (kind IN ('275', '276', '837'))")
    op.execute("ALTER TABLE outgoing ADD COLUMN made_by text NOT NULL DEFAULT ''")
