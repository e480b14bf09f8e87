"""Who may do what alone is leased, by rows that end by themselves."""

from alembic import op

from shared.db.runtime_tables import LEASES

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in LEASES:
        op.execute(statement)
