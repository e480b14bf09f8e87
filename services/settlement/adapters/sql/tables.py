"""Settlement's tables: the accounts, the append-only ledger, the decisions, the payers' records."""

from __future__ import annotations

from services.settlement.domain.account import Account
from services.settlement.domain.tasks import first_day
from shared.money import ZERO
from shared.runtime.state_table import Column, StateTable


def _target(a: Account) -> object:
    return None if a.dispute is None else a.dispute.target


ACCOUNTS: StateTable[Account] = StateTable(
    "accounts",
    Account,
    {
        "phase": Column("text", lambda a: a.phase),
        "payer_id": Column("text", lambda a: a.payer_id),
        "specialty": Column("text", lambda a: a.specialty),
        "code": Column("text", lambda a: a.code),
        "forum": Column("text", lambda a: a.talks.forum if a.talks else ""),
        "policy": Column("text", lambda a: a.policy),
        "charge": Column("numeric", lambda a: a.charge),
        "paid": Column("numeric", lambda a: a.paid),
        "paid_at_first": Column("numeric", lambda a: a.paid_at_first),
        "target": Column("numeric", _target),
        "allowed_at_first": Column("numeric", lambda a: a.allowed_at_first),
        "recovered": Column("numeric", lambda a: a.recovered),
        "costs": Column("numeric", lambda a: a.costs),
        "owed": Column("numeric", lambda a: a.books.balance("agreed")),
        "written_off": Column("numeric", lambda a: a.books.balance("written_off")),
        "denied": Column("boolean", lambda a: a.denied),
        "pursued_on": Column("date", lambda a: a.pursued_on),
        "settled_on": Column("date", lambda a: a.settlement.settled_on if a.settlement else None),
        "settled_amount": Column("numeric", lambda a: a.settlement.amount if a.settlement else None),
        "first_paid_on": Column("date", lambda a: a.first_paid_on),
        "paid_on": Column("date", lambda a: a.settlement.paid_on if a.settlement else None),
        "closed_on": Column("date", lambda a: a.closed_on),
        "closed": Column("text", lambda a: a.closed or ""),
        "basis": Column("text", lambda a: a.settlement.basis if a.settlement else ""),
        "best_offer": Column("numeric", lambda a: max((o.amount for o in a.offers if o.side == "payer"), default=None)),
        "in_dispute": Column("numeric", lambda a: a.books.balances.get("in_dispute", ZERO)),
        "waits_for": Column("text", lambda a: a.approval.role if a.approval else ""),
        "task_on": Column("date", first_day),
    },
)

LEDGER_COLUMNS = {
    "claim_id": "uuid",
    "seq": "integer",
    "booked_on": "date",
    "why": "text",
    "source": "text",
    "target": "text",
    "amount": "numeric",
}

DECISION_COLUMNS = {
    "claim_id": "uuid",
    "number": "integer",
    "taken_on": "date",
    "action": "text",
    "role": "text",
    "policy": "text",
    "taken": "jsonb",
}

TABLES = """
CREATE INDEX accounts_closed ON accounts (closed_on) WHERE phase = 'closed';
CREATE INDEX accounts_waiting ON accounts (waits_for) WHERE waits_for <> '';
CREATE TABLE ledger (
    claim_id uuid NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    booked_on date NOT NULL,
    why text NOT NULL,
    source text NOT NULL,
    target text NOT NULL CHECK (target <> source),
    amount numeric NOT NULL CHECK (amount > 0),
    PRIMARY KEY (claim_id, seq)
);
CREATE TABLE decisions (
    claim_id uuid NOT NULL,
    number integer NOT NULL,
    taken_on date NOT NULL,
    action text NOT NULL,
    role text NOT NULL,
    policy text NOT NULL,
    taken jsonb NOT NULL,
    PRIMARY KEY (claim_id, number)
);
CREATE TABLE payer_records (
    version text PRIMARY KEY,
    as_of date NOT NULL,
    taken_at timestamptz NOT NULL,
    record jsonb NOT NULL,
    activated_at timestamptz
);
"""

APPEND_ONLY = (
    """
    CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger EXECUTE FUNCTION append_only()",
    "CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions "
    "EXECUTE FUNCTION append_only()",
)
