"""Hears `edi.inbound`: each record is a whole X12 input, small enough for one message.

The tenant comes in the header `ce_tenant`. All records of a poll are applied in one transaction, so that many
small interchanges cost what one large one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from services.intake.adapters.interchange import Tally, Units, sets_of
from services.intake.adapters.sql.store import SqlStore
from services.intake.adapters.sql.vault import Vault
from services.intake.adapters.x12 import DEFAULT, Limits, read
from services.intake.application.reception import receive
from shared.events.base import EDI_INBOUND_TOPIC
from shared.events.codec import Header
from shared.runtime import parking
from shared.runtime.folding import park_and_announce
from shared.runtime.parking import Origin, Parked
from shared.runtime.unit_of_work import UnitOfWork
from shared.telemetry.logging import Log

_log = Log("edi")
_FIELD = "edi.inbound"


class EdiRecord(msgspec.Struct, frozen=True):
    """One record of the topic."""

    id: str
    tenant: str
    origin: Origin


class EdiInbox:
    """The `Inbox` of intake."""

    topics: tuple[str, ...] = (EDI_INBOUND_TOPIC,)

    def __init__(self, vault: Vault, limits: Limits = DEFAULT) -> None:
        self._vault = vault
        self._limits = limits

    def wants(self, headers: Sequence[Header]) -> bool:
        return True

    def read(self, origin: Origin) -> EdiRecord:
        headers = dict(origin.headers)
        place = f"{origin.topic}/{origin.partition}/{origin.offset}"
        given = headers.get("ce_id", b"").decode("latin-1")
        try:
            record_id = str(UUID(given))
        except ValueError:
            record_id = str(uuid5(NAMESPACE_URL, given or place))
        return EdiRecord(record_id, headers.get("ce_tenant", b"default").decode("latin-1"), origin)

    def id_of(self, item: EdiRecord) -> str:
        return item.id

    async def handle(self, uow: UnitOfWork, items: Sequence[EdiRecord]) -> None:
        """Apply the transaction sets of all records that are whole; park records that hold none."""
        by_tenant: dict[str, Units] = {}
        unreadable: list[Parked] = []
        for item in items:
            tally = Tally(item.id)
            units = by_tenant.setdefault(item.tenant, Units(item.id))
            for whole in sets_of(read([item.origin.value], self._limits), item.id, tally):
                units.take(whole)
            if not tally.summary.sets_accepted:
                problem = tally.summary.problems[0] if tally.summary.problems else None
                detail = f"{problem.segment} position {problem.position}: {problem.message}" if problem else "no set"
                unreadable.append(self._letter(item, "unreadable_x12", detail))
        for tenant, units in sorted(by_tenant.items()):
            store = SqlStore(uow, self._vault, tenant=tenant)
            received = await receive(store, units.claims, units.payments, tenant=tenant, received_on=uow.now.date())
            _log.debug("interchanges applied", count=len(received.claims) + len(received.remittances))
        await park_and_announce(uow, "intake", unreadable)

    async def refuse(self, uow: UnitOfWork, item: EdiRecord, error: Exception) -> None:
        detail = f"{type(error).__name__} while its claims were stored"
        await park_and_announce(uow, "intake", [self._letter(item, "refused_by_database", detail)])

    async def replay(self, uow: UnitOfWork, claim_id: str | None) -> tuple[int, int]:
        """Try parked records again; those that still cannot be read are parked anew."""
        letters = await parking.waiting(uow.conn, claim_id)
        await parking.remove(uow.conn, [letter_id for letter_id, _ in letters])
        before = await parking.count(uow.conn)
        await self.handle(uow, [self._opened(letter) for _, letter in letters])
        parked = await parking.count(uow.conn) - before
        return len(letters) - parked, parked

    def _letter(self, item: EdiRecord, reason: str, detail: str) -> Parked:
        """A parked interchange may hold patients' names, so it is sealed."""
        text = item.origin.value.decode("latin-1")
        sealed = self._vault.seal(text, tenant=item.tenant, claim_id=item.id, field=_FIELD)
        return Parked(msgspec.structs.replace(item.origin, value=sealed), reason, detail, None, item.id, "x12")

    def _opened(self, letter: Parked) -> EdiRecord:
        record = self.read(letter.origin)
        text = self._vault.open(letter.origin.value, tenant=record.tenant, claim_id=letter.event_id, field=_FIELD)
        origin = msgspec.structs.replace(letter.origin, value=text.encode("latin-1"))
        return EdiRecord(letter.event_id, record.tenant, origin)
