"""The runtime's tables and intake's own: claims, originals, keys, remittances, interchanges."""

from alembic import op

from services.intake.adapters.sql.tables import CLAIMS
from shared.db.runtime_tables import create_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE originals (
    claim_id uuid NOT NULL,
    fingerprint text NOT NULL,
    interchange_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (claim_id, fingerprint)
);
CREATE TABLE claim_keys (
    tenant text NOT NULL,
    key text NOT NULL,
    claim_id uuid NOT NULL,
    PRIMARY KEY (tenant, key, claim_id)
);
CREATE TABLE rejections (
    claim_id uuid PRIMARY KEY,
    rejected_at timestamptz NOT NULL
);
CREATE TABLE remittances (
    remittance_id uuid PRIMARY KEY,
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    claim_id uuid,
    status text NOT NULL CHECK (status IN ('matched', 'waiting', 'ambiguous')),
    score integer NOT NULL,
    reason text NOT NULL,
    keys text NOT NULL,
    candidates text NOT NULL,
    sealed bytea NOT NULL,
    received_on date NOT NULL,
    interchange_id uuid NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX remittances_claim ON remittances (claim_id);
CREATE INDEX remittances_open ON remittances (status, received_at) WHERE status <> 'matched';
CREATE TABLE waiting_keys (
    tenant text NOT NULL,
    key text NOT NULL,
    remittance_id uuid NOT NULL,
    PRIMARY KEY (tenant, key, remittance_id)
);
CREATE INDEX waiting_keys_remittance ON waiting_keys (remittance_id);
CREATE TABLE interchanges (
    interchange_id uuid PRIMARY KEY,
    tenant text NOT NULL,
    sha256 text NOT NULL,
    source text NOT NULL,
    received_at timestamptz NOT NULL,
    finished_at timestamptz,
    summary jsonb NOT NULL
);
CREATE TABLE answers (
    interchange_id uuid NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (interchange_id, ordinal)
);
CREATE INDEX interchanges_sha256 ON interchanges (sha256);
"""


def upgrade() -> None:
    for statement in (create_runtime_tables(), CLAIMS.create(), TABLES):
        for part in statement.split(";"):
            if part.strip():
                op.execute(part)
