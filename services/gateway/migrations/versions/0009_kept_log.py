"""The access log belongs to a role of its own, says what came of each access, and is searched by more."""

from alembic import op

from services.gateway.adapters.sql.access_tables import KEPT_LOG

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in KEPT_LOG:
        op.execute(statement)
