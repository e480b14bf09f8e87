"""Dead letters that a person gave up are remembered with who and why."""

from alembic import op

from shared.db.runtime_tables import DISCARDED

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in DISCARDED:
        op.execute(statement)
