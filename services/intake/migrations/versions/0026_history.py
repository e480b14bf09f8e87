"""Payments loaded as history say so until they are matched and told."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("remittances", "held_payments"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN history boolean NOT NULL DEFAULT false")
