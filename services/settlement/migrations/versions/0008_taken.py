"""Claims say by number which events they took in; what has no number is known for ever by its name and content."""

from alembic import op

from services.settlement.adapters.sql.tables import ACCOUNTS
from shared.db.runtime_tables import KEPT_FOR_EVER

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (ACCOUNTS.keep_numbers(), *KEPT_FOR_EVER):
        op.execute(statement)
