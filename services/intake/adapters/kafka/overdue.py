"""Hears of answers that are overdue, and asks the payer (276) where the claim stands, each time once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from services.intake.adapters.sql.transactions import SqlTransaction
from services.intake.application.inquiries import InquirySender
from shared.db.pool import TRANSIENT
from shared.events.base import CLAIMS_TOPIC, Envelope, contract_of
from shared.events.codec import ForeignEvent, Header, UndecodableEvent, canonical_uuid
from shared.events.settlement import RemittanceOverdue
from shared.runtime.event_inbox import envelope_of
from shared.runtime.parking import Origin
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault
from shared.signing import Trust
from shared.telemetry.logging import Log

_log = Log("inquiries")
_TYPE = contract_of(RemittanceOverdue).type.encode()
_STALE = timedelta(days=7)
"""An older overdue answer is not asked after: of a log that is read again, or before this service asked by itself."""


class Overdue(msgspec.Struct, frozen=True):
    """One record of the log; `envelope` is None where it cannot be read, which those who own the claims park."""

    id: str
    origin: Origin
    envelope: Envelope | None = None


class OverdueInbox:
    """The `Inbox` of overdue answers. The task to ask stays with a person wherever no inquiry goes out."""

    topics: tuple[str, ...] = (CLAIMS_TOPIC,)

    def __init__(self, inquiries: InquirySender, vault: Vault, trust: Trust) -> None:
        self._trust = trust
        self._inquiries = inquiries
        self._vault = vault

    def wants(self, headers: Sequence[Header]) -> bool:
        return any(name == "ce_type" and value == _TYPE for name, value in headers)

    def read(self, origin: Origin) -> Overdue:
        try:
            envelope = envelope_of(origin, self._trust)
        except (ForeignEvent, UndecodableEvent):
            return Overdue(origin.place_id, origin)
        event_id, claim_id = canonical_uuid(envelope.id), canonical_uuid(envelope.claim_id)
        if event_id is None or claim_id is None:
            return Overdue(origin.place_id, origin)
        return Overdue(event_id, origin, envelope)

    def id_of(self, item: Overdue) -> str:
        return item.id

    def remembers(self, item: Overdue) -> bool:
        return False

    def origin_of(self, item: Overdue) -> Origin:
        return item.origin

    async def handle(self, uow: UnitOfWork, items: Sequence[Overdue]) -> None:
        """Ask, claim by claim in the order of their ids: two that lock in one order cannot block each other."""
        for item in sorted(items, key=lambda one: one.envelope.claim_id if one.envelope else ""):
            envelope = item.envelope
            if envelope is None or not isinstance(envelope.data, RemittanceOverdue):
                continue
            if uow.now - envelope.time > _STALE:
                continue
            try:
                async with uow.attempt():
                    transaction = SqlTransaction(uow, self._vault, envelope.tenant)
                    await self._inquiries.ask_after(transaction, envelope.tenant, envelope.data, item.id)
            except TRANSIENT:
                raise
            except Exception as error:  # the task to ask stays on the worklist
                _log.error("a payer could not be asked", exc=error, claim_id=envelope.claim_id)

    async def refuse(self, uow: UnitOfWork, item: Overdue, error: Exception) -> None:
        _log.error("a payer could not be asked", exc=error)
