"""Running counts of the desk's queues, and indexes for each of its orders, filters and readings of a search."""

from alembic import op

from services.gateway.adapters.sql.desk_indexes import STATEMENTS

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
