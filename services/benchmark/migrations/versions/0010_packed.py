"""States have a short form beside JSON (`shared/db/packed.py`); which of them is written says `stored_form`."""

from alembic import op

from services.benchmark.adapters.sql.tables import CLAIM_FILES

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in CLAIM_FILES.keep_packed():
        op.execute(statement)
