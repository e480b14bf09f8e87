"""API keys and the access log."""

from alembic import op

from services.gateway.adapters.sql.access_tables import ACCESS_TABLES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ACCESS_TABLES:
        op.execute(statement)
