"""The runtime's tables and settlement's own: accounts, ledger, decisions, payers' records."""

from alembic import op

from services.settlement.adapters.sql.tables import ACCOUNTS, APPEND_ONLY, TABLES
from shared.db.runtime_tables import create_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (create_runtime_tables(), ACCOUNTS.create(), TABLES):
        for statement in script.split(";"):
            if statement.strip():
                op.execute(statement)
    for statement in APPEND_ONLY:
        op.execute(statement)
