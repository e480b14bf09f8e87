"""X12 answers are kept in parts, since a 277CA of very many claims is too long for one value."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE answers ADD COLUMN part integer NOT NULL DEFAULT 0",
    "ALTER TABLE answers DROP CONSTRAINT answers_pkey",
    "ALTER TABLE answers ADD PRIMARY KEY (interchange_id, ordinal, part)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
