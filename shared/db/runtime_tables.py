"""The tables the runtime keeps in every service's schema.

Each service's first migration creates `RUNTIME_TABLES`; what changed since is a list of its own, which a later
migration of each service applies.

`outbox` has the columns that Debezium's outbox event router expects (id, aggregatetype, aggregateid, type, payload),
so that a deployment may relay by change data capture instead.
"""

from __future__ import annotations

RUNTIME_TABLES = (
    """
    CREATE TABLE inbox (
        event_id uuid PRIMARY KEY,
        received_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shard smallint NOT NULL,
        event_id uuid NOT NULL,
        aggregatetype text NOT NULL,
        aggregateid uuid NOT NULL,
        sequence integer NOT NULL,
        type text NOT NULL,
        topic text NOT NULL,
        payload bytea NOT NULL,
        tenant text NOT NULL,
        causation_id text NOT NULL,
        traceparent text NOT NULL,
        occurred_at timestamptz NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
            autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 0,
            autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2000000000)
    """,
    """
    CREATE TABLE timers (
        claim_id uuid NOT NULL,
        kind text NOT NULL,
        due timestamptz NOT NULL,
        PRIMARY KEY (claim_id, kind)
    )
    """,
    "CREATE INDEX timers_due ON timers (due, claim_id)",
    """
    CREATE TABLE parked (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        claim_id uuid,
        event_id text NOT NULL,
        type text NOT NULL,
        topic text NOT NULL,
        kafka_partition integer NOT NULL,
        kafka_offset bigint NOT NULL,
        headers jsonb NOT NULL,
        payload bytea NOT NULL,
        reason text NOT NULL,
        detail text NOT NULL,
        attempts integer NOT NULL DEFAULT 1,
        parked_at timestamptz NOT NULL,
        UNIQUE (topic, kafka_partition, kafka_offset)
    )
    """,
    "CREATE INDEX parked_claim ON parked (claim_id)",
)


PARKED_AS_BYTES = (
    # Headers of a parked record as they came: jsonb has no room for a NUL, and a header may hold any bytes or none.
    # `headers` keeps what earlier releases parked.
    "ALTER TABLE parked ADD COLUMN header_bytes bytea, ALTER COLUMN headers SET DEFAULT '[]'",
)
PARKED_THAT_BLOCKS = (
    # Whether its claim waits for it: what a payer says is an input, not the claim's history.
    "ALTER TABLE parked ADD COLUMN blocks boolean NOT NULL DEFAULT true",
)
OUTBOX_HELD = (
    # Why the broker does not take a row, else empty; the later rows of its key wait behind it.
    "ALTER TABLE outbox ADD COLUMN held text NOT NULL DEFAULT ''",
    "CREATE INDEX outbox_held ON outbox (aggregateid) WHERE held <> ''",
)
RUNTIME_CHANGES = (*PARKED_AS_BYTES, *PARKED_THAT_BLOCKS, *OUTBOX_HELD)


def create_runtime_tables() -> str:
    """The first migration's statements as one script, for its `upgrade`."""
    return ";\n".join(RUNTIME_TABLES)
