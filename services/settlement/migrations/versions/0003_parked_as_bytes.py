"""Parked records keep their headers as bytes."""

from alembic import op

from shared.db.runtime_tables import PARKED_AS_BYTES

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in PARKED_AS_BYTES:
        op.execute(statement)
