"""Running sums over claims, kept by the database itself in the transaction that changes them.

Whatever writes `claims` moves its sums with it: each statement takes what its rows were out of the sums and puts what
they are now in, once for every group it touches. So a sum is exact at every commit, and asking for one reads a row a
group however many claims there are. Claims loaded as history are in the sums by status alone. A new dimension or
measure is an entry below and a migration that runs `STATEMENTS` again.
"""

from __future__ import annotations

from services.gateway.adapters.sql.tables import HISTORY


def _rounded(seconds: str) -> str:
    """Seconds to three significant digits, as text: so few values that claims can be counted by each."""
    return (
        f"CASE WHEN {seconds} > 0 THEN trim_scale(round({seconds}::numeric, 2 - floor(log({seconds}))::integer))::text "
        f"WHEN {seconds} IS NOT NULL THEN '0' END"
    )


DIMENSIONS = {
    "status": "status",
    "close_reason": "close_reason",
    "payer_id": "payer_id",
    "specialty": "specialty",
    "forum": "forum",
    "flag": _rounded("seconds_to_flag"),
    "settle": _rounded("seconds_to_settle"),
    "close": _rounded("seconds_to_close"),
}
"""What sums are kept by, and the value of a claim; a claim whose value is null is in no group."""

MEASURES = {
    "claims": ("bigint", "1"),
    "underpaid": ("bigint", "(verdict = 'underpaid')::integer"),
    "judged": ("bigint", "(verdict <> '')::integer"),
    "illegal": ("bigint", "illegal"),
    "billed": ("numeric", "billed"),
    "allowed": ("numeric", "coalesce(allowed, 0)"),
    "paid_at_first": ("numeric", "coalesce(paid_at_first, 0)"),
    "paid": ("numeric", "paid"),
    "recovered": ("numeric", "recovered"),
}
"""What is summed, its type, and a claim's part of it."""

_TABLE = f"""
CREATE TABLE sums (
    tenant text NOT NULL,
    dimension text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    {", ".join(f"{name} {pg_type} NOT NULL" for name, (pg_type, _) in MEASURES.items())},
    PRIMARY KEY (tenant, dimension, key)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000)
"""

_VALUES = ", ".join(f"('{name}', {sql})" for name, sql in DIMENSIONS.items())
_PARTS = ", ".join(f"{sql} AS {name}" for name, (_, sql) in MEASURES.items())
_ADD = f"""
INSERT INTO sums AS kept (tenant, dimension, key, name, {", ".join(MEASURES)})
SELECT tenant, dimension, key, max(CASE dimension WHEN 'payer_id' THEN payer_name ELSE key END) AS name,
    {", ".join(f"sum(sign * {name}) AS {name}" for name in MEASURES)}
FROM (
    SELECT sign, tenant, payer_name, status, {_PARTS}, dimension, key
    FROM ({{changed}}) changed, LATERAL (VALUES {_VALUES}) AS by (dimension, key)
) parts
WHERE key IS NOT NULL AND (dimension = 'status' OR status <> '{HISTORY}')
GROUP BY tenant, dimension, key
HAVING {" OR ".join(f"sum(sign * {name}) <> 0" for name in MEASURES)}
ORDER BY tenant, dimension, key
ON CONFLICT (tenant, dimension, key) DO UPDATE SET name = greatest(kept.name, excluded.name),
    {", ".join(f"{name} = kept.{name} + excluded.{name}" for name in MEASURES)}
"""  # noqa: S608 - names are ours

_IN, _OUT = "SELECT 1 AS sign, * FROM after", "SELECT -1 AS sign, * FROM before"
_TRIGGERS = {
    "insert": ("NEW TABLE AS after", _IN),
    "update": ("OLD TABLE AS before NEW TABLE AS after", f"{_IN} UNION ALL {_OUT}"),
    "delete": ("OLD TABLE AS before", _OUT),
}


# One writer of sums at a time, until it commits: transactions of two statements could else wait in a circle.
_ALONE = "PERFORM pg_advisory_xact_lock(hashtext('sums:' || current_schema()))"


def _function(event: str, *body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION sums_at_{event}() RETURNS trigger LANGUAGE plpgsql\n"
        f"SET search_path FROM CURRENT AS $$ BEGIN\n{'; '.join(body)};\nRETURN NULL;\nEND $$"
    )


FUNCTIONS = tuple(_function(event, _ALONE, _ADD.format(changed=changed)) for event, (_, changed) in _TRIGGERS.items())
"""What the triggers call; a migration that leaves every sum as it is runs these alone."""
STATEMENTS = (
    "DROP TABLE IF EXISTS sums",
    _TABLE,
    *FUNCTIONS,
    *(
        f"CREATE OR REPLACE TRIGGER sums_at_{event} AFTER {event.upper()} ON claims REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION sums_at_{event}()"
        for event, (tables, _) in _TRIGGERS.items()
    ),
    _function("truncate", "TRUNCATE sums"),
    "CREATE OR REPLACE TRIGGER sums_at_truncate AFTER TRUNCATE ON claims EXECUTE FUNCTION sums_at_truncate()",
    "LOCK TABLE claims IN SHARE ROW EXCLUSIVE MODE",
    _ADD.format(changed="SELECT 1 AS sign, * FROM claims"),
)
"""Makes table and triggers, and sums what is there; the wall between tenants is put around it by the migration."""
