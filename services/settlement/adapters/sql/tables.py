"""Settlement's tables: the accounts, the append-only ledger, the decisions, the payers' records."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from services.settlement.domain.account import Account
from services.settlement.domain.policy import ROLES
from services.settlement.domain.tasks import first_day
from services.settlement.domain.terms import Settlement
from shared.money import total
from shared.runtime.state_table import Column, StateTable


def _target(a: Account) -> object:
    targets = [one.dispute.target for one in a.disputes if one.dispute is not None]
    return total(targets) if targets else None


def _sum(value: Callable[[Account], Decimal]) -> Callable[[Account], Decimal]:
    """Over all disputes of the claim."""
    return lambda a: total(value(one) for one in a.disputes) if a.beside else value(a)


def _sum_known(value: Callable[[Account], Decimal | None]) -> Callable[[Account], Decimal | None]:
    """Over the disputes of which it is known; None where of none."""

    def known(a: Account) -> Decimal | None:
        found = [amount for one in a.disputes if (amount := value(one)) is not None]
        return total(found) if found else None

    return known


def _forum(a: Account) -> str:
    """Where the claim is fought: in the forum of its first dispute that still is."""
    talking = [one.proceeding.forum for one in a.disputes if one.proceeding is not None and one.phase != "closed"]
    return talking[0] if talking else a.proceeding.forum if a.proceeding else ""


def _agreement(a: Account) -> Settlement | None:
    """The claim's agreement; of several the latest."""
    return max((one.settlement for one in a.disputes if one.settlement), key=lambda s: s.settled_on, default=None)


def _waits_for(a: Account) -> str:
    waiting = [one.approval.role for one in a.disputes if one.approval is not None]
    return max(waiting, key=ROLES.index, default="")


_OF_EACH_DISPUTE = ("held", "review_on", "settlement.chase_until", "results", "books.balances")

ACCOUNTS: StateTable[Account] = StateTable(
    "accounts",
    Account,
    {
        "phase": Column("text", lambda a: a.stage),
        "payer_id": Column("text", lambda a: a.payer_id),
        "specialty": Column("text", lambda a: a.specialty),
        "code": Column("text", lambda a: a.code),
        "forum": Column("text", _forum),
        "policy": Column("text", lambda a: a.policy),
        "charge": Column("numeric", _sum(lambda a: a.charge)),
        "paid": Column("numeric", _sum(lambda a: a.paid)),
        "paid_at_first": Column("numeric", _sum_known(lambda a: a.paid_at_first)),
        "target": Column("numeric", _target),
        "allowed_at_first": Column("numeric", _sum_known(lambda a: a.allowed_at_first)),
        "recovered": Column("numeric", _sum(lambda a: a.recovered)),
        "costs": Column("numeric", _sum(lambda a: a.costs)),
        "fees_receivable": Column("numeric", _sum(lambda a: a.books.balance("fees_receivable"))),
        "owed": Column("numeric", _sum(lambda a: a.books.balance("agreed"))),
        "written_off": Column("numeric", _sum(lambda a: a.books.balance("written_off"))),
        "denied": Column("boolean", lambda a: a.denied),
        "pursued_on": Column("date", lambda a: a.pursued_on),
        "settled_on": Column("date", lambda a: s.settled_on if (s := _agreement(a)) else None),
        "settled_amount": Column("numeric", _sum_known(lambda a: a.settlement.amount if a.settlement else None)),
        "first_paid_on": Column("date", lambda a: a.first_paid_on),
        "paid_on": Column("date", lambda a: s.paid_on if (s := _agreement(a)) else None),
        "closed_on": Column("date", lambda a: a.end_on),
        "closed": Column("text", lambda a: a.end or ""),
        "basis": Column("text", lambda a: s.basis if (s := _agreement(a)) else ""),
        "best_offer": Column("numeric", lambda a: max((o.amount for o in a.offers if o.side == "payer"), default=None)),
        "in_dispute": Column("numeric", _sum(lambda a: a.books.balance("in_dispute"))),
        "waits_for": Column("text", _waits_for),
        "task_on": Column("date", first_day),
    },
    queried=(
        *("unplaced", "refusal", "unanswered", "inquiries", "said.code", "reversal_until", "books.entries"),
        *(f"{where}{path}" for where in ("", "beside.*.") for path in _OF_EACH_DISPUTE),
    ),
)

LEDGER_COLUMNS = {
    "claim_id": "uuid",
    "seq": "integer",
    "booked_on": "date",
    "why": "text",
    "source": "text",
    "target": "text",
    "amount": "numeric",
    "case_id": "text",
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
