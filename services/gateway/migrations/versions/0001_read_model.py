"""The runtime's tables, the read model and the wall between tenants."""

from alembic import op

from services.gateway.adapters.sql.tables import CLAIMS, READ_CLAIM, READER, TABLES, TENANT_TABLES, wall
from shared.db.runtime_tables import RUNTIME_TABLES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (*RUNTIME_TABLES, CLAIMS.create(), *TABLES, READ_CLAIM):
        op.execute(statement)
    op.execute(f"DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO {READER}', current_schema()); END $$")
    for table in TENANT_TABLES:
        for statement in wall(table):
            op.execute(statement)
    op.execute(f"GRANT SELECT ON progress TO {READER}")
