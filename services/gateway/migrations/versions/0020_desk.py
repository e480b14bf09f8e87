"""The desk's list of live disputes, traces of payments, and saved views; rows come with each claim's next event.

`recoup gateway rebuild` gives all of them at once.
"""

from alembic import op

from services.gateway.adapters.sql.desk_rows import TABLES
from services.gateway.adapters.sql.views import TABLES as VIEWS

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (*TABLES, *VIEWS):
        op.execute(statement)
