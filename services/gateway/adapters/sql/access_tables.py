"""Tables of who may ask and who asked."""

from __future__ import annotations

from services.gateway.adapters.sql.tables import READER


def sees_any(column: str) -> str:
    """The condition of row-level security on a column that holds several tenants."""
    mine = "(SELECT string_to_array(current_setting('recoup.tenants', true), ','))"
    everything = "(SELECT '*' = ANY (string_to_array(current_setting('recoup.tenants', true), ',')))"
    return f"{everything} OR {column} && {mine}::text[]"


ACCESS_TABLES = (
    # `digest` is SHA-256 of the whole key; the key has 256 random bits, so a slow hash would add nothing.
    """
    CREATE TABLE api_keys (
        key_id text PRIMARY KEY,
        digest bytea NOT NULL,
        name text NOT NULL,
        role text NOT NULL,
        tenants text[] NOT NULL,
        scopes text[] NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz
    )
    """,
    # Append-only, and chained: each row's digest covers the one before it in its chain (one chain a process).
    """
    CREATE TABLE access_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        chain uuid NOT NULL,
        n bigint NOT NULL,
        at timestamptz NOT NULL,
        principal text NOT NULL,
        role text NOT NULL,
        action text NOT NULL,
        phi boolean NOT NULL,
        tenants text[] NOT NULL,
        claim_ids uuid[] NOT NULL,
        client text NOT NULL,
        digest bytea NOT NULL,
        UNIQUE (chain, n)
    )
    """,
    "CREATE INDEX access_log_claims ON access_log USING gin (claim_ids)",
    "CREATE INDEX access_log_principal ON access_log (principal, id)",
    """
    CREATE FUNCTION access_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the access log is append-only'; END $$
    """,
    """
    CREATE TRIGGER access_log_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION access_log_is_append_only()
    """,
    "ALTER TABLE access_log ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY tenants ON access_log FOR SELECT TO {READER} USING ({sees_any('tenants')})",
    f"GRANT SELECT ON access_log TO {READER}",
)

# The first step: without these privileges. Since 0009 the table is not even the gateway's own.
APPEND_ONLY = """
DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON access_log FROM %I', current_user); END $$
"""

# Answers are kept sealed: some hold a secret that is shown once.
IDEMPOTENCY = """
CREATE TABLE idempotency (
    principal text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    answer text NOT NULL DEFAULT '',
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
)
"""

# Provisioning makes `gateway_kept.keep`; what it takes over the gateway's role may append to, and nothing else.
KEPT_LOG = (
    "ALTER TABLE access_log ADD COLUMN outcome text NOT NULL DEFAULT 'allowed'",
    "DROP INDEX access_log_principal",
    "CREATE INDEX access_log_at ON access_log (at, id)",
    "CREATE INDEX access_log_principal ON access_log (principal, at, id)",
    "CREATE INDEX access_log_action ON access_log (action text_pattern_ops, at, id)",
    "CREATE INDEX access_log_refused ON access_log (at, id) WHERE outcome <> 'allowed'",
    "CREATE INDEX access_log_tenants ON access_log USING gin (tenants)",
    "CREATE POLICY append ON access_log FOR INSERT TO CURRENT_USER WITH CHECK (true)",
    "DROP TRIGGER access_log_keep ON access_log",
    "DROP FUNCTION access_log_is_append_only()",
    """
    DO $$ BEGIN
        IF to_regprocedure('gateway_kept.keep(name)') IS NULL THEN
            RAISE EXCEPTION 'schema gateway_kept is missing: run provisioning again (python -m recoup.provision)';
        END IF;
        PERFORM gateway_kept.keep('access_log');
    END $$
    """,
)
