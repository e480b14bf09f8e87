"""Claims say by number which events they took in; what has no number is known for ever by its name and content."""

from alembic import op

from services.gateway.adapters.sql.tables import CLAIMS
from shared.db.runtime_tables import KEPT_FOR_EVER

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (CLAIMS.keep_numbers(), *KEPT_FOR_EVER):
        op.execute(statement)
