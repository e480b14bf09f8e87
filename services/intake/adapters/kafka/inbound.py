"""Hears `edi.inbound`: each record is a whole X12 input, small enough for one message.

The tenant comes in the header `ce_tenant`; `ce_receivedon` states the day on which the input was received, where that
was not the day of the record. All records of a poll are applied in one transaction, so that many small interchanges
cost what one large one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from services.intake.adapters.applying import UNFORESEEN, Applier
from services.intake.adapters.spool import Scratch
from services.intake.adapters.sql.answers import keep_answers
from services.intake.adapters.sql.ledger import keep_whole
from services.intake.adapters.sql.vault import SealBroken, Vault
from services.intake.adapters.units import Summary, Tally, Units, sets_of
from services.intake.adapters.x12 import DEFAULT, Limits, read
from services.intake.adapters.x12.acks import Acknowledger
from services.intake.application.reception import Received
from services.intake.application.remittances import mark_superseded
from services.intake.domain.receipt import Receipt, stated_day
from shared.calendar import TimeZones, legal_day
from shared.db.pool import TRANSIENT
from shared.events.base import EDI_INBOUND_TOPIC
from shared.events.codec import Header, canonical_uuid
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
    received_on: str = ""


class _Input(msgspec.Struct):
    """One record as it was read."""

    item: EdiRecord
    units: Units
    tally: Tally
    answering: Acknowledger


class EdiInbox:
    """The `Inbox` of intake."""

    topics: tuple[str, ...] = (EDI_INBOUND_TOPIC,)

    def __init__(self, vault: Vault, zones: TimeZones, limits: Limits = DEFAULT) -> None:
        self._vault = vault
        self._zones = zones
        self._limits = limits

    def wants(self, headers: Sequence[Header]) -> bool:
        return True

    def read(self, origin: Origin) -> EdiRecord:
        headers = {name: value for name, value in origin.headers if value is not None}
        given = headers.get("ce_id", b"").decode("latin-1")
        record_id = canonical_uuid(given) or str(uuid5(NAMESPACE_URL, given or origin.place))
        received_on = headers.get("ce_receivedon", b"").decode("latin-1")
        return EdiRecord(record_id, tenant_of(origin.headers), origin, received_on)

    def id_of(self, item: EdiRecord) -> str:
        return item.id

    def origin_of(self, item: EdiRecord) -> Origin:
        return item.origin

    async def handle(self, uow: UnitOfWork, items: Sequence[EdiRecord]) -> None:
        """Apply the transaction sets of all records that are whole, and answer them; park records that hold none."""
        with Scratch() as scratch:
            together, unreadable = self._read_all(uow, items, scratch)
            for (tenant, stated), inputs in sorted(together.items()):
                unreadable += await self._apply(uow, tenant, stated, inputs)
        await park_and_announce(uow, "intake", unreadable)

    def _read_all(
        self, uow: UnitOfWork, items: Sequence[EdiRecord], scratch: Scratch
    ) -> tuple[dict[tuple[str, str], list[_Input]], list[Parked]]:
        """What was read, by tenant and stated day of receipt, and the records that hold no set that stands."""
        together: dict[tuple[str, str], list[_Input]] = {}
        unreadable: list[Parked] = []
        for item in items:
            there = uow.now.astimezone(self._zones.of(item.tenant))
            try:
                if item.received_on:
                    stated_day(item.received_on, there.date())
            except ValueError as error:
                unreadable.append(self._letter(item, "received_on", f"ce_receivedon: {error}"))
                continue
            tally = Tally(item.id)
            units = Units(item.id)
            answering = Acknowledger(there, UUID(item.id).int % 999_999_999 + 1, scratch=scratch)
            for whole in sets_of(answering.watch(read([item.origin.value], self._limits)), item.id, tally):
                units.take(whole)
            if tally.summary.sets_accepted or tally.summary.sets_refused or units:
                together.setdefault((item.tenant, item.received_on), []).append(_Input(item, units, tally, answering))
            if not tally.summary.sets_accepted and not units:
                problem = tally.summary.problems[0] if tally.summary.problems else None
                detail = f"{problem.segment} position {problem.position}: {problem.message}" if problem else "no set"
                unreadable.append(self._letter(item, "unreadable_x12", detail))
        return together, unreadable

    async def _apply(self, uow: UnitOfWork, tenant: str, stated: str, inputs: Sequence[_Input]) -> list[Parked]:
        """All inputs of a tenant in one round of statements, then each with its own summary and answers.

        Returns the records of which something could not be applied: replayed, they repeat nothing that was.
        """
        letters: list[Parked] = []
        claims = [claim for one in inputs for claim in one.units.claims]
        payments = mark_superseded([payment for one in inputs for payment in one.units.payments])
        stated_on = date.fromisoformat(stated) if stated else None
        applier = Applier(self._vault, tenant, Receipt(legal_day(uow.now, self._zones.of(tenant)), stated_on))
        received = await applier.apply(uow, claims, payments)
        _log.debug("interchanges applied", count=len(received.claims) + len(received.remittances))
        finished: list[tuple[str, str, str, Summary]] = []
        at = paid = 0
        for one in inputs:
            mine = Received(
                received.claims[at : at + len(one.units.claims)],
                received.remittances[paid : paid + len(one.units.payments)],
            )
            at, paid = at + len(one.units.claims), paid + len(one.units.payments)
            one.tally.add(mine)
            one.tally.add(await applier.apply_rest(uow, one.units))
            for receipt in mine.claims:
                one.answering.rule(receipt.serial, receipt.code, receipt.claim_id)
            if any(r.code == UNFORESEEN for r in mine.claims) or any(
                p.placement == "refused" for p in mine.remittances
            ):
                letters.append(self._letter(one.item, UNFORESEEN, "a claim or payment of it met a fault here"))
        answered = await keep_answers(uow, self._vault, tenant, [(one.item.id, one.answering) for one in inputs])
        for one, told in zip(inputs, answered, strict=True):
            digest = sha256(one.item.origin.value).hexdigest()
            finished.append((one.item.id, tenant, digest, one.tally.finish(told.names, told.more)))
        await keep_whole(uow.conn, "kafka", uow.now, finished)
        return letters

    async def refuse(self, uow: UnitOfWork, item: EdiRecord, error: Exception) -> None:
        detail = f"{type(error).__name__} while its claims were stored"
        await park_and_announce(uow, "intake", [self._letter(item, "refused_by_database", detail)])

    async def replay(self, uow: UnitOfWork, claim_id: str | None) -> tuple[int, int]:
        """Try parked records again; those that still cannot be read are parked anew, and what no key opens stays."""
        seen = 0
        before = await parking.count(uow.conn)
        last = await parking.newest(uow.conn)
        async for letters in parking.pages(uow.conn, claim_id, until=last):
            seen += len(letters)
            opened = [(letter_id, self._opened(letter)) for letter_id, letter in letters]
            await self._try_again(uow, [(letter_id, record) for letter_id, record in opened if record is not None])
        handled = before - await parking.count(uow.conn)
        return handled, seen - handled

    async def _try_again(self, uow: UnitOfWork, records: Sequence[tuple[int, EdiRecord]]) -> None:
        """Apply records anew; the one that the database refuses again is found by halves, and its letter stays."""
        try:
            async with uow.attempt():
                await parking.remove(uow.conn, [letter_id for letter_id, _ in records])
                await self.handle(uow, [record for _, record in records])
        except TRANSIENT:
            raise
        except Exception as error:
            if len(records) == 1:
                _log.warning("a letter is refused again", error_type=type(error).__name__)
                return
            half = len(records) // 2
            await self._try_again(uow, records[:half])
            await self._try_again(uow, records[half:])

    def _letter(self, item: EdiRecord, reason: str, detail: str) -> Parked:
        """A parked interchange may hold patients' names, so it is sealed."""
        text = item.origin.value.decode("latin-1")
        sealed = self._vault.seal(text, tenant=item.tenant, claim_id=item.id, field=_FIELD)
        return Parked(msgspec.structs.replace(item.origin, value=sealed), reason, detail, None, item.id, "x12")

    def _opened(self, letter: Parked) -> EdiRecord | None:
        """The record in a letter; None where only its place was kept, or its seal does not open."""
        record = self.read(letter.origin)
        try:
            text = self._vault.open(letter.origin.value, tenant=record.tenant, claim_id=letter.event_id, field=_FIELD)
        except SealBroken:
            return None
        origin = msgspec.structs.replace(letter.origin, value=text.encode("latin-1"))
        return EdiRecord(letter.event_id, record.tenant, origin, record.received_on)


def tenant_of(headers: Sequence[Header]) -> str:
    """The tenant that a record names, and that it is sealed to where it is parked."""
    named = [value for name, value in headers if name == "ce_tenant" and value is not None]
    return named[-1].decode("latin-1") if named else "default"
