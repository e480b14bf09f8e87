"""The end of the last cooling-off period is that of all of a claim's disputes, not of the first alone."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BACKFILL = """
UPDATE cases SET cooling_off_until = greatest(cooling_off_until,
    (SELECT max((one ->> 'cooling_off_until')::date) FROM jsonb_array_elements(state -> 'beside') AS one))
WHERE state ? 'beside'
"""


def upgrade() -> None:
    op.execute(BACKFILL)
