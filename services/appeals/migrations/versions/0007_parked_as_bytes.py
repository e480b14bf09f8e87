"""Parked records keep their headers as bytes."""

from alembic import op

from shared.db.runtime_tables import PARKED_AS_BYTES

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in PARKED_AS_BYTES:
        op.execute(statement)
