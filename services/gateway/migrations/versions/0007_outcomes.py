"""What outcomes are counted by. Claims from before know it after `recoup gateway rebuild`."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A new database has them from the first migration, which makes the table as it is now.
_COLUMNS = {
    "code": "text",
    "policy": "text",
    "costs": "numeric",
    "shortfall": "numeric",
    "denied": "boolean",
    "pursued_on": "date",
    "first_paid_on": "date",
    "cash_on": "date",
}


def upgrade() -> None:
    for name, pg_type in _COLUMNS.items():
        op.execute(f"ALTER TABLE claims ADD COLUMN IF NOT EXISTS {name} {pg_type}")
