"""How an event-driven service reads records: skip types it does not subscribe to, decode the rest, park the broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from aiokafka import TopicPartition

from shared.db.pool import TRANSIENT
from shared.events.base import Envelope, contract_for_type
from shared.events.codec import ForeignEvent, Header, NewerValue, UndecodableEvent, canonical_uuid, decode, type_of
from shared.runtime import parking
from shared.runtime.ahead import scan
from shared.runtime.batch_processor import BatchProcessor, Broken, ReceivedEvent
from shared.runtime.dead_letters import park_and_announce, place_of
from shared.runtime.parking import Origin, ParkedRecord
from shared.runtime.repetition import record_id
from shared.runtime.unit_of_work import UnitOfWork
from shared.signing import Trust, UnsignedEvent
from shared.telemetry.logging import Log

_log = Log("inbox")
NOBODY_SIGNS = Trust()


class EventInbox:
    """The `Inbox` of a `BatchProcessor`: envelopes in, states and events out."""

    def __init__(
        self,
        processor: BatchProcessor[Any],
        topics: tuple[str, ...],
        bootstrap_servers: str = "",
        trust: Trust = NOBODY_SIGNS,
    ) -> None:
        self.topics = topics
        self._trust = trust
        self._bootstrap = bootstrap_servers
        self._processor = processor
        self._subscribes_to = frozenset(type_.encode() for type_ in processor.subscribes_to)

    def wants(self, headers: Sequence[Header]) -> bool:
        """False for an event that this service does not subscribe to, known or not."""
        for name, value in headers:
            if name == "ce_type" and value is not None:
                return value in self._subscribes_to
        return True  # no event at all: it must be parked

    def read(self, origin: Origin) -> ReceivedEvent | Broken:
        """The event in a record, or what stands for it where there is none: whatever its bytes, this raises nothing."""
        type_ = ""
        try:
            type_ = type_of(origin.headers)
            if not type_:
                raise UndecodableEvent("header ce_type is missing")
            envelope = envelope_of(origin, self._trust)
            foreign_topic(envelope.type, origin.topic)
            return ReceivedEvent(_with_canonical_ids(envelope), origin)
        except ForeignEvent as error:  # it is not to be believed what claim it is about: no claim waits for it
            reason = "unsigned" if isinstance(error, UnsignedEvent) else "foreign_source"
            return Broken(record_id(origin), _letter(origin, reason, str(error), type_, None, blocks=False))
        except NewerValue as error:
            return _broken(origin, str(error), type_, parking.NEWER)
        except UndecodableEvent as error:
            return _broken(origin, str(error), type_)
        except Exception as error:
            return _broken(origin, place_of(error), type_)

    def id_of(self, item: ReceivedEvent | Broken) -> str:
        return item.origin.place if isinstance(item, ReceivedEvent) else item.event_id

    def remembers(self, item: ReceivedEvent | Broken) -> bool:
        return isinstance(item, ReceivedEvent)

    def origin_of(self, item: ReceivedEvent | Broken) -> Origin:
        return item.origin if isinstance(item, ReceivedEvent) else item.dead_letter.origin

    def claim_of(self, item: ReceivedEvent | Broken) -> str:
        """What keeps items in one lane."""
        return item.envelope.claim_id if isinstance(item, ReceivedEvent) else item.dead_letter.claim_id or ""

    async def handle(self, uow: UnitOfWork, items: Sequence[ReceivedEvent | Broken]) -> None:
        """Apply what was received, and park what is broken."""
        await self._processor.handle(uow, items)

    async def refuse(self, uow: UnitOfWork, item: ReceivedEvent | Broken, error: Exception) -> None:
        if isinstance(item, ReceivedEvent):
            await self._processor.refuse(uow, item, error)
        else:
            await park_and_announce(uow, self._processor.service, [item.dead_letter])

    async def prepare(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """Learn what this service had put on the log, and heard besides, before its database was put back."""
        await scan(self._bootstrap, ranges, self._processor.ahead, self.read)

    async def finish(self, uow: UnitOfWork) -> None:
        """The log is read up."""
        await self._processor.caught_up(uow)

    async def replay(self, uow: UnitOfWork, claim_id: str | None, only: int | None = None) -> tuple[int, int]:
        """Try dead letters again, of one claim or of all, or the `only` one; returns (handled, still parked)."""
        handled = seen = 0
        stuck: set[str] = set()
        async for dead_letters in parking.pages(uow.conn, claim_id, only=only):
            handled += await self._try_again(uow, dead_letters, stuck)
            seen += len(dead_letters)
        return handled, seen - handled

    async def take_in_newer(self, uow: UnitOfWork) -> int:
        """Take in what waited for this release, if this is it; returns how many events that was.

        A replica of the release before tries as well, and changes nothing: it does not understand them still.
        """
        handled = 0
        for claim_id in await parking.waiting_for_newer(uow.conn):
            done, _ = await self.replay(uow, claim_id)
            handled += done
        return handled

    async def _try_again(
        self, uow: UnitOfWork, dead_letters: Sequence[tuple[int, ParkedRecord]], stuck: set[str]
    ) -> int:
        """Replay dead letters; the one whose effect the database refuses again is found by halves, and stays."""
        before = set(stuck)
        try:
            async with uow.attempt():
                return await self._processor.replay(uow, dead_letters, self._envelope, stuck)
        except TRANSIENT:
            raise
        except Exception as error:
            stuck.intersection_update(before)
            if len(dead_letters) == 1:
                _log.warning("a dead letter is refused again", error_type=type(error).__name__)
                stuck.update(
                    claim for _, dead_letter in dead_letters if dead_letter.blocks and (claim := dead_letter.claim_id)
                )
                return 0
        half = len(dead_letters) // 2
        return await self._try_again(uow, dead_letters[:half], stuck) + await self._try_again(
            uow, dead_letters[half:], stuck
        )

    def _envelope(self, origin: Origin) -> Envelope | None:
        item = self.read(origin)
        return item.envelope if isinstance(item, ReceivedEvent) else None


def envelope_of(origin: Origin, trust: Trust) -> Envelope:
    """The event in a record that is to be believed.

    Raises:
        UnsignedEvent: it is in the name of a service that did not sign it.
        UndecodableEvent: it is no event of ours.
    """
    trust.check(origin.headers, origin.key, origin.value, (origin.topic, origin.partition, origin.offset))
    return decode(origin.headers, origin.value)


def _with_canonical_ids(envelope: Envelope) -> Envelope:
    """Ids as PostgreSQL gives them back: an id in capitals would be another one here and the same one there."""
    claim_id = canonical_uuid(envelope.claim_id)
    if claim_id is None:
        raise UndecodableEvent(f"{envelope.type}: claim_id is not a UUID")
    if claim_id != envelope.claim_id:
        envelope = msgspec.structs.replace(envelope, data=msgspec.structs.replace(envelope.data, claim_id=claim_id))
    # Producers of other systems may number their events as they like; the inbox wants a UUID.
    event_id = canonical_uuid(envelope.id) or str(uuid5(NAMESPACE_URL, f"{envelope.source}/{envelope.id}"))
    return envelope if event_id == envelope.id else msgspec.structs.replace(envelope, id=event_id)


def foreign_topic(type_: str, topic: str) -> None:
    """Raise `ForeignEvent` where an event of this type does not belong on the topic."""
    contract = contract_for_type(type_)
    if contract is not None and contract.topic != topic:
        raise ForeignEvent(f"{type_}: it does not belong on this topic")


def _broken(origin: Origin, detail: str, type_: str, reason: str = "undecodable") -> Broken:
    claim_id = parking.claim_of_key(origin.key)
    dead_letter = _letter(origin, reason, detail, type_, claim_id, blocks=parking.blocks(origin))
    return Broken(record_id(origin), dead_letter)


def _letter(
    origin: Origin, reason: str, detail: str, type_: str, claim_id: str | None, *, blocks: bool
) -> ParkedRecord:
    return ParkedRecord(origin, reason, detail, claim_id, event_id=origin.place, type=type_, blocks=blocks)
