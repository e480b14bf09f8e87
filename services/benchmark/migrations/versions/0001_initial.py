"""The runtime's tables and the claim files."""

from alembic import op

from services.benchmark.adapters.sql.tables import CLAIM_FILES
from shared.db.runtime_tables import create_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    index = "CREATE INDEX claim_files_unjudged ON claim_files (updated_at) WHERE verdict = 'unjudged'"
    for statement in (create_runtime_tables(), CLAIM_FILES.create(), index):
        for part in statement.split(";"):
            if part.strip():
                op.execute(part)
