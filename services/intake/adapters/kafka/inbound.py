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
from shared.runtime.folding import park_and_announce
from shared.runtime.parking import Origin, Parked
from shared.runtime.unit_of_work import UnitOfWork
from shared.telemetry.logging import Log

_log = Log("edi")


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
                unreadable.append(Parked(item.origin, "unreadable_x12", detail, None, item.id, "x12"))
        for tenant, units in sorted(by_tenant.items()):
            store = SqlStore(uow, self._vault, tenant=tenant)
            received = await receive(store, units.claims, units.payments, tenant=tenant, received_on=uow.now.date())
            _log.debug("interchanges applied", count=len(received.claims) + len(received.remittances))
        await park_and_announce(uow, "intake", unreadable)

    async def refuse(self, uow: UnitOfWork, item: EdiRecord, error: Exception) -> None:
        detail = f"{type(error).__name__} while its claims were stored"
        await park_and_announce(
            uow, "intake", [Parked(item.origin, "refused_by_database", detail, None, item.id, "x12")]
        )
