"""What a dispute is about, in dollars allowed: the lines, what the payer allowed for them, and their fair figures."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.settlement.domain.policy import Anchor
from shared.money import ZERO, total


class Stake(msgspec.Struct, frozen=True, array_like=True):
    """One line in dispute: what the payer allowed for it, its fair figures, and what was billed, in dollars.

    `charge` and `code` are not known of a line that an older release stored; `qpa` is None where none was disclosed.
    """

    line: int
    allowed: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal
    charge: Decimal | None = None
    code: str = ""
    qpa: Decimal | None = None


class Dispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is at stake, in dollars of allowed amount for the lines in dispute together; `stakes` line by line."""

    allowed: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal
    stakes: tuple[Stake, ...] = ()

    @staticmethod
    def of(stakes: tuple[Stake, ...]) -> Dispute:
        """What is in dispute on these lines together."""
        return Dispute(
            allowed=total(s.allowed for s in stakes),
            floor=total(s.floor for s in stakes),
            target=total(s.target for s in stakes),
            stretch=total(s.stretch for s in stakes),
            stakes=stakes,
        )

    @property
    def amount(self) -> Decimal:
        """What the payer fell short of the target, never below zero."""
        return max(self.target - self.allowed, ZERO)

    def part(self, lines: tuple[int, ...]) -> Dispute | None:
        """What is at stake on some lines; None where none of them is in dispute line by line."""
        stakes = tuple(s for s in self.stakes if s.line in lines)
        return Dispute.of(stakes) if stakes else None

    def anchor(self, name: Anchor) -> Decimal:
        """One of the three figures by name."""
        return {"floor": self.floor, "target": self.target, "stretch": self.stretch}[name]
