"""Questions about coverage (270) are sent out too; the answers that came are known by their SHA-256."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE outgoing DROP CONSTRAINT outgoing_kind_check")
    kinds = "CHECK (kind IN ('270', '275', '276', '837'))"
    op.execute(f"ALTER TABLE outgoing ADD CONSTRAINT outgoing_kind_check {kinds} NOT VALID")
    op.execute("ALTER TABLE outgoing VALIDATE CONSTRAINT outgoing_kind_check")
    op.execute("ALTER TABLE outgoing ADD COLUMN answered text NOT NULL DEFAULT ''")
