"""States have a short form beside JSON (`shared/db/packed.py`); which of them is written says `stored_form`."""

from alembic import op

from services.gateway.adapters.sql.tables import CLAIMS, READ_CLAIM_STORED

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_STATEMENTS = (
    *CLAIMS.keep_packed(),
    "ALTER TABLE timeline ADD COLUMN IF NOT EXISTS packed bytea",
    READ_CLAIM_STORED,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
