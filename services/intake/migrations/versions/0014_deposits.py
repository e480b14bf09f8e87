"""Deposits of banks, the payments that 835s announce, which explains which; remittances on paper, their scans."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE advices (
        advice_id uuid PRIMARY KEY,
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        tenant text NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'deposited', 'dismissed')),
        amount numeric NOT NULL,
        deposited numeric NOT NULL DEFAULT 0,
        deposited_on date,
        trace text NOT NULL,
        paid_on date NOT NULL,
        payer_id text NOT NULL,
        payer_name text NOT NULL,
        method text NOT NULL,
        received_at timestamptz NOT NULL,
        announce boolean NOT NULL DEFAULT true,
        told boolean NOT NULL DEFAULT false
    )
    """,
    "CREATE INDEX advices_open ON advices (tenant, paid_on) WHERE status = 'open' AND amount > 0",
    "CREATE INDEX advices_explained ON advices (tenant, amount) WHERE status = 'deposited'",
    "CREATE INDEX advices_newest ON advices (tenant, ordinal)",
    "CREATE INDEX advices_announce ON advices (advice_id) WHERE announce AND (status = 'deposited' OR told)",
    "ALTER TABLE remittances ADD COLUMN advice_id uuid, ADD COLUMN paid numeric, ADD COLUMN deposit_told uuid",
    "CREATE INDEX remittances_of_advice ON remittances (advice_id) WHERE advice_id IS NOT NULL",
    """
    CREATE TABLE bank_files (
        file_id uuid PRIMARY KEY,
        tenant text NOT NULL,
        sha256 text NOT NULL,
        format text NOT NULL,
        received_at timestamptz NOT NULL,
        received_by text NOT NULL,
        deposits integer NOT NULL,
        passed_over integer NOT NULL,
        sealed bytea NOT NULL
    )
    """,
    """
    CREATE TABLE deposits (
        deposit_id uuid PRIMARY KEY,
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        tenant text NOT NULL,
        status text NOT NULL CHECK (status IN ('open', 'matched', 'dismissed', 'duplicate')),
        held boolean NOT NULL,
        amount numeric NOT NULL,
        posted_on date NOT NULL,
        numbers text[] NOT NULL,
        source text NOT NULL,
        file_id uuid,
        reason text NOT NULL,
        candidates uuid[] NOT NULL,
        received_at timestamptz NOT NULL,
        received_by text NOT NULL,
        sealed bytea NOT NULL
    )
    """,
    "CREATE INDEX deposits_open ON deposits (tenant, posted_on) WHERE status = 'open'",
    "CREATE INDEX deposits_posted ON deposits (tenant, posted_on)",
    "CREATE INDEX deposits_alike ON deposits (tenant, amount)",
    """
    CREATE TABLE deposit_matches (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text NOT NULL,
        deposit_id uuid NOT NULL,
        advice_id uuid NOT NULL,
        amount numeric NOT NULL,
        rule text NOT NULL,
        matched_by text NOT NULL,
        matched_at timestamptz NOT NULL,
        undone_by text,
        undone_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX deposit_matches_once ON deposit_matches (deposit_id, advice_id) WHERE undone_at IS NULL",
    "CREATE INDEX deposit_matches_advice ON deposit_matches (advice_id)",
    """
    CREATE TABLE deposit_decisions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text NOT NULL,
        about uuid NOT NULL,
        choice text NOT NULL,
        advices uuid[] NOT NULL,
        decided_by text NOT NULL,
        decided_at timestamptz NOT NULL,
        note bytea NOT NULL
    )
    """,
    "CREATE INDEX deposit_decisions_about ON deposit_decisions (about)",
    """
    CREATE TABLE paper_remittances (
        paper_id uuid PRIMARY KEY,
        tenant text NOT NULL,
        interchange_id uuid NOT NULL,
        entered_by text NOT NULL,
        entered_at timestamptz NOT NULL,
        sealed bytea NOT NULL
    )
    """,
    """
    CREATE TABLE paper_scans (
        scan_id uuid PRIMARY KEY,
        paper_id uuid NOT NULL REFERENCES paper_remittances,
        tenant text NOT NULL,
        media_type text NOT NULL,
        bytes integer NOT NULL,
        added_by text NOT NULL,
        added_at timestamptz NOT NULL,
        sealed bytea NOT NULL
    )
    """,
    "CREATE INDEX paper_scans_of ON paper_scans (paper_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
