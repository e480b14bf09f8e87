"""Hears `edi.inbound`: each record is a whole X12 input, small enough for one message.

The tenant comes in the header `ce_tenant`; `ce_receivedon` states the day on which the input was received, where that
was not the day of the record. A record is known by `ce_source`, `ce_id`, its tenant and its content with that day:
the same again is a repetition without effect, other content under a used name is refused. What is refused is parked,
and told on `edi.outbound`, and so is what is held for a person. Each record is kept as it came, sealed. All records
of a poll are applied in one transaction, so that many small interchanges cost what one large one does.

Records that are stated to be history are read by a consumer group of their own, so that what is live passes them.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

import msgspec

from recoup_x12 import DEFAULT, Acknowledger, Limits, PackedLimits, Problem, Unpackable, is_packed, read, unpacked
from services.intake.adapters.disk_buffer import Scratch
from services.intake.adapters.record_headers import tenant_of, text_of
from services.intake.adapters.sql.answers import keep_answers
from services.intake.adapters.sql.event_names import Name, enter
from services.intake.adapters.sql.inputs import SqlInputTransaction
from services.intake.adapters.sql.kept_inputs import keep_small
from services.intake.adapters.sql.ledger import keep_whole
from services.intake.application.batch_outcome import BatchOutcome
from services.intake.application.batches import UNFORESEEN, BatchApplier, apply_in_steps
from services.intake.application.pending_input import InputCounts, PendingInput, Summary
from services.intake.application.remittances import mark_superseded
from services.intake.application.turns import Turns
from services.intake.application.whole_sets import sets_of
from services.intake.domain.receipt import Receipt, stated_receipt, states_history
from shared.calendar import TimeZones, legal_day
from shared.db.pool import TRANSIENT
from shared.events.answers import HeldItem, InputHeld, InputRefused
from shared.events.base import EDI_INBOUND_TOPIC
from shared.events.codec import Header
from shared.runtime import parking
from shared.runtime.dead_letters import NIL, park_and_announce
from shared.runtime.parking import Origin, ParkedRecord
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import SealBroken, Vault
from shared.telemetry.logging import Log

_log = Log("edi")
_FIELD = "edi.inbound"
_IDS = UUID("5f0b7c1a-6a0e-5d0b-9c3e-0f2b8c7d4e61")
_MOST_WAITED = 20.0
"""Seconds that the records of a poll give way for, in all: their transaction is open meanwhile."""
_PACKED = PackedLimits(total_bytes=64 * 1024 * 1024)
_MARK = "\x1f"  # separates the parts of an identity; headers that hold control characters are refused


class Refusal(NamedTuple):
    """Why a record is not taken in, and how its sender corrects it."""

    reason: Literal["no_tenant", "no_identity", "id_reused", "received_on", "unreadable_x12"]
    detail: str
    how_to_fix: str


_NO_TENANT = Refusal(
    "no_tenant",
    "ce_tenant is missing, names two, or cannot name a provider organisation",
    "Send the same with one ce_tenant: a printable name of at most 100 characters, without commas.",
)
_NO_IDENTITY = Refusal(
    "no_identity",
    "ce_id or ce_source is given twice, or is not printable text of at most 255 characters",
    "Send the same with a ce_id of your own, such as a UUID.",
)
_ID_REUSED = Refusal(
    "id_reused",
    "the same ce_source and ce_id named other content, or another day of receipt, before",
    "Give every input a ce_id of its own, and send this one again under it.",
)
_UNREADABLE = "Send an X12 interchange with at least one transaction set, under a ce_id of its own."


def _no_day(detail: str) -> Refusal:
    how_to_fix = "Send the same with a ce_receivedon as YYYY-MM-DD that is not after today, as history, or without one."
    return Refusal("received_on", f"ce_receivedon: {detail}", how_to_fix)


class EdiRecord(msgspec.Struct, frozen=True):
    """One record of the topic. `name` is what its sender calls it, None where it gave it no id."""

    id: str
    tenant: str
    origin: Origin
    sha256: str
    received_on: str = ""
    name: Name | None = None
    fault: Refusal | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of all that a name stands for: the content, and the day of receipt where one is stated."""
        if not self.received_on:
            return self.sha256
        return sha256(_MARK.join((self.sha256, self.received_on)).encode()).hexdigest()


class _Input(msgspec.Struct):
    """One record as it was read."""

    item: EdiRecord
    pending: PendingInput
    counts: InputCounts
    answering: Acknowledger


class EdiInbox:
    """The `Inbox` of intake."""

    topics: tuple[str, ...] = (EDI_INBOUND_TOPIC,)

    def __init__(
        self,
        vault: Vault,
        zones: TimeZones,
        cutovers: Mapping[str, date] = MappingProxyType({}),
        limits: Limits = DEFAULT,
        *,
        turns: Turns | None = None,
        history: bool = False,
    ) -> None:
        """`cutovers`: tenants' first days with this system; payments of before are history.

        `history`: it reads the records that are stated to be history, and no others. `turns` is shared by all ways in
        of this process.
        """
        self._turns = turns or Turns()
        self._history = history
        self._vault = vault
        self._zones = zones
        self._cutovers = cutovers
        self._limits = limits

    def wants(self, headers: Sequence[Header]) -> bool:
        return states_history(text_of(headers, "ce_receivedon") or "") == self._history

    def read(self, origin: Origin) -> EdiRecord:
        tenant = tenant_of(origin.headers)
        source, given, received_on = (text_of(origin.headers, n) for n in ("ce_source", "ce_id", "ce_receivedon"))
        fault = None
        if not tenant:
            fault = _NO_TENANT
        elif source is None or given is None:
            fault = _NO_IDENTITY
        elif received_on is None:
            fault = _no_day("the stated day of receipt is not plain text")
        name = Name(tenant, source or "", given) if given and fault is None else None
        item = EdiRecord("", tenant, origin, sha256(origin.value).hexdigest(), received_on or "", name, fault)
        known = (*(name or ("", "", origin.place)), item.digest)
        return msgspec.structs.replace(item, id=str(uuid5(_IDS, _MARK.join(known))))

    def id_of(self, item: EdiRecord) -> str:
        return item.id

    def remembers(self, item: EdiRecord) -> bool:
        return False

    def origin_of(self, item: EdiRecord) -> Origin:
        return item.origin

    async def handle(self, uow: UnitOfWork, items: Sequence[EdiRecord]) -> None:
        """Apply the transaction sets of all records that are whole, and answer them.

        Records that are refused, or hold no set that stands, are parked, and their senders are told.
        """
        await self._handle(uow, items)

    async def _handle(self, uow: UnitOfWork, items: Sequence[EdiRecord], *, again: bool = False) -> None:
        """`again`: the items were parked, so their names are known and their senders have been told."""
        dated = [self._dated(item, uow.now) for item in items]
        good, refused = await _admit(uow, dated, again=again)
        with Scratch() as scratch:
            # In a thread where much is to be read: it is CPU work, and the process does other things beside.
            by_sender, unreadable = await asyncio.to_thread(self._read_all, uow.now, good, scratch)
            await keep_small(uow, self._vault, [(item.tenant, item.sha256, item.origin.value) for item in good])
            applied = {one.item.id for several in by_sender.values() for one in several}
            await _enter_refused(uow, [(item, why) for item, why in unreadable if item.id not in applied])
            refused += unreadable
            dead_letters = [self._dead_letter(item, why.reason, why.detail) for item, why in refused]
            for (tenant, stated), inputs in sorted(by_sender.items()):
                dead_letters += await self._apply(uow, tenant, stated, inputs)
        if not again:
            _emit_refusals(uow, refused)
        await park_and_announce(uow, "intake", dead_letters)

    def _dated(self, item: EdiRecord, now: datetime) -> EdiRecord:
        """The record, with a fault where it states a day on which nothing can have been received."""
        if item.fault is not None or not item.received_on:
            return item
        try:
            stated_receipt(item.received_on, legal_day(now, self._zones.of(item.tenant)))
        except ValueError as error:
            return msgspec.structs.replace(item, fault=_no_day(str(error)))
        return item

    def _read_all(
        self, now: datetime, items: Sequence[EdiRecord], scratch: Scratch
    ) -> tuple[dict[tuple[str, str], list[_Input]], list[tuple[EdiRecord, Refusal]]]:
        """What was read, by tenant and stated day of receipt, and the records that hold no set that stands."""
        inputs: dict[tuple[str, str], list[_Input]] = {}
        unreadable: list[tuple[EdiRecord, Refusal]] = []
        for item in items:
            try:
                content = _content(item.origin.value)
            except Unpackable as error:
                unreadable.append((item, Refusal("unreadable_x12", error.reason, error.how_to_fix)))
                continue
            there = now.astimezone(self._zones.of(item.tenant))
            counts = InputCounts(item.id)
            pending = PendingInput(item.id)
            answering = Acknowledger(there, UUID(item.id).int % 999_999_999 + 1, lists=scratch)
            for whole in sets_of(answering.watch(read([content], self._limits)), item.id, counts):
                pending.take(whole)
            if counts.summary.sets_accepted or counts.summary.sets_refused or pending:
                inputs.setdefault((item.tenant, item.received_on), []).append(_Input(item, pending, counts, answering))
            if not counts.summary.sets_accepted and not pending:
                problem = counts.summary.problems[0] if counts.summary.problems else None
                detail = f"{problem.segment} position {problem.position}: {problem.message}" if problem else "no set"
                unreadable.append(
                    (item, Refusal("unreadable_x12", detail, problem.how_to_fix if problem else _UNREADABLE))
                )
        return inputs, unreadable

    async def _apply(self, uow: UnitOfWork, tenant: str, stated: str, inputs: Sequence[_Input]) -> list[ParkedRecord]:
        """All inputs of a tenant in one round of statements, then each with its own summary and answers.

        Returns the records of which something could not be applied: replayed, they repeat nothing that was.
        """
        dead_letters: list[ParkedRecord] = []
        claims = [claim for one in inputs for claim in one.pending.claims]
        payments = mark_superseded([payment for one in inputs for payment in one.pending.payments])
        transaction = SqlInputTransaction(uow, self._vault, tenant)
        today = legal_day(uow.now, self._zones.of(tenant))
        applier = BatchApplier(tenant, Receipt(today, stated_receipt(stated, today), self._cutovers.get(tenant)))
        with self._turns.input(tenant, history=states_history(stated), most=_MOST_WAITED) as turn:
            received = await apply_in_steps(applier, transaction, claims, payments, turn)
        _log.debug("interchanges applied", count=len(received.claims) + len(received.remittances))
        finished: list[tuple[str, str, str, Summary]] = []
        at = paid = 0
        for one in inputs:
            mine = BatchOutcome(
                received.claims[at : at + len(one.pending.claims)],
                received.remittances[paid : paid + len(one.pending.payments)],
            )
            at, paid = at + len(one.pending.claims), paid + len(one.pending.payments)
            one.counts.add(mine)
            one.counts.add(await applier.apply_rest(transaction, one.pending))
            for receipt in mine.claims:
                one.answering.rule(receipt.serial, receipt.code, receipt.claim_id)
            if any(r.code == UNFORESEEN for r in mine.claims) or any(
                p.placement == "refused" for p in mine.remittances
            ):
                dead_letters.append(
                    self._dead_letter(one.item, UNFORESEEN, "a claim or payment of it met an error in this service")
                )
        events = {one.item.id: one.item.name.id for one in inputs if one.item.name is not None}
        answering = [(one.item.id, one.answering) for one in inputs]
        answered = await keep_answers(uow, self._vault, tenant, answering, events)
        for one, input_summary in zip(inputs, answered, strict=True):
            summary = one.counts.finish(input_summary.names, input_summary.more)
            _emit_held(uow, one.item, summary)
            finished.append((one.item.id, tenant, one.item.sha256, summary))
        await keep_whole(uow.conn, "kafka", uow.now, finished)
        return dead_letters

    async def refuse(self, uow: UnitOfWork, item: EdiRecord, error: Exception) -> None:
        detail = f"{type(error).__name__} while its claims were stored"
        await park_and_announce(uow, "intake", [self._dead_letter(item, "refused_by_database", detail)])

    async def replay(self, uow: UnitOfWork, claim_id: str | None, only: int | None = None) -> tuple[int, int]:
        """Try parked records again; those that still cannot be read are parked again, and what no key opens stays."""
        seen = 0
        before = await parking.count(uow.conn)
        last = await parking.newest(uow.conn)
        async for dead_letters in parking.pages(uow.conn, claim_id, until=last, only=only):
            seen += len(dead_letters)
            opened = [(letter_id, self._opened(dead_letter)) for letter_id, dead_letter in dead_letters]
            await self._try_again(uow, [(letter_id, record) for letter_id, record in opened if record is not None])
        handled = before - await parking.count(uow.conn)
        return handled, seen - handled

    async def _try_again(self, uow: UnitOfWork, records: Sequence[tuple[int, EdiRecord]]) -> None:
        """Apply records again; the one that the database refuses again is found by halves, and stays parked."""
        try:
            async with uow.attempt():
                await parking.remove(uow.conn, [letter_id for letter_id, _ in records])
                await self._handle(uow, [record for _, record in records], again=True)
        except TRANSIENT:
            raise
        except Exception as error:
            if len(records) == 1:
                _log.warning("a dead letter is refused again", error_type=type(error).__name__)
                return
            half = len(records) // 2
            await self._try_again(uow, records[:half])
            await self._try_again(uow, records[half:])

    def _dead_letter(self, item: EdiRecord, reason: str, detail: str) -> ParkedRecord:
        """A parked interchange may hold patients' names, so it is sealed."""
        text = item.origin.value.decode("latin-1")
        sealed = self._vault.seal_text(text, item.tenant, item.id, _FIELD)
        return ParkedRecord(msgspec.structs.replace(item.origin, value=sealed), reason, detail, None, item.id, "x12")

    def open_sealed(self, dead_letter: ParkedRecord) -> bytes | None:
        """What a dead letter holds; None where only its place was kept, or its seal does not open."""
        tenant = tenant_of(dead_letter.origin.headers)
        try:
            text = self._vault.open_text(dead_letter.origin.value, tenant, dead_letter.event_id, _FIELD)
        except SealBroken:
            return None
        return text.encode("latin-1")

    def _opened(self, dead_letter: ParkedRecord) -> EdiRecord | None:
        """The record in a dead letter; None where it cannot be opened."""
        value = self.open_sealed(dead_letter)
        return None if value is None else self.read(msgspec.structs.replace(dead_letter.origin, value=value))


def _content(value: bytes) -> bytes:
    """The X12 of a record, unpacked where it came packed: a record is read as a whole, so it has less room then."""
    if not is_packed(value[:8]):
        return value
    with unpacked(io.BytesIO(value), _PACKED) as file:
        return file.read()


async def _admit(
    uow: UnitOfWork, items: Sequence[EdiRecord], *, again: bool
) -> tuple[list[EdiRecord], list[tuple[EdiRecord, Refusal]]]:
    """The records to be read, in their order, and those refused by their headers; repetitions are in neither."""
    contents: dict[Name, str] = {}
    for item in items:
        if item.name is not None and item.fault is None:
            contents.setdefault(item.name, item.digest)
    known, new = await enter(uow.conn, contents, uow.now)
    good: list[EdiRecord] = []
    refused: list[tuple[EdiRecord, Refusal]] = []
    for item in items:
        if item.fault is not None:
            refused.append((item, item.fault))
        elif item.name is not None and known[item.name] != item.digest:
            refused.append((item, _ID_REUSED))
        elif item.name is None or item.name in new or again:
            good.append(item)
    return good, refused


async def _enter_refused(uow: UnitOfWork, refused: Sequence[tuple[EdiRecord, Refusal]]) -> None:
    """Enter records of which nothing was applied, with the reason, so that they are found under their ids."""
    inputs: list[tuple[str, str, str, Summary]] = []
    for item, why in refused:
        problem = Problem("interchange", 1, "ISA", why.detail, why.how_to_fix)
        inputs.append((item.id, item.tenant, item.sha256, Summary(item.id, {}, {}, problems=[problem])))
    await keep_whole(uow.conn, "kafka", uow.now, inputs)


def _emit_held(uow: UnitOfWork, item: EdiRecord, summary: Summary) -> None:
    """Say on `edi.outbound` what of a record waits for a person."""
    if not summary.held_items:
        return
    name = item.name or Name(item.tenant, "", "")
    items = tuple(
        HeldItem(one.kind, one.reason, one.how_to_fix, one.control_number, one.amount, one.trace_number)
        for one in summary.held_items
    )
    event = InputHeld(
        claim_id=NIL, interchange_id=item.id, sha256=item.sha256, items=items,
        more=summary.unlisted.get("held_items", 0), input_id=name.id, input_source=name.source,
    )  # fmt: skip
    uow.emit(event, sequence=1, tenant=item.tenant, causation_id=name.id, aggregate="interchange", key=item.id)


def _emit_refusals(uow: UnitOfWork, refused: Sequence[tuple[EdiRecord, Refusal]]) -> None:
    """Say on `edi.outbound` which records were not taken in."""
    for item, why in refused:
        source, given = text_of(item.origin.headers, "ce_source") or "", text_of(item.origin.headers, "ce_id") or ""
        event = InputRefused(
            claim_id=NIL, interchange_id=item.id, reason=why.reason, detail=why.detail, mend=why.how_to_fix,
            how_to_fix=why.how_to_fix, sha256=item.sha256, input_id=given, input_source=source,
        )  # fmt: skip
        uow.emit(event, sequence=1, tenant=item.tenant, causation_id=given, aggregate="interchange", key=item.id)
