"""The names of events on `edi.inbound`: the same source, id and tenant cannot name two contents."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE event_names (
        tenant text NOT NULL,
        source text NOT NULL,
        name text NOT NULL,
        sha256 text NOT NULL,
        first_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, source, name)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
