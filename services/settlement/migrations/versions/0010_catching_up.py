"""Up to where the log is read after a restore, before deadlines fire."""

from alembic import op

from shared.db.runtime_tables import CATCHING_UP

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in CATCHING_UP:
        op.execute(statement)
