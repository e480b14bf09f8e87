"""States have a short form beside JSON (`shared/db/packed.py`); which of them is written says `stored_form`."""

from alembic import op

from services.intake.adapters.sql.tables import CLAIMS

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in CLAIMS.keep_packed():
        op.execute(statement)
