"""The day of an account's first task, by which the worklist is paged; those from before have it by what they hold."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What domain/tasks.py says, in SQL, once; each later step of a claim writes its day anew.
BACKFILL = """
UPDATE accounts SET task_on = found.day FROM (
    SELECT a.claim_id, min(t.day) AS day FROM accounts a, LATERAL (
        SELECT coalesce((a.state #>> '{approval,until}')::date, 'infinity') AS day
            WHERE a.phase = 'pursued' AND a.waits_for <> ''
        UNION ALL SELECT coalesce((o ->> 'expires_on')::date, 'infinity')
            FROM jsonb_array_elements(coalesce(a.state -> 'offers', '[]')) o
            WHERE a.phase = 'pursued' AND o ->> 'side' = 'payer' AND coalesce(o ->> 'status', 'open') = 'open'
                AND o ->> 'offer_id' IS DISTINCT FROM a.state #>> '{approval,offer_id}'
        UNION ALL SELECT 'infinity' WHERE a.phase = 'pursued' AND a.waits_for = ''
                AND a.state #>> '{act,status}' = 'overtaken'
        UNION ALL SELECT (a.state #>> '{settlement,chase_until}')::date
            WHERE a.phase = 'settled' AND a.state #>> '{settlement,chase_until}' IS NOT NULL
        UNION ALL SELECT coalesce((a.state ->> 'answer_on')::date, 'infinity')
            WHERE a.phase = 'received' AND a.state ->> 'inquiries' IS NOT NULL
                OR a.state ->> 'unanswered' IS NOT NULL
        UNION ALL SELECT coalesce((a.state ->> 'review_on')::date, 'infinity')
            WHERE a.phase = 'unjudged' OR a.phase = 'adjudicated' AND a.state ->> 'review_on' IS NOT NULL
    ) t GROUP BY a.claim_id
) found WHERE accounts.claim_id = found.claim_id
"""


def upgrade() -> None:
    # A new database has it from the first migration, which makes the table as it is now.
    op.execute("ALTER TABLE accounts ADD COLUMN IF NOT EXISTS task_on date")
    op.execute(BACKFILL)
    op.execute("CREATE INDEX accounts_task ON accounts (tenant, task_on, claim_id) WHERE task_on IS NOT NULL")
