"""An outbox row that the broker does not take is held with the reason."""

from alembic import op

from shared.db.runtime_tables import OUTBOX_HELD

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in OUTBOX_HELD:
        op.execute(statement)
