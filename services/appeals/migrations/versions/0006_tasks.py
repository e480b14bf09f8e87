"""The day of a case's first task, by which the worklist is paged; cases from before have it by what they hold."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What domain/tasks.py says, in SQL, once; each later step of a claim writes its day anew.
BACKFILL = """
UPDATE cases SET task_on = coalesce(
    (SELECT min(coalesce(d ->> 'since', d ->> 'due')::date) FROM jsonb_array_elements(state -> 'deadlines') d
     WHERE (d ->> 'ours')::boolean OR d ->> 'kind' = 'entity_selection' OR d ->> 'since' IS NOT NULL),
    CASE WHEN stage <> 'ended' AND (escalated OR waiting_on IN ('provider', 'both'))
        THEN coalesce(next_on, 'infinity') END
) WHERE next_on IS NOT NULL OR escalated OR waiting_on IS NOT NULL
"""


def upgrade() -> None:
    # A new database has it from the first migration, which makes the table as it is now.
    op.execute("ALTER TABLE cases ADD COLUMN IF NOT EXISTS task_on date")
    op.execute(BACKFILL)
    op.execute("CREATE INDEX cases_task ON cases (tenant, task_on, claim_id) WHERE task_on IS NOT NULL")
    op.execute("CREATE INDEX filings_unsent ON filings (tenant) WHERE status IN ('failed', 'exported', 'waiting')")
