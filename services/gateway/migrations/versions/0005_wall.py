"""The wall reckons the caller's tenants once a query; the access log's owner cannot change it; repeated requests."""

from alembic import op

from services.gateway.adapters.sql.access_tables import APPEND_ONLY, IDEMPOTENCY, sees_any
from services.gateway.adapters.sql.tables import SEES, TENANT_TABLES

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"ALTER POLICY tenants ON {table} USING ({SEES})")
    op.execute(f"ALTER POLICY tenants ON access_log USING ({sees_any('tenants')})")
    op.execute(APPEND_ONLY)
    op.execute(IDEMPOTENCY)
