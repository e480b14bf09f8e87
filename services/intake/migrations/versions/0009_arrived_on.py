"""When a payment arrived whose day of receipt is assumed from its own dates."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("remittances", "held_payments"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN arrived_on date")
