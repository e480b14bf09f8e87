"""Tables of who may ask and who asked."""

from __future__ import annotations

from services.gateway.adapters.sql.tables import READER

_SEES = "string_to_array((SELECT current_setting('recoup.tenants', true)), ',')"

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
    f"CREATE POLICY tenants ON access_log FOR SELECT TO {READER} USING ({_SEES} && ARRAY['*'] OR tenants && {_SEES})",
    f"GRANT SELECT ON access_log TO {READER}",
)
