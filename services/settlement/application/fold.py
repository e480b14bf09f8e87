"""Settlement as the runtime drives it: which events it hears, and the rules by which it decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib import resources

from services.settlement.domain.account import Account
from services.settlement.domain.decide import HEARS, decide, timers
from services.settlement.domain.record import Record
from services.settlement.domain.rulebook import Rulebook, assemble
from shared.events.base import Envelope
from shared.fold import Decision, Timer, TimerDue


def shipped_rulebook(policy: str = "standard") -> Rulebook:
    """The rulebook of the files in services/settlement/policies; `FileNotFoundError` for a policy not shipped."""
    files = resources.files("services.settlement") / "policies"
    name = f"{policy}.toml"
    return assemble(
        (files / name).read_text("utf-8"),
        (files / "record.toml").read_text("utf-8"),
        (files / "fees.toml").read_text("utf-8"),
        source=name,
    )


class SettlementFold:
    """`shared.fold.Fold` over `Account`. `book` may be replaced between transactions by an explicit command only."""

    hears = HEARS

    def __init__(self, book: Rulebook | None = None) -> None:
        self.book = book or shipped_rulebook()

    def learn(self, record: Record) -> None:
        """Decide by another version of the payers' record from the next transaction on."""
        self.book = Rulebook(self.book.policy, record, self.book.fees)

    def decide(self, state: Account | None, event: Envelope | TimerDue, now: datetime) -> Decision[Account]:
        """Fold one event over one claim's account; pure."""
        return decide(state, event, now, self.book)

    def timers(self, state: Account) -> Iterable[Timer]:
        """The claim's deadlines."""
        return timers(state)
