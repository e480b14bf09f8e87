"""The runtime's tables and the appeals service's own."""

from alembic import op

from services.appeals.adapters.sql.tables import CASES, TABLES
from shared.db.runtime_tables import RUNTIME_TABLES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (*RUNTIME_TABLES, CASES.create(), *TABLES):
        op.execute(statement)
