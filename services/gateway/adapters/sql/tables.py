"""The read model's tables in schema `gateway`.

The service's own role owns them and writes; requests read through the role `recoup_gateway_reader`, which may only
select, and to which row-level security shows the tenants named in the setting `recoup.tenants` and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from services.gateway.application.timeline import sentence_of
from services.gateway.domain.view import ClaimView
from shared.db.packed import unpack
from shared.runtime.state_table import STORED, Column, StateTable

HISTORY = "history"
"""The status of claims loaded as history, in whatever state: figures of our work leave them out by it."""


def _seconds(view: ClaimView, until: datetime | None) -> float | None:
    since = view.machine.received
    return (until - since).total_seconds() if since is not None and until is not None else None


def _column(pg_type: str, value: Callable[[ClaimView], Any]) -> Column:
    return Column(pg_type, value)


CLAIMS: StateTable[ClaimView] = StateTable(
    "claims",
    ClaimView,
    {
        "status": _column("text", lambda v: HISTORY if v.history else v.state.value),
        "patient_control_blind": _column("text", lambda v: v.patient_control_number.lookup_hash or None),
        "payer_claim_blind": _column("text", lambda v: v.payer_claim_number.lookup_hash or None),
        "payer_id": _column("text", lambda v: v.payer_id),
        "payer_name": _column("text", lambda v: v.payer_name),
        "billing_npi": _column("text", lambda v: v.billing_npi),
        "specialty": _column("text", lambda v: v.specialty),
        "code": _column("text", lambda v: v.code),
        "forum": _column("text", lambda v: v.forum),
        "policy": _column("text", lambda v: v.pursuit.policy if v.pursuit else ""),
        "verdict": _column("text", lambda v: v.assessment.verdict if v.assessment else ""),
        "close_reason": _column("text", lambda v: v.books.reason if v.books else ""),
        "billed": _column("numeric", lambda v: v.billed),
        "allowed": _column("numeric", lambda v: v.allowed),
        "paid_at_first": _column("numeric", lambda v: v.paid_at_first),
        "paid": _column("numeric", lambda v: v.paid),
        "recovered": _column("numeric", lambda v: v.recovered),
        "costs": _column("numeric", lambda v: v.books.costs if v.books else None),
        "shortfall": _column("numeric", lambda v: v.pursuit.shortfall if v.pursuit else None),
        "denied": _column("boolean", lambda v: v.pursuit.denied if v.pursuit else None),
        "pursued_on": _column("date", lambda v: v.pursuit.began_on if v.pursuit else None),
        "first_paid_on": _column("date", lambda v: v.first_paid_on),
        "cash_on": _column("date", lambda v: v.settlement.paid_on if v.settlement else None),
        "service_from": _column("date", lambda v: v.service_from),
        "next_deadline": _column("date", lambda v: v.next_deadline),
        "received_at": _column("timestamptz", lambda v: v.calendar.received or v.last_at),
        "last_at": _column("timestamptz", lambda v: v.last_at),
        "illegal": _column("integer", lambda v: v.illegal),
        "seconds_to_flag": _column("double precision", lambda v: _seconds(v, v.machine.flagged)),
        "seconds_to_settle": _column("double precision", lambda v: _seconds(v, v.machine.settled)),
        "seconds_to_close": _column("double precision", lambda v: _seconds(v, v.machine.closed)),
    },
    queried=(
        *("paid_by_others", "denial_carcs", "remittances", "events"),
        *(f"books.{name}" for name in ("billed", "paid", "recovered", "costs")),
        *(f"cases.*.{name}" for name in ("forum", "level", "outcome", "decided_on")),
    ),
)

TIMELINE_COLUMNS = {
    "claim_id": "uuid",
    "position": "integer",
    "tenant": "text",
    "event_id": "uuid",
    "type": "text",
    "source": "text",
    "occurred_at": "timestamptz",
    "taken_at": "timestamptz",
    "before": "text",
    "after": "text",
    "legal": "boolean",
    "sentence": "text",
    "details": "text",
    "packed": "bytea",
    "quiet": "boolean",
}

READER = "recoup_gateway_reader"

TABLES = (
    "CREATE INDEX claims_control ON claims (patient_control_blind) WHERE patient_control_blind IS NOT NULL",
    "CREATE INDEX claims_payer_number ON claims (payer_claim_blind) WHERE payer_claim_blind IS NOT NULL",
    "CREATE INDEX claims_received ON claims (tenant, received_at, claim_id)",
    "CREATE INDEX claims_status ON claims (tenant, status, received_at, claim_id)",
    "CREATE INDEX claims_payer ON claims (tenant, payer_id, received_at, claim_id)",
    "CREATE INDEX claims_provider ON claims (tenant, billing_npi, received_at, claim_id)",
    "CREATE INDEX claims_deadline ON claims (tenant, next_deadline, claim_id) WHERE next_deadline IS NOT NULL",
    """
    CREATE TABLE timeline (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        claim_id uuid NOT NULL,
        position integer NOT NULL,
        tenant text NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        source text NOT NULL,
        occurred_at timestamptz NOT NULL,
        taken_at timestamptz NOT NULL,
        before text NOT NULL,
        after text NOT NULL,
        legal boolean NOT NULL,
        sentence text NOT NULL,
        details text NOT NULL,
        packed bytea,
        quiet boolean NOT NULL
    )
    """,
    # lz4 packs an order of magnitude faster than the default; a server built without it keeps the default.
    """
    DO $$ BEGIN ALTER TABLE timeline ALTER COLUMN details SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported THEN NULL; END $$
    """,
    "CREATE UNIQUE INDEX timeline_claim ON timeline (claim_id, position)",
    """
    CREATE TABLE illegal_transition (
        claim_id uuid NOT NULL,
        position integer NOT NULL,
        tenant text NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        state text NOT NULL,
        recorded_at timestamptz NOT NULL,
        PRIMARY KEY (claim_id, position)
    )
    """,
    # How far each partition has been taken in, written with the effect; `quiet_until` is where a rebuild ends.
    """
    CREATE TABLE progress (
        topic text NOT NULL,
        kafka_partition integer NOT NULL,
        kafka_offset bigint NOT NULL,
        event_at timestamptz NOT NULL,
        made_at timestamptz NOT NULL,
        quiet_until bigint NOT NULL DEFAULT -1,
        PRIMARY KEY (topic, kafka_partition)
    )
    """,
)

TENANT_TABLES = ("claims", "timeline", "illegal_transition")

_MINE = "(SELECT string_to_array(current_setting('recoup.tenants', true), ','))"

# As subqueries, which are computed once for a query: as plain expressions they would be for each of a million rows.
SEES = (
    "(SELECT '*' = ANY (string_to_array(current_setting('recoup.tenants', true), ','))) "
    f"OR tenant = ANY ({_MINE}::text[])"
)


def wall(table: str) -> tuple[str, ...]:
    """Statements that let the reader see a table's rows of its tenants only; nothing where no tenant is set."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY tenants ON {table} FOR SELECT TO {READER} USING ({SEES})",
        f"GRANT SELECT ON {table} TO {READER}",
    )


READ_CLAIM = """
CREATE FUNCTION read_claim(p_tenants text, p_claim uuid)
RETURNS TABLE (claim_tenant text, claim_state jsonb, claim_updated timestamptz) LANGUAGE plpgsql AS $$
BEGIN
    -- One round trip: the tenants hold until the end of this statement's own transaction.
    PERFORM set_config('recoup.tenants', p_tenants, true);
    RETURN QUERY SELECT c.tenant, c.state, c.updated_at FROM claims c WHERE c.claim_id = p_claim;
END $$
"""
READ_CLAIM_STORED = f"""
CREATE FUNCTION read_claim_stored(p_tenants text, p_claim uuid)
RETURNS TABLE (tenant text, state jsonb, packed bytea, updated_at timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- One round trip: the tenants hold until the end of this statement's own transaction.
    PERFORM set_config('recoup.tenants', p_tenants, true);
    RETURN QUERY SELECT tenant, {STORED}, updated_at FROM claims WHERE claim_id = p_claim;
END $$
"""  # noqa: S608 - columns of ours
"""Beside `read_claim`, which the release before calls."""


class TimelineRow(Protocol):
    """What of a row of the timeline says its event."""

    @property
    def type(self) -> str:
        """The event's CloudEvents type."""
        ...

    @property
    def sentence(self) -> str:
        """Its sentence; empty where that is made of its JSON."""
        ...

    @property
    def details(self) -> str:
        """Its JSON; empty where it is packed."""
        ...

    @property
    def packed(self) -> bytes | None:
        """Its packed JSON."""
        ...


def details_and_sentence(row: TimelineRow) -> tuple[bytes, str]:
    """The event's JSON and its sentence, of a row of the timeline in whichever form it is stored."""
    details = row.details.encode() if row.packed is None else unpack(row.packed)
    return details, row.sentence or sentence_of(row.type, details)
