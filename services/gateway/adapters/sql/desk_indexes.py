"""What keeps the desk's list quick however long it is: running counts of its queues, and columns that indexes can use.

Behind row-level security an index is used only for comparisons that PostgreSQL knows to leak nothing. Those of
`numeric` are not among them, those of `bigint` are: amounts are kept a second time, in cents, by the database itself.
"""

from __future__ import annotations

from services.gateway.adapters.sql.tables import wall

_CENTS = ("expected", "at_stake", "billed", "allowed", "offer")
COLUMNS = (
    *(f"{name}_cents bigint GENERATED ALWAYS AS ((round({name}, 2) * 100)::bigint) STORED" for name in _CENTS),
    "offer_points bigint GENERATED ALWAYS AS ((round(offer_share, 4) * 10000)::bigint) STORED",
    "case_key text COLLATE \"C\" GENERATED ALWAYS AS (replace(case_id, '-', '')) STORED",
)
"""Generated columns: amounts in cents, the offer's share in ten thousandths, the dispute's id without separators."""

_INDEXES = {
    # In the list's orders, of all queues and of one.
    "desk_expected": "tenant, expected_cents, claim_id, place",
    "desk_queue_expected": "tenant, queue, expected_cents, claim_id, place",
    "desk_due": "tenant, due, claim_id, place) INCLUDE (at_stake",
    "desk_queue_due": "tenant, queue, due, claim_id, place) INCLUDE (at_stake",
    "desk_at_stake": "tenant, at_stake_cents, claim_id, place",
    "desk_share": "tenant, offer_points, claim_id, place",
    "desk_service": "tenant, service_from, claim_id, place",
    "desk_updated": "tenant, updated_at, claim_id, place",
    # By what people filter and search for; with what is at stake, so that it is summed without the rows.
    "desk_payer": "tenant, payer_id) INCLUDE (at_stake",
    "desk_payer_name": "tenant, payer_name",
    "desk_owner": "tenant, owner) INCLUDE (at_stake",
    "desk_code": "tenant, code) INCLUDE (at_stake",
    "desk_case": "tenant, case_key",
    "desk_billed": "tenant, billed_cents",
    "desk_allowed": "tenant, allowed_cents",
    "desk_offer": "tenant, offer_cents",
}

_ADD = """
INSERT INTO desk_sums AS kept (tenant, queue, count, at_stake)
SELECT tenant, queue, sum(sign), sum(sign * at_stake) FROM ({changed}) changed
GROUP BY tenant, queue HAVING sum(sign) <> 0 OR sum(sign * at_stake) <> 0
ORDER BY tenant, queue
ON CONFLICT (tenant, queue) DO UPDATE SET
    count = kept.count + excluded.count, at_stake = kept.at_stake + excluded.at_stake
"""
_IN = "SELECT 1 AS sign, tenant, queue, at_stake FROM after"
_OUT = "SELECT -1 AS sign, tenant, queue, at_stake FROM before"
_TRIGGERS = {
    "insert": ("NEW TABLE AS after", _IN),
    "update": ("OLD TABLE AS before NEW TABLE AS after", f"{_IN} UNION ALL {_OUT}"),
    "delete": ("OLD TABLE AS before", _OUT),
}
# The lock of the sums over claims, which the same transaction may hold already: one writer of sums at a time.
_ALONE = "PERFORM pg_advisory_xact_lock(hashtext('sums:' || current_schema()))"


def _function(event: str, *body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION desk_sums_at_{event}() RETURNS trigger LANGUAGE plpgsql\n"
        f"SET search_path FROM CURRENT AS $$ BEGIN\n{'; '.join(body)};\nRETURN NULL;\nEND $$"
    )


STATEMENTS = (
    # Locks the table until the transaction's end, so that nothing is written beside the first count.
    "ALTER TABLE desk " + ", ".join(f"ADD COLUMN {column}" for column in COLUMNS),
    "DROP INDEX desk_queue, desk_expected, desk_queue_expected, desk_due, desk_queue_due",
    *(f"CREATE INDEX {name} ON desk ({columns})" for name, columns in _INDEXES.items()),
    # Indexes answer alone only for pages that were vacuumed since they were written.
    "ALTER TABLE desk SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)",
    """
    CREATE TABLE desk_sums (
        tenant text NOT NULL,
        queue text NOT NULL,
        count bigint NOT NULL,
        at_stake numeric NOT NULL,
        PRIMARY KEY (tenant, queue)
    ) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000)
    """,
    *(_function(event, _ALONE, _ADD.format(changed=changed)) for event, (_, changed) in _TRIGGERS.items()),
    *(
        f"CREATE TRIGGER desk_sums_at_{event} AFTER {event.upper()} ON desk REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION desk_sums_at_{event}()"
        for event, (tables, _) in _TRIGGERS.items()
    ),
    _function("truncate", "TRUNCATE desk_sums"),
    "CREATE TRIGGER desk_sums_at_truncate AFTER TRUNCATE ON desk EXECUTE FUNCTION desk_sums_at_truncate()",
    _ADD.format(changed="SELECT 1 AS sign, tenant, queue, at_stake FROM desk"),
    *wall("desk_sums"),
)
"""Makes all of it over the rows that are there, which are kept."""
