"""Tables of webhooks: endpoints, their deliveries, the place in the timeline."""

from __future__ import annotations

WEBHOOK_TABLES = (
    # Secrets are sealed. `leased_until` lets one process at a time deliver to an endpoint.
    """
    CREATE TABLE webhook_endpoints (
        endpoint_id uuid PRIMARY KEY,
        tenants text[] NOT NULL,
        url text NOT NULL,
        types text[] NOT NULL,
        description text NOT NULL,
        secret text NOT NULL,
        old_secret text,
        old_secret_until timestamptz,
        status text NOT NULL CHECK (status IN ('active', 'disabled')),
        reason text NOT NULL DEFAULT '',
        failing_since timestamptz,
        leased_until timestamptz NOT NULL DEFAULT '-infinity',
        created_by text NOT NULL,
        created_at timestamptz NOT NULL
    )
    """,
    # The message id stays the same over tries and replays, so that receivers can drop repetitions.
    """
    CREATE TABLE webhook_deliveries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
        claim_id uuid NOT NULL,
        position integer NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        delivered_at timestamptz,
        last_status integer,
        last_error text NOT NULL DEFAULT '',
        UNIQUE (endpoint_id, event_id)
    )
    """,
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at) WHERE state = 'waiting'",
    "CREATE INDEX webhook_deliveries_order ON webhook_deliveries (endpoint_id, claim_id, position) "
    "WHERE state = 'waiting'",
    "CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, id)",
    "CREATE TABLE webhook_cursor (one boolean PRIMARY KEY DEFAULT true CHECK (one), last_id bigint NOT NULL)",
    "INSERT INTO webhook_cursor (last_id) SELECT coalesce(max(id), 0) FROM timeline",
)
