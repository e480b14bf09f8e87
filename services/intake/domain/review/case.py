"""A claim as the review's rules see it: lines with their codes, kinds, modifiers and days, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_x12.model import Claim, HealthCode, Line
from services.intake.domain.review.kinds import MODIFIED, kinds
from services.intake.domain.review.tables import Tables

Severity = Literal["info", "warning", "error"]
Hits = Iterable["Hit"]
_ONE = Decimal(1)
_NO_MODIFIERS: tuple[str, ...] = ()


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One thing a rule found. `severity` only where it differs from the rule's own. Never holds patient data."""

    message: str
    how_to_fix: str
    line: int = 0
    severity: Severity | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """One service line under review."""

    number: int
    code: str
    kinds: int
    modifiers: tuple[str, ...]
    units: Decimal
    day: date | None
    place: str
    line: Line

    def has(self, *modifiers: str) -> bool:
        """Return True if the line carries any of these modifiers."""
        return any(m in self.modifiers for m in modifiers)


class Case(msgspec.Struct, frozen=True, gc=False):
    """One claim under review, received on a day, with the tables that its rules consult.

    `kinds` are those of all its lines together.
    """

    claim: Claim
    items: tuple[Item, ...]
    diagnoses: tuple[HealthCode, ...]
    kinds: int
    tables: Tables
    emergency: bool
    received_on: date | None

    @property
    def professional(self) -> bool:
        """True for a professional claim (837P)."""
        return self.claim.form == "professional"

    @property
    def inpatient(self) -> bool:
        """Type of bill 011x: a hospital stay."""
        return self.claim.place_qualifier == "A" and self.claim.place.lstrip("0") == "11"


class Rule(msgspec.Struct, frozen=True):
    """One rule: its name, its severity unless a policy says otherwise, its function, and what it concerns.

    It runs for claims of its `forms` that hold any of the `concerns` kinds (0: every claim).
    """

    name: str
    severity: Severity
    check: Callable[[Case], Hits]
    concerns: int = 0
    forms: frozenset[str] = frozenset({"professional", "institutional", "dental"})


def case_of(claim: Claim, tables: Tables, emergency: bool, received_on: date | None) -> Case:
    """Prepare a claim for review."""
    everywhere = claim.place if claim.place_qualifier != "A" else ""
    day = claim.service_from
    union = 0
    items: list[Item] = []
    for line in claim.lines:
        procedure = line.procedure
        code, modifiers = (procedure.code, procedure.modifiers) if procedure is not None else ("", _NO_MODIFIERS)
        kind = kinds(code)
        union |= kind | MODIFIED if modifiers else kind
        items.append(
            Item(
                line.number,
                code,
                kind,
                modifiers,
                _ONE if line.quantity is None else line.quantity,
                line.service_from or day,
                line.place_of_service or everywhere,
                line,
            )
        )
    return Case(claim, tuple(items), claim.diagnoses, union, tables, emergency, received_on)
