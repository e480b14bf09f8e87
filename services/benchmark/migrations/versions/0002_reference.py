"""Reference releases; claim files keep their assessment in the row."""

from alembic import op

from services.benchmark.adapters.sql.references import IMMUTABLE, TABLES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(TABLES)
    for statement in IMMUTABLE:
        op.execute(statement)
    # a file with its assessment is some 3 kB: compressing or moving it out of line costs more than it saves
    op.execute("ALTER TABLE claim_files SET (toast_tuple_target = 8160)")
