"""Running sums over claims."""

from alembic import op

from services.gateway.adapters.sql.sums import STATEMENTS
from services.gateway.adapters.sql.tables import wall

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (*STATEMENTS, *wall("sums")):
        op.execute(statement)
