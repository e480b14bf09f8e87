"""States have a short form beside JSON (`shared/db/packed.py`); which of them is written says `stored_form`."""

from alembic import op

from services.settlement.adapters.sql.tables import ACCOUNTS

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ACCOUNTS.keep_packed():
        op.execute(statement)
