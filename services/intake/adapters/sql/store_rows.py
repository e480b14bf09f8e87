"""Rows of claims' keys and originals, of remittances and of recoupments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.intake.application.ports import Placement, RecoupmentOutcome
from shared.db.rows import Row


class ClaimsOfKeyRow(Row):
    """The claims that have a match key."""

    key: str
    claims: list[str]


class RejectedRow(Row):
    """A claim that was rejected for the first time."""

    claim_id: UUID


class OriginalRow(Row):
    """Where a claim's text came in, and what it came to there."""

    claim_id: UUID
    fingerprint: str
    interchange_id: UUID
    serial: int
    outcome: str


class RecoupmentIdRow(Row):
    """The id of a recoupment."""

    recoupment_id: UUID


class RecoupmentRow(RecoupmentIdRow):
    """Money taken back out of other payments, in dollars."""

    claim_id: UUID | None
    outcome: RecoupmentOutcome
    key: str
    amount: Decimal
    paid_on: date | None
    trace_number: str
    received_on: date
    payer_claim_number: str


class DecidedRow(RecoupmentRow):
    """A recoupment with how many decisions of people there are about it."""

    decided: int


class SealedRow(Row):
    """A remittance's content under seal."""

    remittance_id: UUID
    sealed: bytes


class ReceivedRow(SealedRow):
    """A remittance with its day of receipt."""

    received_on: date


class MatchedRow(SealedRow):
    """A remittance of a claim."""

    claim_id: UUID


class PlacedRow(Row):
    """What became of a remittance: where it is, and why."""

    remittance_id: UUID
    interchange_id: UUID
    serial: int
    status: Placement
    score: int
    reason: str
    claim_id: UUID | None


class RemittanceRow(SealedRow):
    """A remittance, all its columns; `keys` is read by its name, since every row has a method of that name."""

    interchange_id: UUID
    serial: int
    status: Placement
    score: int
    reason: str
    claim_id: UUID | None
    candidates: str
    excluded: str
    received_on: date
    arrived_on: date | None
    counted_again: bool
    history: bool
