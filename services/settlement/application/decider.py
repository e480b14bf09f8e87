"""Settlement as the runtime drives it: which events it subscribes to, and the rules by which it decides."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from gzip import decompress
from importlib import resources

from msgspec import structs

from services.settlement.domain.account import Account
from services.settlement.domain.decide import SUBSCRIBES_TO, decide, timers
from services.settlement.domain.payer_history import PayerHistory
from services.settlement.domain.public_record import PublicRecord, RecordUnreadable, parse_public_record
from services.settlement.domain.rulebook import Rulebook, assemble
from shared.calendar import TimeZones
from shared.decider import Decision, Timer, TimerDue
from shared.events.base import Envelope


@cache
def shipped_rulebook(policy: str = "standard") -> Rulebook:
    """The rulebook of the files in services/settlement/policies; `FileNotFoundError` for a policy not shipped."""
    files = resources.files("services.settlement") / "policies"
    name = f"{policy}.toml"
    book = assemble(
        (files / name).read_text("utf-8"),
        (files / "record.toml").read_text("utf-8"),
        (files / "fees.toml").read_text("utf-8"),
        source=name,
    )
    return structs.replace(book, public=shipped_public_record())


@cache
def shipped_public_record() -> PublicRecord:
    """The Departments' record of IDR as it comes with the service (NOTICE)."""
    packed = resources.files("services.settlement") / "odds" / "public-record.json.gz"
    return public_record_in(packed.read_bytes())


def public_record_in(packed: bytes) -> PublicRecord:
    """A record as `recoup idr publish` writes it; `RecordUnreadable` says what is wrong."""
    try:
        return parse_public_record(decompress(packed))
    except (EOFError, OSError, zlib.error) as error:
        raise RecordUnreadable(f"the public record of IDR is no gzip file ({type(error).__name__})") from None


class SettlementDecider:
    """`shared.decider.Decider` over `Account`. `book` may be replaced between transactions by an explicit command only.

    `zones` say in which time zone each tenant's days are counted.
    """

    subscribes_to = SUBSCRIBES_TO

    def __init__(self, book: Rulebook | None = None, zones: TimeZones | None = None) -> None:
        self.zones = zones or TimeZones()
        self.book = structs.replace(book or shipped_rulebook(), zone=self.zones.default)
        self._learnt: dict[str, PayerHistory] = {}

    def for_tenant(self, tenant: str) -> SettlementDecider:
        """The same rules, by the record of the tenant's payers, with days counted in its time zone."""
        zone, record = self.zones.of(tenant), self._learnt.get(tenant)
        if zone == self.book.zone and record is None:
            return self
        book = self.book if record is None else structs.replace(self.book, record=record)
        return SettlementDecider(book, TimeZones(zone))

    def learn(self, record: PayerHistory) -> None:
        """Decide by another version of the payers' record from the next transaction on: claims of its tenants alone."""
        self._learnt |= dict.fromkeys(record.tenants, record)

    def learnt(self, tenant: str = "") -> dict[str, str]:
        """The versions of the payers' record that were learnt, by tenant; of one, or of all."""
        return {whose: record.version for whose, record in self._learnt.items() if tenant in ("", whose)}

    def decide(self, state: Account | None, event: Envelope | TimerDue, now: datetime) -> Decision[Account]:
        """Decide one event of one claim; pure.

        Args:
            state: The claim's account; None before the first event.
            event: An event from the log, or a timer that came due.
            now: The instant at which it is handled.

        Returns:
            The account after it, with the events that follow.

        Raises:
            IllegalTransition: The account does not allow the event.
            LedgerError: The books would not balance.
        """
        return decide(state, event, now, self.book)

    def timers(self, state: Account) -> Iterable[Timer]:
        """The claim's deadlines."""
        return timers(state, self.book.zone)
