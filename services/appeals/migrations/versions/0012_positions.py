"""How far each topic was read is kept beside the states."""

from alembic import op

from shared.db.runtime_tables import POSITIONS

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in POSITIONS:
        op.execute(statement)
