"""States have a short form beside JSON (`shared/db/packed.py`); which of them is written says `stored_form`."""

from alembic import op

from services.appeals.adapters.sql.tables import CASES

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in CASES.keep_packed():
        op.execute(statement)
