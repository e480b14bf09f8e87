"""Whether a claim waits for a parked record."""

from alembic import op

from shared.db.runtime_tables import PARKED_THAT_BLOCKS

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in PARKED_THAT_BLOCKS:
        op.execute(statement)
