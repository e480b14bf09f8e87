"""Claims say by number which events they took in; what has no number is known for ever by its name and content."""

from alembic import op

from services.appeals.adapters.sql.tables import CASES
from shared.db.runtime_tables import KEPT_FOR_EVER

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (CASES.keep_numbers(), *KEPT_FOR_EVER):
        op.execute(statement)
