"""What a claim's view keeps of what waits for people, and of what federal IDR is worth to its disputes."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from shared.events.tasks import WaitingTask


class Worked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest word of each service, and who has the case."""

    case: tuple[WaitingTask, ...] = ()
    account: tuple[WaitingTask, ...] = ()
    assignee: str = ""

    @property
    def tasks(self) -> tuple[WaitingTask, ...]:
        """All that waits, of both services."""
        return (*self.case, *self.account)


class Belief(msgspec.Struct, frozen=True, array_like=True):
    """The chance (0 to 1) that federal IDR is won by a dispute, nine of ten times from `low` to `high`."""

    case_id: str
    chance: Decimal
    low: Decimal
    high: Decimal
