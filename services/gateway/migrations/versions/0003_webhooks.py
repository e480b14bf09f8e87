"""Webhook endpoints, their deliveries, and how far the timeline has been handed to them."""

from alembic import op

from services.gateway.adapters.sql.webhook_tables import WEBHOOK_TABLES

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in WEBHOOK_TABLES:
        op.execute(statement)
