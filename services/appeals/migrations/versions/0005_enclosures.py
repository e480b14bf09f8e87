"""An attachment may be kept here with its content, sealed, to be sent with a filing."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE attachments ADD COLUMN content bytea")
