"""Inputs that are tried again, idempotency keys, people's decisions on the worklist."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE originals ADD COLUMN serial integer NOT NULL DEFAULT 0",
    "ALTER TABLE originals ADD COLUMN outcome text NOT NULL DEFAULT 'accepted'",
    "ALTER TABLE remittances ADD COLUMN serial integer NOT NULL DEFAULT 0",
    "ALTER TABLE remittances ADD COLUMN excluded text NOT NULL DEFAULT ''",
    "ALTER TABLE remittances ADD COLUMN tenant text",
    # An interchange that came over Kafka has had no row, so the tenant is taken from where else it is known.
    """
    UPDATE remittances r SET tenant = coalesce(
        (SELECT i.tenant FROM interchanges i WHERE i.interchange_id = r.interchange_id),
        (SELECT c.tenant FROM claims c WHERE c.claim_id = r.claim_id),
        (SELECT w.tenant FROM waiting_keys w WHERE w.remittance_id = r.remittance_id LIMIT 1),
        'default')
    """,
    "ALTER TABLE remittances ALTER COLUMN tenant SET NOT NULL",
    "ALTER TABLE remittances DROP CONSTRAINT remittances_status_check",
    "ALTER TABLE remittances ADD CONSTRAINT remittances_status_check "
    "CHECK (status IN ('matched', 'waiting', 'ambiguous', 'dismissed'))",
    "DROP INDEX remittances_open",
    "CREATE INDEX remittances_open ON remittances (tenant, received_at) WHERE status IN ('waiting', 'ambiguous')",
    "DROP INDEX interchanges_sha256",
    "CREATE INDEX interchanges_sha256 ON interchanges (tenant, sha256)",
    """
    CREATE TABLE idempotency_keys (
        tenant text NOT NULL,
        key text NOT NULL,
        sha256 text NOT NULL,
        interchange_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        status integer,
        media_type text NOT NULL DEFAULT '',
        answer text NOT NULL DEFAULT '',
        PRIMARY KEY (tenant, key)
    )
    """,
    "CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)",
    """
    CREATE TABLE resolutions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        remittance_id uuid NOT NULL,
        tenant text NOT NULL,
        decided_at timestamptz NOT NULL,
        decided_by text NOT NULL,
        choice text NOT NULL CHECK (choice IN ('claim', 'none', 'dismiss')),
        claim_id uuid,
        note bytea NOT NULL,
        status_before text NOT NULL,
        score_before integer NOT NULL,
        candidates_before text NOT NULL
    )
    """,
    "CREATE INDEX resolutions_remittance ON resolutions (remittance_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
