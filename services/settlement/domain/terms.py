"""The terms of an agreement or award: its lines, and what the payer owes by it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.settlement.domain.patient import Finding
from shared.events.settlement import SettlementBasis
from shared.money import ZERO


class LineTerm(msgspec.Struct, frozen=True, array_like=True):
    """A line's part of an agreement: dollars allowed. Line 0 stands for a claim without matched lines."""

    line: int
    amount: Decimal


class LinePart(msgspec.Struct, frozen=True, array_like=True):
    """A line agreed while others are still in dispute: dollars allowed, what of them the payer still owes, the day."""

    line: int
    amount: Decimal
    due: Decimal
    on: date | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agreement or award. `expected_paid` is what the payer must have paid in all, patient's share aside.

    `beside` of it came since for lines that it is not about, and pays nothing of it.
    `share_open` where the plan had not set the patient's cost share yet (a full denial): then the share of the
    corrected remittance counts against the amount.
    """

    settlement_id: str
    basis: SettlementBasis
    amount: Decimal
    additional_due: Decimal
    patient_share: Decimal
    settled_on: date
    payment_due_on: date
    expected_paid: Decimal
    policy: str
    lines: tuple[LineTerm, ...] = ()
    share_open: bool = False
    by: str = "automatic"
    reasons: tuple[str, ...] = ()
    short_on: date | None = None
    chase_until: date | None = None
    paid_on: date | None = None
    rescinded_on: date | None = None
    findings: tuple[Finding, ...] = ()
    beside: Decimal = ZERO
