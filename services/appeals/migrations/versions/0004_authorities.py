"""Profiles of the state authorities that a state's process is begun with."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE profiles DROP CONSTRAINT profiles_kind_check")
    op.execute(
        "ALTER TABLE profiles ADD CONSTRAINT profiles_kind_check "
        "CHECK (kind IN ('provider', 'payer', 'entity', 'authority'))"
    )
