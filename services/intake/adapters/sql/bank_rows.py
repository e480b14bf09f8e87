"""Rows of the bank's tables: deposits, the payments of 835s, and which belong together."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.intake.application.deposit_ports import AdviceStatus, DepositStatus
from services.intake.domain.bank.deposit import Method
from shared.db.rows import Row


class DepositRow(Row):
    """A deposit, all its columns."""

    deposit_id: UUID
    status: DepositStatus
    held: bool
    amount: Decimal
    posted_on: date
    source: str
    file_id: UUID | None
    reason: str
    candidates: list[UUID]
    received_at: datetime
    received_by: str
    sealed: bytes


class AdviceRow(Row):
    """An 835's payment, all its columns."""

    advice_id: UUID
    status: AdviceStatus
    amount: Decimal
    deposited: Decimal
    deposited_on: date | None
    trace: str
    paid_on: date
    payer_id: str
    payer_name: str
    method: Method
    received_at: datetime


class OpenRow(Row):
    """How many 835s have no money, and deposits no 835."""

    undeposited: int
    deposits: int


class MatchRow(Row):
    """A deposit and an 835 that belong together, or did."""

    advice_id: UUID
    amount: Decimal
    rule: str
    matched_by: str
    matched_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class DecisionRow(Row):
    """What a person decided about a deposit or an 835's payment; the note is sealed."""

    decided_at: datetime
    decided_by: str
    choice: str
    advices: list[UUID]
    note: bytes


class TenantAdviceRow(Row):
    """An 835's payment with whose it is."""

    tenant: str
    advice_id: UUID


class PairRow(Row):
    """The 835's payment of a pair."""

    advice_id: UUID


class NoticeRow(Row):
    """A remittance whose claim knows another state of its money (`notified`) than there is (`wanted`)."""

    remittance_id: UUID
    paid: Decimal
    notified: UUID | None
    wanted: UUID | None


class OpenTenantRow(Row):
    """Open deposits of a tenant, and the newest of its deposits and 835s by ordinal."""

    tenant: str
    open: int
    newest: int
    advice: int


class DepositIdRow(Row):
    """The id of a deposit."""

    deposit_id: UUID
